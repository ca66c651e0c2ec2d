"""Who was turned away before a route knew them, or for asking too often? One row of the audit a minute for each caller.

A flood must not fill the audit: of a caller one row a minute is written, of all callers `MOST`. A row says how many of
anybody's requests were turned away since the row before without one of their own.
"""

from typing import Any

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auditing import context_of
from api.claims import Person
from api.rates import Rates
from api.surroundings import Surroundings
from records.database import is_away
from records.writes.audit import REFUSED, append_audit

logger = structlog.get_logger(__name__)
UNKNOWN, TOO_MANY = 401, 429
ACTIONS = {UNKNOWN: "access.unauthenticated", TOO_MANY: "access.throttled"}
MOST = 60
NOBODY = Person("", "", frozenset())


class TurnedAway:
    """Notes answers of 401 and 429, after they were given: the caller does not wait for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._each, self._all = Rates("caller", 1), Rates("all", MOST)
        self._unnoted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then note it if somebody was turned away."""
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            status = message["status"] if message["type"] == "http.response.start" else status
            await send(message)

        await self._app(scope, receive, watched)
        here = getattr(scope["app"].state, "surroundings", None) if status in ACTIONS else None
        if isinstance(here, Surroundings):
            await self._note(here, Request(scope), status)

    async def _note(self, here: Surroundings, request: Request, status: int) -> None:
        me: Person = getattr(request.state, "me", NOBODY)
        if not self._is_due(f"{status} {me.id or (request.client.host if request.client else '')}"):
            self._unnoted += 1
            return
        unnoted, self._unnoted = self._unnoted, 0
        try:
            await _append(here, request, me, status, unnoted)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            logger.warning("who was turned away was not noted in the audit", status=status)

    def _is_due(self, caller: str) -> bool:
        taken = (rates.take(who) for rates, who in ((self._each, caller), (self._all, "")))
        return not any(standing is not None and standing.refused for standing in taken)


async def _append(here: Surroundings, request: Request, me: Person, status: int, unnoted: int) -> None:
    detail: dict[str, Any] = {"request_id": request.state.request_id, "status": status, "unnoted": unnoted}
    if status == UNKNOWN:
        detail["token"] = "refused" if "authorization" in request.headers else "none"
    async with here.database.session() as session:
        await append_audit(
            session,
            actor=me.id,
            action=ACTIONS[status],
            now=here.clock(),
            detail=detail,
            organisation=me.organisation,
            outcome=REFUSED,
            context=context_of(request, me),
        )
