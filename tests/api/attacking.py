"""How is every route asked about what is not theirs? With real ids, and with ids that nobody gave."""

import asyncio
import json
import re
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import col, select

from api.ids import case_and_activation, task_id, word
from policy.matrix import matrix
from records.tables import (
    Batch,
    CareTeamMember,
    CaseParty,
    Consent,
    FactRecord,
    Handoff,
    Message,
    Notification,
    PatientDoubt,
    ProxyGrant,
    ServiceInbox,
    Task,
    Thread,
    ThreadMessage,
)
from tests.api.conftest import Office, Person
from tests.api.northern import Northern, sample

NOBODY = "case-00000000000000000000dead"
OPEN_BY_DESIGN = {"/cases/{case_id}/break-glass"}
"""It opens any case to clinicians, under review."""

CHANGING = re.compile(r"[0-9a-f]{32}|req-[\w-]+|\d{4}-\d\d-\d\dT[\d:.+Z]+")
"""What differs between any two answers: ids of requests, times."""

AT_ONCE = 12
KEPT: tuple[type[Any], ...] = (
    Batch,
    CareTeamMember,
    CaseParty,
    Consent,
    FactRecord,
    Handoff,
    Notification,
    PatientDoubt,
    ProxyGrant,
    ServiceInbox,
    Task,
    Thread,
    ThreadMessage,
)
"""Where a change of a case, its patient or what hangs on it would show."""

LISTS = ("/cases", "/inbox", "/handoffs", "/conferences", "/break-glass", "/my/cases", "/batches", "/fhir/Task")
FILTERS = (
    "/cases?referral={referral_id}",
    "/tasks?case={case_id}",
    "/messages?key={referral_id}",
    "/dead-letters?key={dead_key}",
    "/incidents?case={case_id}",
    "/incidents?text=north",
    "/fhir/Communication?identifier={thread_id}",
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked: the same with the ids of the victim and with those of nobody."""

    method: str
    path: str
    theirs: str
    nobodys: str
    bodies: tuple[Any, Any] = (None, None)


def named(victim: Northern, path: str) -> dict[str, str]:
    """The victim's ids, for the places of an address."""
    first = path.split("/")[1]
    identifier = victim.ids.get("tasks" if path.startswith("/fhir/Task") else first, word("unknown"))
    return {
        "case_id": victim.case_id,
        "identifier": identifier,
        "thread_id": victim.ids["threads"],
        "referral_id": victim.referral_id,
        "patient_id": victim.patient_id,
        "dead_key": victim.ids["dead_key"],
        "service": "dental_oncology",
        "target": "first#1",
        "action": "accept",
    }


def unknown(found: dict[str, str]) -> dict[str, str]:
    """The same places with ids that nobody gave."""
    task = case_and_activation(found["identifier"])
    nobody = {
        "case_id": NOBODY,
        "identifier": task_id(NOBODY, task[1]) if task else word("nobody"),
        "thread_id": "0" * len(found["thread_id"]),
        "referral_id": "REF-nobody",
        "patient_id": "P-nobody",
        "dead_key": "NONE-nobody",
    }
    return {**found, **nobody}


def questions(victim: Northern, *methods: str) -> Iterator[Question]:
    """Every route of the OpenAPI that has a place for an id, or lists; each filter and body that may name a case."""
    described = victim.office.app.openapi()
    schemas = described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if path not in OPEN_BY_DESIGN and method in methods and ("{" in path or path in LISTS):
                body = _body(operation, schemas)
                places = named(victim, path)
                if method == "get" and re.match("/(pathways|directory|problems|people)/", path):
                    continue
                yield Question(method, path, filled(path, places), filled(path, unknown(places)), (body, body))
    places = named(victim, "/tasks")
    if "get" in methods:
        for path in FILTERS:
            yield Question("get", path, filled(path, places), filled(path, unknown(places)))
    if "post" in methods:
        bodies = zip(naming(places, 1), naming(unknown(places), 2), strict=True)
        yield from (Question("post", path, path, path, (ours, other)) for (path, ours), (_, other) in bodies)


def naming(places: dict[str, str], number: int) -> Sequence[tuple[str, Any]]:
    """Bodies in which the ids of a case stand."""
    about = {"reason": "an attack", "start": False}
    identity = f"attack-{places['referral_id']}-{number}"
    cases = {"filter": {"cases": [places["case_id"]]}, **about}
    return (
        ("/messages", {"name": "lab.result", "correlation_key": places["case_id"], "message_id": identity}),
        ("/appointments", {"referral_id": places["case_id"], "appointment_id": identity, "status": "attended"}),
        ("/results", {"order_id": places["case_id"], "report_id": identity}),
        ("/batches", {"kind": "case.set_variables", "request": {"variables": {"a": 1}}, **cases, "dry_run": True}),
        ("/batches", {"kind": "case.cancel", **cases, "dry_run": True}),
    )


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return sample(content["schema"], schemas) if "schema" in content else {}


def filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: ids.get(place[1], "1"), path)


async def answers(asked: Iterable[Awaitable[Any]]) -> list[Any]:
    """Ask some at a time: one after another takes long, all at once waits for the database."""
    some = asyncio.Semaphore(AT_ONCE)

    async def one(awaited: Awaitable[Any]) -> Any:
        async with some:
            return await awaited

    return await asyncio.gather(*map(one, asked))


async def ask(who: Person, method: str, path: str, body: Any) -> httpx.Response:
    return await (who.get(path) if method == "get" else who.post(path, body))


def alike(answer: httpx.Response, ids: dict[str, str]) -> tuple[int, str]:
    """An answer without what differs by itself: the ids that were asked for, ids of requests, times."""
    return answer.status_code, plain(answer.text, ids)


def plain(text: str, ids: dict[str, str]) -> str:
    """The text of an answer without what differs by itself."""
    for value in sorted(set(ids.values()), key=len, reverse=True):
        for written in (value, json.dumps(value)[1:-1]):
            text = text.replace(written, "…") if len(written) > 3 else text
    return CHANGING.sub("…", text)


async def told_apart(victim: Northern, who: Person, question: Question) -> str:
    """Where an answer about the victim differs from one about nobody, or names something of the victim."""
    answer = await ask(who, question.method, question.theirs, question.bodies[0])
    control = await ask(who, question.method, question.nobodys, question.bodies[1])
    places = named(victim, question.path)
    asked_for = {value for value in places.values() if value in f"{question.theirs}{json.dumps(question.bodies[0])}"}
    leaked = {text for text in victim.known() - asked_for if text in answer.text}
    names_one = question.theirs != question.nobodys or question.bodies[0] != question.bodies[1]
    differs = names_one and alike(answer, _said(places)) != alike(control, _said(unknown(places)))
    if leaked or differs or answer.is_server_error:
        codes = f"{answer.status_code} for {control.status_code}"
        return f"{question.method} {question.theirs}: {codes}, {leaked} {answer.text[:300]}"
    return ""


def _said(places: dict[str, str]) -> dict[str, str]:
    attacks = {f"attack{number}": f"attack-{places['referral_id']}-{number}" for number in (1, 2)}
    return {**places, **attacks}


async def differences(victim: Northern, who: Person, *methods: str) -> list[str]:
    """Every difference that somebody can find."""
    asked = (told_apart(victim, who, question) for question in questions(victim, *methods))
    return [found for found in await answers(asked) if found]


async def kept(victim: Northern) -> dict[str, list[Any]]:
    """All that is on record of the victim's case and what hangs on it."""
    found: dict[str, list[Any]] = {}
    async with victim.office.database.reader() as session:
        for table in KEPT:
            rows = (await session.exec(select(table))).all()
            found[table.__name__] = sorted(each for each in map(repr, rows) if _of(victim, each))
        letter = select(Message).where(col(Message.correlation_key) == victim.ids["dead_key"])
        found["Message"] = [repr(row) for row in await session.exec(letter)]
    return found


def _of(victim: Northern, row: str) -> bool:
    return any(name in row for name in (victim.case_id, victim.patient_id, victim.ids["threads"]))


def kinds_of_roles(office: Office, roles: Sequence[str]) -> list[str]:
    """One role of each kind: of one type, and in the same lists of `roles.yaml`; code knows no other difference."""
    access = office.app.state.surroundings.access
    lists = {name: getattr(access, name) for name in type(access).__slots__}
    first: dict[Any, str] = {}
    for role in roles:
        known = matrix().roles.get(role)
        within = tuple(name for name, members in lists.items() if role in members)
        first.setdefault((known.type if known else "", within), role)
    return list(first.values())
