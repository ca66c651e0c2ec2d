"""What happens to every request before a route sees it? It gets an id, its body is bounded, its answer is sealed.

At addresses of FHIR it is also asked in which form it wants its answer.
"""

import re
from uuid import uuid4

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.fhir_forms import FHIR_JSON, InXml, form_of, is_fhir
from api.problems import Problem, answer
from api.readable import unreadable_address, unreadable_body
from api.sealing import sealed
from api.settings import ApiSettings
from interop.fhir.xml import FHIR_XML

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,100}")
DOCUMENTS = ("/referrals", "/ihe/", "/fhir", "/pathways")
"""Addresses that take whole documents; every other body is small."""

OPEN = re.compile(
    r"/health/(live|ready)|/problems(/[^/]*)?|/fhir/metadata|/openapi\.json|/docs(/oauth2-redirect)?|/redoc"
)
"""What anybody may ask for: whether we live, what our problems mean, and how we are spoken to."""


class RequestIds:
    """Names every request: by the caller's `X-Request-ID` when it is a plain word, else by an id of ours."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._base_url = settings.base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request, and put the name and the seals into the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        name = given if REQUEST_ID.fullmatch(given) else uuid4().hex.encode()
        scope.setdefault("state", {})["request_id"] = name.decode()

        async def sealing(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = [each for each in message["headers"] if each[0].lower() != b"x-request-id"]
                kept = [*named, (b"x-request-id", name)]
                message["headers"] = sealed(kept, path=scope["path"], base_url=self._base_url)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=name.decode()):
            await self._app(scope, receive, sealing)


class Doors:
    """Refuses whoever brings no token at the door: nothing of their body is read. In the demo, routes see to it."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._ajar = settings.demo_issuer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in who brings a token, whatever it is worth, and anybody to what is open."""
        if scope["type"] != "http" or self._ajar or OPEN.fullmatch(scope["path"]) or _brings_token(scope):
            await self._app(scope, receive, send)
            return
        problem = Problem("unauthenticated", "There is no bearer token.")
        await answer(Request(scope), problem)(scope, receive, send)


def _brings_token(scope: Scope) -> bool:
    return bool(dict(scope["headers"]).get(b"authorization", b"").lower().startswith(b"bearer "))


class BoundedBodies:
    """Refuses a body that is larger than its address takes, however it is sent, and texts that cannot be kept."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to its limit, then let the route have it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        problem = _malformed(unreadable_address(scope)) or _compressed(scope)
        if problem is None and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            limit = self._limit(scope["path"])
            body = await self._body(receive, limit=limit)
            if body is None:
                problem = Problem("too-large", f"The body has more than {limit} bytes.")
            else:
                problem, receive = _malformed(unreadable_body(scope, body)), _replay(body, receive)
        answering = self._app if problem is None else answer(Request(scope), problem)
        await answering(scope, receive, send)

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


class FhirForms:
    """Answers in XML whoever asks for it at an address of FHIR; refuses what we cannot give before anything is done."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route answer, in the form that is wanted."""
        form = form_of(scope) if scope["type"] == "http" and is_fhir(scope["path"]) else "json"
        if form is None:
            asked = Problem("not-acceptable", f"Neither {FHIR_JSON} nor {FHIR_XML} (FHIR 4.0) is wanted.")
            await answer(Request(scope), asked)(scope, receive, send)
        else:
            await self._app(scope, receive, InXml(send) if form == "xml" else send)


def _compressed(scope: Scope) -> Problem | None:
    """Refuse what is to be unpacked first: what is small on the wire may be large."""
    coding = dict(scope["headers"]).get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if coding in ("", "identity"):
        return None
    plain = {"Accept-Encoding": "identity"}
    return Problem("unsupported-media-type", f"The body is packed ({coding[:20]}): send it unpacked.", headers=plain)


def _malformed(why: str) -> Problem | None:
    return Problem("malformed", why) if why else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body in one piece, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
