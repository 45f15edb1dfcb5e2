"""Epochs, as docs/JOURNAL_FORMAT.md describes them: from the genesis key to the keys that signed the heads."""
from signed_note import base64_bytes, note, number, require, sha256, verifier_key

def check_epochs(texts, origin, genesis):
    """The epochs by number, from the signed texts by number. Each is opened by a key of the one before."""
    epochs, size, signers, used = {}, 0, {"genesis": genesis}, {genesis}
    for n, text in texts.items():
        lines, signed_by = note(text, f"epoch {n}", origin, 7)
        require(n == len(epochs) + 1 and lines[:3] == ["egress-epoch/v1", origin, str(n)], f"no epoch {len(epochs) + 1}")
        signer = next((name for name, key in signers.items() if signed_by(key)), None)
        require(signer, f"epoch {n} is not signed by a key that may open it")
        require(number(lines[3]) >= size and (n > 1 or lines[3] == "0"), f"epoch {n} is about the wrong number of records")
        size, signers = number(lines[3]), {name: verifier_key(key, origin) for name, key in zip(("run", "resume"), lines[5:])}
        used |= set(signers.values())
        require(len(used) == 2 * n + 1, f"epoch {n} names a key that has served before")
        root = base64_bytes(lines[4], 32)
        require(n > 1 or root == sha256(b""), "epoch 1 does not begin with an empty journal")
        epochs[n] = {"size": size, "root": root, "key": lines[5], "resume": lines[6],
                     "run": signers["run"], "handed_over": signer == "run"}
    require(epochs, "epoch 1 is missing")
    return epochs
