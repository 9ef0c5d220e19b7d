"""A line between this machine and a server: a round trip and a rate, as a proxy on the loopback address.

usage: line_proxy.py UPSTREAM [--port PORT] [--round-trip MILLISECONDS] [--rate MEGABYTES_A_SECOND]

Prints its own address, HOST:PORT, and runs until its standard input ends.
"""

import argparse
import asyncio
import collections
import contextlib
import os
import sys
import time

# As much as is on its way at once: a line does not hold more than its sender's window.
WINDOW = 16 << 20


class Direction:
    """One of the two, which all connections share."""

    def __init__(self, rate):
        self.rate, self.free = rate, 0.0

    def leaves(self, count):
        """When the last of so many bytes has left."""
        now = time.monotonic()
        if not self.rate:
            return now
        self.free = max(now, self.free) + count / self.rate
        return self.free


class End(asyncio.Protocol):
    """One end of a connection; what it receives arrives at the other one as late as the line makes it."""

    def __init__(self, direction, delay):
        self.direction, self.delay = direction, delay
        self.other = self.transport = None
        self.opened = 0  # nothing leaves before
        self.underway, self.count = collections.deque(), 0
        self.is_full = self.has_ended = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.send(data)

    def eof_received(self):
        self.send(b"")
        return True

    def send(self, data):
        self.underway.append(data)
        self.count += len(data)
        when = max(self.direction.leaves(len(data)), self.opened) + self.delay
        asyncio.get_running_loop().call_at(when, self.arrive)
        self.hold()

    def arrive(self):
        data = self.underway.popleft()
        self.count -= len(data)
        there = self.other.transport
        if there.is_closing():
            return
        if data:
            there.write(data)
            self.hold()
            return
        self.has_ended = True
        if self.other.has_ended:
            there.close()
            self.transport.close()
            return
        with contextlib.suppress(OSError):  # it has reset the connection
            there.write_eof()

    def hold(self):
        """Reads on only while the line takes more."""
        if self.transport.is_closing():
            return
        if self.count > WINDOW or self.other.is_full:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def pause_writing(self):
        self.is_full = True
        self.other.hold()

    def resume_writing(self):
        self.is_full = False
        self.other.hold()

    def connection_lost(self, _):
        if self.other:
            asyncio.get_running_loop().call_later(self.delay, self.other.transport.close)


async def serve(upstream, port, round_trip, rate):
    host, _, far_port = upstream.rpartition(":")
    there, back = Direction(rate), Direction(rate)
    delay = round_trip / 2
    loop = asyncio.get_running_loop()

    class Near(End):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.pause_reading()
            # The handshake of a connection takes a round trip of its own.
            self.opened = time.monotonic() + round_trip
            self.connecting = loop.create_task(self.connect())

        async def connect(self):
            far = End(back, delay)
            far.other = self
            try:
                await loop.create_connection(lambda: far, host, int(far_port))
            except OSError:
                return self.transport.close()
            self.other = far
            if self.transport.is_closing():
                far.transport.close()
            self.hold()

    server = await loop.create_server(lambda: Near(there, delay), "127.0.0.1", port)
    print("127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)  # with all that is on its way


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("upstream")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--round-trip", type=float, default=80)
    parser.add_argument("--rate", type=float, default=0)
    options = parser.parse_args()
    asyncio.run(serve(options.upstream, options.port, options.round_trip / 1000, options.rate * 1e6))


if __name__ == "__main__":
    main()
