"""Who is asking, and what does every question leave behind? The dependencies of the routes.

`Visit`: someone known asks. `Change`: someone known changes something, under an idempotency key.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, assert_never
from uuid import uuid4

import structlog
from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.auditing import context_of
from api.claims import ACTING_FOR, Person
from api.fhir_forms import FHIR_JSON
from api.ids import named_in
from api.issuer_keys import IssuerAway
from api.last_here import note_here
from api.privacy_gate import require_acknowledged
from api.problems import Problem, is_refusal
from api.rates import admit
from api.surroundings import Surroundings
from api.tokens import TokenRefused
from records.database import is_away
from records.writes.audit import SUCCESS, append_audit
from records.writes.idempotency import Busy, Proceed, Replay, Reused, abandon, begin, finish, give_back, settle

logger = structlog.get_logger(__name__)
MAX_KEY = 200
BUSY_POLLS = 100
BUSY_POLL_SECONDS = 0.1
NOTING_PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0)

bearer = HTTPBearer(auto_error=False, description="A JWT of the configured OIDC issuer.")


def surroundings(request: Request) -> Surroundings:
    """Give what the app was made with."""
    found = request.app.state.surroundings
    assert isinstance(found, Surroundings)
    return found


Here = Annotated[Surroundings, Depends(surroundings)]


async def person(
    request: Request, here: Here, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Person:
    """Give whoever asks.

    Raises:
        Problem: 401, there is no token or it is refused; 503, the issuer's keys are not known;
            429, they ask too often.
    """
    token = credentials.credentials if credentials else _token_of_page(request, here)
    if not token:
        raise Problem("unauthenticated", "There is no bearer token.")
    try:
        found = await here.tokens.person(token, request.headers.get(ACTING_FOR, ""))
    except TokenRefused as refusal:
        challenge = 'Bearer realm="referral-pathways", error="invalid_token"'
        raise Problem("unauthenticated", str(refusal), headers={"WWW-Authenticate": challenge}) from refusal
    except IssuerAway as away:
        raise Problem("unavailable", str(away)) from away
    request.state.me = found
    admit(request, here.rates, found.id)
    return found


def _token_of_page(request: Request, here: Surroundings) -> str:
    """Let a browser open a case's page by a link, in the demo only: addresses end up in logs."""
    is_page = request.method == "GET" and request.url.path.endswith(("/page", "/diagram.svg"))
    return request.query_params.get("access_token", "") if is_page and here.settings.demo_issuer else ""


Me = Annotated[Person, Depends(person)]


@dataclass(frozen=True, slots=True)
class Visit:
    """A question by someone who is known. `owed`: under which key its row is owed to the audit, and taken off by it."""

    here: Surroundings
    me: Person
    request_id: str
    context: Mapping[str, Any] = field(default_factory=dict)
    owed: str = ""

    async def audit(
        self, session: AsyncSession, action: str, case_id: str = "", *, outcome: str = SUCCESS, **detail: Any
    ) -> None:
        """Note in the audit who did what, within the session's transaction."""
        if self.owed:  # before the head of the chain is held: a sweep takes the two in the same order
            await settle(session, key=self.owed, actor=self.me.id)
        await append_audit(
            session,
            actor=self.me.id,
            action=action,
            now=self.here.clock(),
            case_id=case_id,
            detail={"request_id": self.request_id, **detail},
            organisation=self.me.organisation,
            outcome=outcome,
            context=self.context,
        )

    async def read(self, action: str, case_id: str = "", **detail: Any) -> None:
        """Note in the audit that something was read."""
        async with self.here.database.session() as session:
            await self.audit(session, action, case_id, **detail)

    def require(self, *, allowed: bool, what: str) -> None:
        """Go on only when it is allowed.

        Raises:
            Problem: 403.
        """
        if not allowed:
            raise Problem("forbidden", f"{self.me.name} may not {what}.")


async def entering(request: Request, here: Here, me: Me) -> Visit:
    """Give the visit that this request is, before anything is asked of them; a refusal finds it in the state."""
    found = Visit(here, me, request.state.request_id, context_of(request, me))
    request.state.visit = found
    await note_here(here, me)
    return found


Entering = Annotated[Visit, Depends(entering)]


async def visit(found: Entering) -> Visit:
    """Give the visit of somebody who may look around.

    Raises:
        Problem: 403, they have not acknowledged the privacy notice of the site.
    """
    await require_acknowledged(found.here, found.me)
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a change, now and when the same request comes again."""

    content: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    def response(self, **headers: str) -> JSONResponse:
        """Give the response."""
        return JSONResponse(self.content, self.status, {**self.headers, **headers}, media_type=self.media_type)


@dataclass(frozen=True, slots=True)
class Change:
    """A change by someone who is known; `key` is empty where the content itself says that it is the same.

    `named`: the case, and the activation of it, that the address names; empty where it names none.
    """

    visit: Visit
    key: str
    request_hash: str
    named: tuple[str, str] = ("", "")

    @property
    def here(self) -> Surroundings:
        """What the app was made with."""
        return self.visit.here

    @property
    def me(self) -> Person:
        """Whoever asks."""
        return self.visit.me

    @property
    def update_id(self) -> str:
        """The id of this change for the case: the same for every retry, another for everyone else."""
        return hashlib.sha256(f"{self.me.id}\x00{self.key}".encode()).hexdigest()

    async def once(
        self, do: Callable[[], Awaitable[Answer]], *, may: Callable[[], Awaitable[object]] | None = None
    ) -> JSONResponse:
        """Do it, unless it was done under this key: then say again what was said.

        What it is, is on record before it is done: should this process die, the audit has a row of it all the same.
        Without a key that is so only for what is `owing`. `may`: where `do` asks who may, asked before saying it again.

        Raises:
            Problem: the key belongs to another request (422), or the same is being done right now (409); as of `may`.
        """
        return await self.once_begun(lambda _: do(), may=may)

    async def once_begun(
        self, do: Callable[[Proceed], Awaitable[Answer]], *, may: Callable[[], Awaitable[object]] | None = None
    ) -> JSONResponse:
        """Do it once, told whether it was begun before: a part of it may have been done then.

        Raises:
            Problem: as of `once`.
        """
        key = self.key or self.visit.owed
        if not key:
            return (await do(Proceed())).response()
        begun = await self._begun(key)
        if isinstance(begun, Answer):
            if may is not None:
                await may()
            return begun.response(**{"Idempotency-Replayed": "true"})
        return (await self._do(key, partial(do, begun), again=begun.again)).response()

    def owing(self) -> "Change":
        """Give the same change as one whose effect comes before its row in the audit, although it brought no key."""
        return self if self.key else replace(self, visit=replace(self.visit, owed=f"request:{uuid4().hex}"))

    async def _begun(self, key: str) -> Answer | Proceed:
        for _ in range(BUSY_POLLS):
            async with self.here.database.session() as session:
                begun = await begin(
                    session,
                    key=key,
                    actor=self.me.id,
                    request_hash=self.request_hash,
                    now=self.here.clock(),
                    intent=self._intent(),
                )
            match begun:
                case Proceed():
                    return begun
                case Replay():
                    return Answer(begun.body["content"], begun.status, begun.body["headers"], begun.body["media_type"])
                case Reused():
                    raise Problem("key-reused", "This Idempotency-Key was sent before with another request.")
                case Busy():
                    await asyncio.sleep(BUSY_POLL_SECONDS)
                case _:
                    assert_never(begun)
        raise Problem("in-progress", "The same request was sent before and is not finished.")

    def _intent(self) -> dict[str, Any]:
        case_id, activation = self.named
        return {
            "request_id": self.visit.request_id,
            "begun_at": self.here.clock().isoformat(),
            "case_id": case_id,
            "activation": activation,
            "organisation": self.me.organisation,
            "context": dict(self.visit.context),
        }

    async def _do(self, key: str, do: Callable[[], Awaitable[Answer]], *, again: bool) -> Answer:
        """What fails may be sent again at once: everything below is safe to repeat.

        What was refused the first time is forgotten; else nobody knows what was done before the refusal.
        """
        try:
            answer = await do()
        except BaseException as error:
            left = abandon if is_refusal(error) and not again else give_back
            await self._note(partial(left, key=key, actor=self.me.id))
            raise
        if self.key:
            kept = {"content": answer.content, "headers": dict(answer.headers), "media_type": answer.media_type}
            await self._note(partial(finish, key=key, actor=self.me.id, status=answer.status, body=kept))
        return answer

    async def _note(self, write: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """Note what became of the request, though the database is away for a moment: else its key stays taken."""
        for pause in NOTING_PAUSES:
            if await self._noted(write):
                return
            await asyncio.sleep(pause)
        logger.warning("an answer was not noted; its key is free after a minute", request_id=self.visit.request_id)

    async def _noted(self, write: Callable[[AsyncSession], Awaitable[None]]) -> bool:
        try:
            async with self.here.database.session() as session:
                await write(session)
        except SQLAlchemyError as error:
            if is_away(error):
                return False
            raise
        return True


KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=MAX_KEY,
        description="New for every change, the same for every retry of it.",
        examples=["5f0c1f6e-1"],
    ),
]


async def intake_change(request: Request, asked: Annotated[Visit, Depends(visit)], key: KeyHeader = None) -> Change:
    """Give a change whose content says by itself that it is the same: the key may be left out."""
    return await first_change(request, asked, key)


async def first_change(request: Request, asked: Entering, key: KeyHeader = None) -> Change:
    """Give such a change of somebody of whom nothing was asked yet."""
    body = await request.body()
    chosen = f"{ACTING_FOR}: {asked.me.organisation}\n" if ACTING_FOR in request.headers else ""
    said = f"{request.method} {request.url.path}?{request.url.query}\n{chosen}".encode() + body
    return Change(asked, key or "", hashlib.sha256(said).hexdigest(), named_in(request.path_params))


async def change(found: Annotated[Change, Depends(intake_change)]) -> Change:
    """Give a change.

    Raises:
        Problem: 400, it has no idempotency key.
    """
    if not found.key:
        raise Problem("key-missing", "The request has no Idempotency-Key header.")
    return found


Asked = Annotated[Visit, Depends(visit)]
Changing = Annotated[Change, Depends(change)]
Sending = Annotated[Change, Depends(intake_change)]
FirstChange = Annotated[Change, Depends(first_change)]


def said(content: Any, status: int = 200, *, fhir: bool = False, **headers: str) -> Answer:
    """Give an answer whose content is anything that JSON can say."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(jsonable_encoder(content), status, named, FHIR_JSON if fhir else "application/json")
