"""Who calls? Programs of clinicians and systems that do not give up, whose clocks are wrong, and who keep every answer.

The same request goes out with the same idempotency key, to whichever API is there, until it is answered.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx

from api.surroundings import system_clock

WITHIN = 1_500.0
"""Seconds until a call that nobody answers counts as lost: programs do not give up while a storm lasts."""


class Unanswered(Exception):
    """A call was not answered however often it was made; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Said:
    """A change that was accepted: by whom, under which key, and the answer."""

    what: str
    number: int
    by: str
    key: str
    status: int
    body: dict[str, Any]


@dataclass(slots=True)
class Journal:
    """What the callers saw."""

    accepted: list[Said] = field(default_factory=list)
    refused: list[Said] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


class Callers:
    """All programs that call; each try takes another door."""

    def __init__(self, doors: Sequence[str], chance: random.Random) -> None:
        self.journal = Journal()
        self._doors = doors
        self._chance = chance
        self._tokens: dict[str, str] = {}
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(40, connect=5), limits=httpx.Limits(max_connections=200))

    async def close(self) -> None:
        await self._http.aclose()

    async def change(
        self, what: str, number: int, person: str, path: str, *, key: str = "", skew: float = 0.0, **more: Any
    ) -> Said:
        """Ask for a change until it is accepted or refused, and note which."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self._ask("POST", path, person, headers | _wrong_clock(skew), more)
        said = Said(what, number, person, key, answer.status_code, answer.json())
        (self.journal.accepted if answer.is_success else self.journal.refused).append(said)
        return said

    async def read(self, path: str, person: str, **params: Any) -> Any:
        answer = await self._ask("GET", path, person, {}, {"params": params})
        return answer.json() if answer.is_success else None

    async def _ask(
        self, method: str, path: str, person: str, headers: dict[str, str], more: dict[str, Any]
    ) -> httpx.Response:
        begun = asyncio.get_running_loop().time()
        last = "no try"
        while asyncio.get_running_loop().time() < begun + WITHIN:
            self.journal.tries[method] += 1
            try:
                bearer = {"Authorization": f"Bearer {await self._token(person)}"}
                door = self._chance.choice(self._doors)
                answer = await self._http.request(method, f"{door}{path}", headers=headers | bearer, **more)
                if not _try_again(answer):
                    self.journal.slowest = max(self.journal.slowest, asyncio.get_running_loop().time() - begun)
                    return answer
                last = f"{answer.status_code} {answer.json().get('title', '')}"
            except (httpx.HTTPError, ValueError) as error:
                last = type(error).__name__
            self.journal.failures[last] += 1
            await asyncio.sleep(self._chance.uniform(0.2, 1.5))
        raise Unanswered(f"{method} {path} by {person} was not answered within {WITHIN:.0f} s; at last: {last}")

    async def _token(self, person: str) -> str:
        if person not in self._tokens:
            door = self._chance.choice(self._doors)
            answer = await self._http.get(f"{door}/demo-issuer/token", params={"person": person})
            answer.raise_for_status()
            self._tokens[person] = answer.json()["access_token"]
        return self._tokens[person]


def _try_again(answer: httpx.Response) -> bool:
    under_way = answer.status_code == 409 and answer.json().get("type", "").endswith("/in-progress")
    return answer.status_code >= 500 or under_way


def _wrong_clock(skew: float) -> dict[str, str]:
    """Headers of a client whose clock is off by `skew` seconds."""
    return {"Date": format_datetime(system_clock() + timedelta(seconds=skew))} if skew else {}
