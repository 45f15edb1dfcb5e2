#!/usr/bin/env python3
"""A second opinion on an egress journal, or on a proof from one:
python3 verify.py JOURNAL|PROOF --key VKEY [--expect-head SIZE:ROOT]

Written, with the six files beside it, from docs/JOURNAL_FORMAT.md alone and with nothing but Python's standard
library; it shares no code with egress. It names the first fault only, where `egress verify` names all; the verdict has
to be the same.
Exit: 0 verified, with or without a limit; 1 not verified; 2 wrong command line; 3 not checked.
"""
import argparse, json, re, sys
from pathlib import Path
import officer_statements, proofs
from epochs import check_epochs
from journal_lines import record_of, records
from merkle_tree import Tree, roots_below, tree_at
from signed_note import NotChecked, NotVerified, base64_bytes, note, number, numbered, read, require, sha256, verifier_key

# The checks, in the order of "What a verifier does".
BEGIN = ["segment.open", "state", "journal.open"]
ENDS = ("segment_full", "segment_age", "run_close", "recording_stopped")
KINDS = ("segment.open state journal.open seal recovered epoch.next run.open run.close session.open session.close "
         "hold release vacuum roles policy process site headers net net.end reconcile gap officer.add officer.revoke forensics.enable "
         "forensics.disable forensics.expired body.stored body.read.intent body.read.outcome grant.add grant.revoke fingerprint").split()
SEGMENT = r"([0-9]{8}|[1-9][0-9]{8,15})\.jsonl"
JOURNAL = (r'\{"version":1,"origin":"(egress\.invalid/[0-9a-f]{32})","key":"([^"\\]+)",'
           r'"created":"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}\.[0-9]{6}Z"'
           r'(?:,"officer":"([^"\\]+)")?(?:,"recovery":"([^"\\]+)")?\}\n')

def check_genesis(folder, pinned):
    """Returns the text of journal.json, the journal's origin, its genesis key, and the state that it begins with."""
    if not numbered(folder / "segments", SEGMENT): read(folder / "journal.json")
    require((folder / "journal.json").exists(), "journal.json is missing")
    text = read(folder / "journal.json")
    version, form = re.match(r'\{"version":([0-9]{1,15})[,}]', text), re.fullmatch(JOURNAL, text)
    if version and int(version[1]) > 1: raise NotChecked(f"format version {version[1]} is not known here")
    require(form and form[2] == pinned, "journal.json does not have its form, or not the pinned key")
    if form[3]: officer_statements.officer(form[3])
    if form[4]: officer_statements.vkey(form[4])
    state = {"capture": "off", "officers": [form[3]] if form[3] else [], "holds": [], "grants": []}
    return text, form[1], verifier_key(pinned, form[1]), state | ({"recovery": form[4]} if form[4] else {})

def check_heads(folder, origin, epoch_of, epochs):
    """Returns the root of each head by its size, and the sizes of those in heads/."""
    kept, heads = numbered(folder / "heads"), {}
    for path in [*kept.values(), *(path for path in [folder / "checkpoint"] if path.exists())]:
        lines, signed_by = note(read(path), path, origin, 3)
        size, root = number(lines[1]), base64_bytes(lines[2], 32)
        require(lines[0] == origin and path.name in ("checkpoint", str(size)), f"{path} is about something else")
        require(epoch_of(size) and signed_by(epochs[epoch_of(size)]["run"]), f"{path} is not signed by its epoch's run key")
        require(heads.setdefault(size, root) == root, f"two heads differ about {size} records")
    return heads, set(kept)

def newest_receipt(folder, signed_in_time):
    """Of the receipts that count, the one with the highest boundary."""
    newest = {"boundary": 0, "segment": 0, "seq": 0}
    for path in numbered(folder / "segments", SEGMENT).values():
        with path.open("rb") as file:
            while line := file.readline(65537):
                record = record_of(line[:-1]) if b'"kind":"vacuum"' in line else None
                if not record or record["kind"] != "vacuum" or not tree_at(record.get("vacuum")): continue
                receipt = {**record["vacuum"], "seq": record["seq"]}
                if newest["boundary"] < receipt["boundary"] < receipt["seq"] and signed_in_time(receipt["seq"]): newest = receipt
    return newest

def next_state(state, seq, record, heads):
    """The state after a record that changes it and that a head covered in time."""
    kind = record["kind"]
    if kind == "journal.open": return state | {name: record[name] for name in ["continues"] if name in record}
    said = record[kind]
    if kind == "roles": return state | {"roles": said}
    if kind == "hold": return state | {"holds": [*state["holds"], {"seq": seq, "first": said["first"], "last": said["last"]}]}
    if kind == "release": return state | {"holds": [hold for hold in state["holds"] if hold["seq"] != said["hold"]]}
    before, tree = state.get("vacuum", {"number": 0, "boundary": 0}), tree_at(said)
    follows = tree and said["number"] == before["number"] + 1 and said["first"] == before["boundary"] + 1
    require(follows and said["first"] <= tree.size < seq, f"the receipt in record {seq} does not follow")
    require(heads.get(tree.size) == tree.root(), f"the receipt in record {seq} is not for what was signed")
    require(all(hold["first"] > tree.size for hold in state["holds"]), f"record {seq} removed what was held")
    return state | {"vacuum": {"seq": seq, **said}}

def check_policies(folder, openings):
    stored = {path.name: path for path in (folder / "policies").glob("*") if re.fullmatch("[0-9a-f]{64}", path.name)}
    for name, path in stored.items():
        require(path.is_file() and sha256(path.read_bytes()).hex() == name, f"{path} is not what its name says")
    for opening in openings:
        require(opening["segment"].get("policy", None) in {None, *stored}, "the policy of a run is missing")

def check_fingerprints(folder, gone, base, compared):
    """`compared` has each call that was named, and by which record. Calls are many: where any is named, they are read once more."""
    require(all(officer_statements.seq(net) and net < by for net, by in compared), "a fingerprint of what is not there")
    left = {net for net, _ in compared if net > base}
    for path in (path for n, path in numbered(folder / "segments", SEGMENT).items() if n > gone and left):
        with path.open("rb") as file:
            while line := file.readline(65537):
                record = record_of(line[:-1]) if b'"kind":"net"' in line else None
                if record and record["kind"] == "net" and type(record.get("egress", {}).get("body")) is str: left -= {record["seq"]}
    require(not left, f"no call with a fingerprint: {left}")

def verify(folder, pinned, expected):
    """Returns the limits of a good journal. Raises NotVerified or NotChecked."""
    text, origin, genesis, initial = check_genesis(folder, pinned)
    digest, epochs = sha256(text.encode()).hex(), check_epochs({n: read(path) for n, path in numbered(folder / "epochs").items()}, origin, genesis)
    def epoch_of(seq): return max((n for n in epochs if epochs[n]["size"] < seq), default=None)
    heads, kept = check_heads(folder, origin, epoch_of, epochs)
    def signed_in_time(seq): return any(size >= seq and epoch_of(size) == epoch_of(seq) for size in heads)

    receipt = newest_receipt(folder, signed_in_time)
    base, gone = receipt["boundary"], receipt["segment"]  # 0 where nothing was removed
    tree = tree_at(receipt) or Tree()
    roots = roots_below(folder, origin, tree) if base else {0: tree.root()}
    if base: require(set(roots) == {size for size in kept if size <= base}, "a removed head has no proof, or a proof no head")
    claims = [*heads.items(), *((epoch["size"], epoch["root"]) for epoch in epochs.values() if epoch["size"] >= base), *expected]
    sizes, ends, last = {size for size, _ in claims}, {}, None
    parts, closed, unknown, recovered, rest = {}, {}, set(), {}, []
    bodies, compared = {"base": base}, []
    unchecked, state, now, statements = 0, None if base else initial, "", {0: Tree().root(), **heads}
    for n, path in numbered(folder / "segments", SEGMENT).items():
        if n <= gone: rest.append(n)
        if n <= gone: continue
        first, opening = tree.size + 1, []
        for record in records(path, tree):
            kind, before = record["kind"], last
            if kind is None: break
            last = record
            if tree.size in sizes: roots[tree.size], ends[tree.size] = tree.root(), (before, last)
            if len(opening) < 3: opening.append(record)
            if kind in BEGIN: require(BEGIN.index(kind) == tree.size - first, f"record {tree.size} is a {kind} in the wrong place")
            if kind == "journal.open": require(n == 1 and record["journal"] == json.loads(text), "journal.open is not journal.json")
            if kind == "state": require(record["state"] == (state or record["state"]), f"segment {n} begins with another state")
            if kind == "state": state = record["state"]
            if kind in ("journal.open", "hold", "release", "vacuum", "roles", "segment.open", "state", *officer_statements.FIELDS):
                now = max(now, record["time"])
            if kind in ("journal.open", "hold", "release", "vacuum", "roles") and signed_in_time(tree.size):
                state = next_state(state, tree.size, record, heads)
            if kind in officer_statements.FIELDS and signed_in_time(tree.size):
                officer_statements.check(state, record, pinned, statements, now, bodies)
                state = officer_statements.next_state(state, tree.size, record)
            if kind == "forensics.expired" and signed_in_time(tree.size): officer_statements.check_expiry(state, record)
            if kind == "fingerprint" and signed_in_time(tree.size): compared.append((record["fingerprint"]["net"], tree.size))
            if kind in ("body.stored", "grant.add"):
                unchecked, bodies[tree.size] = unchecked + officer_statements.check_body(folder, record, state, gone), officer_statements.named(record)
            if kind == "seal": require(record["seal"]["segment"] == n, f"record {tree.size} seals another segment")
            if kind in ("run.close", "session.close"): closed[opening[0]["segment"]["run"]] = tree.size
            if kind == "recovered":
                require(record["recovered"]["segment"] < n, f"record {tree.size} recovers what comes later")
                recovered.setdefault(record["recovered"]["segment"], []).append(record["recovered"])
            if kind not in KINDS: unknown.add(kind)
        parts[n] = {"first": first, "last": tree.size, "opening": opening, "end": last if opening else {}, "tail": record}
        require(n == gone + len(parts), f"no segment {gone + len(parts)}")
    for size, root in claims:
        require(size <= tree.size, f"{size} records were signed, {tree.size} are here: damaged there, or cut off")
        if size not in roots: raise NotChecked(f"a vacuum removed the records up to {base}, and no proof leads from {size}")
        require(roots[size] == root, f"the first {size} records are not those that were signed")
    require(all(ends[size][1]["kind"] == "seal" for size in heads if size > base), "a head does not stand on a seal")
    for n, epoch in epochs.items():
        named = {"number": n, "key": epoch["key"], "resume": epoch["resume"]}
        require(not epoch["handed_over"] or epoch["size"] <= base or epoch["size"] in kept and ends[epoch["size"]][0]["epoch"] == named,
                f"epoch {n} was not handed over")

    run, runs, torn, unproven = 0, set(), 0, 0
    for n, part in parts.items():
        first, last, opening, end, tail = part.values()
        begins = all(record["kind"] == kind for kind, record in zip(BEGIN[: 3 if n == 1 else 2], opening))
        require(begins, f"segment {n} does not begin as a segment does")
        if opening:
            named, epoch = opening[0]["segment"], epoch_of(first)
            right = {"number": n, "epoch": epoch, "key": epochs[epoch]["key"], "journal": digest}
            require(named | right == named and epoch == epoch_of(last), f"segment {n} belongs elsewhere, or to no epoch")
            require(named["run"] in (run, run + 1) or base and not run, f"segment {n} is of the wrong run")
            run, runs = named["run"], runs | {named["run"]}
        signed = max((size for size in heads if size <= last), default=0)
        story = {"segment": n, "torn_bytes": tail["torn_bytes"], "torn_sha256": tail["torn_sha256"]}
        if max(first, signed + 1) <= last: story["unproven"] = [max(first, signed + 1), last]
        if signed == last and end.get("kind") == "seal" and end["seal"]["reason"] in ENDS:
            require(last in kept, f"heads/{last} is missing")
            require(n not in recovered and not tail["torn_bytes"], f"segment {n} goes on behind its end")
        else:
            require(n == gone + len(parts) or recovered.get(n) == [story], f"segment {n} has no end, and nothing explains that")
            torn, unproven = torn + tail["torn_bytes"], unproven + ("unproven" in story and n < gone + len(parts))
    check_fingerprints(folder, gone, base, compared)
    check_policies(folder, [part["opening"][0] for part in parts.values() if part["opening"]])
    if not tree.size: raise NotChecked("there are no records")
    limits = {"no head from elsewhere was given: a cut-off end would not show": not expected,
              "the head from elsewhere is older than the end": expected and expected[0][0] < tree.size,
              "records behind the last head": max(heads, default=0) < tree.size, "torn bytes": torn,
              "unproven records": unproven, "unknown kinds": unknown, "an unfinished vacuum": rest,
              "a run without end": not all(run in closed and signed_in_time(closed[run]) for run in runs),
              "an epoch without a record": any(epochs[n]["size"] == epochs[n - 1]["size"] for n in epochs if n > 1),
              "bodies that are not here": unchecked, "an officer named by the recovery key": state.get("replaced"),
              f"a vacuum removed records 1 to {base}": base}
    return [limit for limit, applies in limits.items() if applies]

def judge(folder, key, expected):
    """Returns the verdict, its exit code and the reasons."""
    try:
        if not key: raise NotChecked("no key was given: the one inside a journal proves nothing")
        limits = (proofs.verify if folder.is_file() else verify)(folder, key, expected)
        return ("VERIFIED, WITH A LIMIT" if limits else "VERIFIED"), 0, limits
    except NotVerified as fault: return "NOT VERIFIED", 1, [fault]
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError) as fault:
        return "NOT VERIFIED", 1, [f"something does not have its form: {fault!r}"]
    except (NotChecked, OSError) as fault: return "NOT CHECKED", 3, [fault]

def main():
    parser = argparse.ArgumentParser(description="A second opinion on an egress journal, or on a proof.")
    parser.add_argument("journal", type=Path, help="its folder, or a file that egress prove wrote")
    parser.add_argument("--key", help="verifier key that the journal has to begin with")
    parser.add_argument("--expect-head", default="", help="SIZE:ROOT in base64, a head that the journal has to contain")
    options = parser.parse_args()
    head = re.fullmatch(r"([1-9][0-9]{0,15}):([A-Za-z0-9+/]{43}=)", options.expect_head)
    if options.expect_head and not head: parser.error("--expect-head is SIZE:ROOT")
    expected = [(int(head[1]), base64_bytes(head[2], 32))] if head else []
    verdict, code, reasons = judge(options.journal, options.key, expected)
    print("\n  ".join([verdict, *map(str, reasons)]))
    sys.exit(code)

if __name__ == "__main__": main()
