"""How does a notice reach a patient who does not look into the portal?"""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.ids import word
from api.letter_reasons import words_of
from api.patient_notices import leaving, ways_of
from api.settings import ApiSettingsError, api_settings_from
from api.surroundings import Surroundings, system_clock
from api.texting import send_texts
from records.queries.patient_notices import may_leave
from records.tables import Audit, DeliveryAttempt, Notification, PatientPreference
from records.writes.handovers import notify
from records.writes.patient_voice import prefer
from records.writes.sharing import Said, record_consent
from tests.api.caring import CareCase, begin_care, publish_care
from tests.api.conftest import Office, number
from tests.outside import Clinic

NOW = system_clock()
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("channel", "preferred", "texting", "ways"),
    [
        ("", "", True, set()),
        ("portal", "portal", True, set()),
        ("", "letter", True, {"letter"}),
        ("", "sms", True, {"sms"}),
        ("", "sms", False, {"letter"}),
        ("portal,sms", "", True, {"sms"}),
        ("portal,sms", "", False, set()),
        ("sms,letter", "", True, {"sms", "letter"}),
        ("sms,letter", "", False, {"letter"}),
        ("portal, sms", "letter", True, {"letter"}),
        ("sms,letter", "portal", False, {"letter"}),
    ],
)
def test_a_notice_leaves_as_its_patient_has_chosen_or_as_it_says_itself(
    channel: str, preferred: str, texting: bool, ways: set[str]
) -> None:
    notice = told("patient", channel=channel)
    chosen = preference(preferred) if preferred else None
    assert ways_of(notice, chosen, texting=texting) == ways


def test_a_choice_holds_for_what_comes_after_it() -> None:
    assert ways_of(told("patient"), preference("letter", at=LATER), texting=True) == set()


def test_the_gateway_is_an_address() -> None:
    with pytest.raises(ApiSettingsError, match="PATHWAYS_SMS_URL"):
        api_settings_from({"PATHWAYS_CASE_ID_SECRET": "s" * 16, "PATHWAYS_SMS_URL": "texts.example"})


def told(recipient: str, **more: Any) -> Notification:
    of = {"case_id": "case-1", "level": "contact", "text": "Bring your list of medicines.", "created_at": NOW}
    key = more.pop("key", f"told-{number()}")
    return Notification(idempotency_key=key, recipient_kind="role", recipient=recipient, **{**of, **more})


def preference(channel: str, *, patient_id: str = "p", at: Any = EARLIER) -> PatientPreference:
    return PatientPreference(patient_id=patient_id, channel=channel, language="de", changed_by="p", changed_at=at)


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


async def patient_with(house: Office, channel: str, *notices: Notification, **variables: Any) -> CareCase:
    care = await begin_care(house, patient={"name": "Testina <Beispiel>"}, **variables)
    async with house.database.session() as session:
        await prefer(session, preference(channel, patient_id=care.patient_id))
        for notice in notices:
            notice.case_id = care.case_id
            await notify(session, notice)
    return care


async def listed(house: Office, care: CareCase) -> list[Any]:
    return [line for line in await house.coordinator.read("/letters") if line["case_id"] == care.case_id]


async def attempts(house: Office, service: str, key: str) -> list[DeliveryAttempt]:
    tried = select(DeliveryAttempt).where(DeliveryAttempt.service == service)
    async with house.database.reader() as session:
        rows = await session.exec(tried.where(col(DeliveryAttempt.idempotency_key).startswith(key)))
        return list(rows)


@pytest.mark.temporal
async def test_a_letter_is_printed_once_in_the_patients_language_and_that_is_audited(house: Office) -> None:
    care = await patient_with(house, "letter", told("patient"), told("carer"), told("coordinator"))
    [line] = await listed(house, care)
    assert (line["language"], "medicines" in json.dumps(line)) == ("de", False)
    page = await house.coordinator.get(line["links"]["self"])
    assert page.headers["content-type"].startswith("text/html")
    for words in ("lang='de'", "Testina &lt;Beispiel&gt;", "Bring your list of medicines.", care.referral_id):
        assert words in page.text
    done = await house.person("b.ivy", "booking_office").do(line["links"]["printed"])
    assert done["printed_by"] == "b.ivy"
    assert await listed(house, care) == []
    assert (await house.coordinator.get(line["links"]["self"])).status_code == 404
    async with house.database.reader() as session:
        rows = await session.exec(select(Audit).where(Audit.case_id == care.case_id).order_by(col(Audit.id)))
        done_by = [(row.action, row.actor) for row in rows if row.action.startswith("letter.")]
    assert done_by == [("letter.read", "c.elm"), ("letter.printed", "b.ivy")]


@pytest.mark.temporal
async def test_only_who_sends_the_post_of_the_patients_organisation_prints_letters(house: Office) -> None:
    care = await patient_with(house, "letter", told("patient"))
    [line] = await listed(house, care)
    assert (await house.dentist.get("/letters")).status_code == 403
    assert (await care.patient.get(line["links"]["self"])).status_code == 403
    stranger = house.person("c.far", "coordinator", organisation="elsewhere")
    assert await stranger.read("/letters") == []
    assert (await stranger.get(line["links"]["self"])).status_code == 404
    assert (await stranger.post(line["links"]["printed"])).status_code == 404


@pytest.mark.temporal
async def test_a_letter_says_why_only_where_whoever_prints_it_may_read_that(house: Office) -> None:
    care = await patient_with(house, "letter", told("patient"), reason=[{"text": "Check <before> radiotherapy"}])
    [line] = await listed(house, care)
    page = (await house.coordinator.get(line["links"]["self"])).text
    assert ("radiotherapy" in page, "steht nicht in diesem Brief" in page) == (False, True)
    both = {"person": "k.rowan", "name": "K Rowan", "role": "key_worker"}
    await house.coordinator.do(f"{care.link}/care-team", both)
    page = (await house.person("k.rowan", "coordinator", "key_worker").get(line["links"]["self"])).text
    assert ("Check &lt;before&gt; radiotherapy" in page, "steht nicht in diesem Brief" in page) == (True, False)


@pytest.mark.temporal
async def test_a_patients_own_letter_says_why_they_were_referred_what_happens_now_and_why(house: Office) -> None:
    care = await begin_care(house, patient={"name": "Testina <Beispiel>"}, reason=[{"display": "Check of the teeth"}])
    link = (await care.patient.read(f"/my{care.link}"))["links"]["letter"]
    page = await care.patient.get(link, language="en")
    assert page.headers["content-type"].startswith("text/html")
    for words in (
        "Check of the teeth",
        "Testina &lt;Beispiel&gt;",
        "A dentist looks",
        "So that no tooth",
        care.referral_id,
    ):
        assert words in page.text, words
    carer = house.person(f"carer-{care.patient_id}", "carer")
    assert (await carer.get(link)).status_code == 404
    opened = {"person": f"carer-{care.patient_id}", "classes": ["appointments"]}
    await care.patient.do(f"/patients/{care.patient_id}/proxies", opened)
    page = await carer.get(link, language="en")
    assert ("Check of the teeth" in page.text, "So that no tooth" in page.text) == (False, False)
    assert "Testina" not in page.text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ([{"text": "Lump", "code": "1"}, {"display": "Pain"}, {"code": "2"}, {"text": "Lump"}], "Lump; Pain"),
        ("Lump", "Lump"),
        (None, ""),
        ([3, {"text": 4}], ""),
    ],
)
def test_a_reason_is_read_in_words(reason: object, words: str) -> None:
    assert words_of(reason) == words


@pytest.mark.temporal
async def test_a_rung_reaches_the_patient_in_words_for_patients(house: Office) -> None:
    rung = {"text": "Book appointment: contact, due 2026-01-05", "channel": "sms,letter"}
    care = await patient_with(house, "portal", told("patient", key=f"case:book#{number()}:rung2:role:patient", **rung))
    [line] = await listed(house, care)
    page = (await house.coordinator.get(line["links"]["self"])).text
    assert ("versucht, Sie zu erreichen" in page, "Book" in page) == (True, False)
    [notice] = (await care.patient.read(f"/my{care.link}", language="en"))["notices"]
    assert notice["text"].startswith("Your care team tries to reach you.")


@pytest.mark.temporal
async def test_in_the_inbox_too_a_rung_is_told_to_patients_in_their_words_and_to_who_works_in_theirs(
    house: Office,
) -> None:
    rung = {"text": "Book appointment: contact, due 2026-01-05", "level": "contact"}
    key = f"case:book#{number()}:rung2:role"
    of_staff = told("booking_office", key=f"{key}:booking_office", **rung)
    care = await patient_with(house, "portal", told("patient", key=f"{key}:patient", **rung), of_staff)
    [notice] = [each for each in await care.patient.read("/inbox") if each["case_id"] == care.case_id]
    assert notice["text"].startswith("Ihr Behandlungsteam versucht, Sie zu erreichen.")
    [bundle] = (await care.patient.read("/inbox/alerts", days=92))["items"]
    assert bundle["texts"] == [notice["text"]]
    done = await care.patient.do(notice["links"]["acknowledge"])
    assert done["text"] == notice["text"]
    both = house.person("b.yew", "booking_office", "patient")
    [told_staff] = [each for each in await both.read("/inbox") if each["case_id"] == care.case_id]
    assert told_staff["text"] == rung["text"]


@pytest.mark.temporal
async def test_who_objects_to_being_written_to_gets_no_letter(house: Office) -> None:
    care = await patient_with(house, "letter", told("patient"))
    said = Said(
        id=f"no-{number()}",
        patient_id=care.patient_id,
        scope="contact",
        status="opted_out",
        effective_at=NOW,
        recorded_by="p",
    )
    async with house.database.session() as session:
        await record_consent(session, said, now=NOW)
    assert await listed(house, care) == []


@pytest.mark.temporal
async def test_no_letter_goes_to_somebody_who_has_died(house: Office) -> None:
    care = await patient_with(house, "letter", told("patient"))
    assert len(await listed(house, care)) == 1
    body = {"name": "patient.died", "correlation_key": care.patient_id, "message_id": f"died-{number()}"}
    await house.sender.do("/messages", body)
    assert await listed(house, care) == []


@pytest.mark.temporal
async def test_what_stays_in_the_portal_keeps_no_letter_back(house: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.queries.patient_notices.AT_ONCE", 1)
    older = [told("patient", channel="portal,sms", created_at=EARLIER) for _ in range(2)]
    await patient_with(house, "portal", *older)
    care = await patient_with(house, "letter", told("patient"))
    assert len(await listed(house, care)) == 1


@pytest.mark.temporal
async def test_of_who_reads_in_the_portal_nobody_asks_what_may_leave(house: Office) -> None:
    reading = await patient_with(house, "portal", told("patient"))
    chosen = await patient_with(house, "sms", told("patient"))
    async with house.database.reader() as session:
        asked = [
            await may_leave(session, "sms", col(Notification.case_id) == each.case_id) for each in (reading, chosen)
        ]
    assert [[patient for _, patient in each] for each in asked] == [[], [chosen.patient_id]]


@pytest_asyncio.fixture
async def texting(house: Office, clinic: Clinic) -> AsyncIterator[Surroundings]:
    here = replace(house.here, settings=replace(house.here.settings, sms_url=clinic.url, sms_token="t0ken"))
    await send_texts(here)  # what other tests have left
    clinic.requests.clear()
    yield here


@pytest.mark.temporal
async def test_a_text_says_that_there_is_news_and_nothing_of_it_and_is_sent_once(
    house: Office,
    texting: Surroundings,
    clinic: Clinic,
) -> None:
    key = f"told-{number()}"
    care = await patient_with(house, "sms", told("patient", key=key), told("carer"))
    clinic.statuses = [503]
    assert await send_texts(texting) == 0
    assert await send_texts(texting) == 0  # not yet: the pause is a minute
    later = replace(texting, clock=lambda: system_clock() + timedelta(minutes=2))
    assert (await send_texts(later), await send_texts(later)) == (1, 0)
    first, second = clinic.requests
    assert first.partition("{")[2] == second.partition("{")[2]
    body = json.loads("{" + second.partition("{")[2])
    assert (body["patient_id"], body["language"]) == (care.patient_id, "de")
    assert ("Es gibt Neues" in body["text"], "medicines" in second) == (True, False)
    assert "authorization: bearer t0ken" in second.lower()
    assert [(row.status, row.error) for row in await attempts(house, "sms", key)] == [(503, "refused"), (200, "")]


@pytest.mark.temporal
async def test_what_the_gateway_does_not_take_for_a_day_is_a_letter(
    house: Office,
    texting: Surroundings,
    clinic: Clinic,
) -> None:
    care = await patient_with(house, "sms", told("patient"))
    [line] = await listed(house, care)  # here there is no gateway: a letter at once
    clinic.statuses = [503]
    assert await send_texts(texting) == 0
    async with house.database.reader() as session:
        assert await waiting(session, texting, care) == []
        late = replace(texting, clock=lambda: system_clock() + timedelta(days=1, minutes=1))
        assert [word(each) for each in await waiting(session, late, care)] == [line["id"]]


async def waiting(session: AsyncSession, here: Surroundings, care: CareCase) -> list[str]:
    found = await leaving(session, here, "letter", Notification.case_id == care.case_id)
    return [each.notice.idempotency_key for each in found]
