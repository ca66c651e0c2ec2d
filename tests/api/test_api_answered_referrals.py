"""Does a referral that a pathway answers by itself read as reported, then as acknowledged? Asked over the API.

The cases of the library are played on the pure engine; what they told is written into the records as the host does.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
import pytest_asyncio
from temporalio.client import Client

from pathways.catalogue import Publication, library_folders
from pathways.catalogue import publish as publish_folders
from records.projection import project
from records.writes.publications import publish_together
from tests.api.conftest import Office, open_office
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.facts import Fact
from workflows.host.keys_wrapping import KeyRing
from workflows.proof.scenario import play_on_engine, read_cases
from workflows.proof.simulation import Recorded, Simulation

pytestmark = pytest.mark.temporal
FOLDERS = {folder.name: folder for folder in library_folders()}
ROOT = "case"
THEN = datetime(2026, 3, 31, tzinfo=UTC)
"""When it is asked: cases that ended long ago are hidden."""

ANSWERED: Mapping[tuple[str, str], Mapping[str, tuple[str, str]]] = {
    ("b_ent_imaging_oncology", "main-line-to-treatment"): {
        "REF-2001": (f"{ROOT}/fds_ack#", "ack"),
        "REF-2001-SUPPORT-1": (f"{ROOT}/support_ack#", "ack"),
        "REF-2001-SUPPORT-2": (f"{ROOT}/support_ack#", "ack"),
    },
    ("d_odontogenic_sinusitis", "main-line"): {"REF-D1-DENTAL-1": (ROOT, "joint"), "REF-D1": (ROOT, "letter_ack")},
    ("e_tmj_assessment", "refractory-to-one-plan"): {"REF-5001-OMFS": (ROOT, "conf"), "REF-5001": (ROOT, "letter_ack")},
    ("h_paediatric_mouth_breathing", "main-line"): {"REF-8001-ENT": (ROOT, "conf"), "REF-8001": (ROOT, "letter_ack")},
}
"""Folder and case: its referrals in order, and what acknowledges each (how the id of the case begins, element)."""


@cache
def library() -> tuple[Publication, ...]:
    return tuple(publish_folders(list(FOLDERS.values())))


@pytest_asyncio.fixture(scope="module")
async def records(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office in which the library is published."""
    path = tmp_path_factory.mktemp("answered") / "records.sqlite"
    async with open_office(f"sqlite:///{path}", dev_server, key_ring) as office:
        async with office.database.session() as session:
            await publish_together(session, library(), actor="test", now=THEN)
        office.app.state.surroundings = replace(office.app.state.surroundings, clock=lambda: THEN)
        yield office


@pytest.mark.parametrize(("played", "answered"), ANSWERED.items(), ids=map("/".join, ANSWERED))
async def test_a_referral_that_a_pathway_answers_is_reported_and_then_acknowledged(
    records: Office, played: tuple[str, str], answered: Mapping[str, tuple[str, str]]
) -> None:
    simulation = await play(*played)
    told = 0
    for referral_id, by in answered.items():
        read = next(index for index, each in enumerate(simulation.trace) if index > told and is_read(each, *by))
        await write_down(records, "-".join(played), simulation, simulation.trace[told:read])
        assert await state_of(records, referral_id) == "reported"
        told = read
    await write_down(records, "-".join(played), simulation, simulation.trace[told:])
    assert [await state_of(records, referral_id) for referral_id in answered] == ["acknowledged"] * len(answered)


async def test_what_a_referral_calls_under_its_own_number_does_not_say_where_it_stands(records: Office) -> None:
    simulation = await play("b_ent_imaging_oncology", "no-show-inside-the-loop")
    called = next(index for index, each in enumerate(simulation.trace) if each.fact.element == "contact")
    await write_down(records, "missed", simulation, simulation.trace[: called + 1])
    assert await state_of(records, "REF-2010") == "no_show"


async def play(folder: str, case_id: str) -> Simulation:
    simulation = Simulation({each.key: each.definition for each in library()})
    cases = read_cases((FOLDERS[folder] / "cases.yaml").read_text())
    await play_on_engine(next(case for case in cases if case.id == case_id), simulation, folder.partition("_")[2])
    return simulation


def is_read(told: Recorded, case_id: str, element: str) -> bool:
    in_case = told.case_id == case_id if case_id == ROOT else told.case_id.startswith(case_id)
    return in_case and (told.fact.fact, told.fact.element) == ("completed", element)


async def write_down(records: Office, name: str, simulation: Simulation, told: Sequence[Recorded]) -> None:
    """Write facts down as the host does, case by case."""
    by_case: dict[str, list[Fact]] = defaultdict(list)
    for each in told:
        by_case[each.case_id].append(each.fact)
    async with records.database.session() as session:
        for case_id, facts in by_case.items():
            await project(session, CaseFacts(begun(name, simulation, case_id), tuple(facts)))


def begun(name: str, simulation: Simulation, case_id: str) -> StartCase:
    """How the host would have begun this case: called cases have the business key of the first one."""
    definition, first = simulation.cases[case_id].definition, referral_of(simulation, ROOT)
    return StartCase(
        case_id=case_id.replace(ROOT, name, 1),
        key=definition.key,
        sha256=definition.sha256,
        business_key=first,
        correlation_keys=(referral_of(simulation, case_id) or first,),
        caller=case_id.replace(ROOT, name, 1).rpartition("/")[0] or None,
    )


def referral_of(simulation: Simulation, case_id: str) -> str:
    said = (each.fact for each in simulation.trace if each.case_id == case_id and each.fact.fact == "variable_set")
    return next((str(fact.detail["value"]) for fact in said if fact.detail["name"] == "referral_id"), "")


async def state_of(records: Office, referral_id: str) -> str:
    found = await records.admin.read(f"/referrals/{referral_id}")
    return str(found["state"]["state"])
