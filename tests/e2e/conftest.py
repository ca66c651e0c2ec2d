"""What do the tests of the whole need? Everything that `pathways up` starts, and people who know only its API."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from cli.surroundings import Surroundings
from cli.up import running
from demo.client import Api
from demo.patients import patient
from demo.player import Played, Player
from demo.storyline import Step, Story, storylines
from tests.conftest import free_port
from tests.e2e.collector import Collector, collecting

SHARED = Path(__file__).parents[3] / "shared" / "data" / "referrals"
CLEARANCE = next(story for story in storylines() if story.id == "closed-loop")
"""Every step of a dental clearance, the last of which is oncology's acknowledgement."""


@dataclass
class Stack:
    """The running whole: where its files are, its API, and how the API has answered."""

    place: Surroundings
    api: Api
    collector: Collector
    statuses: list[int] = field(default_factory=list)

    async def note(self, answer: httpx.Response) -> None:
        self.statuses.append(answer.status_code)

    async def ask(
        self, person: str, method: str, path: str, body: Any = None, *, key: str = "", **query: Any
    ) -> httpx.Response:
        """Ask as a person ("" without a token), once, whatever the answer."""
        headers = {"Authorization": f"Bearer {await self.api.token(person)}"} if person else {}
        headers["Idempotency-Key"] = key or str(uuid4())
        return await self.api.http.request(method, path, json=body, headers=headers, params=query)

    async def first_tasks(self, person: str, case_id: str) -> list[Any]:
        """Give the tasks of a case that somebody sees, once there is one: a check for duplicates may come before."""

        async def look() -> list[Any] | None:
            return (await self.api.get(person, "/tasks", case=case_id))["items"] or None

        return list(await self.api.until("the first task", look))

    async def play(
        self,
        case_id: str,
        steps: tuple[Step, ...],
        then: Mapping[str, Any],
        *,
        watcher: str = "c.aspen",
        born: str = "1950-01-01",
    ) -> None:
        """Play steps of a storyline on a case, until it stands as said to a coordinator of whoever sent it.

        `born`: the birth date of its patient where the referral says it: reports say by it of whom they are.
        """
        story = Story("e2e", "a test", "360x", "beacon_cancer_network", {}, steps, then)
        whose = replace(patient("e2e", 0), birth_date=date.fromisoformat(born))
        played = Played(story, "", whose, watcher, case_id)
        await Player(self.api, "e2e", lambda _: None).play(played)


@pytest_asyncio.fixture(scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with stack_in(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@asynccontextmanager
async def stack_in(folder: Path) -> AsyncIterator[Stack]:
    """Run Temporal, worker and API in processes of their own, who send traces, with the library published."""
    place = Surroundings(folder, free_port(), free_port(), free_port())
    async with AsyncExitStack() as opened:
        collector = await opened.enter_async_context(collecting())
        opened.enter_context(pytest.MonkeyPatch.context()).setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        await opened.enter_async_context(running(place))
        http = await opened.enter_async_context(httpx.AsyncClient(base_url=place.api, timeout=60))
        stack = Stack(place, Api(http), collector)
        http.event_hooks = {"response": [stack.note]}
        await stack.api.meet()
        yield stack


def shared(name: str) -> Any:
    """Read a file that nobody on the project wrote; skip where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine: it lies beside the checkout, not in it")
    return json.loads(path.read_text())


def dental_referral(referral_id: str, **changed: Any) -> dict[str, Any]:
    """A referral for dental clearance in our own JSON."""
    return {
        "referral_id": referral_id,
        "assigner": "example-oncology",
        "reason": [{"text": "Dental clearance before radiotherapy of the tongue"}],
        "clinical_question": "Please assess, treat and clear",
        "priority": "urgent",
        "patient": {"identifiers": [{"value": "MRN-E2E"}], "name": "Testina Sample"},
        "requester": {"name": "Dr Doe", "reply_to": "answers@oncology.example"},
        **changed,
    }
