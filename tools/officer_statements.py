"""What officers decide, as docs/JOURNAL_FORMAT.md describes it: their signed statements, and the state they lead to."""
import json, re
from datetime import datetime, timedelta
from signed_note import NotVerified, base64_bytes, key_id, require, sha256, signature_fits, verifier_key

HASH, TIME = "[0-9a-f]{64}", r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{6}Z"

def vkey(text):
    """A verifier key of any name: (name, 32 bytes)."""
    name = text.partition("+")[0]
    require(re.fullmatch(r"[^\s+]{1,255}", name), f"not a verifier key: {text!r}")
    return name, verifier_key(text, name)

def officer(line):
    key, _, recipient = line.partition(" ")
    require(re.fullmatch("age1[02-9ac-hj-np-z]{58}", recipient) and len(vkey(key)[0]) <= 64, f"no officer: {line!r}")
    return key

def matches(pattern): return lambda value: isinstance(value, str) and re.fullmatch(pattern, value)
def text_of(limit): return lambda value: isinstance(value, str) and value.strip() and len(value.encode("utf-16-le")) <= 2 * limit
def seq(value): return type(value) is int and value > 0
why, time, digest = text_of(500), matches(TIME), matches(HASH)
FIELDS = {
    "officer.add": {"officer": officer, "why": why}, "officer.revoke": {"key": vkey, "why": why},
    "forensics.enable": {"why": why, "until": time, "match": text_of(255)}, "forensics.disable": {"why": why},
    "body.read.intent": {"body": seq, "inner": digest, "why": why},
    "body.read.outcome": {"intent": seq, "outcome": matches("opened|failed")},
    "grant.add": {"body": seq, "read": seq, "inner": digest, "reader": officer, "until": time, "why": why},
    "grant.revoke": {"grant": seq, "why": why},
}

def later(moment, **period):
    return (datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ") + timedelta(**period)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

def parse(text):
    """The claim of a note, and its signatures as (name, key id, signature)."""
    form = (rf"(egress-officer/v1\n([a-z.]+)\n([^\n]+)\n([0-9a-f]{{8}})\n(0|[1-9][0-9]*) (\S+)\n([0-9a-f]{{32}})\n({TIME})\n"
            rf"({HASH})\n)\n((?:— \S+ \S+\n)+)")
    found = re.fullmatch(form, text)
    require(found, "an officer's note is malformed")
    signatures = [line[2:].split(" ") for line in found[12].splitlines()]
    signatures = [(name, base64_bytes(data, 68)) for name, data in signatures]
    claim = dict(kind=found[2], origin=found[3], genesis=found[4], size=int(found[5]), root=found[6], nonce=found[7],
                 expires=found[8], digest=found[11], text=found[1].encode())
    return claim, signatures

def marked_by(signatures, key):
    name, data = vkey(key)
    return [signature for of, signature in signatures if of == name and signature[:4] == key_id(name, data)]

def check(state, record, genesis, heads, now, bodies):
    """Raises NotVerified unless the statement was the officer's to make. `genesis` is the text of that key, `bodies` what
    the records so far say of bodies, below a vacuum's boundary nothing."""
    kind, said = record["kind"], record["statement"]
    form = {name: test for name, test in FIELDS[kind].items() if name != "match" or name in said}
    require(list(said) == list(form) and all(test(said[name]) for name, test in form.items()), f"a malformed {kind}")
    claim, signatures = parse(record["note"])
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    require((claim["kind"], claim["digest"]) == (kind, sha256(text).hex()), "a statement that is not what was signed")
    require(genesis.startswith(claim["origin"] + "+" + claim["genesis"] + "+"), "a statement for another journal")
    require(claim["size"] < record["seq"], "a statement on a later head")
    require(heads.get(claim["size"]) == base64_bytes(claim["root"], 32), "a statement on a head that is not here")
    require(now <= claim["expires"] <= later(now, hours=24, milliseconds=1), "a statement that had expired, or is valid for too long")
    require(claim["nonce"] not in [entry.split(" ")[0] for entry in state.get("nonces", [])], "a statement that was taken before")

    keys = [officer(line) for line in state["officers"]]
    grants = [grant for grant in state["grants"] if grant["until"] >= now]
    recovery, good = state.get("recovery"), 0
    for key in {*keys, *(grant["reader"] for grant in grants), *([recovery] if recovery else [])}:
        mine = marked_by(signatures, key)
        require(len(mine) <= 1 and all(signature_fits(vkey(key)[1], claim["text"], one[4:]) for one in mine), "a bad signature")
        good += len(mine)
    require(good == len(signatures), "a statement by somebody who is no officer")
    by = [key for key in keys if marked_by(signatures, key)]
    recovers = recovery is not None and bool(marked_by(signatures, recovery))
    granted = any(grant["seq"] == said.get("body") and grant["inner"] == said.get("inner") and marked_by(signatures, grant["reader"])
                  for grant in grants)
    read = next((read for read in state.get("reads", []) if read["seq"] == said.get("intent", said.get("read"))), None)
    own = read is not None and bool(marked_by(signatures, read["by"]))
    right = {"officer.add": by or recovers, "officer.revoke": recovers or said.get("key") in by or len(by) >= 2,
             "body.read.intent": by or granted, "body.read.outcome": own and "outcome" not in read,
             "grant.add": by and own and read["body"] == said.get("body") and read.get("outcome") != "failed"}.get(kind, by)
    require(right, f"a {kind} by somebody who has no right to it")
    check_limits(kind, said, state, keys, grants, now, record["seq"])
    if kind in ("body.read.intent", "grant.add") and said["body"] > bodies["base"]:
        of, inner = bodies.get(said["body"], (None, None))
        same = of == "body.stored" if kind == "grant.add" else of and inner == said["inner"]
        require(same, f"a {kind} of what is no stored body, or another")

def named(record):
    """What a record says of a body, for those that speak of it later."""
    said = record["statement"] if record["kind"] == "grant.add" else record["body"]
    return record["kind"], said["inner"]

def check_body(folder, record, state, gone):
    """Whether a body's file cannot be checked: 1 or 0. Raises NotVerified if it is another, or had no right to be stored."""
    place = record["stored"] if record["kind"] == "grant.add" else record["body"]
    if record["kind"] == "body.stored":
        allowed = state["capture"] == "on" and record["time"] <= later(state["forensics"]["until"], minutes=1)
        require(allowed, f"the body in record {record['seq']} was stored while capture was off")
    require(seq(place["segment"]) and digest(place["outer"]), f"record {record['seq']} names no file")
    bodies = folder / "bodies" / f"{place['segment']:08d}"
    try:
        if not bodies.parent.is_dir() or not any(re.fullmatch("[0-9]{8,}", path.name) for path in bodies.parent.iterdir()): return 1
        path = bodies / place["outer"]
        if place["segment"] <= gone and not path.exists(): return 1  # a reader's copy goes with what it is a copy of
        require(path.is_file() and not path.is_symlink(), f"the body of record {record['seq']} is gone")
        same = path.stat().st_size == place["stored_bytes"] and sha256(path.read_bytes()).hex() == place["outer"]
        require(same, f"the body of record {record['seq']} was changed")
    except PermissionError: return 1
    return 0

def check_expiry(state, record):
    order = state.get("forensics", {})
    named = (record["forensics"]["enabled"], record["forensics"]["until"])
    require(named == (order.get("seq"), order.get("until")), f"record {record['seq']} ends what was not ordered")

def check_limits(kind, said, state, keys, grants, now, seq):
    revoked = state.get("revoked", [])
    require(len([entry for entry in state.get("nonces", []) if entry.split(" ")[1] >= now]) < 96, "too many statements")
    if kind == "officer.add":
        key = officer(said["officer"])
        require(key not in [*keys, *revoked, state.get("recovery")] and len(keys) < 16, "an officer who cannot be one")
    if kind == "officer.revoke":
        require(said["key"] in keys and (len(keys) > 1 or "recovery" in state) and len(revoked) < 64, "an officer who cannot be revoked")
    if kind == "forensics.disable": require(state["capture"] == "on", "nothing was captured")
    if kind in ("forensics.enable", "grant.add"):
        days = 31 if kind == "forensics.enable" else 366
        require(now < said["until"] <= later(now, days=days, milliseconds=1), f"the end of a {kind}")
    if kind == "grant.add": require(len(grants) < 48, "too many grants")
    if kind == "grant.revoke": require(any(grant["seq"] == said["grant"] for grant in grants), "no open grant")
    if kind in ("officer.add", "grant.add"):
        key = officer(said["officer" if kind == "officer.add" else "reader"])
        known = {*keys, *revoked, *(grant["reader"] for grant in grants), *([state["recovery"]] if "recovery" in state else [])}
        require(all(vkey(other)[0] != vkey(key)[0] for other in known - {key}), f"a {kind} of a name that is another key's")
    require(all(said[name] < seq for name in ("body", "read", "intent") if name in said), f"a {kind} of what is not there")

def next_state(state, seq, record):
    """The state after a statement, whether it had the right to be there or not; malformed ones change nothing."""
    kind, said, now = record["kind"], record["statement"], record["time"]
    try:
        claim, signatures = parse(record["note"])
        form = {name: test for name, test in FIELDS[kind].items() if name != "match" or name in said}
        require(list(said) == list(form) and all(test(said[name]) for name, test in form.items()), "")
    except NotVerified: return state
    nonces = [entry for entry in state.get("nonces", []) if entry.split(" ")[1] >= now]
    state = state | {"grants": [grant for grant in state["grants"] if grant["until"] >= now],
                     "nonces": [*nonces, claim["nonce"] + " " + claim["expires"]][-96:]}
    if kind == "officer.add":
        recovers = "recovery" in state and marked_by(signatures, state["recovery"])
        replaced = {"replaced": [*state.get("replaced", []), seq][-32:]} if recovers else {}
        return state | {"officers": [*state["officers"], said["officer"]][-16:]} | replaced
    if kind == "officer.revoke":
        return state | {"officers": [line for line in state["officers"] if officer(line) != said["key"]],
                        "revoked": [*state.get("revoked", []), said["key"]][-64:]}
    if kind == "forensics.enable":
        match = {"match": said["match"]} if "match" in said else {}
        return state | {"capture": "on", "forensics": {"seq": seq, "until": said["until"], **match}}
    if kind == "forensics.disable":
        return {name: value for name, value in state.items() if name != "forensics"} | {"capture": "off"}
    if kind == "grant.add":
        grant = {"seq": seq, "inner": said["inner"], "reader": officer(said["reader"]), "until": said["until"]}
        return state | {"grants": [*state["grants"], grant][-48:]}
    if kind == "grant.revoke": return state | {"grants": [grant for grant in state["grants"] if grant["seq"] != said["grant"]]}
    reads = state.get("reads", [])
    if kind == "body.read.intent":
        keys = [*(officer(line) for line in state["officers"]), *(grant["reader"] for grant in state["grants"])]
        by = next((key for key in keys if marked_by(signatures, key)), None)
        if by: return state | {"reads": [*reads, {"seq": seq, "body": said["body"], "by": by}][-32:]}
    if kind == "body.read.outcome" and reads:
        return state | {"reads": [read | {"outcome": said["outcome"]} if read["seq"] == said["intent"] and "outcome" not in read
                                  else read for read in reads]}
    return state
