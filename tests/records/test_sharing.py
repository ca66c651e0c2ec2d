"""What becomes of a word about sharing? Kept once, it stops what waits under every id of the person, also merged."""

from datetime import UTC, datetime, timedelta
from typing import Any

from policy.consent import SHARING, Recipient, state
from records.database import Database
from records.queries.orders import orders_of
from records.queries.sharing import consents, disclosures, statements, told_of
from records.tables import Disclosure, OrderRecord, Patient
from records.writes.orders import note_order
from records.writes.patients import merge_patients, unmerge_patient
from records.writes.sharing import Leaving, Said, join_consents, note_leaving, record_consent

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def said(patient_id: str, status: str, minutes: int = 0, **more: object) -> Said:
    at = NOW + timedelta(minutes=minutes)
    return Said(f"{status}{minutes}", patient_id, SHARING, status, at, "dr.oak", **more)  # type: ignore[arg-type]


async def stands(database: Database, patient_id: str) -> str:
    async with database.reader() as session:
        words = await statements(session, patient_id)
    return state(words, Recipient((SHARING,)), case_id="", now=NOW + timedelta(hours=1))


async def test_the_same_word_twice_is_one_and_stops_what_waits_once(database: Database) -> None:
    async with database.session() as session:
        leaving = Leaving("k", "p-old", "case-1", "endpoint", "clinic", "referral.requested", classes=("meds",))
        await merge_patients(session, "p-old", "p-new", actor="c.elm", now=NOW)
        await note_leaving(session, leaving, refused="", now=NOW)
        for _ in range(2):
            await record_consent(session, said("p-new", "withdrawn"), now=NOW)
    async with database.reader() as session:
        assert len(await consents(session, "p-old")) == 1
        (row,) = await disclosures(session, "p-new")
    assert (row.state, row.reason, row.classes) == ("cancelled", "consent_withdrawn", ["meds"])


async def test_who_was_sent_something_is_known_however_much_was_said_since(database: Database) -> None:
    about: dict[str, Any] = {"patient_id": "p1", "case_id": "case-1", "message": "m", "state": "sent"}
    since = [("inbox", "clinic", NOW - timedelta(days=3650)), *[("notification", "role:patient", NOW)] * 501]
    rows = [
        {**about, "idempotency_key": f"k{number}", "channel": channel, "recipient": recipient, "noted_at": at}
        for number, (channel, recipient, at) in enumerate(since)
    ]
    async with database.session() as session:
        session.add_all([Disclosure(**row) for row in rows])
    async with database.reader() as session:
        assert [row.recipient for row in await told_of(session, "p1")] == ["clinic"]


async def test_of_two_who_are_merged_the_stricter_word_counts_until_a_newer_one(database: Database) -> None:
    async with database.session() as session:
        await record_consent(session, said("p1", "withdrawn", 0), now=NOW)
        await record_consent(session, said("p2", "given", 5, limits=("no_dental",)), now=NOW)
        merged_at = NOW + timedelta(minutes=10)
        await join_consents(session, "p1", "p2", actor="c.elm", now=merged_at)
        await merge_patients(session, "p1", "p2", actor="c.elm", now=merged_at)
    assert [await stands(database, each) for each in ("p1", "p2")] == ["withdrawn", "withdrawn"]
    async with database.session() as session:
        await record_consent(session, said("p1", "given", 20), now=NOW)
    assert [await stands(database, each) for each in ("p1", "p2")] == ["given", "given"]


async def test_whoever_is_merged_a_second_time_brings_what_they_object_to_since_the_first(database: Database) -> None:
    first, second = (NOW + timedelta(minutes=minutes) for minutes in (10, 30))
    async with database.session() as session:
        await record_consent(session, said("p1", "withdrawn", 0), now=NOW)
        for _ in range(2):  # two who are one have no words of their own any more
            await join_consents(session, "p1", "p2", actor="c.elm", now=first)
            await merge_patients(session, "p1", "p2", actor="c.elm", now=first)
        await unmerge_patient(session, await session.get_one(Patient, "p1"), actor="c.elm", now=first)
        assert len(await consents(session, "p2")) == 1
        for patient, status, minutes in (("p1", "withdrawn", 15), ("p2", "given", 20)):
            await record_consent(session, said(patient, status, minutes), now=NOW)
        await join_consents(session, "p1", "p2", actor="c.elm", now=second)
        await merge_patients(session, "p1", "p2", actor="c.elm", now=second)
    assert [await stands(database, each) for each in ("p1", "p2")] == ["withdrawn", "withdrawn"]


async def test_the_orders_of_a_merged_patient_are_found_under_either_id(database: Database) -> None:
    async with database.session() as session:
        await merge_patients(session, "p1", "p2", actor="c.elm", now=NOW)
        order = OrderRecord(order_id="O-1", patient_id="p1", code_family="OPG", case_id="case-1", ordered_at=NOW)
        await note_order(session, order)
    async with database.reader() as session:
        found = await orders_of(session, "p2", "OPG", without=("O-2", ""))
    assert [(row.order_id, is_running) for row, is_running in found] == [("O-1", False)]
