"""What do people outside of a case still read of it when consent or an agreement limits what they may be sent?

`north` refers to a case in which our own people treat the patient, and those of `south`, too.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.claims import Person as Somebody
from api.data_sight import classes_in
from api.deps import Visit
from api.ids import word
from pathways.bpmn.model import UserTaskSpec, VariableMapping
from records.tables import Case
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number
from tests.api.northern import NORTH, SOUTH, Northern, delivered, handed, stopped
from tests.api.test_api_kept_out import everywhere, say
from tests.host.diagrams import line, user_task

pytestmark = pytest.mark.temporal
SAID = {"medications": ["abacavir"], "caries_active": True, "conditions": ["HIV"], "clinical_question": "Fit?"}
LIMITED = {"medications", "conditions"}
SURGEON = UserTaskSpec(candidate_groups='["ent_surgeon"]')
BLOOD = replace(
    user_task("hiv_blood", "of_blood", name="HIV test", outputs=(VariableMapping("1", "labs"),)), user=SURGEON
)
LOOK = replace(user_task("look", "of_blood", name="Look into the mouth"), user=SURGEON)
OF_BLOOD = line("of_blood", BLOOD, LOOK)
STEP = "A step you may not read"
AGREEMENTS = {
    "dental-only": "{from: centre, to: south, classes: [dental, own_referral]}",
    "of-the-clinic": "{from: centre, to: clinic, classes: all}",
}


@pytest_asyncio.fixture
async def case(office: Office) -> Northern:
    found = await everywhere(office, "two_tasks")
    admin = found.person("admin", organisation="")
    await admin.do(f"{found.link}/variables", {"variables": SAID, "reason": "what the letter says"})
    found.ids["handoffs"] = word(await handed(found, "dentist", SAID))
    found.ids["incidents"] = await stopped(found, read=dict(SAID))
    await delivered(found, SAID)
    return found


def reader(case: Northern, organisation: str = SOUTH, sub: str = "") -> Person:
    name = sub or f"out-{number()}"
    return case.office.person(
        name, "key_worker", "dentist", "coordinator", team="dental_oncology", organisation=organisation
    )


async def read_by(case: Northern, person: Person) -> list[dict[str, Any]]:
    """What each place shows them of the values: the case, an incident of it, the hand-off, the delivery, the task."""
    whole = await person.read(case.link)
    handed_over = [each for each in await person.read("/handoffs") if each["case_id"] == case.case_id]
    inbox = await person.read("/services/dental_oncology/inbox")
    sent = [each for each in inbox if each["case_id"] == case.case_id]
    stop = await person.read(f"/incidents/{case.ids['incidents']}")
    return [whole["variables"], stop["read"] or {}, handed_over[0]["result"], sent[0]["referral"]]


async def test_a_limit_keeps_from_those_outside_what_they_would_not_be_sent(case: Northern) -> None:
    outside, whose, our_own = reader(case), reader(case, NORTH), reader(case, "")
    assert all(set(SAID) <= set(each) for each in await read_by(case, outside))
    await say(case, "consents", status="given", limits=["no_hiv"])
    for place in await read_by(case, outside):
        assert LIMITED.isdisjoint(place), place
        assert {"caries_active", "clinical_question"} <= set(place), place
    assert "HIV" not in str(await outside.read(f"{case.link}/timeline", everything=True))
    for person in (whose, our_own):
        assert all(set(SAID) <= set(each) for each in await read_by(case, person))
    await say(case, "consents", status="given")
    assert set(SAID) <= set((await read_by(case, outside))[0]), "the newest word counts"


async def test_who_is_not_named_reads_whose_case_it_is_and_how_it_stands(case: Northern) -> None:
    named = f"dr-{number()}"
    await say(case, "consents", status="given", limits=["named_clinician_only"], named=[named])
    for place in await read_by(case, reader(case)):
        assert not set(SAID) & set(place), place
    seen = (await reader(case).read(case.link))["variables"]
    assert {"patient", "priority"} <= set(seen)
    assert set(SAID) <= set((await read_by(case, reader(case, sub=named)))[0])
    assert set(SAID) <= set((await read_by(case, reader(case, "")))[0])


async def test_who_broke_the_glass_reads_what_a_limit_keeps_from_them(case: Northern) -> None:
    theirs = case.person("oral_surgeon", organisation=SOUTH)
    await say(case, "consents", status="given", limits=["no_hiv"])
    await theirs.do(f"{case.link}/break-glass", {"reason": "Bleeding, in our emergency room"})
    assert set(SAID) <= set((await theirs.read(case.link))["variables"])


@pytest.mark.parametrize(
    ("agreement", "sees", "sees_not"),
    [
        (
            "dental-only",
            {"dental", "own_referral", "demographics", "status"},
            {"meds", "dates", "all_clinical_episode"},
        ),
        ("of-the-clinic", {"dental", "meds", "all_clinical_episode"}, set()),
    ],
)
async def test_an_agreement_about_some_classes_shows_those_alone(
    case: Northern, tmp_path: Path, agreement: str, sees: set[str], sees_not: set[str]
) -> None:
    path = tmp_path / "services.yaml"
    clinic = "services:\n  clinic: {name: Clinic, named_contact: dr.elm, deputy: dr.ash, organisation: south}\n"
    path.write_text(f"organisation: centre\n{clinic}agreements:\n  - {AGREEMENTS[agreement]}\n")
    here = replace(case.office.here, settings=replace(case.office.here.settings, directory=path))
    async with case.office.database.reader() as session:
        root = await session.get_one(Case, case.case_id)
    for organisation, narrowed in ((SOUTH, sees_not), (NORTH, set()), ("", set())):
        who = Somebody("r", "R", frozenset({"key_worker", "dentist"}), "", organisation)
        found = await classes_in(Visit(here, who, "r"), root)
        assert sees <= found, organisation
        assert narrowed.isdisjoint(found), organisation


async def test_a_step_about_what_a_limit_keeps_back_has_no_title_outside(office: Office) -> None:
    async with office.database.session() as session:
        await publish(session, OF_BLOOD, bpmn="<none/>", forms={}, actor="test", now=office.here.clock())
    case = await everywhere(office, OF_BLOOD.key)
    outside, whose, surgeon = reader(case), reader(case, NORTH), case.person("ent_surgeon", organisation=SOUTH)
    task, as_fhir = (f"{where}/{case.ids['tasks']}" for where in ("/tasks", "/fhir/Task"))
    await surgeon.do(f"{task}/claim")
    places = (case.link, f"{case.link}/timeline", f"{case.link}/timers", "/cases", task, as_fhir)
    lists = ("/tasks?role=ent_surgeon", "/fhir/Task", f"/patients/{case.patient_id}/plan")
    assert {place: "HIV" in await seen_at(outside, place) for place in places} == {
        place: not place.endswith("/timers") for place in places
    }
    await say(case, "consents", status="given", limits=["no_hiv"])
    for place in (*places, *lists):
        assert "hiv" not in (await seen_at(outside, place)).lower(), place
    for place in places:
        assert "HIV" in await seen_at(whose, place) or place.endswith("/timers"), place
    [wait] = (await outside.read(case.link))["waits"]
    assert (wait["step"], wait["activation"], wait["kind"], wait["of"][:2]) == (STEP, "", "task", "p-")
    assert f"{STEP} was claimed by p-" in str(await outside.read(f"{case.link}/timeline"))
    assert (await outside.read(task))["title"] == STEP
    assert "HIV test" in await seen_at(surgeon, task), "what is theirs to do they know by name"
    assert "HIV test was claimed" in await seen_at(surgeon, f"{case.link}/timeline")
    await surgeon.do(f"{task}/complete", {"values": {}})
    told = await seen_at(outside, f"{case.link}/timeline")
    assert f"{STEP} was completed" in told
    assert "Look into the mouth was offered" in told
    assert "hiv" not in told.lower()


async def seen_at(person: Person, place: str) -> str:
    answer = await person.get(place)
    assert answer.status_code == 200, (place, answer.text)
    return str(answer.text)
