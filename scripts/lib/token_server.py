"""A token server with TLS on the loopback address, as registries send their clients to, for a registry with `tokens`."""

import base64
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time
import urllib.parse

ISSUER = SERVICE = "loopback"
SECONDS = 300  # that a token lasts


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers["Authorization"] != self.server.authorization:
            return self.answer(401, {"details": "who are you?"})
        scopes = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("scope", [])
        self.answer(200, {"token": self.server.token(" ".join(scopes).split()), "expires_in": SECONDS})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TokenServer(http.server.ThreadingHTTPServer):
    """Gives who has the login any token; `address` is HOST:PORT.

    `folder` has server.crt and server.key, and ca.crt, which clients and the registry trust.
    """

    daemon_threads = True

    def __init__(self, folder, login):
        self.folder = pathlib.Path(folder)
        self.authorization = "Basic " + base64.b64encode(login.encode()).decode()
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.crt", self.folder / "server.key")
        # Handshakes are made by the threads that answer.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.address = "127.0.0.1:%d" % self.server_address[1]
        certificate = ssl.PEM_cert_to_DER_cert((self.folder / "server.crt").read_text())
        self.head = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(certificate).decode()]}
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def token(self, scopes):
        """A token for scopes like `repository:app:pull`.

        Source: distribution, docs/spec/auth/jwt.md.
        """
        now = int(time.time())
        access = [dict(zip(("type", "name"), scope.split(":")), actions=scope.split(":")[2].split(",")) for scope in scopes]
        claims = {"iss": ISSUER, "sub": "", "aud": SERVICE, "exp": now + SECONDS, "nbf": now - 5, "iat": now,
                  "jti": str(time.monotonic_ns()), "access": access}
        text = b".".join(words(json.dumps(part).encode()) for part in (self.head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder / "server.key"],
                                   input=text, stdout=subprocess.PIPE, check=True).stdout
        return b".".join((text, words(plain(signature)))).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        self.thread.join()


def words(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def plain(signature):
    """Both numbers of an ECDSA signature in DER, 32 bytes each.

    Source: RFC 7518, section 3.4.
    """
    first = signature[4:4 + signature[3]]
    second = signature[6 + signature[3]:]
    return b"".join(number[-32:].rjust(32, b"\0") for number in (first, second))
