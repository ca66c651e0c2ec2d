"""How does the demo talk to the API? As a person with a token, every change with its own idempotency key."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx

Json = Any
T = TypeVar("T")
TIMEOUT_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
TRY_AGAIN = frozenset({429, 502, 503, 504})
DUPLICATE = 409


class Refused(Exception):
    """The API refused a request; the message says which, whose, and the API's own words."""

    def __init__(self, who: str, request: str, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.problem: Mapping[str, Any] = _problem(answer)
        words = self.problem.get("detail") or answer.text[:500]
        super().__init__(f"{request} by {who} was answered {answer.status_code}: {words}")


class NotInTime(Exception):
    """What the demo waited for did not happen; the message says what, for how long, and how it stands instead."""


@dataclass(slots=True)
class Api:
    """The API and the people who use it. `within`: seconds until a wait is given up, > 0; `records`: of patients."""

    http: httpx.AsyncClient
    within: float = 60.0
    people: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    async def meet(self) -> None:
        """Learn who there is from the demo issuer."""
        listed = (await self.http.get("/demo-issuer/people")).raise_for_status().json()
        self.people = {person["id"]: person for person in listed}

    def name(self, person: str) -> str:
        """Give the name by which a person is called."""
        return str(self.people.get(person, {}).get("name", person))

    def of(self, organisation: str, role: str) -> str:
        """Give whoever has a role in an organisation, the first of them."""
        found = (name for name, who in self.people.items() if who.get("organisation") == organisation)
        return next(name for name in found if role in self.people[name]["roles"])

    def owns(self, person: str, patient_id: str) -> None:
        """Say whose record a patient's own is: the next token says so."""
        self.records[person] = patient_id
        self.tokens.pop(person, None)

    async def token(self, person: str) -> str:
        """Give a person's token, from the demo issuer the first time."""
        if person not in self.tokens:
            params = {"person": person, "patient_id": self.records.get(person, "")}
            answer = await self.http.get("/demo-issuer/token", params=params)
            self.tokens[person] = answer.raise_for_status().json()["access_token"]
        return self.tokens[person]

    async def get(self, person: str, path: str, **query: Any) -> Json:
        """Read something as a person; a query may also stand in the path.

        Raises:
            Refused: the API did not give it.
        """
        return await self._ask(person, "GET", path, {}, params=query or None)

    async def post(self, person: str, path: str, body: object = None, **query: Any) -> Json:
        """Change something as a person; a request that found nobody at home is sent again under the same key.

        Raises:
            Refused: the API did not do it.
        """
        return await self._ask(person, "POST", path, {"Idempotency-Key": str(uuid4())}, json=body, params=query or None)

    async def until(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Wait until `look` finds something, ever more patiently.

        Raises:
            NotInTime: it found nothing in time; `what` is said.
        """
        deadline, pause = time.monotonic() + self.within, FIRST_PAUSE
        while (found := await look()) is None:
            if time.monotonic() > deadline:
                raise NotInTime(f"waited {self.within:.0f} s for {what}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE)
        return found

    async def _ask(self, person: str, method: str, path: str, headers: Mapping[str, str], **content: Any) -> Json:
        request = f"{method} {path}"
        authorization = {"Authorization": f"Bearer {await self.token(person)}"}

        async def answered() -> httpx.Response | None:
            try:
                answer = await self.http.request(method, path, headers={**authorization, **headers}, **content)
            except httpx.TransportError:
                return None
            return None if answer.status_code in TRY_AGAIN else answer

        answer = await self.until(f"an answer to {request}", answered)
        if answer.is_error:
            raise Refused(self.name(person), request, answer)
        return answer.json()


def client(base_url: str) -> Api:
    """Give the client of the API at an address; close its `http` afterwards."""
    return Api(httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_SECONDS))


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    """Read problem+json, or the first issue of an OperationOutcome."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    issues = body.get("issue") if isinstance(body, dict) else None
    if issues:
        return {**body, "detail": "; ".join(issue.get("diagnostics", "") for issue in issues)}
    return body if isinstance(body, dict) else {}
