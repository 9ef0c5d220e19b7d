"""Signs releases as their publisher does: an OpenPGP message around a short JSON text, in a store that HTTP serves."""

import json
import os
import pathlib
import subprocess
import tempfile

TRUSTED, OTHER = "Example Release <release@example.invalid>", "Somebody Else <else@example.invalid>"
KEY_KIND = "rsa2048"


class Signer:
    """Two key pairs that exist as long as the `with`, and the store that signatures go to.

    `release-key.asc` is the public key of the publisher, `other-key.asc` one that nobody should trust.
    """

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="gpg-")  # not in `folder`: a socket's path must be short
        for user in (TRUSTED, OTHER):
            self.gpg("--passphrase", "", "--quick-gen-key", user, KEY_KIND, "sign", "never")
        self.public_key = self.gpg("--armor", "--export", TRUSTED).decode()
        self.fingerprint, self.other_fingerprint = self.find_fingerprint(TRUSTED), self.find_fingerprint(OTHER)
        (self.folder / "release-key.asc").write_text(self.public_key)
        (self.folder / "other-key.asc").write_bytes(self.gpg("--armor", "--export", OTHER))
        return self

    def __exit__(self, *_):
        subprocess.run(["gpgconf", "--kill", "all"], env=self.environment(), capture_output=True)
        self.home.cleanup()

    def publish(self, digest, reference, flaw=None, by_both=False):
        """Puts a release's signatures into the store. `by_both`: the first is of a key that nobody trusts."""
        if flaw == "unsigned":
            return
        place = self.folder / "signatures" / digest.replace(":", "=")
        place.mkdir(parents=True)
        if flaw == "signed-by-another-key":
            found = [self.sign(digest, reference, OTHER)]
        elif flaw == "signature-of-another-release":
            found = [self.sign(f"sha256:{'1' * 64}", reference, TRUSTED)]
        elif flaw == "signature-truncated":
            found = [self.sign(digest, reference, TRUSTED)[:200]]
        elif flaw == "signature-is-html":
            found = [b"<!DOCTYPE html><html><body>Please log in to this network</body></html>"]
        else:
            found = [self.sign(digest, reference, key) for key in ((OTHER, TRUSTED) if by_both else (TRUSTED,))]
        for number, signature in enumerate(found, 1):
            pathlib.Path(place, f"signature-{number}").write_bytes(signature)

    def sign(self, digest, reference, key):
        text = {
            "critical": {
                "image": {"docker-manifest-digest": digest}, "type": "atomic container signature",
                "identity": {"docker-reference": reference},
            },
            "optional": {"creator": "example release signing"},
        }
        return self.gpg("--local-user", key, "--sign", input=json.dumps(text).encode())

    def find_fingerprint(self, key):
        lines = self.gpg("--with-colons", "--fingerprint", key).decode().splitlines()
        return next(line.split(":")[9] for line in lines if line.startswith("fpr:"))

    def environment(self):
        return {**os.environ, "GNUPGHOME": self.home.name}

    def gpg(self, *arguments, input=b""):
        command = ["gpg", "--batch", "--quiet", "--no-tty", "--trust-model", "always", *arguments]
        return subprocess.run(command, input=input, stdout=subprocess.PIPE, check=True, env=self.environment()).stdout
