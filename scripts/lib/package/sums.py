"""The digests of all files, and a signature of them."""

import hashlib
import subprocess

from . import facts


def make(files, work):
    """Writes SHA256SUMS; returns its path."""
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(files))
    path = work / "SHA256SUMS"
    facts.write(path, "".join(lines))
    return path


def sign(sums, key, work):
    """Signs them with a private key in PEM, checks that, and says how others do; returns the path of the signature."""
    signature, public = sums.with_name("SHA256SUMS.sig"), work / "signer.pub"
    words = ["openssl", "pkeyutl", "-rawin", "-in", sums]
    facts.output("openssl", "pkey", "-in", key, "-pubout", "-out", public)
    facts.output(*words, "-sign", "-inkey", key, "-out", signature)
    # As an auditor checks a bundle: Ed25519 knows no digest beside it.
    is_edwards = "ED25519" in facts.output("openssl", "pkey", "-pubin", "-in", public, "-noout", "-text").upper()
    check = ([*words, "-verify", "-pubin", "-inkey", public, "-sigfile", signature] if is_edwards else
             ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, sums])
    subprocess.run(check, check=True, stdout=subprocess.DEVNULL)
    named = {str(sums): sums.name, str(signature): signature.name, str(public): "SIGNER.pub"}
    return signature, " ".join(named.get(str(word), str(word)) for word in check)
