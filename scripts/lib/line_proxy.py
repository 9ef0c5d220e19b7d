"""A line between this machine and a server: a round trip and a rate, as a proxy on the loopback address.

usage: line_proxy.py UPSTREAM [--port PORT] [--round-trip MILLISECONDS] [--rate MEGABYTES_A_SECOND]

Prints its own address, HOST:PORT, and runs until its standard input ends.
"""

import argparse
import asyncio
import os
import sys
import time

CHUNK = 256 << 10
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


async def carry(reader, writer, direction, delay, opened=0):
    """Carries bytes one way, each as late as the line makes it; none leaves before the connection is `opened`."""
    underway = asyncio.Queue()
    room = asyncio.Semaphore(WINDOW // CHUNK)

    async def send():
        while True:
            arrival, data = await underway.get()
            await asyncio.sleep(max(0, arrival - time.monotonic()))
            room.release()
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    sending = asyncio.create_task(send())
    try:
        data = True
        while data:
            await room.acquire()
            data = await reader.read(CHUNK)
            underway.put_nowait((max(direction.leaves(len(data)), opened) + delay, data))
        await sending
    except ConnectionError:
        sending.cancel()


async def serve(upstream, port, round_trip, rate):
    host, _, far_port = upstream.rpartition(":")
    there, back = Direction(rate), Direction(rate)

    async def connect(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(far_port))
        except OSError:
            writer.close()
            return
        delay = round_trip / 2
        # The handshake of a connection takes a round trip of its own.
        await asyncio.gather(
            carry(reader, far_writer, there, delay, time.monotonic() + round_trip),
            carry(far_reader, writer, back, delay), return_exceptions=True)
        for each in (writer, far_writer):
            each.close()

    server = await asyncio.start_server(connect, "127.0.0.1", port, limit=CHUNK)
    print("127.0.0.1:%d" % server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
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
