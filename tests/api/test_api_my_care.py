"""What does a patient read beside the plan: texts that help, how the team works, and what is asked of them?"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.surroundings import system_clock
from pathways import patient_texts
from pathways.bpmn.model import UserTaskSpec
from records.tables import ServiceInbox
from records.writes.handovers import deliver_to_service
from records.writes.publications import publish
from tests.api.caring import CareCase, begin_care, patient, publish_care
from tests.api.conftest import Office, Person, number
from tests.host.diagrams import line, user_task

pytestmark = pytest.mark.temporal
WORDS = {
    "patientText": "You say which treatment you want.",
    "patientText.de": "Sie sagen, welche Behandlung Sie wollen.",
}
THEIRS = UserTaskSpec(candidate_groups='["patient", "carer"]')
CHOOSING = line("choosing", replace(user_task("choose", "choosing", name="Choose", properties=WORDS), user=THEIRS))
EXAMINED = """
kind: education
steps: {shared_care: [examine]}
texts:
  en: {title: Before the examination, body: [Eat as usual.]}
  de: {title: Vor der Untersuchung, body: [Essen Sie wie immer.]}
"""
TREATED = """
kind: decision_aid
steps: {shared_care: [treat]}
texts:
  en:
    title: Now or later
    body: [Both are possible.]
    options: [{name: Now, for: [It is over.], against: [It is soon.]}, {name: Later, for: [Time.], against: [Waiting.]}]
signed_off: Board of the clinic, 2030-01-15
"""
ELSEWHERE = "{kind: education, steps: {another_pathway: []}, texts: {en: {title: Not for them, body: [Nothing.]}}}"
FOR_POLES = "{kind: local_resource, texts: {pl: {title: Klub pacjenta, body: [Co środę.]}}}"


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office, "02_case_conference", "red_flag", "consent_withdrawn")
    async with office.database.session() as session:
        await publish(session, CHOOSING, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    return office


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of a site, with the languages of ours and no texts but those of the test."""
    folder = tmp_path / "library"
    shutil.copytree(patient_texts.LIBRARY / "languages", folder / "languages")
    (folder / "education").mkdir()
    for name, text in (("exam", EXAMINED), ("treat", TREATED), ("other", ELSEWHERE), ("klub", FOR_POLES)):
        (folder / "education" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(patient_texts, "LIBRARY", folder)
    return folder


async def carer_of(care: CareCase, *classes: str) -> Person:
    name = f"carer-{number()}"
    await care.patient.do(f"/patients/{care.patient_id}/proxies", {"person": name, "classes": list(classes)})
    return care.office.person(name, "carer")


async def helping(care: CareCase, **asked: str) -> list[tuple[str, str, str]]:
    found = await care.patient.read(f"/my{care.link}/education", **asked)
    return [(each["id"], each["fits"], each["language"]) for each in found["items"]]


@pytest.mark.usefixtures("library")
async def test_a_patient_reads_what_helps_with_the_steps_they_are_at_and_come_to(house: Office) -> None:
    care = await begin_care(house)
    assert await helping(care) == [("exam", "now", "en"), ("treat", "later", "en")]
    assert await helping(care, language="de") == [("exam", "now", "de"), ("treat", "later", "en")]
    assert await helping(care, language="pl") == [
        ("exam", "now", "en"),
        ("treat", "later", "en"),
        ("klub", "always", "pl"),
    ]
    exam, treat = (await care.patient.read(f"/my{care.link}/education"))["items"]
    assert ("demo template" in exam["notice"], exam["body"]) == (True, ["Eat as usual."])
    assert treat["notice"] == "Checked and released here by: Board of the clinic, 2030-01-15"
    assert [(each["name"], each["speaks_against"]) for each in treat["options"]] == [
        ("Now", ["It is soon."]),
        ("Later", ["Waiting."]),
    ]
    await care.patient.do("/my/preferences", {"language": "de"})
    await house.dentist.do(f"{care.task}/complete", {})
    assert await helping(care) == [("treat", "later", "en")], "what is done needs no help"


@pytest.mark.parametrize("what", ["education", "team"])
async def test_what_stands_beside_a_plan_is_for_those_who_see_the_plan(house: Office, what: str) -> None:
    care = await begin_care(house)
    for stranger in (patient(house, f"PAT-{number()}"), house.dentist, house.person(f"c-{number()}", "carer")):
        assert (await stranger.get(f"/my{care.link}/{what}")).status_code == 404
    assert (await (await carer_of(care, "messages")).get(f"/my{care.link}/{what}")).status_code == 403
    assert (await (await carer_of(care, "plan")).get(f"/my{care.link}/{what}")).status_code == 200


async def test_a_patient_reads_who_leads_the_team_how_it_decides_and_how_to_reach_it(house: Office) -> None:
    care = await begin_care(house)
    before = await care.patient.read(f"/my{care.link}/team")
    assert (before["leads"], before["members"], before["conferences"]) == (None, [], [])
    assert before["how"][0].startswith("No key worker is named for you yet")
    for person, name, role in (("dr.moss", "Dr Moss", "ent_surgeon"), ("n.lark", "Nurse Lark", "key_worker")):
        await house.coordinator.do(f"{care.link}/care-team", {"person": person, "name": name, "role": role})
    await sent_to(house, care, "speech_therapy")
    await confer(house, care)
    found = await care.patient.read(f"/my{care.link}/team", language="de")
    assert (found["leads"]["name"], len(found["members"])) == ("Nurse Lark", 2)
    assert found["how"][0] == "Ihre erste Ansprechperson ist Nurse Lark. Bei ihr läuft Ihre ganze Behandlung zusammen."
    [meeting] = found["conferences"]
    assert (meeting["text"], meeting["over_since"]) == ("Ihre Fachleute besprechen Ihren Fall gemeinsam.", None)
    assert meeting["takes_part"] == ["Ihre Krebsärztin oder Ihr Krebsarzt"]
    assert found["services"] == [{"name": "speech_therapy", "contact": "", "open_now": True}]
    assert "Notruf" in found["urgent"]
    assert "Extract" not in str(found), "what is discussed is not shown"
    (question,) = (each["link"] for each in found["reach"] if each["link"].endswith("/questions"))
    assert (await care.patient.do(question, {"text": "When?"}))["answer_by"]


async def sent_to(house: Office, care: CareCase, service: str) -> None:
    now = house.here.clock()
    row = ServiceInbox(idempotency_key=f"sent-{number()}", service=service, case_id=care.case_id, delivered_at=now)
    async with house.database.session() as session:
        await deliver_to_service(session, row)


async def confer(house: Office, care: CareCase) -> None:
    given: dict[str, Any] = {"required_roles": ["clinical_oncologist"], "mode": "async_24h"}
    conference = {"message": "clinician.comment", "begins": True, "variables": given}
    surgeon = house.person("ms.falcon", "dentist", "ent_surgeon")
    await surgeon.do(f"{care.link}/threads", {"text": "Extract before radiotherapy?", "as": conference})


async def test_a_patient_is_asked_to_choose_and_their_answer_takes_the_case_on(house: Office) -> None:
    care = await begin_care(house, "choosing")
    [asked] = await care.patient.read("/my/tasks", language="de")
    assert (asked["text"], asked["links"]["case"]) == (WORDS["patientText.de"], f"/my{care.link}")
    strangers = (patient(house, f"PAT-{number()}"), house.dentist, await carer_of(care, "appointments"))
    assert [await stranger.read("/my/tasks") for stranger in strangers] == [[], [], []]
    assert [each["id"] for each in await (await carer_of(care, "plan")).read("/my/tasks")] == [asked["id"]]
    for stranger in strangers:
        assert (await stranger.post(asked["links"]["answer"], {})).status_code in (403, 404)
        listed = (await stranger.read("/tasks", size=200))["items"]
        assert asked["id"] not in [each["id"] for each in listed]
    assert (await care.patient.read(asked["links"]["form"]))["may_do"]
    await care.patient.do(asked["links"]["answer"], {"values": {}})
    assert await care.patient.read("/my/tasks") == []
    assert (await house.admin.read(care.link))["status"] == "completed"
