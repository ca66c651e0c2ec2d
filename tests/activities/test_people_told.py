"""Who is told by name, and who is paged at once?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.testing import ActivityEnvironment

from activities.directory import Directory
from activities.follow_up import FollowUps
from activities.notification import Mail, Notifications
from activities.sending import Gate
from policy.agreements import Agreement
from records.database import Database
from records.tables import Absence, CareTeamMember, Notification
from records.writes.handovers import notify
from records.writes.parties import note_party, note_requester
from records.writes.people import join_care_team, record_absence
from tests.activities.conftest import NOW, clock, work
from tests.outside import MailServer

PAGERS = Directory(pager={"clinical_lead": "5550123@pager.example"}, mail={"coordinator": "c@clinic.example"})


def planning(database: Database) -> FollowUps:
    return FollowUps(database, Gate(database, Directory(), clock), clock)


async def told(database: Database) -> list[tuple[str, str]]:
    async with database.reader() as session:
        told = select(Notification).where(Notification.case_id == "case-1")
        in_order = told.order_by(col(Notification.created_at), col(Notification.idempotency_key))
        return [(row.recipient_kind, row.recipient) for row in await session.exec(in_order)]


async def test_what_is_for_the_key_worker_goes_to_the_one_who_is_named(database: Database) -> None:
    telling = Notifications(database, Directory(), Mail(), clock)
    given = work({"tell": "key_worker,coordinator"})
    await ActivityEnvironment().run(telling.notify, given)
    assert await told(database) == [("role", "coordinator"), ("role", "key_worker")]


async def name_key_worker(database: Database) -> None:
    member = CareTeamMember(
        member_id="m1",
        root_case_id="case-1",
        person="n.lark",
        name="Nurse Lark",
        role="key_worker",
        since=NOW,
        recorded_by="c.elm",
    )
    async with database.session() as session:
        await join_care_team(session, member)


async def be_away(database: Database, person: str, cover: str) -> None:
    times: dict[str, Any] = {"since": NOW, "until": NOW + timedelta(days=3), "recorded_at": NOW}
    row = Absence(absence_id=f"away-{person}", person=person, cover=cover, recorded_by=person, **times)
    async with database.session() as session:
        await record_absence(session, row)


async def test_a_named_key_worker_is_told_instead_of_the_role(database: Database) -> None:
    await name_key_worker(database)
    await ActivityEnvironment().run(
        Notifications(database, Directory(), Mail(), clock).notify, work({"tell": "key_worker"})
    )
    await ActivityEnvironment().run(planning(database).plan, work(on="2026-06-01", role="key_worker"))
    assert set(await told(database)) == {("person", "n.lark")}


@pytest.mark.parametrize(
    ("covers", "reached"),
    [
        ({"n.lark": "n.wren"}, [("person", "n.wren")]),
        ({"n.lark": "n.wren", "n.wren": "n.finch"}, [("person", "n.finch")]),
        ({"n.lark": ""}, [("role", "coordinator"), ("role", "key_worker")]),
        ({"n.lark": "n.wren", "n.wren": "n.lark"}, [("role", "coordinator"), ("role", "key_worker")]),
    ],
    ids=["by their cover", "by the cover of their cover", "by nobody", "in a circle"],
)
async def test_a_key_worker_who_is_away_is_covered(
    database: Database, covers: dict[str, str], reached: list[tuple[str, str]]
) -> None:
    await name_key_worker(database)
    for person, cover in covers.items():
        await be_away(database, person, cover)
    await ActivityEnvironment().run(
        Notifications(database, Directory(), Mail(), clock).notify, work({"tell": "key_worker"})
    )
    assert await told(database) == reached


async def test_the_mail_of_a_rung_goes_to_those_whom_the_read_model_has_told(
    database: Database, mail_server: MailServer
) -> None:
    book = Directory(mail={"dr.oak": "oak@clinic.example", "coordinator": "c@clinic.example"})
    telling = Notifications(database, book, Mail(mail_server.url, "p@clinic.example"), clock)
    async with database.session() as session:
        for key, kind, name in (("rung1", "person", "dr.oak"), ("rung10", "role", "coordinator")):
            of: dict[str, Any] = {"case_id": "case-1", "level": "reminder", "text": "Examine", "created_at": NOW}
            key = f"case-1:examine#1:{key}:{kind}:{name}"
            await notify(session, Notification(idempotency_key=key, recipient_kind=kind, recipient=name, **of))
    headers = {"tell": "assignee", "channel": "inbox,secure_email"}
    for rung in ("examine#1:rung1", "call#1:rung1"):
        await ActivityEnvironment().run(telling.notify, replace(work(headers), activation=rung))
    to = [line for letter in mail_server.letters for line in letter.splitlines() if line.startswith("To: ")]
    assert to == ["To: oak@clinic.example", "To: c@clinic.example"]


async def test_an_alert_of_the_first_tier_is_paged_and_any_other_is_not(
    database: Database, mail_server: MailServer
) -> None:
    telling = Notifications(database, PAGERS, Mail(mail_server.url, "p@clinic.example"), clock)
    for level in ("critical", "reminder"):
        given = work({"tell": "clinical_lead", "level": level, "channel": "inbox"})
        await ActivityEnvironment().run(telling.notify, given)
    [letter] = mail_server.letters
    assert "To: 5550123@pager.example" in letter
    assert letter.count("critical") >= 1


BOOKS = Directory.model_validate(
    {
        "organisation": "hospital",
        "pager": {
            "clinical_lead": {name: f"{name}@pager.example" for name in ("hospital", "clinic", "elsewhere")},
            "coordinator": "desk@pager.example",
            "dr.oak": "oak@pager.example",
        },
    }
)


@pytest.mark.parametrize(
    ("requester", "service", "paged"),
    [
        (None, None, {"hospital@pager.example, desk@pager.example"}),
        ("", "clinic", {"hospital@pager.example, desk@pager.example", "clinic@pager.example"}),
        ("clinic", None, {"clinic@pager.example"}),
        ("nowhere", None, set()),
    ],
    ids=["nobody's is ours", "ours, at a clinic's service", "a clinic's", "of who has no pager"],
)
async def test_a_role_is_paged_in_those_organisations_only_that_take_part_in_the_case(
    database: Database, mail_server: MailServer, requester: str | None, service: str | None, paged: set[str]
) -> None:
    async with database.session() as session:
        if requester is not None:
            await note_requester(session, "case-1", requester, through="r", now=NOW)
        if service is not None:
            await note_party(session, "case-1", service, via="service", through="service:s", now=NOW)
    telling = Notifications(database, BOOKS, Mail(mail_server.url, "p@clinic.example"), clock)
    given = work({"tell": "clinical_lead,coordinator", "level": "critical", "channel": "inbox"})
    for _ in range(2):
        await ActivityEnvironment().run(telling.notify, given)
    assert to_lines(mail_server) == sorted(paged)


async def test_nobody_is_paged_in_an_organisation_whose_agreement_is_over(
    database: Database, mail_server: MailServer
) -> None:
    async with database.session() as session:
        await note_requester(session, "case-1", "", through="r", now=NOW)
        await note_party(session, "case-1", "clinic", via="role", through="page", now=NOW)
    over = Agreement.model_validate({"from": "hospital", "to": "clinic", "classes": "all", "until": "2020-01-01"})
    book = BOOKS.model_copy(update={"agreements": (over,)})
    telling = Notifications(database, book, Mail(mail_server.url, "p@clinic.example"), clock)
    await ActivityEnvironment().run(telling.notify, work({"tell": "clinical_lead", "level": "critical"}))
    assert to_lines(mail_server) == ["hospital@pager.example"]


async def test_a_person_is_paged_whoever_takes_part(database: Database, mail_server: MailServer) -> None:
    async with database.session() as session:
        await note_requester(session, "case-1", "clinic", through="r", now=NOW)
    telling = Notifications(database, BOOKS, Mail(mail_server.url, "p@clinic.example"), clock)
    await ActivityEnvironment().run(telling.notify, work({"tell": "person:dr.oak", "level": "critical"}))
    assert to_lines(mail_server) == ["oak@pager.example"]


def to_lines(mail_server: MailServer) -> list[str]:
    lines = [line for letter in mail_server.letters for line in letter.splitlines()]
    return sorted(line.removeprefix("To: ") for line in lines if line.startswith("To: "))
