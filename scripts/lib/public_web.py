"""Serves files by HTTPS, as the public sites do that are no registry: FOLDER/HOST/PATH for each host that is asked for."""

import http.server
import pathlib
import ssl
import threading
import urllib.parse

GRAPH = "/api/upgrades_info/v1/graph"


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def translate_path(self, path):
        url = urllib.parse.urlsplit(path)
        host = pathlib.Path(self.server.folder, self.headers.get("Host", "").partition(":")[0])
        if url.path == GRAPH:
            query = urllib.parse.parse_qs(url.query)
            architecture, channel = (query.get(name, [""])[0] for name in ("arch", "channel"))
            graph = host / "graph" / f"{architecture}-{channel}.json"
            return str(graph if graph.parent == host / "graph" and graph.is_file() else host / "graph" / "empty.json")
        found = (host / url.path.lstrip("/")).resolve()
        return str(found if found.is_relative_to(self.server.folder) else host / "gone")

    def list_directory(self, path):
        self.send_error(404)

    def log_message(self, *_):
        pass


class PublicWeb(http.server.ThreadingHTTPServer):
    """`address` is HOST:PORT. Serves from a thread of its own, which ends with the process."""

    daemon_threads = True

    def __init__(self, folder, certificates):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = pathlib.Path(folder).resolve()
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificates / "server.crt", certificates / "server.key")
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, client_address):
        # Here and not for the listening socket: a slow handshake must hold up nobody else.
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, *_):
        pass  # clients may go at any time
