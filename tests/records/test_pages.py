"""Do long lists come in pages: conferences, the cases of a patient, doubts, broken glasses, who is away for cases?"""

from datetime import timedelta

from records.database import Database
from records.queries.access import Side
from records.queries.broken_glass import glasses_broken
from records.queries.conferences import CONFERENCE, open_conferences
from records.queries.inbox import service_inbox
from records.queries.own_record import page_of_patients
from records.queries.patients import open_doubts
from records.queries.people import absent_in, absent_in_each
from records.tables import Absence, BrokenGlass, PatientDoubt, ScopeVariables, ServiceInbox, Task
from records.writes.parties import note_requester
from records.writes.people import note_seen
from tests.records.story import MONDAY, case

NOW, HOUR = MONDAY + timedelta(days=1), timedelta(hours=1)
HOME, SOUTH = Side("p", ("",), NOW, patients=("P-1",)), Side("p", ("south",), NOW)


def variables(case_id: str, **said: object) -> ScopeVariables:
    return ScopeVariables(case_id=case_id, scope="root", variables=said)


async def test_conferences_come_in_pages_the_one_that_decides_first_before_and_the_timeless_last(
    database: Database,
) -> None:
    times = {"no-time": None, "late": "2026-03-09", "empty": "", "soon": "2026-03-03", "next": "2026-03-05"}
    async with database.session() as session:
        for name, decide_by in times.items():
            session.add(case(name, CONFERENCE))
            session.add(variables(name, decide_by=decide_by, required_roles=["gdp"]))
        session.add(case("ended", CONFERENCE, status="completed"))
        session.add(case("of-south", CONFERENCE))
        await note_requester(session, "of-south", "south", through="sender", now=MONDAY)
        about = {"root_case_id": "next", "pathway": CONFERENCE, "urgency": "routine", "element": "e", "title": "t"}
        session.add(Task(case_id="next", activation="a", created_at=MONDAY, **about))
    async with database.reader() as session:
        first, total = await open_conferences(session, HOME, limit=2, offset=0)
        rest, again = await open_conferences(session, HOME, limit=9, offset=2)
        theirs, _ = await open_conferences(session, SOUTH, limit=9, offset=0)
    assert [each.case.case_id for each in (*first, *rest)] == ["soon", "next", "late", "empty", "no-time"]
    assert (total, again) == (5, 5)
    assert [len(each.tasks) for each in first] == [0, 1]
    assert first[0].missing == ("gdp",)
    assert [each.case.case_id for each in theirs] == ["of-south"]


async def test_the_cases_of_a_patient_come_in_pages_the_newest_first(database: Database) -> None:
    async with database.session() as session:
        for hours in range(3):
            session.add(case(f"mine-{hours}", started_at=MONDAY + hours * HOUR))
            session.add(variables(f"mine-{hours}", patient_id="P-1"))
        session.add(case("question", "patient_question"))
        session.add(variables("question", patient_id="P-1"))
        session.add(case("of-another"))
        session.add(variables("of-another", patient_id="P-2"))
    but = ("patient_question",)
    async with database.reader() as session:
        first, total = await page_of_patients(session, HOME, but=but, limit=2, offset=0)
        last, _ = await page_of_patients(session, HOME, but=but, limit=2, offset=2)
        nobodys = await page_of_patients(session, SOUTH, but=but, limit=2, offset=0)
    assert [each.case_id for each in (*first, *last)] == ["mine-2", "mine-1", "mine-0"]
    assert (total, nobodys) == (3, ((), 0))


async def test_a_page_of_doubts_is_filled_with_those_of_ones_own_organisation(database: Database) -> None:
    async with database.session() as session:
        session.add(case("south"))
        session.add(case("ours"))
        await note_requester(session, "south", "south", through="sender", now=MONDAY)
        for number, where in enumerate(("south", "south", "ours", "south", "ours")):
            doubt = {"reason": "birth_date_differs", "case_id": where, "noted_at": MONDAY + number * HOUR}
            session.add(PatientDoubt(patient_id=f"P-{number}", other_id="P", **doubt))
    async with database.reader() as session:
        found, total = await open_doubts(session, HOME, limit=2)
        last, _ = await open_doubts(session, SOUTH, limit=2, offset=2)
    assert ([each.patient_id for each in found], total) == (["P-2", "P-4"], 2)
    assert [each.patient_id for each in last] == ["P-3"]


async def test_broken_glasses_come_in_pages_with_their_number(database: Database) -> None:
    async with database.session() as session:
        session.add(case("ours"))
        for number in range(3):
            at = MONDAY + number * HOUR
            who = {"person": "p", "name": "P", "organisation": "", "reason": "An emergency"}
            session.add(BrokenGlass(grant_id=f"g{number}", root_case_id="ours", since=at, until=at + HOUR, **who))
    async with database.reader() as session:
        first, total = await glasses_broken(session, HOME, limit=2, offset=0)
        last, _ = await glasses_broken(session, HOME, limit=2, offset=2)
        theirs = await glasses_broken(session, SOUTH, limit=2, offset=0)
    assert [grant.grant_id for grant, _ in (*first, *last)] == ["g2", "g1", "g0"]
    assert (total, theirs) == (3, ((), 0))


async def test_who_is_away_for_many_cases_is_who_is_away_for_each(database: Database) -> None:
    async with database.session() as session:
        await note_requester(session, "north", "north", through="sender", now=MONDAY)
        for person, heard_by, by in (("a", ["north"], "c"), ("b", [""], "c"), ("d", ["far"], "d")):
            said = {"organisations": heard_by, "recorded_by": by, "recorded_at": MONDAY}
            session.add(Absence(absence_id=person, person=person, since=MONDAY, until=NOW + HOUR, **said))
    async with database.reader() as session:
        each = await absent_in_each(session, ("north", "north/called", "ours"), at=NOW)
        assert each == {name: await absent_in(session, name, at=NOW) for name in each}
    assert {name: set(away) for name, away in each.items()} == {
        "north": {"a", "d"},
        "north/called": {"a", "d"},
        "ours": {"b", "d"},
    }


async def test_what_an_organisation_says_of_the_people_of_another_is_heard_nowhere(database: Database) -> None:
    async with database.session() as session:
        for organisation in ("north", "south"):
            await note_requester(session, "north", organisation, through="sender", now=MONDAY)
        for person, of in (("a", "north"), ("b", "south"), ("of-both", "south"), ("of-both", "north")):
            await note_seen(session, person, of, now=MONDAY)
        for person in ("a", "b", "of-both", "never-here"):
            said = {"organisations": ["south"], "recorded_by": "c", "recorded_at": MONDAY}
            session.add(Absence(absence_id=person, person=person, since=MONDAY, until=NOW + HOUR, **said))
    async with database.reader() as session:
        assert set(await absent_in(session, "north", at=NOW)) == {"b", "of-both", "never-here"}


async def test_what_names_somebody_is_found_behind_what_names_others(database: Database) -> None:
    async with database.session() as session:
        for number, (contact, deputy) in enumerate((("x", "y"), ("x", "p"), ("p", ""), ("y", ""))):
            sent = {"service": "ent", "case_id": "c", "delivered_at": MONDAY + number * HOUR}
            session.add(ServiceInbox(idempotency_key=str(number), named_contact=contact, deputy=deputy, **sent))
    async with database.reader() as session:
        found = await service_inbox(session, "ent", named={"p"}, limit=None)
    assert [row.idempotency_key for row in found] == ["1", "2"]
