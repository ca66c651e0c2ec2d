"""How loud is it? Bundles, digest, alert load, reminders; and who looks after a case."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from api.digests import send_digests
from api.pager import send_pages
from api.reminders import remind_patients
from api.surroundings import system_clock
from records.tables import Audit, Notification
from records.writes.handovers import notify
from records.writes.parties import note_party
from tests.api.caring import CareCase, begin_care, publish_care
from tests.api.conftest import Office, number
from tests.api.northern import Northern, northern
from tests.outside import MailServer

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


async def tell(care: CareCase, recipient: str, *texts: str, **more: Any) -> None:
    for text in texts:
        told = {"level": "reminder", "recipient_kind": "role", "created_at": system_clock(), **more}
        row = Notification(idempotency_key=f"t{number()}", case_id=care.case_id, recipient=recipient, text=text, **told)
        async with care.office.database.session() as session:
            await notify(session, row)


def care_of(case: Northern) -> CareCase:
    return CareCase(case.office, case.case_id, case.referral_id, case.patient_id, "")


async def test_what_belongs_together_is_one_alert_and_is_acknowledged_as_one(house: Office) -> None:
    care, reader = await begin_care(house), house.person("n.teal", "dietitian")
    await tell(care, "dietitian", "Weigh: reminder", "Weigh: breach", "Book: reminder")
    await tell(care, "dietitian", "Bleeding", level="critical")
    page, bundle = (await reader.read("/inbox/alerts"))["items"]
    assert (page["tier"], page["count"], bundle["tier"], bundle["count"]) == (1, 1, 2, 3)
    assert (await reader.read("/inbox/alerts", ready=True, tier=2))["items"] == []
    assert (
        await house.person("x.pine", "radiologist").post("/inbox/alerts/acknowledge", {"ids": bundle["ids"]})
    ).status_code == 404
    assert await reader.do("/inbox/alerts/acknowledge", {"ids": bundle["ids"]}) == {"acknowledged": 3}
    assert [each["tier"] for each in (await reader.read("/inbox/alerts"))["items"]] == [1]


async def test_the_alert_load_counts_what_people_got_and_what_was_kept_away(house: Office) -> None:
    care, since = await begin_care(house), system_clock().isoformat()
    role, reader = "sleep_physiologist", house.person(f"n.{number()}", "sleep_physiologist")
    await tell(care, role, "One", "Two", "Three")
    await tell(care, role, "Digest", channel="digest")
    await tell(care, "patient", "You have an appointment soon.")
    ids = (await reader.read("/inbox/alerts", tier=2))["items"][0]["ids"]
    await reader.do("/inbox/alerts/acknowledge", {"ids": ids})
    load = await house.coordinator.read("/figures/alert-load", since=since)
    assert (load["alerts"], load["bundles"], load["duplicates_suppressed"]) == (4, 2, 2)
    assert (load["recipient_days"], load["per_recipient_day"], load["acted_on_share"]) == (1, 2.0, 0.5)
    assert (load["clinician_days"], load["per_clinician_day"]) == (1, 2.0)
    assert [tier["bundles"] for tier in load["tiers"]] == [0, 1, 1]
    assert (await house.dentist.get("/figures/alert-load")).status_code == 403


async def test_who_opts_out_of_secondary_use_is_in_no_figure_until_they_say_otherwise(house: Office) -> None:
    care, other = await begin_care(house), await begin_care(house)
    since = system_clock().isoformat()
    for each in (care, other):
        await tell(each, f"role{number()}", "One")

    async def counted() -> int:
        found: int = (await house.coordinator.read("/figures/alert-load", since=since))["alerts"]
        return found

    link, word = (
        f"/patients/{care.patient_id}/consents",
        {"scope": "secondary_use", "method": "portal", "given_by": "patient"},
    )
    assert await counted() == 2
    await care.patient.do(link, {**word, "status": "opted_out"})
    stands = await care.patient.read(link)
    assert (await counted(), stands["counted"], stands["state"]) == (1, False, "missing")
    await care.patient.do(link, {**word, "status": "given"})
    assert (await counted(), (await care.patient.read(link))["counted"]) == (2, True)
    refused = await care.patient.post(link, {**word, "status": "opted_out", "case_id": care.case_id})
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "scope")


async def test_the_digest_holds_what_is_not_urgent_and_is_mailed_once_a_day(
    house: Office,
    tmp_path: Path,
    mail_server: MailServer,
) -> None:
    care, role = await begin_care(house), f"role{number()}"
    at_noon = system_clock().replace(hour=12)
    before_noon = at_noon - timedelta(hours=1)
    await tell(care, role, "Book: reminder", "Book: breach", channel="digest", created_at=before_noon)
    theirs = await northern(house)
    await tell(care_of(theirs), role, "Of the north", channel="digest", created_at=before_noon)
    [bundle] = (await house.person("n.teal", role).read("/inbox/digest"))["bundles"]
    assert bundle["count"] == 2
    of_each = "{house: n.teal@clinic.example, north: w.pine@north.example}"
    (tmp_path / "directory.yaml").write_text(f"organisation: house\nmail: {{{role}: {of_each}}}")
    here = house.here
    settings = replace(here.settings, smtp=mail_server.url, digest_hour=6, directory=tmp_path / "directory.yaml")
    noon = replace(here, settings=settings, clock=lambda: at_noon)
    assert (await send_digests(noon), await send_digests(noon)) == (2, 0)
    letter, other = mail_server.letters
    assert (care.case_id in letter, "Book" in letter, theirs.case_id in letter) == (True, False, False)
    assert (care.case_id in other, theirs.case_id in other, "w.pine@north.example" in other) == (False, True, True)
    await tell(care, role, "Told since", channel="digest", created_at=at_noon + timedelta(seconds=1))
    later = replace(noon, clock=lambda: at_noon + timedelta(days=1, seconds=14))
    assert (await send_digests(later), len(mail_server.letters)) == (1, 3)
    assert "1 notices" in mail_server.letters[2]


async def test_what_a_role_is_told_is_paged_to_the_organisations_of_the_case_and_to_who_is_let_in_for_it(
    house: Office,
    tmp_path: Path,
    mail_server: MailServer,
) -> None:
    ours, theirs, role = await begin_care(house), care_of(await northern(house)), f"role{number()}"
    await tell(ours, role, "Ours", level="critical")
    await tell(theirs, role, "Theirs", level="critical")
    pagers = ", ".join(f"{name}: {name}@pager.example" for name in ("house", "north", "south"))
    (tmp_path / "directory.yaml").write_text(f"organisation: house\npager: {{{role}: {{{pagers}}}}}")
    settings = replace(house.here.settings, smtp=mail_server.url, directory=tmp_path / "directory.yaml")
    paging = replace(house.here, settings=settings)
    assert (await send_pages(paging), await send_pages(paging)) == (2, 0)
    assert [[name in each for name in ("house@", "north@", "south@", "Ours")] for each in mail_server.letters] == [
        [True, False, False, True],
        [False, True, False, False],
    ]

    told = {"level": "critical", "recipient_kind": "role", "recipient": role, "created_at": system_clock()}
    row = Notification(idempotency_key=f"{ours.case_id}:step#1:role", case_id=ours.case_id, text="A step", **told)
    async with house.database.session() as session:
        await notify(session, row)
    assert await send_pages(paging) == 0, "the step has paged who took part"
    async with house.database.session() as session:
        await note_party(session, ours.case_id, "south", via="role", through="page", now=system_clock())
    assert (await send_pages(paging), await send_pages(paging)) == (2, 0)
    assert ["south@pager.example" in each for each in mail_server.letters] == [False, False, True, True]


async def test_a_red_flag_of_a_journal_is_paged_until_it_is_taken_and_then_no_more(
    house: Office,
    tmp_path: Path,
    mail_server: MailServer,
) -> None:
    care, person = await begin_care(house), f"n.{number()}"
    await house.coordinator.do(f"{care.link}/care-team", {"person": person, "name": "Lark", "role": "key_worker"})
    await care.patient.do(f"/my{care.link}/journal", {"symptom": "bleeding", "severity": 8})
    (tmp_path / "directory.yaml").write_text(f"pager: {{{person}: 5550123@pager.example}}")
    here = house.here
    settings = replace(here.settings, smtp=mail_server.url, directory=tmp_path / "directory.yaml")
    paging = replace(here, settings=settings)
    mail_server.refuses = True
    assert await send_pages(paging) == 0
    mail_server.refuses = False
    assert (await send_pages(paging), await send_pages(paging)) == (1, 0)
    [letter] = mail_server.letters
    assert (care.case_id in letter, "bleeding" in letter) == (True, False)


async def test_whatever_a_sender_calls_a_lost_result_it_is_paged_and_keeps_nothing_else_from_it(
    house: Office,
    tmp_path: Path,
    mail_server: MailServer,
) -> None:
    for order in (f"Order\nno. {number()}", f"ORDER-{number()}"):
        await house.sender.do("/results", {"order_id": order, "report_id": f"R-{number()}", "category": "critical"})
    (tmp_path / "directory.yaml").write_text("pager: {safety_officer: 5550199@pager.example}")
    settings = replace(house.here.settings, smtp=mail_server.url, directory=tmp_path / "directory.yaml")
    paging = replace(house.here, settings=settings)
    assert await send_pages(paging) >= 2
    assert await send_pages(paging) == 0
    assert not [letter for letter in mail_server.letters if "ORDER-" in letter or "no. " in letter]


async def test_a_patient_is_reminded_a_week_and_a_day_before_a_visit_that_is_awaited(
    house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = (system_clock() + timedelta(days=6)).replace(microsecond=0)
    care = await begin_care(house, "visit", slot=slot.isoformat())
    here = house.here
    await remind_patients(here)
    with monkeypatch.context() as told:
        told.setattr("api.reminders.notify", None)  # the next sweep writes nothing
        await remind_patients(here)
    assert len(await notices(care)) == 1
    day_before = replace(here, clock=lambda: slot - timedelta(hours=20))
    await remind_patients(day_before)
    assert len(await notices(care)) == 2
    body = {"name": "appointment.attended", "correlation_key": care.referral_id, "message_id": care.case_id}
    await house.sender.do("/messages", body)
    await remind_patients(replace(here, clock=lambda: slot - timedelta(hours=1)))
    assert len(await notices(care)) == 2


async def test_who_opted_out_of_reminders_gets_none(house: Office) -> None:
    slot = (system_clock() + timedelta(days=6)).isoformat()
    care = await begin_care(house, "visit", slot=slot)
    await care.patient.do("/my/preferences", {"opted_out": ["reminders"]})
    await remind_patients(house.here)
    assert await notices(care) == []


async def notices(care: CareCase) -> list[Any]:
    found: list[Any] = (await care.patient.read(f"/my{care.link}"))["notices"]
    return found


async def test_one_named_key_worker_looks_after_a_case_and_gets_what_is_for_the_key_worker(house: Office) -> None:
    care = await begin_care(house)
    first, second = f"n.{number()}", f"n.{number()}"
    for person, name in ((first, "Nurse Lark"), (second, "Nurse Wren")):
        body = {"person": person, "name": name, "role": "key_worker"}
        await house.coordinator.do(f"{care.link}/care-team", body)
    nurse = house.person(second, "key_worker")
    assert [member["name"] for member in await nurse.read(f"{care.link}/care-team")] == ["Nurse Wren"]
    assert (await nurse.read(care.link))["key_worker"] == "Nurse Wren"
    shown = await care.patient.read(f"/my{care.link}")
    assert shown["responsible"]["key_worker"] == {"name": "Nurse Wren", "role": "your key worker"}
    asked = await care.patient.do(f"/my{care.link}/questions", {"text": "When?"})
    mine = (await nurse.read("/tasks", person="me"))["items"]
    assert [task["referral_id"] for task in mine] == [asked["id"]]


@pytest.mark.parametrize("role", ["coordinator", "admin", "service_manager", "safety_officer", "clinical_lead"])
async def test_whoever_oversees_names_others_and_opens_no_messages_to_themselves(house: Office, role: str) -> None:
    care, me = await begin_care(house), f"o-{number()}"
    overseer = house.person(me, role)
    await house.dentist.do(f"{care.link}/threads", {"text": "Between us"})
    themselves = {"person": me, "name": "Me", "role": "key_worker"}
    assert (await overseer.post(f"{care.link}/care-team", themselves)).status_code == 403
    assert (await overseer.get(f"{care.link}/threads")).status_code == 403
    assert (await overseer.get(f"{care.link}/journal")).status_code == 403
    await house.dentist.do(f"{care.link}/care-team", {**themselves, "person": "dr.oak"})


async def test_only_the_people_of_a_case_see_and_change_its_care_team(house: Office) -> None:
    care = await begin_care(house)
    body = {"person": "x.pine", "name": "Pine", "role": "key_worker"}
    stranger = house.person("x.pine", "radiologist")
    assert (await stranger.post(f"{care.link}/care-team", body)).status_code == 403
    assert (await stranger.get(f"{care.link}/care-team")).status_code == 403
    member = await house.coordinator.do(f"{care.link}/care-team", body)
    assert (await stranger.get(f"{care.link}/care-team")).status_code == 200
    await house.coordinator.do(f"{care.link}/care-team/{member['member_id']}/leave")
    async with house.database.reader() as session:
        noted = select(Audit).where(Audit.case_id == care.case_id, col(Audit.action).startswith("care_team."))
        changes = [row for row in await session.exec(noted.order_by(col(Audit.id))) if row.action != "care_team.read"]
    assert [(row.action, row.detail["person"], row.detail["role"]) for row in changes] == [
        ("care_team.joined", "x.pine", "key_worker"),
        ("care_team.left", "x.pine", "key_worker"),
    ]
    assert (await stranger.get(f"{care.link}/care-team")).status_code == 403
