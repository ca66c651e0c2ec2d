"""Are forty patients that nobody here wrote referred and run, half through each pathway?"""

import asyncio
from typing import Any

import pytest

from demo.storyline import Do, storylines
from interop.fhir.requesting import service_request, with_request
from tests.e2e.conftest import Stack, shared

pytestmark = [pytest.mark.temporal, pytest.mark.slow]

PATIENTS = 40
AT_ONCE = 6
PATHWAYS = ("pre_rt_dental_clearance", "ent_imaging_oncology")
FIRST = {
    "pre_rt_dental_clearance": "pre_rt_dental_clearance.req",
    "ent_imaging_oncology": "ent_imaging_oncology.form",
}

SENDERS = {
    "pre_rt_dental_clearance": ("gateway.beacon", "c.aspen"),
    "ent_imaging_oncology": ("gateway.hazel", "c.birch"),
}
"""The system that sends each, and a coordinator of the same organisation, who sees its cases."""


def first_step(pathway: str) -> Do:
    """What the first clinician usually does."""
    steps = (step for story in storylines() for step in story.steps if isinstance(step, Do))
    return next(step for step in steps if step.form == FIRST[pathway])


def requested(bundle: dict[str, Any], number: int) -> dict[str, Any]:
    """A record without a referral is asked for one; others carry theirs as a Procedure."""
    if any(entry["resource"]["resourceType"] == "Procedure" for entry in bundle["entry"]):
        return bundle
    record = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    request = service_request(
        identifier={"system": "urn:e2e", "value": f"REF-E2E-{number}"},
        subject={"reference": f"urn:uuid:{record['id']}"},
        code={"text": "Specialist clinic"},
        reasons=[{"text": "For the opinion of a specialist"}],
    )
    return with_request(bundle, request)


async def test_forty_patients_are_referred_and_run(stack: Stack) -> None:
    bundles = [shared(f"synthea/{number:02}.json") for number in range(PATIENTS)]
    begun, at_once = len(stack.statuses), asyncio.Semaphore(AT_ONCE)

    async def refer_and_run(number: int) -> str:
        async with at_once:
            return await referred_and_run(stack, bundles[number], number)

    cases = await asyncio.gather(*(refer_and_run(number) for number in range(PATIENTS)))
    assert len(set(cases)) == PATIENTS
    assert max(stack.statuses[begun:]) < 500


async def referred_and_run(stack: Stack, bundle: dict[str, Any], number: int) -> str:
    """Refer a patient, let the first clinician do their part, see that the case waits for someone."""
    pathway = PATHWAYS[number % len(PATHWAYS)]
    system, watcher = SENDERS[pathway]
    answer = await stack.ask(system, "POST", "/fhir", requested(bundle, number), pathway=pathway)
    assert answer.status_code == 201, f"{number:02}: {answer.text}"
    case_id = str(answer.json()["id"])
    await stack.play(case_id, (first_step(pathway),), {"status": "running", "incident": False}, watcher=watcher)

    async def waits() -> bool | None:
        found = await stack.api.get(watcher, f"/cases/{case_id}")
        return bool(found["pathway"] == pathway and found["waits"]) or None

    await stack.api.until(f"case {case_id} to wait for someone", waits)
    return case_id
