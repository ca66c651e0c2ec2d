"""How does a network misbehave? One TCP way that can be slow, silent, or cut in the middle of what it carries."""

import asyncio
import contextlib
import random
import socket
import struct

PIECE = 65_536
AT_ONCE = struct.pack("ii", 1, 0)


class Link:
    """Listens on `port` and carries bytes to `target` and back, in whatever weather there is."""

    def __init__(self, name: str, target: int, chance: random.Random) -> None:
        self.name = name
        self.port = 0
        self.cuts = 0
        self._target = target
        self._chance = chance
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._delay = 0.0
        self._refusing = False
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection: what was on its way is lost."""
        for pair in tuple(self._pairs):
            self._drop(pair)

    async def stall(self, seconds: float) -> None:
        """Carry nothing for a while; then everything that has gathered."""
        self._flowing.clear()
        await asyncio.sleep(seconds)
        self._flowing.set()

    async def swallow(self, seconds: float) -> None:
        """Carry nothing for a while; what was sent meanwhile never arrives."""
        self._flowing.clear()
        await asyncio.sleep(seconds)
        self.cut()
        self._flowing.set()

    async def slow(self, seconds: float) -> None:
        """Carry every piece late for a while, and cut some connections in the middle of a piece."""
        self._delay = self._chance.uniform(0.02, 0.2)
        await asyncio.sleep(seconds)
        self._delay = 0.0

    async def refuse(self, seconds: float) -> None:
        """Cut all connections and let no new one through for a while."""
        self._refusing = True
        self.cut()
        await asyncio.sleep(seconds)
        self._refusing = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        pair = (writer, far_writer)
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._pump(reader, far_writer)),
            asyncio.create_task(self._pump(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(ways, timeout=0.2)
        finally:
            for way in ways:
                way.cancel()
            self._pairs.discard(pair)
            for end in pair:
                end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._flowing.wait()
                if self._delay:
                    await asyncio.sleep(self._chance.uniform(0, 2 * self._delay))
                    if self._chance.random() < 0.01:
                        writer.write(piece[: len(piece) // 2])
                        self._cut_through(writer)
                        return
                writer.write(piece)
                await writer.drain()

    def _cut_through(self, writer: asyncio.StreamWriter) -> None:
        for pair in tuple(self._pairs):
            if writer in pair:
                self._drop(pair)

    def _drop(self, pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
        self.cuts += 1
        self._pairs.discard(pair)
        for end in pair:
            _reset(end)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close as a broken line does: with a reset, not with a farewell."""
    line = writer.get_extra_info("socket")
    if isinstance(line, socket.socket) or hasattr(line, "setsockopt"):
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
