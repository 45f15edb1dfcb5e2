"""Signed notes and their keys, as docs/JOURNAL_FORMAT.md describes them: Ed25519 in plain Python (RFC 8032, section 5.1,
with the cofactor, canonical encodings only, no key of low order), base64, key ids. Slow; nothing here is secret."""
import base64, hashlib, re

class NotVerified(Exception): "A check failed."
class NotChecked(Exception): "There is nothing to say yes or no to."
def require(good, what):
    if not good: raise NotVerified(what)
def sha256(data): return hashlib.sha256(data).digest()

# Ed25519 on points (X, Y, Z, T).
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P

def multiply(n, p):
    if n == 0: return 0, 1, 1, 0
    half = multiply(n >> 1, add(p, p))
    return add(half, p) if n & 1 else half

def same(p, q): return (p[0] * q[2] - q[0] * p[2]) % P == 0 == (p[1] * q[2] - q[1] * p[2]) % P

def decode_point(data):
    """The point of a canonical encoding; None for any other 32 bytes."""
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P: x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - square) % P or (x == 0 and sign): return None
    if x & 1 != sign: x = P - x
    return x, y, 1, x * y % P

BASE = decode_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def usable_key(key):  # under a key of low order one signature would fit anything
    return decode_point(key) is not None and not same(multiply(8, decode_point(key)), (0, 1, 1, 0))

def signature_fits(key, message, signature):
    r, s = decode_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or not usable_key(key) or r is None or s >= L: return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return same(multiply(8 * s, BASE), multiply(8, add(r, multiply(k, decode_point(key)))))

# Files, keys, signed notes.
def read(path):
    if not path.is_file(): raise NotChecked(f"{path} is not there, or is no file")
    with path.open("rb") as file: data = file.read(16385)
    require(len(data) <= 16384, f"{path} is too long")
    return data.decode("utf-8", "surrogateescape")

def numbered(folder, pattern=r"([1-9][0-9]{0,15})"):
    """The files of a folder that have a number for a name, by number. Others are ignored, as the format says."""
    names = [re.fullmatch(pattern, entry.name) for entry in folder.iterdir()] if folder.is_dir() else []
    return {int(name[1]): folder / name[0] for name in sorted(filter(None, names), key=lambda name: int(name[1]))}

def number(text):
    require(re.fullmatch("0|[1-9][0-9]{0,15}", text), f"not a number: {text!r}")
    return int(text)

def base64_bytes(text, length=None):
    try: data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError): data = b""
    require(len(data) == (length or len(data)) and base64.b64encode(data).decode() == text, f"not canonical base64: {text!r}")
    return data

def key_id(origin, key): return sha256(origin.encode() + b"\n\x01" + key)[:4]

def verifier_key(text, origin):
    name, _, rest = text.partition("+")
    data = base64_bytes(rest[9:], 33)
    good = name == origin and data[0] == 1 and rest[:9] == key_id(origin, data[1:]).hex() + "+"
    require(good and usable_key(data[1:]), f"not a verifier key of {origin}, or of low order: {text!r}")
    return data[1:]

def note(text, name, origin, count, witnesses=0):
    """A signed note's lines, and a function that says whether a key signed it. Of witnesses only the form is looked at."""
    found = re.fullmatch(r"((?:[^\n]+\n){%d})\n— (\S+) (\S+)\n((?:— [^\s+\x7f-\x9f]{1,255} \S+\n){0,%d})" % (count, witnesses), text)
    require(found and found[2] == origin, f"{name} is no signed note of this journal")
    further = [base64_bytes(line.split(" ")[2]) for line in found[4].splitlines()]
    require(all(len(data) > 4 for data in further) and not re.search("[\x00-\x09\x0b-\x1f]", text), f"{name} is malformed")
    text, signature = found[1].encode("utf-8", "surrogateescape"), base64_bytes(found[3], 68)
    def signed_by(key): return signature[:4] == key_id(origin, key) and signature_fits(key, text, signature[4:])
    return found[1].split("\n")[:-1], signed_by
