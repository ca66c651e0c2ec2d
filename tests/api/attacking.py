"""How is every route asked about what is not theirs? With real ids, and with ids that nobody gave."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from api.ids import case_and_activation, task_id, word
from tests.api.northern import Northern

NOBODY = "case-00000000000000000000dead"
OPEN_BY_DESIGN = {"/cases/{case_id}/break-glass"}
"""It opens any case to clinicians, under review."""

CHANGING = re.compile(r"[0-9a-f]{32}|req-[\w-]+|\d{4}-\d\d-\d\dT[\d:.+Z]+")
"""What differs between any two answers: ids of requests, times."""

UNAUDITED = re.compile(r"/(pathways|problems|health)(/|$)|/fhir/metadata$|/batches/kinds$")
"""Addresses that tell nothing of a patient, nor of anybody's work."""

FILTERS = (
    "/cases?referral={referral_id}",
    "/tasks?case={case_id}",
    "/messages?status=delivered",
    "/dead-letters?key={dead_key}",
    "/incidents?case={case_id}",
    "/incidents?text=north",
    "/fhir/Communication?identifier={thread_id}",
)


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
        "target": "first%231",
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


def reads(victim: Northern) -> Iterator[tuple[str, str]]:
    """Every GET of the OpenAPI that leaves a row in the audit, and every filter: with its address about the victim."""
    for path, operations in victim.office.app.openapi()["paths"].items():
        if "get" in operations and not UNAUDITED.match(path):
            yield path, filled(path, named(victim, path))
    yield from ((path, filled(path, named(victim, "/tasks"))) for path in FILTERS)


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


def filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: ids.get(place[1], "1"), path)


def plain(text: str, ids: dict[str, str]) -> str:
    """The text of an answer without what differs by itself."""
    for value in sorted(set(ids.values()), key=len, reverse=True):
        for written in (value, json.dumps(value)[1:-1]):
            text = text.replace(written, "…") if len(written) > 3 else text
    return CHANGING.sub("…", text)
