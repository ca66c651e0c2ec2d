"""Do cases go on the real host as they go on the pure engine? Those tagged `temporal: true`, with time skipped."""

import json
import re
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from _pytest.mark import ParameterSet
from temporalio.testing import WorkflowEnvironment

from activities.duplicates import NOTHING
from activities.fhir_message import service_name
from activities.raising import ACTOR as RED_FLAG
from api.surroundings import system_clock
from cli.surroundings import DEMO_DIRECTORY
from pathways.bpmn.model import Definition
from pathways.catalogue import Publication, library_folders
from policy.consent import SHARING
from policy.duplicates import order_key
from records.database import Database
from records.tables import OrderRecord
from records.writes.publications import publish as store
from records.writes.sharing import Said, record_consent
from tests.library import published_library
from tests.outside import Clinic
from tests.pathways.library.temporal_player import TemporalPlayer
from tests.pathways.library.test_cases import key_of
from worker import activities_of
from workflows.engine.commands import PerformWork
from workflows.engine.facts import Fact
from workflows.host.gateway import CaseGateway
from workflows.host.keys_wrapping import KeyRing
from workflows.host.settings import Settings
from workflows.host.worker import case_worker
from workflows.proof.scenario import Case, play, play_on_engine, read_cases
from workflows.proof.simulation import MONDAY, Simulation

Library = Mapping[str, Publication]
pytestmark = pytest.mark.temporal

EVENTS_OF_A_HISTORY = 2_000
YEARS = 28
"""A server cannot go back in time, so the cases happen 28 years later, when all dates fall on the same weekdays."""


def later(text: str) -> str:
    """Move every date of a text."""
    return re.sub(r"\b((?:19|20)\d\d)(?=-\d\d-\d\d)", lambda year: str(int(year[1]) + YEARS), text)


def _tagged() -> list[tuple[str, Case]]:
    texts = {folder.name: (folder / "cases.yaml").read_text() for folder in library_folders()}
    cases = [(name, case) for name, text in texts.items() for case in read_cases(later(text)) if case.temporal]
    begin = datetime.fromisoformat(later(MONDAY.isoformat()))
    return [(name, replace(case, now=begin) if case.now == MONDAY else case) for name, case in cases]


CASES = _tagged()


IN_THREADS = {"concern", "patient_question"}
"""They post into a thread of another case: `tests/api/test_api_threads.py` plays them on a real server."""


def _parameters() -> Iterator[ParameterSet]:
    """The first case of each pathway, and the others as slow ones."""
    seen: set[str] = set()
    for folder, case in CASES:
        marks = [pytest.mark.slow] if folder in seen else []
        seen.add(folder)
        yield pytest.param(folder, case, id=f"{folder}:{case.id}", marks=marks)


@pytest.fixture(scope="module")
def library() -> Library:
    return published_library()


@pytest_asyncio.fixture(scope="module")
async def stored(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the library is published."""
    path = tmp_path_factory.mktemp("library") / "published.sqlite"
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    async with database.session() as session:
        for each in library.values():
            forms = {name: json.dumps(schema) for name, schema in each.forms.items()}
            now = datetime(2026, 1, 1, tzinfo=UTC)
            await store(session, each.definition, bpmn=each.bpmn_source.decode(), forms=forms, actor="test", now=now)
    await database.close()
    return path


@pytest_asyncio.fixture
async def player(
    stored: Path,
    tmp_path: Path,
    clinic: Clinic,
    time_skipping: WorkflowEnvironment,
    key_ring: KeyRing,
) -> AsyncIterator[TemporalPlayer]:
    """A player on a server and a database of its own."""
    shutil.copy(stored, tmp_path / "records.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    queue, client = "library", time_skipping.client
    settings = Settings(keys=key_ring, task_queue=queue, directory=directory(tmp_path, clinic.url))
    async with activities_of(settings, client, database) as activities, case_worker(client, queue, activities):
        yield TemporalPlayer(time_skipping, database, CaseGateway(client, queue), system_clock, "case")
    await database.close()


OTHERWISE = {
    "report-of-another-order": "The engine brings every message to its one case; a host knows whose it is not.",
    "date-moved-so-that-assessment-is-late": "The activity that warns is done before or after the step is overdue.",
    "outcome-sent-only-to-the-gp": "The called referral ends at the moment at which its caller is told of three weeks.",
}
"""Cases whose expectations hold, and in which a host may record the same facts in another order, or fewer: why."""

SENDING = frozenset({"referral.send", "result.handoff", "notify"})


def answered(command: PerformWork, *, twice: bool = False) -> Mapping[str, Any]:
    """What sends says that it has; the patients of these cases agree. `twice`: it was ordered before."""
    match command.task_type:
        case "consent.check":
            return {"consent": "given", "consent_limits": [], "legal_basis_other": False}
        case "duplicate.check":
            return {name: name if twice else value for name, value in NOTHING.items()} | {"duplicate_found": twice}
        case "result.query":
            return {"query_outcome": "not_asked", "query_said": "no address"}
        case task_type:
            return {"delivery": "sent"} if task_type in SENDING else {}


async def agree(database: Database, case: Case) -> None:
    """Put on record that the patient of a case agrees to sharing."""
    patient = case.start.get("patient_id")
    if patient:
        now = system_clock()
        said = Said("before", patient, SHARING, "given", now, recorded_by="test")
        async with database.session() as session:
            await record_consent(session, said, now=now)


async def order_before(player: TemporalPlayer, case: Case, definition: Definition) -> None:
    """Let there be what a case repeats: a study of 30 days ago, or the same referral under way."""
    start = {name: value for name, value in case.start.items() if name != "duplicate_found"}
    if modality := start.get("modality"):
        then = system_clock() - timedelta(days=30)
        study = OrderRecord(
            order_id="BEFORE",
            status="final",
            patient_id=start["patient_id"],
            case_id="before",
            ordered_at=then,
            reported_at=then,
            **asdict(order_key(modality)),
        )
        async with player.database.session() as session:
            session.add(study)
        return
    earlier = replace(case, start={**start, "referral_id": "BEFORE"})
    await replace(player, case_id="before").start(earlier, definition)


def directory(folder: Path, url: str) -> Path:
    """Every service is outside and takes its messages without a word: only the scenario acknowledges."""
    known = yaml.safe_load(DEMO_DIRECTORY.read_text())["services"].keys()
    named = {service_name(case.start) for _, case in CASES} - {""}
    outside = {"name": "outside", "named_contact": "", "deputy": "", "endpoint": {"url": url}}
    path = folder / "directory.yaml"
    path.write_text(yaml.safe_dump({"services": dict.fromkeys([*known, *named], outside)}))
    return path


@pytest.mark.parametrize(("folder", "case"), list(_parameters()))
async def test_case(folder: str, case: Case, player: TemporalPlayer, library: Library) -> None:
    """The expectations hold as on the engine, and each case and called case has recorded the same facts in order."""
    definitions = {key: publication.definition for key, publication in library.items()}
    key = key_of(folder, definitions)
    await agree(player.database, case)
    twice = bool(case.start.get("duplicate_found"))
    if twice:
        await order_before(player, case, definitions[key])
    await player.start(case, definitions[key])
    await play(case, player)
    pure = await play_on_engine(case, Simulation(definitions, work=partial(answered, twice=twice)), key)
    expected = story((recorded.case_id, recorded.fact) for recorded in pure.simulation.trace)
    assert case.id in OTHERWISE or differences(story(await player.trace()), expected) == {}
    assert player.longest_history < EVENTS_OF_A_HISTORY


def differences(seen: Mapping[str, list[str]], expected: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Give, by case, the facts that only Temporal (-) or only the engine (+) has recorded."""
    cases = seen.keys() | expected.keys()
    found = {case: list(unified_diff(seen.get(case, []), expected.get(case, []), n=0)) for case in cases}
    return {case: lines for case, lines in found.items() if lines}


def story(trace: Iterable[tuple[str, Fact]]) -> dict[str, list[str]]:
    """Give what each case recorded, without times, what it kept for a moment and never used, and what raised it.

    A host brings a message also to cases that may be about to wait for it; the simulation knows who waits. A red flag
    raises all that is open from outside of the engine.
    """
    facts = list(trace)
    moment = {(case_id, fact.detail["message_id"]) for case_id, fact in facts if _kept_for_a_moment(fact)}
    told: dict[str, list[str]] = defaultdict(list)
    for case_id, fact in facts:
        is_kept = fact.fact in ("message_buffered", "message_expired")
        is_passing = is_kept and (case_id, fact.detail["message_id"]) in moment
        if not is_passing and fact.detail.get("actor") != RED_FLAG:
            told[case_id].append(f"{fact.fact} {fact.activation or fact.element}")
    return told


def _kept_for_a_moment(fact: Fact) -> bool:
    return fact.fact == "message_buffered" and fact.detail["expires_at"] == (fact.at + timedelta(minutes=1)).isoformat()


def test_every_pathway_is_played_on_temporal_too() -> None:
    assert {folder for folder, _ in CASES} | IN_THREADS == {folder.name for folder in library_folders()}
