"""Does a task for a role of another organisation reach its people, unless sharing forbids it?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from api.pools import open_pools
from api.surroundings import Surroundings, system_clock
from pathways.bpmn.model import UserTaskSpec
from records.tables import Notification
from records.writes.handovers import notify
from records.writes.parties import note_party, seal_case
from records.writes.publications import publish
from records.writes.sharing import Said, record_consent
from tests.api.conftest import Office, number, open_office
from tests.api.northern import SOUTH, Northern, northern
from tests.host.diagrams import line, user_task
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
FOR_REFERRERS = line(
    "for_referrers", replace(user_task("ask", "for_referrers"), user=UserTaskSpec(candidate_groups='["referrer"]'))
)


@pytest_asyncio.fixture(scope="module")
async def quiet_office(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office of its own: a sweep that tells of every task would tell of those of other tests too."""
    path = tmp_path_factory.mktemp("quiet") / "records.sqlite"
    async with open_office(f"sqlite:///{path}", dev_server, key_ring) as office:
        yield office


def with_directory(office: Office, folder: Path, text: str) -> Surroundings:
    (folder / "directory.yaml").write_text(text)
    settings = replace(office.here.settings, directory=folder / "directory.yaml")
    return replace(office.here, settings=settings)


async def seen_from_the_south(case: Northern) -> set[str]:
    page = await case.person("dentist", organisation=SOUTH).read("/tasks", case=case.case_id)
    return {task["title"] for task in page["items"]}


async def test_an_organisation_whose_people_do_what_a_task_waits_for_is_let_in_and_on_record(
    office: Office, tmp_path: Path
) -> None:
    case = await northern(office)
    assert await seen_from_the_south(case) == set()
    here = with_directory(office, tmp_path, f"roles: {{dentist: [{SOUTH}]}}")
    assert await open_pools(here) >= 1
    assert await seen_from_the_south(case) != set()
    assert await open_pools(here) == 0


async def test_nobody_is_let_into_a_case_that_was_made_for_the_wrong_patient(office: Office, tmp_path: Path) -> None:
    case = await northern(office)
    async with office.database.session() as session:
        await seal_case(session, case.case_id, actor="test", now=system_clock())
    await open_pools(with_directory(office, tmp_path, f"roles: {{dentist: [{SOUTH}]}}"))
    assert (await case.person("privacy_officer", organisation=SOUTH).get(case.link)).status_code == 404
    told = await case.person("privacy_officer", organisation=SOUTH).read("/fhir/AuditEvent", _count=200)
    assert case.case_id not in str(told)


async def test_our_own_organisation_is_let_in_without_an_agreement_with_itself(office: Office, tmp_path: Path) -> None:
    case = await northern(office)
    own = office.person(f"p-{number()}", "dentist")
    assert (await own.read("/tasks", case=case.case_id))["items"] == []
    here = with_directory(office, tmp_path, "organisation: home\nagreements: []\nroles: {dentist: [home]}")
    assert await open_pools(here) >= 1
    assert len((await own.read("/tasks", case=case.case_id))["items"]) == 1
    assert await open_pools(here) == 0


async def test_nobody_is_let_in_where_an_organisation_of_the_case_has_such_people(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.queries.pools.AT_ONCE", 1)  # PostgreSQL takes 32,767 values in one question
    case = await northern(office)
    await open_pools(with_directory(office, tmp_path, f"roles: {{dentist: [{SOUTH}, north, '']}}"))
    assert await seen_from_the_south(case) == set()


async def told_of(case: Northern, role: str, organisation: str) -> int:
    """How often somebody of a role was told that nobody works in the role of a task of this case."""
    inbox = await case.person(role, organisation=organisation).read("/inbox")
    return len([each for each in inbox if case.case_id in str(each) and "has worked lately" in each["text"]])


async def test_of_a_task_for_a_role_that_the_directory_does_not_name_and_nobody_has_the_coordinator_is_told_once(
    quiet_office: Office, tmp_path: Path
) -> None:
    alone = f"alone-{number()}"
    case = await northern(quiet_office, organisation=alone)
    here = with_directory(quiet_office, tmp_path, f"roles: {{on_call_doctor: [{SOUTH}]}}")
    for _ in range(2):
        await open_pools(here)
    assert await told_of(case, "coordinator", alone) == 1
    assert await told_of(case, "coordinator", SOUTH) == 0


async def test_nobody_is_told_of_a_task_for_a_role_in_which_somebody_of_the_case_works(
    quiet_office: Office, tmp_path: Path
) -> None:
    staffed = f"staffed-{number()}"
    case = await northern(quiet_office, organisation=staffed)
    await case.person("dentist", organisation=staffed).read("/tasks")
    here = with_directory(quiet_office, tmp_path, f"roles: {{on_call_doctor: [{SOUTH}]}}")
    await open_pools(here)
    assert await told_of(case, "coordinator", staffed) == 0
    later = replace(here, clock=lambda: here.clock() + timedelta(days=31), staffed=set())
    await open_pools(later)
    assert await told_of(case, "coordinator", staffed) == 1, "it was long ago"


async def test_without_roles_in_the_directory_nobody_is_told_who_has_no_people(
    quiet_office: Office, tmp_path: Path
) -> None:
    alone = f"alone-{number()}"
    case = await northern(quiet_office, organisation=alone)
    await open_pools(with_directory(quiet_office, tmp_path, "organisation: home"))
    assert await told_of(case, "coordinator", alone) == 0


@pytest.mark.parametrize(("works_for", "told"), [("sender", 0), ("treating", 1)])
async def test_a_referrers_task_is_known_to_have_people_only_where_the_referral_was_made(
    quiet_office: Office, tmp_path: Path, works_for: str, told: int
) -> None:
    sender, treating = f"sender-{number()}", f"treating-{number()}"
    async with quiet_office.database.session() as session:
        await publish(session, FOR_REFERRERS, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    case = await northern(quiet_office, FOR_REFERRERS.key, organisation=sender)
    async with quiet_office.database.session() as session:
        await note_party(session, case.case_id, treating, via="service", through="test", now=system_clock())
    organisation = sender if works_for == "sender" else treating
    await quiet_office.person(f"p-{number()}", "referrer", organisation=organisation).read("/tasks")
    await open_pools(
        with_directory(quiet_office, tmp_path, f"roles: {{on_call_doctor: [{SOUTH}], referrer: [{SOUTH}]}}")
    )
    assert await told_of(case, "coordinator", sender) == told
    stranger = quiet_office.person(f"p-{number()}", "referrer", organisation=SOUTH)
    assert (await stranger.get(case.link)).status_code == 404, "nobody is let in for a referrer's task"


@pytest.mark.parametrize("reason", ["objection", "agreement"])
async def test_what_sharing_forbids_keeps_them_out_and_the_coordinator_hears_of_it_once(
    office: Office, tmp_path: Path, reason: str
) -> None:
    case = await northern(office)
    agreements = "agreements: []" if reason == "agreement" else ""
    if reason == "objection":
        said = Said(f"said-{number()}", case.patient_id, f"organisation:{SOUTH}", "opted_out", system_clock(), "test")
        async with office.database.session() as session:
            await record_consent(session, said, now=system_clock())
    here = with_directory(office, tmp_path, f"roles: {{dentist: [{SOUTH}]}}\n{agreements}")
    for _ in range(2):
        await open_pools(here)
    assert await seen_from_the_south(case) == set()
    told = await case.person("coordinator").read("/inbox")
    of_it = [each for each in told if case.case_id in str(each) and each["text"].startswith("Nobody who takes part")]
    assert len(of_it) == 1


@pytest.mark.parametrize("scope", [f"organisation:{SOUTH}", "service:scans", "sharing"])
async def test_whom_a_patient_objects_to_takes_part_no_longer_and_the_coordinator_hears_of_its_tasks(
    quiet_office: Office, tmp_path: Path, scope: str
) -> None:
    case = await northern(quiet_office)
    here = with_directory(quiet_office, tmp_path, f"roles: {{dentist: [{SOUTH}]}}")
    async with quiet_office.database.session() as session:
        await note_party(session, case.case_id, SOUTH, via="service", through="service:scans", now=system_clock())
    theirs = case.person("key_worker", "dentist", organisation=SOUTH)
    assert (await theirs.get(case.link)).status_code == 200
    word = {"scope": scope, "given_by": "patient", "method": "verbal"}
    await case.person("key_worker").do(f"/patients/{case.patient_id}/consents/withdrawals", word)
    assert (await theirs.get(case.link)).status_code == 404
    holder = case.person("key_worker", "dentist")
    assert (await holder.get(case.link)).status_code == 200, "nobody else holds the case"
    await open_pools(here)
    told = [each["text"] for each in await case.person("coordinator").read("/inbox") if each["case_id"] == case.case_id]
    assert any(each.startswith("The patient objects to sharing: one organisation outside reads") for each in told)
    if scope == f"organisation:{SOUTH}":
        assert any(each.startswith("Nobody who takes part in this case") for each in told)
    async with quiet_office.database.session() as session:
        await note_party(session, case.case_id, SOUTH, via="service", through="service:scans", now=system_clock())
    assert (await theirs.get(case.link)).status_code == 200, "something was sent to them again"


async def test_a_task_of_people_whose_agreement_is_over_is_told_to_the_coordinator(
    quiet_office: Office, tmp_path: Path
) -> None:
    case = await northern(quiet_office)
    async with quiet_office.database.session() as session:
        await note_party(session, case.case_id, SOUTH, via="service", through="service:scans", now=system_clock())
    text = f"organisation: home\nroles: {{dentist: [{SOUTH}]}}\nagreements: [{{to: {SOUTH}, until: %s}}]"
    today = system_clock().date()
    (tmp_path / "over").mkdir()
    await open_pools(with_directory(quiet_office, tmp_path, text % today))
    told = await case.person("coordinator").read("/inbox")
    assert not [each for each in told if each["case_id"] == case.case_id]
    await open_pools(with_directory(quiet_office, tmp_path / "over", text % (today - timedelta(days=1))))
    told = await case.person("coordinator").read("/inbox")
    assert len([each for each in told if each["case_id"] == case.case_id]) == 1


async def test_whom_an_emergency_is_told_is_let_in_to_read_it(office: Office, tmp_path: Path) -> None:
    case = await northern(office)
    doctor = case.person("on_call_doctor", organisation=SOUTH)
    told = Notification(
        idempotency_key=f"emergency-{number()}",
        case_id=case.case_id,
        recipient_kind="role",
        recipient="on_call_doctor",
        level="critical",
        text="Same-day assessment",
        created_at=system_clock(),
    )
    async with office.database.session() as session:
        await notify(session, told)
    assert await doctor.read("/inbox") == []
    await open_pools(with_directory(office, tmp_path, f"roles: {{on_call_doctor: [{SOUTH}]}}"))
    assert [row["text"] for row in await doctor.read("/inbox")] == ["Same-day assessment"]
