"""Lines of a segment, by the grammar of docs/JOURNAL_FORMAT.md."""
import hashlib, json, re
from signed_note import NotChecked, sha256

def record_of(line):
    """The record that a line holds, or None where it does not fit the grammar, by which it has exactly one reading."""
    def members(pairs):
        record = dict(pairs)
        good = len(pairs) == len(record) <= 64 and all(re.fullmatch("[a-z][a-z0-9_]{0,63}", name) for name in record)
        return record if good else [None]  # which does not fit below
    def fits(value, depth):
        if isinstance(value, dict): value = list(value.values())
        if isinstance(value, list): return depth <= 16 and all(fits(member, depth + 1) for member in value)
        return isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**53)  # no null, no fraction
    try:
        record = json.loads(line.decode("utf-8"), object_pairs_hook=members)
        again = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except (ValueError, RecursionError): return None
    good = again == line and len(line) <= 65535 and fits(record, 1) and isinstance(record, dict)
    good = good and list(record)[:3] == ["seq", "prev", "kind"]
    return record if good and isinstance(record["kind"], str) and type(record["seq"]) is int else None

def records(path, tree):
    """Yields the records up to the last line that is valid and chained, then length and hash of what is behind it."""
    if not path.is_file(): raise NotChecked(f"{path} is no file")
    torn, tail = 0, hashlib.sha256()
    with path.open("rb") as file:
        while line := file.readline(65537):
            record = record_of(line[:-1]) if not torn and line.endswith(b"\n") else None
            if record and (record["seq"], record["prev"]) == (tree.size + 1, tree.last):
                tree.append(sha256(b"\x00" + line[:-1]))
                yield record
            else: torn, _ = torn + len(line), tail.update(line)
    yield {"kind": None, "torn_bytes": torn, "torn_sha256": tail.hexdigest()}
