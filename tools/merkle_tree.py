"""The tree of RFC 6962, and what a vacuum leaves of it, as docs/JOURNAL_FORMAT.md describes them."""
from signed_note import base64_bytes, number, numbered, read, require, sha256

def node(left, right): return sha256(b"\x01" + left + right)

class Tree:
    """Grown leaf by leaf. `edge` holds the roots of the full trees at its right edge, the largest first."""
    def __init__(self, size=0, last="0" * 64, edge=()): self.size, self.last, self.edge = size, last, list(edge)

    def append(self, leaf):
        self.last, n, self.size = leaf.hex(), self.size, self.size + 1
        while n & 1: leaf, n = node(self.edge.pop(), leaf), n >> 1
        self.edge.append(leaf)

    def root(self):
        root = self.edge[-1] if self.edge else sha256(b"")
        for left in self.edge[-2::-1]: root = node(left, root)
        return root

def root_over(index, size, leaf, hashes):
    """The root that a way leads to from the leaf at `index`; None if it is not that long. RFC 9162, section 2.1.3.2."""
    fn, sn, root = index, size - 1, leaf
    for hash in hashes:
        if sn == 0: return None
        if fn & 1 or fn == sn:
            root = node(hash, root)
            while fn and not fn & 1: fn, sn = fn >> 1, sn >> 1
        else: root = node(root, hash)
        fn, sn = fn >> 1, sn >> 1
    return root if sn == 0 else None

def is_consistent(first, old_root, second, new_root, proof):
    """RFC 9162, section 2.1.4.2, which says how to check what RFC 6962, section 2.1.2, defines."""
    if not 0 < first < second or not proof: return False
    path = [old_root, *proof] if first & (first - 1) == 0 else proof
    fn, sn = first - 1, second - 1
    while fn & 1: fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for hash in path[1:]:
        if sn == 0: return False
        if fn & 1 or fn == sn:
            old, new = node(hash, old), node(hash, new)
            while fn and not fn & 1: fn, sn = fn >> 1, sn >> 1
        else: new = node(new, hash)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == old_root and new == new_root

def tree_at(receipt):
    """The tree up to a vacuum's boundary; None if the receipt's members are not those that the format names."""
    try:
        counts = [receipt[name] for name in ("number", "first", "boundary", "segment", "bytes")]
        hashes = [bytes.fromhex(text) for text in [*receipt["frontier"], receipt["hash"]]]
        good = all(type(count) is int and count > 0 for count in counts) and all(len(hash) == 32 for hash in hashes)
        good = good and len(hashes) - 1 == bin(receipt["boundary"]).count("1") and isinstance(receipt["window"], str)
        good = good and receipt["rule"] in ("older_than", "max_size")
        return Tree(receipt["boundary"], receipt["hash"], hashes[:-1]) if good else None
    except (KeyError, TypeError, ValueError): return None

def roots_below(folder, origin, tree):
    """The roots of removed sizes that consistency/ leads from to the boundary, which `tree` ends at."""
    roots = {tree.size: tree.root()}
    for size, path in reversed(numbered(folder / "consistency").items()):
        lines = read(path).split("\n")
        good = lines[:3] == ["egress-boundary/v1", origin, str(size)] and len(lines) >= 7 and lines[-1] == ""
        require(good, f"{path} is no proof of this journal")
        old, later, new = base64_bytes(lines[3], 32), number(lines[4]), base64_bytes(lines[5], 32)
        proof = [base64_bytes(line, 32) for line in lines[6:-1]]
        require(is_consistent(size, old, later, new, proof), f"{path} proves nothing")
        require(size >= tree.size or roots.get(later) == new, f"{path} does not lead to what is left")
        if size < tree.size: roots[size] = old
    return roots
