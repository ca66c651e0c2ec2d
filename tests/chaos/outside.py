"""What is outside? A service that takes orders and a mail server: both do what they are asked, then may not say so.

A careful receiver does a thing once per `Idempotency-Key` (or `Message-ID`): `effects` counts these, `requests` all.
"""

import asyncio
import contextlib
import email
import random
from collections import Counter
from collections.abc import Awaitable, Callable

TOO_LATE = 8.0
"""Seconds: longer than the header `timeout` of the pathway's tasks."""
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Outside:
    """The service and the mail server; `moody`: they time out, break off and fail as the seed says."""

    def __init__(self, chance: random.Random) -> None:
        self.moody = False
        self.requests: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.mails: Counter[str] = Counter()
        self.subjects: dict[str, str] = {}
        self.web_port = self.mail_port = 0
        self._chance = chance
        self._servers: list[asyncio.Server] = []

    async def open(self) -> None:
        self.web_port = await self._listen(self._web)
        self.mail_port = await self._listen(self._mail)

    async def close(self) -> None:
        for server in self._servers:
            server.close()

    async def _listen(self, serve: Serve) -> int:
        async def safely(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(safely, "127.0.0.1", 0)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        await reader.readexactly(int(headers.get("content-length", "0")))
        mood = self._mood()
        if mood == "fails before":
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            return
        key = headers.get("idempotency-key", "")
        self.requests[key] += 1
        self.effects[key] = 1
        if mood == "too late":
            await asyncio.sleep(TOO_LATE)
        if mood == "breaks off":
            writer.transport.abort()
            return
        status = b"503 Service Unavailable" if mood == "fails after" else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()

    async def _mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ready\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                await self._letter(reader, writer)
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 ok\r\n")
            if writer.transport.is_closing():
                return
            await writer.drain()

    async def _letter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"354 go on\r\n")
        await writer.drain()
        mood = self._mood()
        letter = email.message_from_bytes(await reader.readuntil(b"\r\n.\r\n"))
        if mood == "fails before":
            writer.write(b"451 not now\r\n")
            return
        identity = str(letter["Message-ID"])
        self.mails[identity] += 1
        self.subjects[identity] = str(letter["Subject"])
        if mood in ("breaks off", "fails after"):
            writer.transport.abort()
            return
        if mood == "too late":
            await asyncio.sleep(1)
        writer.write(b"250 taken\r\n")

    def _mood(self) -> str:
        if not self.moody:
            return ""
        moods = ("", "fails before", "fails after", "breaks off", "too late")
        return self._chance.choices(moods, (60, 10, 10, 10, 10))[0]
