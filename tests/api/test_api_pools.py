"""Does a task for a role of another organisation reach its people, unless sharing forbids it?"""

from dataclasses import replace
from pathlib import Path

import pytest

from api.pools import open_pools
from api.surroundings import Surroundings, system_clock
from records.tables import Notification
from records.writes.handovers import notify
from records.writes.parties import seal_case
from records.writes.sharing import Said, record_consent
from tests.api.conftest import Office, number
from tests.api.northern import SOUTH, Northern, northern

pytestmark = pytest.mark.temporal


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
