import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from pathways.bpmn.model import Definition, Process
from records.database import Database
from records.queries.audit_chain import broken_audit
from records.queries.inbox import delivery_attempts, open_handoffs, service_inbox
from records.queries.library import active_definition, active_definitions, definition_by_sha256, form, parsed
from records.queries.routing import messages
from records.tables import (
    Audit,
    DeliveryAttempt,
    Document,
    Handoff,
    Idempotency,
    Message,
    Notification,
    PublishedDefinition,
    Referral,
    ServiceInbox,
)
from records.writes import idempotency
from records.writes.audit import append_audit
from records.writes.handovers import (
    acknowledge,
    acknowledge_delivery,
    deliver_to_service,
    hand_off,
    notify,
    record_attempt,
)
from records.writes.idempotency import Begun, Busy, Proceed, Replay, Reused
from records.writes.messages import EXPIRED, finish_message, record_message
from records.writes.publications import publish
from records.writes.referrals import add_document, record_referral
from tests.records.story import HOUR, MONDAY, Story, write


def referral(case_id: str) -> Referral:
    return Referral(
        pathway="dental_clearance",
        referral_id="REF-1",
        source="fhir",
        document={"reason": "clearance"},
        raw_sha256="0" * 64,
        case_id=case_id,
        received_at=MONDAY,
    )


async def test_the_same_referral_twice_is_one_case(database: Database) -> None:
    async with database.session() as session:
        first = await record_referral(session, referral("case-1"))
    async with database.session() as session:
        second = await record_referral(session, referral("case-2"))
    assert (first[0].case_id, first[1]) == ("case-1", True)
    assert (second[0].case_id, second[1], second[0].received_at) == ("case-1", False, MONDAY)


async def test_the_same_referral_from_two_requests_at_once_is_one_case(database: Database) -> None:
    async def receive(case_id: str) -> tuple[str, bool]:
        async with database.session() as session:
            row, is_new = await record_referral(session, referral(case_id))
            return row.case_id, is_new

    answers = await asyncio.gather(*(receive(f"case-{number}") for number in range(6)))
    assert len({case_id for case_id, _ in answers}) == 1
    assert [is_new for _, is_new in answers].count(True) == 1


async def test_a_document_is_attached_once(database: Database) -> None:
    def scan() -> Document:
        return Document(
            document_id="d-1",
            case_id="case-1",
            name="opg.dcm",
            content_type="application/dicom",
            sha256="0" * 64,
            content=b"\x00\x01",
            added_by="dr.oak",
            added_at=MONDAY,
        )

    async with database.session() as session:
        assert await add_document(session, scan())
        assert not await add_document(session, scan())
    async with database.reader() as session:
        assert (await session.get_one(Document, "d-1")).content == b"\x00\x01"


def result_message() -> Message:
    return Message(message_id="m-1", name="result", correlation_key="REF-1", payload={"ok": True}, received_at=MONDAY)


async def test_a_message_without_a_case_is_unmatched_until_it_is_routed(database: Database) -> None:
    async with database.session() as session:
        assert (await record_message(session, result_message()))[1]
        assert not (await record_message(session, result_message()))[1]
        await finish_message(session, "m-1", "unmatched", reason="no case carries REF-1")
    async with database.reader() as session:
        assert [message.reason for message in await messages(session, status="unmatched")] == ["no case carries REF-1"]
    async with database.session() as session:
        await finish_message(session, "m-1", "delivered", case_id="case-1")
    async with database.reader() as session:
        assert await messages(session, status="unmatched") == ()
        assert (await session.get_one(Message, "m-1")).case_id == "case-1"


async def test_a_kept_message_that_nobody_waited_for_is_found_as_expired(database: Database) -> None:
    async with database.session() as session:
        await record_message(session, result_message())
    story = Story().begin().tell("message_buffered", message="result", key="REF-1", message_id="m-1")
    await write(database, story.batch())
    async with database.session() as session:
        await finish_message(session, "m-1", "buffered", case_id="case-1")
    story.tell("message_ignored", message="result", key="REF-1", message_id="m-1", reason="duplicate")
    story.tell("message_expired", hours=700, message="result", key="REF-1", message_id="m-1")
    await write(database, story.batch())
    async with database.reader() as session:
        found = [(message.message_id, message.reason) for message in await messages(session, status="expired")]
    assert found == [("m-1", EXPIRED)]


async def test_a_message_that_its_case_gives_up_for_a_person_has_not_run_out_of_time(database: Database) -> None:
    async with database.session() as session:
        await record_message(session, result_message())
        await finish_message(session, "m-1", "buffered", case_id="case-1", reason="the case waits no longer", late=True)
    story = Story().begin().tell("message_given_up", message="result", key="REF-1", message_id="m-1", actor="dr.oak")
    await write(database, story.batch())
    async with database.reader() as session:
        noted = await session.get_one(Message, "m-1")
    assert (noted.status, noted.reason) == ("expired", "the case waits no longer")


async def begin(database: Database, request_hash: str = "h", *, after: timedelta = timedelta(0)) -> Begun:
    async with database.session() as session:
        return await idempotency.begin(session, key="k", actor="dr.oak", request_hash=request_hash, now=MONDAY + after)


async def test_a_repeated_request_gets_the_first_answer(database: Database) -> None:
    assert await begin(database) == Proceed()
    async with database.session() as session:
        await idempotency.finish(session, key="k", actor="dr.oak", status=201, body={"case_id": "case-1"})
    assert await begin(database) == Replay(201, {"case_id": "case-1"})
    assert await begin(database, "another request") == Reused()


async def test_an_answer_that_was_kept_long_enough_is_forgotten_and_a_newer_one_is_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "AT_ONCE", 2)
    for number in range(4):
        async with database.session() as session:
            now = MONDAY + timedelta(days=number)
            await idempotency.begin(session, key=f"k{number}", actor="dr.oak", request_hash="h", now=now)
    forgotten = []
    for _ in range(3):
        async with database.session() as session:
            forgotten.append(await idempotency.forget(session, before=MONDAY + timedelta(days=3)))
    async with database.reader() as session:
        assert (forgotten, await session.get(Idempotency, ("k3", "dr.oak")) is None) == ([2, 1, 0], False)


async def test_a_request_is_busy_until_its_lease_ends(database: Database) -> None:
    assert await begin(database) == Proceed()
    assert await begin(database, after=timedelta(seconds=59)) == Busy()
    assert await begin(database, after=timedelta(seconds=60)) == Proceed()
    assert await begin(database, after=timedelta(seconds=61)) == Busy()


async def test_a_request_that_failed_without_effect_may_be_sent_again_at_once(database: Database) -> None:
    await begin(database)
    async with database.session() as session:
        await idempotency.abandon(session, key="k", actor="dr.oak")
    assert await begin(database) == Proceed()


async def test_of_requests_at_once_one_proceeds(database: Database) -> None:
    begun = await asyncio.gather(*(begin(database) for _ in range(6)))
    assert sorted(answer.kind for answer in begun) == ["busy"] * 5 + ["proceed"]


def definition(sha256: str, *, key: str = "dental_clearance") -> Definition:
    return Definition(
        key=key,
        name="Dental clearance",
        version_tag="1.0.0",
        sha256=sha256,
        processes=(Process(key, "Dental clearance", executable=True),),
        nodes={},
        flows={},
        forms={"assess": "f" * 64},
    )


async def published(database: Database, sha256: str) -> tuple[int, bool]:
    async with database.session() as session:
        row, is_new = await publish(
            session,
            definition(sha256),
            bpmn="<definitions/>",
            forms={"assess": '{"components": []}'},
            actor="editor",
            now=MONDAY,
        )
        return row.version, is_new


async def test_new_content_gets_the_next_version_and_old_content_keeps_its_own(database: Database) -> None:
    assert [await published(database, sha) for sha in ("a", "a", "b", "a")] == [
        (1, True),
        (1, False),
        (2, True),
        (1, False),
    ]
    async with database.reader() as session:
        active = await active_definition(session, "dental_clearance")
        pinned = await definition_by_sha256(session, "b")
        listed = await active_definitions(session)
        schema = await form(session, form_id="assess", sha256="f" * 64)
        unknown = await active_definition(session, "nothing")
    assert active is not None
    assert (active.version, active.sha256) == (1, "a")
    assert pinned is not None
    assert parsed(pinned) == definition("b")
    assert [row.version for row in listed] == [1]
    assert schema is not None
    assert schema.form_schema == '{"components": []}'
    assert unknown is None


async def test_publications_at_once_get_different_versions(database: Database) -> None:
    await asyncio.gather(*(published(database, sha) for sha in "abcdef"))
    async with database.reader() as session:
        rows = list(await session.exec(select(PublishedDefinition)))
    assert sorted(row.version for row in rows) == [1, 2, 3, 4, 5, 6]
    assert [row.active for row in rows].count(True) == 1


async def test_a_service_acknowledges_a_delivered_referral_by_name(database: Database) -> None:
    def delivery() -> ServiceInbox:
        return ServiceInbox(
            idempotency_key="case-1:send#1", service="ent", case_id="case-1", referral={}, delivered_at=MONDAY
        )

    async with database.session() as session:
        assert await deliver_to_service(session, delivery())
        assert not await deliver_to_service(session, delivery())
        await acknowledge_delivery(session, "case-1:send#1", actor="dr.ash", now=MONDAY + HOUR)
        await acknowledge_delivery(session, "case-1:send#1", actor="dr.elm", now=MONDAY + 2 * HOUR)
        assert await acknowledge_delivery(session, "unknown", actor="dr.elm", now=MONDAY) is None
    async with database.reader() as session:
        [row] = await service_inbox(session, "ent")
        assert await service_inbox(session, "ent", state="delivered") == ()
    assert (row.state, row.acknowledged_by, row.acknowledged_at) == ("acknowledged", "dr.ash", MONDAY + HOUR)


async def test_every_attempt_to_deliver_is_kept(database: Database) -> None:
    for number, status in ((1, 503), (2, None), (3, 202)):
        attempt = DeliveryAttempt(
            idempotency_key="k", attempt=number, service="ent", endpoint="https://ent.example", at=MONDAY, status=status
        )
        async with database.session() as session:
            assert await record_attempt(session, attempt)
    async with database.reader() as session:
        assert [attempt.status for attempt in await delivery_attempts(session, "k")] == [503, None, 202]


async def test_a_result_stays_open_until_its_recipient_acknowledges_it(database: Database) -> None:
    def handoff(kind: str, recipient: str) -> Handoff:
        return Handoff(
            idempotency_key=f"case-1:send#1:{recipient}",
            case_id="case-1",
            recipient_kind=kind,
            recipient=recipient,
            sent_at=MONDAY,
        )

    async with database.session() as session:
        assert await hand_off(session, handoff("role", "gdp"))
        assert not await hand_off(session, handoff("role", "gdp"))
        assert await hand_off(session, handoff("person", "dr.oak"))
    async with database.reader() as session:
        assert [h.recipient for h in await open_handoffs(session, roles=("gdp", "dr.oak"))] == ["gdp"]
    async with database.session() as session:
        done = await acknowledge(session, Handoff, "case-1:send#1:gdp", actor="dr.yew", now=MONDAY)
    assert done is not None
    assert done.acknowledged_by == "dr.yew"
    async with database.reader() as session:
        assert await open_handoffs(session, roles=("gdp",)) == ()
        assert len(await open_handoffs(session, person="dr.oak")) == 1


async def test_a_notification_is_told_once_and_remembers_who_acknowledged_it(database: Database) -> None:
    def told() -> Notification:
        return Notification(
            idempotency_key="n-1",
            case_id="case-1",
            recipient_kind="role",
            recipient="coordinator",
            level="reminder",
            text="Assess: reminder",
            created_at=MONDAY,
        )

    async with database.session() as session:
        assert await notify(session, told())
        assert not await notify(session, told())
        await acknowledge(session, Notification, "n-1", actor="c.birch", now=MONDAY + 3 * HOUR)
    async with database.reader() as session:
        row = await session.get_one(Notification, "n-1")
    assert (row.acknowledged_by, row.acknowledged_at) == ("c.birch", MONDAY + 3 * HOUR)


async def test_the_audit_is_one_chain_even_when_written_at_once(database: Database) -> None:
    async def act(number: int) -> None:
        async with database.session() as session:
            await append_audit(session, actor="dr.oak", action="read", now=MONDAY, case_id=f"case-{number}")

    await asyncio.gather(*(act(number) for number in range(8)))
    async with database.reader() as session:
        assert len(list(await session.exec(select(Audit)))) == 8
        assert await broken_audit(session) is None


async def test_a_row_slipped_into_the_audit_is_found(database: Database) -> None:
    async with database.session() as session:
        await append_audit(session, actor="dr.oak", action="claim", now=MONDAY)
        session.add(
            Audit(id=2, at=MONDAY, actor="dr.oak", action="nothing", prev_hash="0" * 64, hash="1" * 64, detail={})
        )
    async with database.reader() as session:
        assert await broken_audit(session) == 2


@pytest.mark.parametrize("rows", [0, 1])
async def test_a_whole_chain_is_not_broken(database: Database, rows: int) -> None:
    for _ in range(rows):
        async with database.session() as session:
            await append_audit(session, actor="dr.oak", action="claim", now=MONDAY, detail={"b": 1, "a": [2.5]})
    async with database.reader() as session:
        assert await broken_audit(session) is None
