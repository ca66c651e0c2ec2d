"""Who is a patient? Two hundred referrals with swapped numbers: nobody is taken for somebody else (H3)."""

import random
from datetime import UTC, datetime

import pytest

from records.database import Database
from records.queries.patient_notices import has_died
from records.queries.patients import open_doubts, same_patient
from records.queries.sharing import statements
from records.tables import Message, Patient
from records.writes.patients import Identified, Known, know_patient, merge_patients, settle_doubt, unmerge_patient
from records.writes.sharing import Said, part_consents, record_consent

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REFERRALS, SWAPPED_EACH = 200, 20


async def know(database: Database, number: str, born: str) -> Known:
    async with database.session() as session:
        return await know_patient(session, [Identified("urn:mrn", number)], born=born, case_id="case-1", now=NOW)


async def test_the_same_identifier_and_birth_date_is_the_same_patient(database: Database) -> None:
    first = await know(database, "hash-1", "day-1")
    again = await know(database, "hash-1", "day-1")
    assert (first.is_new, again.is_new, again.patient_id) == (True, False, first.patient_id)


async def test_swapped_numbers_link_nobody_and_leave_a_doubt_each(database: Database) -> None:
    dice = random.Random(7)
    people = {f"number-{n}": f"day-{n}" for n in range(40)}
    ids: dict[str, str] = {}
    swapped = 0
    async with database.session() as session:
        for n in range(REFERRALS):
            number = f"number-{n % 40}"
            wrong = n >= 40 and n % SWAPPED_EACH == 0
            born = (
                people[number] if not wrong else dice.choice([day for day in people.values() if day != people[number]])
            )
            known = await know_patient(session, [Identified("s", number)], born=born, case_id=f"case-{n}", now=NOW)
            if wrong:
                swapped += 1
                assert known.patient_id not in ids.values()
            else:
                assert ids.setdefault(number, known.patient_id) == known.patient_id
    async with database.reader() as session:
        doubts, _ = await open_doubts(session, limit=100)
    assert len({doubt.patient_id for doubt in doubts}) == swapped == 8


async def test_no_doubt_is_hidden_behind_a_hundred_others(database: Database) -> None:
    await know(database, "hash-1", "day-0")
    for number in range(1, 15):
        await know(database, "hash-1", f"day-{number}")
    async with database.reader() as session:
        found, total = await open_doubts(session, limit=60)
        rest, again = await open_doubts(session, limit=60, offset=60)
    assert len(found) + len(rest) == len({(each.patient_id, each.other_id) for each in (*found, *rest)}) == total
    assert total == again > 100


async def test_a_merged_patient_is_found_under_either_id_and_the_doubt_is_settled(database: Database) -> None:
    first = await know(database, "hash-1", "day-1")
    other = await know(database, "hash-1", "day-2")
    async with database.session() as session:
        assert await merge_patients(session, other.patient_id, first.patient_id, actor="c.elm", now=NOW)
        assert not await merge_patients(session, first.patient_id, other.patient_id, actor="c.elm", now=NOW)
    async with database.reader() as session:
        both = (first.patient_id, other.patient_id)
        assert await same_patient(session, first.patient_id) == both
        assert await same_patient(session, other.patient_id) == both
        assert await open_doubts(session, limit=9) == ((), 0)
    assert (await know(database, "hash-1", "day-1")).patient_id == first.patient_id


async def test_two_patients_who_are_not_one_are_no_doubt_any_more(database: Database) -> None:
    first = await know(database, "hash-1", "day-1")
    other = await know(database, "hash-1", "day-2")
    async with database.session() as session:
        assert await settle_doubt(
            session, first.patient_id, other.patient_id, resolution="different", actor="c.elm", now=NOW
        )
    async with database.reader() as session:
        assert await open_doubts(session, limit=9) == ((), 0)
        assert await same_patient(session, first.patient_id) == (first.patient_id,)


async def test_a_merge_that_is_taken_back_gives_each_their_numbers_and_what_was_objected_to_holds_for_both(
    database: Database,
) -> None:
    first, other = await know(database, "hash-1", "day-1"), await know(database, "hash-2", "day-2")
    async with database.session() as session:
        await merge_patients(session, other.patient_id, first.patient_id, actor="c.elm", now=NOW)
    assert (await know(database, "hash-2", "day-1")).patient_id == first.patient_id
    async with database.session() as session:
        withdrawn = Said("w", first.patient_id, "sharing", "withdrawn", NOW, "dr.oak")
        given = Said("g", first.patient_id, "contact", "given", NOW, "dr.oak")
        for word in (withdrawn, given):
            await record_consent(session, word, now=NOW)
        merged = await session.get_one(Patient, other.patient_id)
        await part_consents(session, other.patient_id, first.patient_id, actor="c.elm", now=NOW)
        await unmerge_patient(session, merged, actor="c.elm", now=NOW)
    async with database.reader() as session:
        assert await same_patient(session, first.patient_id) == (first.patient_id,)
        assert [word.scope for word in await statements(session, other.patient_id)] == ["sharing"]
        assert await open_doubts(session, limit=9) == ((), 0)
    again = await know(database, "hash-2", "day-2")
    assert (again.patient_id, again.doubts) == (other.patient_id, ())
    assert (await know(database, "hash-1", "day-1")).patient_id == first.patient_id


@pytest.mark.parametrize(
    ("handled", "died"), [("", True), ("discarded", True), ("correlated", False), ("taken_back", False)]
)
async def test_nobody_counts_as_dead_by_a_message_that_turned_out_to_be_wrong_or_about_another(
    database: Database, handled: str, died: bool
) -> None:
    told = Message(message_id="m", name="patient.died", correlation_key="p1", source="s", received_at=NOW)
    told.handled = handled
    async with database.session() as session:
        session.add(told)
    async with database.reader() as session:
        assert await has_died(session, ("p0", "p1")) is died
