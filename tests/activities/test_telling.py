"""Are people told: results, reviews, notifications; each once, to whom it was meant?"""

from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import SQLModel, select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.definitions import Definitions
from activities.directory import Directory, DirectoryError, read_directory
from activities.follow_up import FollowUps
from activities.notification import Mail, Notifications
from activities.result_handoff import ResultHandoff
from activities.sending import Gate
from pathways import codec
from pathways.bpmn.model import Definition
from records.database import Database
from records.tables import DeliveryAttempt, Handoff, Notification
from tests.activities.conftest import clock, work
from tests.host.diagrams import ONE_TASK
from tests.outside import MailServer

DIRECTORY = Directory(mail={"clinical_lead": "lead@clinic.example"})
Row = TypeVar("Row", bound=SQLModel)


def planning(database: Database) -> FollowUps:
    return FollowUps(database, Gate(database, Directory(), clock), clock)


async def rows(database: Database, table: type[Row]) -> list[Row]:
    async with database.reader() as session:
        return list(await session.exec(select(table)))


async def test_a_result_is_handed_to_each_recipient_once(database: Database) -> None:
    handing = ResultHandoff(database, Gate(database, Directory(), clock), clock)
    given = work({"recipients": "ent_surgeon, person:p7"}, report={"finding": "clear"})
    for _ in range(2):
        result = await ActivityEnvironment().run(handing.hand_over, given)
    handoffs = await rows(database, Handoff)
    assert [(h.recipient_kind, h.recipient) for h in handoffs] == [("role", "ent_surgeon"), ("person", "p7")]
    assert {h.acknowledged_at for h in handoffs} == {None}
    assert result.variables["handoffs"] == [h.idempotency_key for h in handoffs]


async def test_recipients_may_be_a_list_in_a_variable(database: Database) -> None:
    given = work(recipients=["ent_surgeon", "ent_surgeon", "gdp"], report="clear")
    await ActivityEnvironment().run(ResultHandoff(database, Gate(database, Directory(), clock), clock).hand_over, given)
    assert [h.recipient for h in await rows(database, Handoff)] == ["ent_surgeon", "gdp"]


@pytest.mark.parametrize("given", [work(recipients=["gdp"]), work({"recipients": " , "}, report="clear")])
async def test_a_hand_off_without_result_or_recipient_stops_at_once(database: Database, given: object) -> None:
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(
            ResultHandoff(database, Gate(database, Directory(), clock), clock).hand_over, given
        )
    assert failed.value.non_retryable


async def test_a_planned_review_tells_its_role_and_gives_the_diagram_a_date(database: Database) -> None:
    given = work(on="2026-06-01", what="Review after refusal", role="key_worker")
    for _ in range(2):
        result = await ActivityEnvironment().run(planning(database).plan, given)
    assert result.variables == {"follow_up_at": "2026-06-01T00:00:00+00:00"}
    (told,) = await rows(database, Notification)
    assert (told.recipient, told.text) == ("key_worker", "2026-06-01: Review after refusal")


@pytest.mark.parametrize("on", [None, "soon"])
async def test_a_review_without_a_date_stops_at_once(database: Database, on: str | None) -> None:
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(planning(database).plan, work(on=on, role="key_worker"))
    assert failed.value.non_retryable


async def test_a_notification_lands_once_in_the_inbox_of_each_role(database: Database) -> None:
    telling = Notifications(database, DIRECTORY, Mail(), clock)
    given = work({"tell": "clinical_lead,coordinator", "level": "escalation", "text": "Capacity in doubt."})
    for _ in range(2):
        await ActivityEnvironment().run(telling.notify, given)
    told = await rows(database, Notification)
    assert [(n.recipient, n.level, n.text) for n in told] == [
        ("clinical_lead", "escalation", "Capacity in doubt."),
        ("coordinator", "escalation", "Capacity in doubt."),
    ]


async def test_mail_says_the_step_and_where_to_look_and_nothing_of_the_patient(
    database: Database, mail_server: MailServer
) -> None:
    mail = Mail(mail_server.url, "pathways@clinic.example", "https://clinic.example/cases/{case_id}")
    given = work({"tell": "clinical_lead", "channel": "secure_email"}, patient={"name": "Testina Beispiel"})
    await ActivityEnvironment().run(Notifications(database, DIRECTORY, mail, clock).notify, given)
    (letter,) = mail_server.letters
    assert "To: lead@clinic.example" in letter
    assert "https://clinic.example/cases/case-1" in letter
    assert "Testina" not in letter


async def test_a_rung_makes_no_second_entry_in_the_inbox(database: Database) -> None:
    given = work({"tell": "clinical_lead", "channel": "inbox,secure_email"})
    await ActivityEnvironment().run(Notifications(database, DIRECTORY, Mail(), clock).notify, given)
    assert await rows(database, Notification) == []


async def test_mail_that_is_refused_is_tried_again_and_the_attempt_is_on_record(
    database: Database, mail_server: MailServer
) -> None:
    mail_server.refuses = True
    mail = Mail(mail_server.url, "pathways@clinic.example")
    given = work({"tell": "clinical_lead", "channel": "secure_email"})
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(Notifications(database, DIRECTORY, mail, clock).notify, given)
    assert not failed.value.non_retryable
    assert [a.error for a in await rows(database, DeliveryAttempt)] == ["SMTPRecipientsRefused"]


async def test_a_definition_that_was_never_published_fails_for_good(database: Database) -> None:
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(Definitions(database).load_definition, "0" * 64)
    assert failed.value.non_retryable


async def test_a_definition_that_the_worker_runs_is_given_without_the_database() -> None:
    nowhere = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere")
    definitions = Definitions(nowhere, {ONE_TASK.sha256: ONE_TASK}.get)
    text = await ActivityEnvironment().run(definitions.load_definition, ONE_TASK.sha256)
    assert codec.load(Definition, text) == ONE_TASK


@pytest.mark.parametrize(
    ("entry", "place"), [("telex: 1", "telex"), ("phone: ask the desk", "phone"), ('fax: "12"', "fax")]
)
def test_a_directory_with_an_unknown_entry_or_number_is_refused_with_its_place(
    tmp_path: Path, entry: str, place: str
) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text(f"services: {{ent: {{name: ENT, named_contact: a, deputy: b, {entry}}}}}")
    with pytest.raises(DirectoryError, match=rf"services\.ent\.{place}"):
        read_directory(path)


def test_without_a_directory_every_service_has_an_inbox_here() -> None:
    assert read_directory(None).service("ent").endpoint is None


async def test_a_critical_result_tells_the_role_that_asked_and_the_covering_clinician(database: Database) -> None:
    telling = Notifications(database, DIRECTORY, Mail(), clock)
    given = work({"tell": "requester,covering_clinician", "level": "critical"}, requester_role="oral_surgeon")
    await ActivityEnvironment().run(telling.notify, given)
    told = {(row.recipient, row.level) for row in await rows(database, Notification)}
    assert told == {("oral_surgeon", "critical"), ("covering_clinician", "critical")}


async def test_who_asked_is_the_coordinator_where_the_case_does_not_say(database: Database) -> None:
    given = work({"tell": "requester,safety_officer", "level": "incident"})
    await ActivityEnvironment().run(Notifications(database, DIRECTORY, Mail(), clock).notify, given)
    told = {row.recipient for row in await rows(database, Notification)}
    assert told == {"coordinator", "safety_officer"}
