"""Does anything leave that should not? Consent, agreements and profiles, asked before every try and the first byte."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import col, select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.audit import Audits
from activities.consent import WITHDRAWN, Consents
from activities.directory import Directory, Service
from activities.follow_up import FollowUps
from activities.notification import Mail, Notifications
from activities.outbound import Outbound
from activities.referral import Referrals
from activities.result_handoff import ResultHandoff
from activities.sending import WITHHELD, Gate
from policy.agreements import Agreement
from records.database import Database
from records.tables import Audit, Case, Disclosure, Handoff, Notification, ServiceInbox, Task
from records.writes.parties import note_requester
from records.writes.publications import publish
from records.writes.sharing import Said, record_consent
from tests.activities.conftest import NOW, clock, work
from tests.host.diagrams import line, user_task
from tests.outside import Clinic
from workflows.contract.requests import DeliverMessage, Work

PATIENT = "patient-1"


async def no_message(message: DeliverMessage, case_id: str) -> None:
    """Nobody hears of an acknowledgement here."""


async def say(database: Database, status: str, *, minutes_ago: int = 5, **more: Any) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    scope = more.pop("scope", "sharing")
    async with database.session() as session:
        await record_consent(
            session, Said(f"{status}{at}{scope}", PATIENT, scope, status, at, "dr.oak", **more), now=NOW
        )


async def left(database: Database) -> list[Disclosure]:
    async with database.reader() as session:
        return list(await session.exec(select(Disclosure).order_by(col(Disclosure.idempotency_key))))


async def all_of(database: Database, table: Any) -> list[Any]:
    async with database.reader() as session:
        return list(await session.exec(select(table)))


def directory(clinic: Clinic, **more: Any) -> Directory:
    service = {"name": "Clinic", "named_contact": "dr.elm", "deputy": "dr.ash", "endpoint": {"url": clinic.url}}
    return Directory.model_validate({"services": {"clinic": {**service, **more.pop("service", {})}}, **more})


def asked(headers: dict[str, str] | None = None, **variables: Any) -> Work:
    given = {"referral_id": "REF-1", "service": "clinic", "reason": "lump", "caries_active": True, "medications": ["x"]}
    return work(headers or {}, patient_id=PATIENT, **{**given, **variables})


def referrals(database: Database, found: Directory, http: httpx.AsyncClient) -> Referrals:
    return Referrals(Outbound(database, found, http, clock), no_message, no_message)


@pytest.mark.parametrize(
    ("scope", "delivery"),
    [
        ("organisation:hill_practice", "withheld"),
        ("role:referrer", "withheld"),
        ("organisation:far_practice", "sent"),
        ("role:gdp", "sent"),
    ],
)
async def test_a_word_about_referrers_or_their_organisation_is_about_letters_to_whoever_asked(
    database: Database, clinic: Clinic, http: httpx.AsyncClient, scope: str, delivery: str
) -> None:
    sending = referrals(database, directory(clinic), http)
    outcome = asked({"message": "referral.outcome", "to": "requester"})
    async with database.session() as session:
        await note_requester(session, outcome.case_id, "hill_practice", through="test", now=NOW)
    await say(database, "withdrawn", scope=scope)
    assert (await ActivityEnvironment().run(sending.send, outcome)).variables["delivery"] == delivery


async def test_what_is_sent_is_on_record_as_classes_never_values(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    sending = referrals(database, directory(clinic), http)
    result = await ActivityEnvironment().run(sending.send, asked({"payload_profile": "dental"}))
    assert result.variables["delivery"] == "sent"
    assert '"caries_active": true' in clinic.requests[0] or '"caries_active":true' in clinic.requests[0]
    (row,) = await left(database)
    assert (row.state, row.profile, row.recipient) == ("sent", "dental", "clinic")
    assert row.classes == ["dental", "meds", "own_referral", "status"]
    assert "lump" not in row.model_dump_json()


async def test_the_minimum_is_sent_when_no_profile_is_named(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    await ActivityEnvironment().run(referrals(database, directory(clinic), http).send, asked())
    assert "caries_active" not in clinic.requests[0]
    assert "lump" in clinic.requests[0]


async def began(database: Database, case_id: str, key: str, **classes: str) -> None:
    """Begin a case of a pathway whose form says the classes of its fields."""
    definition = replace(line(key, user_task("ask", key)), sha256=f"{key}-sha", forms={"ask": f"{key}-form"})
    fields = [{"key": name, "properties": {"dataClass": found}} for name, found in classes.items()]
    root = case_id.partition("/")[0]
    row = Case(case_id=case_id, root_case_id=root, key=key, name=key, sha256=definition.sha256, started_at=NOW)
    async with database.session() as session:
        forms = {"ask": json.dumps({"components": fields})}
        await publish(session, definition, bpmn="<none/>", forms=forms, actor="test", now=NOW)
        session.add(row)


async def test_a_field_goes_where_the_class_goes_that_its_form_declares_also_in_a_case_that_was_called(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    await began(database, "case-1", "asking", gum_score="dental", weight_story="nutrition", caries_active="dental")
    await began(database, "case-1/call#1", "called", caries_active="safeguarding")
    values = {"gum_score": 4, "weight_story": "less", "caries_active": True, "nobody_knows": 1, "conditions": ["x"]}
    sending = replace(asked({"payload_profile": "dental"}, **values), case_id="case-1/call#1")
    await ActivityEnvironment().run(referrals(database, directory(clinic), http).send, sending)
    content = json.loads(clinic.requests[0].partition("\r\n\r\n")[2])["content"]
    assert set(content) & set(values) == {"gum_score", "conditions"}
    (row,) = await left(database)
    assert row.classes == ["dental", "meds", "own_referral", "relevant_history", "status"]


@pytest.mark.parametrize(("scope", "reached"), [("sharing", True), ("role:gdp", False)])
async def test_whoever_does_tasks_of_a_case_is_told_of_a_danger_also_after_a_withdrawal(
    database: Database, scope: str, *, reached: bool
) -> None:
    await say(database, "withdrawn", scope=scope)
    telling = Notifications(database, Directory(), Mail(), clock)
    unsafe = work({"tell": "gdp,clinical_lead", "text": "It is not safe to proceed."}, patient_id=PATIENT)
    await ActivityEnvironment().run(telling.notify, replace(unsafe, activation="before#1"))
    asked_of = Task(
        case_id=f"{unsafe.case_id}/called#1",
        activation="sign#1",
        root_case_id=unsafe.case_id,
        pathway="plan",
        urgency="routine",
        element="sign",
        title="Sign",
        groups=["gdp"],
        state="completed",
        created_at=NOW,
    )
    async with database.session() as session:
        session.add(asked_of)
    await ActivityEnvironment().run(telling.notify, unsafe)
    told = [row.recipient for row in await all_of(database, Notification)]
    assert (told.count("clinical_lead"), told.count("gdp")) == (2, int(reached))


async def test_a_profile_that_is_not_there_stops_at_once(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(referrals(database, directory(clinic), http).send, asked(payload_profile="all"))
    assert failed.value.non_retryable
    assert clinic.requests == []


async def test_after_a_withdrawal_nothing_leaves_and_the_case_is_told_once(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    await say(database, "withdrawn")
    sending = referrals(database, directory(clinic), http)
    for _ in range(2):
        result = await ActivityEnvironment().run(sending.send, asked())
        assert result.variables == {"delivery": "withheld", "delivery_reason": "consent_withdrawn"}
    assert clinic.requests == []
    assert [(row.state, row.reason) for row in await left(database)] == [("withheld", "consent_withdrawn")]
    assert [row.recipient for row in await all_of(database, Notification)] == ["coordinator"]
    assert [row.action for row in await all_of(database, Audit)] == ["delivery_withheld"]


async def test_a_step_may_ask_for_an_error_instead(database: Database, clinic: Clinic, http: httpx.AsyncClient) -> None:
    await say(database, "opted_out")
    result = await ActivityEnvironment().run(
        referrals(database, directory(clinic), http).send, asked({"withheld": "error"})
    )
    assert (result.error_code, result.error_message) == (WITHHELD, "opted_out")


async def test_a_retry_after_the_withdrawal_sends_nothing(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    clinic.statuses = [503]
    sending = referrals(database, directory(clinic), http)
    with pytest.raises(ApplicationError):
        await ActivityEnvironment().run(sending.send, asked())
    assert [row.state for row in await left(database)] == ["pending"]
    await say(database, "withdrawn")
    assert [row.state for row in await left(database)] == ["cancelled"]
    result = await ActivityEnvironment().run(sending.send, asked())
    assert result.variables["delivery"] == "withheld"
    assert len(clinic.requests) == 1


async def test_a_withdrawal_between_the_question_and_the_first_byte_stops_it(
    database: Database, http: httpx.AsyncClient
) -> None:
    gate_open, connected = asyncio.Event(), asyncio.Event()

    async def listen_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        received = await reader.read(1)
        taken.append(received)
        writer.close()

    taken: list[bytes] = []
    server = await asyncio.start_server(listen_late, "127.0.0.1", 0)
    late = Clinic(port=server.sockets[0].getsockname()[1])
    outbound = Outbound(database, directory(late), http, clock)
    still = outbound._gate.still

    async def withdrawn_meanwhile(*args: Any) -> None:
        if not gate_open.is_set():
            gate_open.set()
            await connected.wait()
            await say(database, "withdrawn", minutes_ago=0)
        await still(*args)

    outbound._gate.still = withdrawn_meanwhile  # type: ignore[method-assign]
    async with server:
        result = await ActivityEnvironment().run(Referrals(outbound, no_message, no_message).send, asked())
        await asyncio.sleep(0)
        await http.aclose()
    assert result.variables["delivery"] == "withheld"
    assert taken in ([], [b""])
    assert [row.state for row in await left(database)] == ["withheld"]


async def test_our_own_inbox_asks_too_and_says_that_something_was_kept_back(
    database: Database, http: httpx.AsyncClient
) -> None:
    await say(database, "given", limits=("no_mental_health",))
    sending = referrals(database, Directory(), http)
    await ActivityEnvironment().run(sending.send, asked())
    (delivered,) = await all_of(database, ServiceInbox)
    assert "medications" not in delivered.referral
    assert delivered.referral["withheld_classes"] == ["meds"]
    await say(database, "withdrawn", minutes_ago=1)
    again = replace(asked(), activation="send#2")
    assert (await ActivityEnvironment().run(sending.send, again)).variables["delivery"] == "withheld"
    assert len(await all_of(database, ServiceInbox)) == 1


@pytest.mark.parametrize(
    ("agreements", "delivery"),
    [
        pytest.param(None, "sent", id="none are kept"),
        pytest.param((), "withheld", id="kept, and there is none"),
        pytest.param((Agreement(to="east"),), "sent", id="with the organisation"),
        pytest.param((Agreement(to="west"),), "withheld", id="with another one"),
    ],
)
async def test_without_an_agreement_nothing_leaves_for_another_organisation(
    database: Database, http: httpx.AsyncClient, agreements: tuple[Agreement, ...] | None, delivery: str
) -> None:
    service = Service(name="Clinic", named_contact="", deputy="", organisation="east")
    found = Directory(organisation="centre", services={"clinic": service}, agreements=agreements)
    result = await ActivityEnvironment().run(referrals(database, found, http).send, asked())
    assert result.variables["delivery"] == delivery


async def test_a_result_is_kept_from_outside_and_still_reaches_who_treats_here(database: Database) -> None:
    await say(database, "withdrawn")
    handing = ResultHandoff(database, Gate(database, Directory(), clock), clock)
    given = work({"recipients": "ent_surgeon,referrer"}, patient_id=PATIENT, report={"finding": "clear"})
    result = await ActivityEnvironment().run(handing.hand_over, given)
    assert [row.recipient for row in await all_of(database, Handoff)] == ["ent_surgeon"]
    assert result.variables["withheld_from"] == ["role:referrer"]
    assert result.variables["delivery"] == "sent"


async def test_who_wants_no_letters_gets_none_and_who_treats_is_told(database: Database) -> None:
    await say(database, "withdrawn", scope="contact")
    telling = Notifications(database, Directory(), Mail(), clock)
    result = await ActivityEnvironment().run(
        telling.notify, work({"tell": "patient,coordinator", "text": "Come at nine."}, patient_id=PATIENT)
    )
    told = [row.recipient for row in await all_of(database, Notification)]
    assert told == ["coordinator"]
    assert result.variables["delivery"] == "sent"


async def test_a_review_that_may_not_be_told_to_the_dentist_is_planned_by_the_coordinator(database: Database) -> None:
    planning = FollowUps(database, Gate(database, Directory(), clock), clock)
    given = work(patient_id=PATIENT, on="2026-06-01", what="Look again", role="gdp,key_worker")
    await say(database, "withdrawn")
    result = await ActivityEnvironment().run(planning.plan, given)
    told = [(row.recipient, row.text) for row in await all_of(database, Notification)]
    assert sorted(told) == [("coordinator", "2026-06-01: Look again"), ("key_worker", "2026-06-01: Look again")]
    assert result.variables == {"follow_up_at": "2026-06-01T00:00:00+00:00"}
    assert {(row.recipient, row.state) for row in await left(database)} == {("role:gdp", "withheld")}


def consents(database: Database, found: Directory, http: httpx.AsyncClient) -> Consents:
    return Consents(database, found, Outbound(database, found, http, clock), clock)


async def test_a_pathway_asks_records_and_asks_again(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    steps = consents(database, directory(clinic), http)
    first = await ActivityEnvironment().run(steps.check, asked())
    assert first.variables == {"consent": "missing", "consent_limits": [], "legal_basis_other": False}
    form = {"consent_given": "yes_limited", "limits": ["no_dental"], "given_by": "patient", "method": "written"}
    given = await ActivityEnvironment().run(steps.record, asked(**form))
    assert given.variables == {"consent": "given", "consent_limits": ["no_dental"], "legal_basis_other": False}
    await say(database, "withdrawn", minutes_ago=-0)
    duty = {"continue_mode": "legal_basis_other", "legal_basis": "Notifiable disease"}
    basis = await ActivityEnvironment().run(steps.record, replace(asked(**duty), activation="record#2"))
    assert basis.variables["legal_basis_other"] is True
    sent = await ActivityEnvironment().run(referrals(database, directory(clinic), http).send, asked())
    assert sent.variables["delivery"] == "sent"


async def test_a_withdrawal_is_told_once_to_whom_something_was_sent_and_carries_nothing(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    found = directory(clinic)
    await ActivityEnvironment().run(referrals(database, found, http).send, asked())
    steps = consents(database, found, http)
    for _ in range(2):
        result = await ActivityEnvironment().run(steps.apply, replace(asked(scope="all"), activation="apply#1"))
        assert result.variables == {"consent_told": ["clinic"], "consent_cancelled": 0}
    assert len(clinic.requests) == 2
    told = json.loads(clinic.requests[1].partition("\r\n\r\n")[2])
    assert (told["message"], told["content"]) == ("consent.withdrawn", {})
    check = await ActivityEnvironment().run(steps.check, asked())
    assert check.variables["consent"] == "withdrawn"


async def test_a_service_that_refuses_the_notice_keeps_no_other_from_hearing_of_the_withdrawal(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    found = directory(clinic)
    for service in ("clinic", "laboratory"):
        sending = replace(asked(service=service), activation=f"send#{service}")
        await ActivityEnvironment().run(referrals(database, found, http).send, sending)
    clinic.statuses = [410]
    with pytest.raises(ApplicationError):
        await ActivityEnvironment().run(consents(database, found, http).apply, asked(scope="all"))
    told = [row.service for row in await all_of(database, ServiceInbox) if row.referral == {"message": WITHDRAWN}]
    assert told == ["laboratory"]


async def test_what_lies_in_an_inbox_or_was_handed_over_has_left_whatever_is_said_before_the_next_try(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    found = directory(clinic)
    sending, handing = referrals(database, found, http), ResultHandoff(database, Gate(database, found, clock), clock)
    result = replace(asked(report={"category": "benign"}, recipients=["referrer"]), activation="hand#1")
    for said in ("given", "withdrawn"):
        await say(database, said, minutes_ago=5 if said == "given" else 1)
        sent = await ActivityEnvironment().run(sending.send, asked(service="laboratory"))
        assert sent.variables["delivery"] == "sent"
        handed = await ActivityEnvironment().run(handing.hand_over, result)
        assert handed.variables == {"handoffs": ["case-1:hand#1:role:referrer"], "delivery": "sent"}
    assert {row.state for row in await left(database)} == {"sent"}


@pytest.mark.parametrize(
    ("scope", "told"), [("service:clinic", ["clinic"]), ("service:other", []), ("contact", []), ("role:referrer", [])]
)
async def test_a_withdrawal_is_told_only_to_those_it_is_about(
    database: Database, clinic: Clinic, http: httpx.AsyncClient, scope: str, told: list[str]
) -> None:
    found = directory(clinic)
    await ActivityEnvironment().run(referrals(database, found, http).send, asked())
    withdrawn = replace(asked(scope=scope), activation="apply#1")
    result = await ActivityEnvironment().run(consents(database, found, http).apply, withdrawn)
    assert result.variables["consent_told"] == told
    assert len(clinic.requests) == 1 + len(told)


async def test_a_pathway_notes_codes_in_the_audit_once_and_no_words(database: Database) -> None:
    given = work(
        {"event": "consent.reviewed", "detail": "continue_mode,explained_to_patient,legal_basis"},
        continue_mode="stop_pathway",
        explained_to_patient=True,
        legal_basis="Testina Sample has said so",
    )
    for _ in range(2):
        await ActivityEnvironment().run(Audits(database, clock).write, given)
    (row,) = await all_of(database, Audit)
    assert row.detail == {"step": given.activation, "continue_mode": "stop_pathway", "explained_to_patient": True}
