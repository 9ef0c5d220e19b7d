#!/usr/bin/env python3
"""Starts and stops real docker-registry servers on 127.0.0.1, each on a free port that the kernel chooses."""

import argparse
import json
import os
import pathlib
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

import token_server

CONFIGURATION = """\
version: 0.1
log: {{level: info, accesslog: {{disabled: {silent}}}}}
storage:
  filesystem: {{rootdirectory: "{storage}"}}
  delete: {{enabled: true}}
{cache}http:
  addr: "127.0.0.1:0"
  secret: "loopback only"
{tls}{auth}"""

ACCESS = re.compile(r'^\S+ - \S+ \[[^]]*\] "[A-Z]+ /v2/', re.MULTILINE)
START_SECONDS = 120
STOP_SECONDS = 10
SETTLE_SECONDS = 120
# A connection that the server has not closed: established, or closed by its client alone. Source: proc(5).
HELD = ("01", "08")


class Registry:
    """A running server: `address` is HOST:PORT, `pid` its process."""

    def __init__(self, folder, tls=False, login=None, access_log=False, cache=True, tokens=None, storage=None):
        """Starts a server that keeps its content, configuration and log in `folder`, and waits until it answers.

        With `tls`, `folder`/ca.crt is the authority to trust; a folder as `tls` has certificates already. `login` is
        "user:password"; `tokens`, the URL of a token server that has the same certificates, takes its place. With
        `access_log`, `requests` counts. Without `cache`, its storage can be emptied while it runs. `storage` is the
        folder of the content, if it is another server's.
        """
        self.folder = pathlib.Path(folder).absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.storage = storage or self.folder / "storage"
        self.certificates = self.folder if tls is True else tls
        self.authority = str(self.certificates / "ca.crt") if tls else None
        if tls is True:
            make_certificates(self.folder)
        configuration = self.folder / "config.yml"
        configuration.write_text(CONFIGURATION.format(
            storage=self.storage, silent=str(not access_log).lower(), tls=self._tls(),
            auth=self._token_auth(tokens) if tokens else self._auth(login),
            cache="  cache: {blobdescriptor: inmemory}\n" if cache else ""))
        self.log = self.folder / "registry.log"
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", str(configuration)],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        self.pid = self.process.pid
        try:
            self.address = self._wait_until_it_answers(self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def settle(self):
        """Waits until it answers nobody: then what a client has sent that was killed is written, or dropped."""
        port = f":{int(self.address.rpartition(':')[2]):04X}"
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            sockets = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
            if not any(socket[1].endswith(port) and socket[3] in HELD for socket in sockets):
                return
            time.sleep(0.01)

    def requests(self):
        """How many requests the access log has."""
        return len(ACCESS.findall(self.log.read_text(errors="replace")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _tls(self):
        if not self.authority:
            return ""
        return f'  tls: {{certificate: "{self.certificates}/server.crt", key: "{self.certificates}/server.key"}}\n'

    def _auth(self, login):
        if not login:
            return ""
        user, _, password = login.partition(":")
        passwords = self.folder / "htpasswd"
        with open(passwords, "wb") as output:
            subprocess.run(["htpasswd", "-niB", user], input=password.encode(), stdout=output, check=True)
        return f'auth: {{htpasswd: {{realm: sealift, path: "{passwords}"}}}}\n'

    def _token_auth(self, url):
        settings = {"realm": url, "service": token_server.SERVICE, "issuer": token_server.ISSUER,
                    "rootcertbundle": self.authority}
        return f"auth: {json.dumps({'token': settings})}\n"

    def _wait_until_it_answers(self, log):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            listening = re.search(r'listening on (127\.0\.0\.1:\d+)', log.read_text(errors="replace"))
            if listening and self._answers(listening[1]):
                return listening[1]
            time.sleep(0.02)
        raise RuntimeError(f"docker-registry did not start; its log says:\n{log.read_text(errors='replace')}")

    def _answers(self, address):
        context = ssl.create_default_context(cafile=self.authority) if self.authority else None
        handlers = [urllib.request.ProxyHandler({})]
        if context:
            handlers.append(urllib.request.HTTPSHandler(context=context))
        try:
            urllib.request.build_opener(*handlers).open(f"{'https' if context else 'http'}://{address}/v2/", timeout=5)
            return True
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False


def make_certificates(folder, names=("localhost",)):
    """Makes an authority, and a certificate of it for 127.0.0.1 and the names."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-days", "30", "-subj", "/CN=loopback CA")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "server.ext").write_text(f"subjectAltName=IP:127.0.0.1,{','.join(f'DNS:{name}' for name in names)}\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
            "-out", "server.crt", "-days", "30", "-extfile", "server.ext")


def stop(pid):
    """Ends the server that an earlier `start` left running."""
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while is_running(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.02)
    except ProcessLookupError:
        pass


def is_running(pid):
    """Whether the process exists and is not just waiting for its parent to collect it."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start a server, print 'HOST:PORT PID'")
    start.add_argument("folder", help="where its content, configuration and log go")
    start.add_argument("--tls", action="store_true", help="serve HTTPS; FOLDER/ca.crt is the authority to trust")
    start.add_argument("--login", metavar="USER:PASSWORD", help="ask for this login")
    commands.add_parser("stop", help="stop a server by its PID").add_argument("pid", type=int)
    arguments = parser.parse_args()
    if arguments.command == "stop":
        stop(arguments.pid)
        return
    try:
        registry = Registry(arguments.folder, arguments.tls, arguments.login)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
    print(registry.address, registry.pid)


if __name__ == "__main__":
    main()
