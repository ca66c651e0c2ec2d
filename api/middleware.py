"""What happens to every request before a route sees it? It gets an id, its body is bounded, its answer is sealed."""

import re
from uuid import uuid4

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, answer
from api.settings import ApiSettings

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,100}")
DOCUMENTS = ("/referrals", "/ihe/", "/fhir", "/pathways")
"""Addresses that take whole documents; every other body is small."""

SEALED = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class RequestIds:
    """Names every request: by the caller's `X-Request-ID` when it is a plain word, else by an id of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request, and put the name and the seals into the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        name = given if REQUEST_ID.fullmatch(given) else uuid4().hex.encode()
        scope.setdefault("state", {})["request_id"] = name.decode()

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {key.lower() for key, _ in message["headers"]}
                added = ((b"x-request-id", name), *SEALED)
                message["headers"] = [
                    *message["headers"],
                    *(each for each in added if each[0] not in present),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=name.decode()):
            await self._app(scope, receive, sealed)


class BoundedBodies:
    """Refuses a body that is larger than its address takes, however it is sent."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to its limit, then let the route have it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        body = await self._body(receive, limit=self._limit(scope["path"]))
        if body is None:
            problem = Problem("too-large", f"The body has more than {self._limit(scope['path'])} bytes.")
            await answer(Request(scope), problem)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _limit(self, path: str) -> int:
        settings = self._settings
        return settings.max_document_bytes if path.startswith(DOCUMENTS) else settings.max_body_bytes

    async def _body(self, receive: Receive, *, limit: int) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body in one piece, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
