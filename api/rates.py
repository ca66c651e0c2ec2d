"""How many requests are answered a minute, to one person and to one address? More are told when to ask again (429).

Counted in this process's memory: with several processes each answers so many. Every caller has a bucket that holds one
minute's requests and fills evenly, so that a burst is served and an endless one is not. Health is not counted.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, answer
from api.settings import ApiSettings

MINUTE = 60.0
CALLERS = 20_000
"""So many buckets are kept; the one that was longest unused goes first."""

UNCOUNTED = "/health/"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands: so many requests are left of a minute's `quota`, and in `wait` seconds one more is."""

    name: str
    quota: int
    left: int
    wait: float

    @property
    def refused(self) -> bool:
        """Whether this request is one too many."""
        return self.wait > 0

    def headers(self) -> dict[str, str]:
        """Give what the caller is told (draft-ietf-httpapi-ratelimit-headers)."""
        full = ceil((self.quota - self.left) * MINUTE / self.quota)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={int(MINUTE)}',
            "RateLimit": f'"{self.name}";r={self.left};t={full}',
        }


@dataclass(slots=True)
class Rates:
    """Counts the requests of callers of one kind; a `quota` of 0 lets any number through."""

    name: str
    quota: int
    now: Callable[[], float] = time.monotonic
    _empty_at: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """When the bucket of each caller is full again: what lies ahead of now is what they have used."""

    def take(self, caller: str) -> Standing | None:
        """Count one request of a caller; None: nothing is counted."""
        if self.quota <= 0:
            return None
        now, step = self.now(), MINUTE / self.quota
        full_again = max(self._empty_at.get(caller, now), now) + step
        over = full_again - now - MINUTE
        if over > step / 1000:
            return Standing(self.name, self.quota, 0, over)
        self._keep(caller, full_again)
        return Standing(self.name, self.quota, int((MINUTE - (full_again - now)) / step + 0.001), 0.0)

    def _keep(self, caller: str, full_again: float) -> None:
        self._empty_at[caller] = full_again
        self._empty_at.move_to_end(caller)
        if len(self._empty_at) > CALLERS:
            self._empty_at.popitem(last=False)


def too_many(standing: Standing) -> Problem:
    """Give the problem that tells a caller to wait."""
    return Problem(
        "too-many",
        f"More than {standing.quota} requests a minute came from this {standing.name}.",
        headers={**standing.headers(), "Retry-After": str(max(1, ceil(standing.wait)))},
    )


def admit(request: Request, rates: Rates, caller: str) -> None:
    """Count a request of a person; the answer will say where they stand.

    Raises:
        Problem: 429, it is one too many.
    """
    standing = rates.take(caller)
    if standing is None:
        return
    if standing.refused:
        raise too_many(standing)
    request.state.standing = standing


class AddressRates:
    """Counts the requests of every address, before anything else is done for them."""

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._rates = Rates("address", settings.requests_per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or say when to ask again; say in the answer how many are left."""
        if scope["type"] != "http" or scope["path"].startswith(UNCOUNTED):
            await self._app(scope, receive, send)
            return
        standing = self._rates.take(scope["client"][0] if scope.get("client") else "")
        if standing is not None and standing.refused:
            await answer(Request(scope), too_many(standing))(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def told(message: Message) -> None:
            now = state.get("standing", standing)
            if message["type"] == "http.response.start" and now is not None:
                present = {name.lower() for name, _ in message["headers"]}
                added = [(name.lower().encode(), value.encode()) for name, value in now.headers().items()]
                message["headers"] = [*message["headers"], *(each for each in added if each[0] not in present)]
            await send(message)

        await self._app(scope, receive, told)
