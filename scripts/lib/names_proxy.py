"""A proxy that knows a few public names and the servers on this machine that stand for them. It refuses every other name."""

import asyncio
import urllib.parse

LARGEST_HEAD = 1 << 16
BLOCK = 1 << 16


class NamesProxy:
    """`names`: "HOST:PORT" -> the "HOST:PORT" that answers for it. `report` is told what was refused."""

    def __init__(self, names, report=lambda name: None):
        self.names, self.report = names, report

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=LARGEST_HEAD)
        self.address = f"127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, wanted, _ = head.split(b"\r\n")[0].decode().split(" ")
            if method == "CONNECT":
                await self.connect(wanted, reader, writer, answer=b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                # Servers take the whole URL too. No connection serves two names: each has a port of its own.
                await self.connect(urllib.parse.urlsplit(wanted).netloc, reader, writer, forward=head)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # either side may go at any time
        finally:
            writer.close()

    async def connect(self, name, reader, writer, answer=b"", forward=b""):
        if name not in self.names:
            self.report(name)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        host, _, port = self.names[name].rpartition(":")
        other_reader, other_writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(answer)
            other_writer.write(forward)
            await asyncio.gather(pass_on(reader, other_writer), pass_on(other_reader, writer))
        finally:
            other_writer.close()


async def pass_on(reader, writer):
    while block := await reader.read(BLOCK):
        writer.write(block)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
