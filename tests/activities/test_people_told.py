"""Who is told by name, and who is paged at once?"""

from temporalio.testing import ActivityEnvironment

from activities.directory import Directory
from activities.notification import Mail, Notifications
from records.database import Database
from records.queries.inbox import notifications_of_case
from records.tables import CareTeamMember
from records.writes.people import join_care_team
from tests.activities.conftest import NOW, MailServer, clock, work

PAGERS = Directory(pager={"clinical_lead": "5550123@pager.example"}, mail={"coordinator": "c@clinic.example"})


async def told(database: Database) -> list[tuple[str, str]]:
    async with database.reader() as session:
        return [(row.recipient_kind, row.recipient) for row in await notifications_of_case(session, "case-1")]


async def test_what_is_for_the_key_worker_goes_to_the_one_who_is_named(database: Database) -> None:
    telling = Notifications(database, Directory(), Mail(), clock)
    given = work({"tell": "key_worker,coordinator"})
    await ActivityEnvironment().run(telling.notify, given)
    assert await told(database) == [("role", "coordinator"), ("role", "key_worker")]


async def test_a_named_key_worker_is_told_instead_of_the_role(database: Database) -> None:
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
    await ActivityEnvironment().run(
        Notifications(database, Directory(), Mail(), clock).notify, work({"tell": "key_worker"})
    )
    assert await told(database) == [("person", "n.lark")]


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
