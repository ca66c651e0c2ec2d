"""Does Temporal show what the demo says? What the deep links find, what stands in clear, whether every case answers."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError

from cli.surroundings import Surroundings
from demo.checks import Check
from demo.client import Api, NotInTime
from demo.links import QUERIES, RUNNING
from demo.player import Played
from demo.watching import case_of, every_case
from workflows.host.connection import connected
from workflows.host.server import temporal_binary
from workflows.host.settings import settings_from

LINES = "10000"


async def temporal_checks(place: Surroundings, api: Api, batch: Sequence[Played]) -> list[Check]:
    """Ask Temporal what an administrator would see."""
    expected = await _expected(api, {played.story.id: played for played in batch})
    async with _connected(place) as client:
        links = [
            Check(f"the deep link “{name}” finds its cases", await _finds(client, api, QUERIES[name], cases))
            for name, cases in expected.items()
        ]
    return [*links, Check("no patient in what `temporal workflow list` shows", await _in_clear(place, batch))]


async def every_case_answers(place: Surroundings) -> Check:
    """Query every running workflow: each has to be replayed from its history by the worker."""
    silent = []
    async with _connected(place) as client:
        async for workflow in client.list_workflows(RUNNING):
            try:
                await client.get_workflow_handle(workflow.id).query("waits")
            except RPCError as error:
                silent.append(f"{workflow.id}: {error.message}")
    return Check("every running case is replayed from its history and answers", "; ".join(silent))


def _connected(place: Surroundings) -> AbstractAsyncContextManager[Client]:
    return connected(settings_from(place.environment()))


async def _expected(api: Api, batch: Mapping[str, Played]) -> dict[str, set[str]]:
    """Give the cases that each link has to find: as the API says, and by storyline what only the story knows.

    A booked study waits for its report as well: it may come before anybody says that the study was made.
    """
    cases = [case for case in await every_case(api) if case["waiting"]]
    return {
        "stuck": {case["case_id"] for case in cases if case["stuck"]},
        "overdue": {case["case_id"] for case in cases if case["escalation_level"] >= 2},
        "incidents": {batch["mistyped-date"].case_id},
        "waiting for imaging": {case["case_id"] for case in cases if await _has_scan(api, case)},
        "waiting for an imaging report": {batch[each].case_id for each in ("result-never-comes", "waiting-for-scan")},
    }


async def _has_scan(api: Api, case: Mapping[str, Any]) -> bool:
    called = (await case_of(api, case))["called"]
    return any(each["pathway"] == "imaging_order" and each["status"] == "running" for each in called)


async def _finds(client: Client, api: Api, query: str, cases: set[str]) -> str:
    """A workflow stands for the case that called it; what visibility knows comes a moment later than what is."""
    found: set[str] = set()

    async def look() -> bool | None:
        found.clear()
        found.update([workflow.id.partition("/")[0] async for workflow in client.list_workflows(query)])
        return True if found == cases else None

    try:
        await api.until(query, look)
    except NotInTime:
        return f"{query} finds {sorted(found)}, not {sorted(cases)}"
    return "" if cases else f"there is nothing to find for {query}"


async def _in_clear(place: Surroundings, batch: Sequence[Played]) -> str:
    command = ("workflow", "list", "--address", f"127.0.0.1:{place.temporal_port}", "--limit", LINES, "-o", "json")
    listing = await asyncio.create_subprocess_exec(str(temporal_binary()), *command, stdout=asyncio.subprocess.PIPE)
    shown = (await listing.communicate())[0].decode()
    if batch[0].case_id not in shown:
        return "the list does not show the cases at all"
    identities = [(p.patient.given, p.patient.family, p.patient.number) for p in batch]
    named = {word for words in identities for word in words if word in shown}
    return f"it shows {sorted(named)}" if named else ""
