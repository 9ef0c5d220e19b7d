"""A proxy on the loopback address that does to connections what bad networks and busy servers do."""

import random
import socket
import struct
import threading
import time

FAULTS = ("reset", "stall", "truncate", "flip", "answer")
ANSWERS = ("429 Too Many Requests\r\nRetry-After: 1", "500 Internal Server Error", "503 Service Unavailable")
STALL_SECONDS = 2
REQUEST = b" HTTP/1.1\r\n"
# Where in a connection something happens: heads and small answers, or large bodies.
PLACES = (200, 2_000, 50_000, 500_000)


class Proxy:
    """`address` is HOST:PORT; to be used in a `with`."""

    def __init__(self, upstream):
        host, _, port = upstream.rpartition(":")
        self.upstream = (host, int(port))
        self.generator = None
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def disturb(self, seed):
        """From now on breaks about every other connection, as the seed says; `None` lets all pass."""
        with self.lock:
            self.generator = None if seed is None else random.Random(seed)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, self._plan()), daemon=True).start()

    def _plan(self):
        """What happens to a connection: the fault, the direction, after how many bytes, which bit."""
        with self.lock:
            if self.generator is None or self.generator.random() < 0.5:
                return None
            return (self.generator.choice(FAULTS), self.generator.choice(("in", "out")),
                    self.generator.randrange(self.generator.choice(PLACES)), self.generator.randrange(8))

    def _serve(self, client, plan):
        try:
            if plan and plan[0] == "answer":
                client.recv(1 << 16)
                answer = ANSWERS[plan[2] % len(ANSWERS)]
                client.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                # What was sent meanwhile is read, or the close would be a reset.
                client.shutdown(socket.SHUT_WR)
                client.settimeout(1)
                while client.recv(1 << 16):
                    pass
                return
            with socket.create_connection(self.upstream) as server:
                there = threading.Thread(
                    target=pump, args=(client, server, plan if plan and plan[1] == "in" else None), daemon=True)
                there.start()
                pump(server, client, plan if plan and plan[1] == "out" else None)
                there.join()
        except OSError:
            pass
        finally:
            client.close()


def pump(source, sink, plan):
    """Passes bytes on until one side ends, or the plan says what happens."""
    position = 0
    try:
        while True:
            data = source.recv(1 << 16)
            if not data:
                break
            # A request's first lines say which tag is meant, and nothing proves them: a flip there is another wish.
            is_safe = plan is None or plan[:2] != ("flip", "in") or REQUEST not in data
            if plan and position + len(data) > plan[2] and is_safe:
                fault, _, place, bit = plan
                plan = None
                before = data[:max(0, place - position)]
                if fault == "flip":
                    data = before + bytes([data[len(before)] ^ 1 << bit]) + data[len(before) + 1:]
                else:
                    sink.sendall(before)
                    if fault == "stall":
                        time.sleep(STALL_SECONDS)
                        data = data[len(before):]
                    else:
                        if fault == "reset":
                            for end in (sink, source):
                                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        break
            sink.sendall(data)
            position += len(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
