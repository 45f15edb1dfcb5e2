"""Proofs, as docs/JOURNAL_FORMAT.md describes them: that a record stands in a journal, or that one head begins another."""
import json, re
from epochs import check_epochs
from journal_lines import record_of
from merkle_tree import is_consistent, root_over
from signed_note import NotChecked, base64_bytes, note, number, require, sha256, verifier_key

BYTES_MAX, EPOCHS_MAX, HASHES_MAX, REFERENCES_MAX, WITNESSES_MAX = 8 << 20, 10_000, 64, 5, 15
FORM = r"(c2sp\.org/tlog-proof@v1|egress-consistency/v1)\nextra ([^\n]*)\n([^\n]{1,256})\n((?:[^\n]+\n)*)\n(.*)"

def members(value, names):
    require(isinstance(value, dict) and list(value) == names, f"not just the members {names}")
    return value.values()

def hashes_of(texts):
    require(isinstance(texts, list) and len(texts) <= HASHES_MAX, "no list of hashes")
    return [base64_bytes(text, 32) for text in texts]

def extra_of(data):
    """The JSON in the one form that it has."""
    text = base64_bytes(data).decode("utf-8")
    extra = json.loads(text)
    require(json.dumps(extra, ensure_ascii=False, separators=(",", ":")) == text, "the extra data has another form")
    version = extra.get("version")
    require(type(version) is int and version > 0, "the extra data names no version")
    if version > 1: raise NotChecked(f"version {version} of proofs is not known here")
    return extra

def proven_line(index, line, hashes, size, root):
    """The record of a line that has its place under the root."""
    require(type(index) is int and 0 <= index < size, "a line behind the head")
    data = line.encode("utf-8")
    require(root_over(index, size, sha256(b"\x00" + data), hashes_of(hashes)) == root, f"#{index + 1} is another line under the head")
    record = record_of(data)
    require(record and record["seq"] == index + 1, f"#{index + 1} is no valid record")
    return record

def check_references(own, lines):
    """The lines given with a record are those that it refers to, between two that show that all are of one segment."""
    if not lines: return
    opening, *named, end = lines if len(lines) > 1 else [*lines, {}]
    n = opening["segment"]["number"]
    ends = end.get("kind") == "seal" and end["seal"]["segment"] == n or end.get("kind") == "segment.open" and end["segment"]["number"] == n + 1
    require(opening["kind"] == "segment.open" and ends and opening["seq"] < own["seq"] < end["seq"], "lines of no segment, or of another")
    said = own.get("egress", {}) if own["kind"] != "gap" else own["gap"]
    wanted = {"process": said.get("proc"), "site": said.get("site"), "headers": said.get("headers")}
    for record in named:
        it = wanted.pop(record["kind"], None)
        good = it and record[record["kind"]]["number"] == it and opening["seq"] < record["seq"] < own["seq"]
        require(good, f"#{record['seq']} is not what #{own['seq']} refers to")

def verify(path, pinned, expected):
    """Returns the limits of a good proof. Raises NotVerified or NotChecked."""
    with path.open("rb") as file: data = file.read(BYTES_MAX + 1)
    found = re.fullmatch(FORM, data.decode("utf-8"), re.DOTALL)
    require(len(data) <= BYTES_MAX and found, "not the form of a proof")
    title, extra, header, hashes, head = found.groups()
    extra, hashes = extra_of(extra), hashes.split("\n")[:-1]
    origin = pinned.partition("+")[0]
    of_record = title.startswith("c2sp.org")
    _, texts, *rest = members(extra, ["version", "epochs", "line", "references"] if of_record else ["version", "epochs"])
    require(isinstance(texts, list) and len(texts) <= EPOCHS_MAX, "no list of epochs")
    epochs = check_epochs(dict(enumerate(texts, 1)), origin, verifier_key(pinned, origin))
    lines, signed_by = note(head, "the head", origin, 3, WITNESSES_MAX)
    size, root = number(lines[1]), base64_bytes(lines[2], 32)
    signer = max((n for n in epochs if epochs[n]["size"] < size), default=None)
    require(lines[0] == origin and signer == len(epochs) and signed_by(epochs[signer]["run"]), "the head is not its epoch's")

    heads = {size: root}
    if of_record:
        line, references = rest
        require(header.startswith("index ") and isinstance(references, list) and len(references) <= REFERENCES_MAX, "no record's proof")
        own = proven_line(number(header[6:]), line, hashes, size, root)
        check_references(own, [proven_line(*members(one, ["index", "line", "proof"]), size, root) for one in references])
    else:
        said = re.fullmatch(r"old (\S+) (\S+)", header)
        require(said, "no two heads")
        old, old_root, way = number(said[1]), base64_bytes(said[2], 32), hashes_of(hashes)
        good = (not way and (old, old_root) in [(0, sha256(b"")), (size, root)]) or is_consistent(old, old_root, size, root, way)
        require(good, f"the head of {old} records does not begin that of {size}")
        heads[old] = old_root
    for at, told in expected: require(heads.get(at, told) == told, f"the head of {at} records is another one")
    limits = {"no head from elsewhere was given: others may have been shown another": not expected,
              "the head from elsewhere is not the proof's: it was not compared": any(at not in heads for at, _ in expected)}
    return [limit for limit, applies in limits.items() if applies]
