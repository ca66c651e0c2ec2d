"""Who receives the traces of the tests? A collector on this machine that keeps what it is sent, byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Collector:
    """What was sent to `address`."""

    address: str = ""
    bodies: list[bytes] = field(default_factory=list)

    async def receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request after another of a connection, and answer that it was kept."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next(line for line in head.splitlines() if line.startswith("content-length:"))
                self.bodies.append(await reader.readexactly(int(length.partition(":")[2])))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        writer.close()


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Listen until the block ends."""
    collector = Collector()
    server = await asyncio.start_server(collector.receive, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    collector.address = f"http://{host}:{port}"
    try:
        yield collector
    finally:
        server.close()
