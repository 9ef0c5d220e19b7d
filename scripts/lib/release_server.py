#!/usr/bin/env python3
"""Serves what scripts/sample-releases has written: /graph, /signatures/, /graph-data; with faults where a URL asks for one.

`/fault/MODE/PATH` answers as PATH does, with a fault:
  404         nothing is there
  500         an internal error
  500-once    an internal error the first time; `500-once-WORD` counts by itself for each WORD
  html        status 200 and a page, as a captive portal answers
  truncated   the connection ends in the middle of the body
  slow        the body in pieces, during two seconds
  stalled     the head and half of the body, then nothing until the client goes
Prints its address and then what is asked for, and runs until it is told to end.
"""

import argparse
import http.server
import pathlib
import signal
import sys
import threading
import time
import urllib.parse

PAGE = b"<!DOCTYPE html><html><body>Please log in to this network</body></html>"
PIECES, SECONDS = 20, 2  # of a slow answer
PATIENCE = 600  # seconds that a stalled answer waits for its client to go


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.note(self.path)
        url = urllib.parse.urlsplit(self.path)
        path, mode = url.path, None
        if path.startswith("/fault/"):
            mode, _, rest = path.removeprefix("/fault/").partition("/")
            path = f"/{rest}"
        if mode == "404":
            self.answer(404, b"not here\n", "text/plain")
        elif mode == "500" or mode and mode.startswith("500-once") and self.server.is_first(mode, self.path):
            self.answer(500, b"broken\n", "text/plain")
        elif mode == "html":
            self.answer(200, PAGE, "text/html")
        else:
            file = self.server.find(path, urllib.parse.parse_qs(url.query))
            if file is None:
                self.answer(404, b"not here\n", "text/plain")
            else:
                kind = "application/json" if file.suffix == ".json" else "application/octet-stream"
                self.answer(200, file.read_bytes(), kind, mode)

    def answer(self, status, body, kind, mode=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mode == "slow":
            for piece in range(PIECES):
                time.sleep(SECONDS / PIECES)
                self.wfile.write(body[len(body) * piece // PIECES:len(body) * (piece + 1) // PIECES])
        elif mode in ("truncated", "stalled"):
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            if mode == "stalled":
                self.connection.settimeout(PATIENCE)
                self.connection.recv(1)  # ends when the client goes
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class ReleaseServer(http.server.ThreadingHTTPServer):
    """`address` is HOST:PORT. As a `with`, it serves from a thread of its own."""

    daemon_threads = True

    def __init__(self, folder, report=lambda path: None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = pathlib.Path(folder)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.report = report
        self.guard, self.failed, self.requests = threading.Lock(), set(), []

    def note(self, path):
        with self.guard:
            self.requests.append(path)
            self.report(path)

    def is_first(self, mode, path):
        with self.guard:
            found = (mode, path) not in self.failed
            self.failed.add((mode, path))
            return found

    def find(self, path, query):
        """The file that answers a request."""
        if path == "/graph":
            architecture, channel = (query.get(name, [""])[0] for name in ("arch", "channel"))
            path = f"/graph/{architecture}-{channel}.json"
            if not self.is_inside(path):
                path = "/graph/empty.json"
        if path == "/graph-data":
            path = "/graph-data.tar.gz"
        return self.folder / path[1:] if self.is_inside(path) else None

    def is_inside(self, path):
        file = (self.folder / path[1:]).resolve()
        return file.is_relative_to(self.folder.resolve()) and file.is_file()

    def handle_error(self, *_):
        pass  # clients may go at any time

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="what scripts/sample-releases has written, or will")
    server = ReleaseServer(parser.parse_args().folder, report=lambda path: print(f"GET {path}", flush=True))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print(f"listening on {server.address}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
