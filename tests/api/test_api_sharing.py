"""Do the safeguards hold over the API? One patient under two referrals, withdrawal, merge, and a second signature."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from api.shapes.sharing import ConsentBody, WithdrawalBody
from api.surroundings import system_clock
from pathways.bpmn.model import MessageTrigger
from records.tables import Disclosure
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number, referral
from tests.host import diagrams

pytestmark = pytest.mark.temporal
SIGNED = replace(diagrams.user_task("second", "guarded"), properties={"secondSignerOf": "first"})
GUARDED = diagrams.line(
    "guarded",
    diagrams.user_task("first", "guarded"),
    SIGNED,
    diagrams.work("send", "guarded", "referral.send", to="guarded_clinic"),
    diagrams.user_task("after", "guarded"),
)
HEARS = replace(
    diagrams.message("hear", "hearing", "patient.asked"), trigger=MessageTrigger("patient.asked", "patient_id")
)
HEARING = diagrams.line("hearing", HEARS, diagrams.user_task("after", "hearing"))


async def published(office: Office) -> None:
    async with office.database.session() as session:
        for definition in (GUARDED, HEARING):
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=system_clock())


def patient(mrn: str, born: str | None = "1961-05-04", name: str = "Testina Sample") -> dict[str, Any]:
    found = {"identifiers": [{"system": "urn:mrn", "value": mrn}], "name": name}
    return found if born is None else {**found, "birth_date": born}


async def refer(office: Office, pathway: str, who: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Start a case; give it and the id of its patient."""
    await published(office)
    case = await office.refer(pathway, patient=who)
    return case, case["patient_id"]


async def task_of(person: Person, case: dict[str, Any], step: str) -> str:
    """The address of a task, as soon as it is open."""
    wanted = (step, case["case_id"])
    for _ in range(600):
        found = await person.read("/tasks", case=case["case_id"])
        for each in found["items"]:
            if (each["step"], each["case_id"]) == wanted:
                return f"/tasks/{each['id']}"
        await asyncio.sleep(0.1)
    raise AssertionError(f"{step} is not open")


async def all_doubts(person: Person) -> list[dict[str, Any]]:
    """Every doubt, page by page: other tests have left many, and the oldest come first."""
    found: list[dict[str, Any]] = []
    address = "/patients/doubts?size=200"
    while address:
        page = await person.read(address)
        found, address = [*found, *page["items"]], page["next"]
    return found


async def test_two_referrals_are_one_patient_only_by_identifier_and_birth_date(office: Office) -> None:
    mrn = f"MRN-{number()}"
    _, first = await refer(office, "guarded", patient(mrn))
    _, again = await refer(office, "guarded", patient(mrn, name="Another Spelling"))
    other_case, other = await refer(office, "guarded", patient(mrn, "1999-01-01"))
    assert (first == again, first == other) == (True, False)
    doubts = [each for each in await all_doubts(office.coordinator) if each["patient_id"] == other]
    assert [(each["other_id"], each["reason"]) for each in doubts] == [(first, "birth_date_differs")]
    told = await office.coordinator.read("/inbox")
    assert any(other_case["case_id"] in str(each) and "same patient" in str(each) for each in told)
    assert (await office.dentist.get("/patients/doubts")).status_code == 403
    settled = await office.coordinator.do(f"/patients/{other}/doubts", {"other_id": first, "resolution": "different"})
    assert settled == {"resolution": "different", "surviving_id": None}
    again_asked = await office.coordinator.post(
        f"/patients/{other}/doubts", {"other_id": first, "resolution": "different"}
    )
    assert again_asked.status_code == 404


async def test_after_a_withdrawal_nothing_is_sent_and_the_case_goes_on(office: Office) -> None:
    case, patient_id = await refer(office, "guarded", patient(f"MRN-{number()}"))
    given = {"status": "given", "given_by": "patient", "method": "verbal"}
    consents, by_patient = f"/patients/{patient_id}/consents", {"given_by": "patient", "method": "verbal"}
    unknown = await office.dentist.post(consents, {**given, "limits": ["no_shoes"]})
    assert unknown.status_code == 422
    await office.dentist.do(consents, given)
    stands = await office.dentist.read(consents)
    assert (stands["state"], len(stands["consents"])) == ("given", 1)
    await office.dentist.do(f"{consents}/withdrawals", by_patient)

    first = await task_of(office.dentist, case, "first")
    await office.dentist.do(f"{first}/complete", {"values": {}})
    second = f"{await task_of(office.dentist, case, 'second')}/complete"
    same = await office.dentist.post(second, {"values": {"reason": "agreed"}})
    assert (same.status_code, same.json()["type"].rpartition("/")[2]) == (403, "second-signer")
    other = office.person("dr.elm", "dentist", team="dental_oncology")
    without = await other.post(second, {"values": {"reason": " "}})
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "reason")
    await other.do(second, {"values": {"reason": "The patient agreed on the phone."}})

    assert await task_of(office.dentist, case, "after")
    assert await office.admin.read("/services/guarded_clinic/inbox") == []
    seen = await office.dentist.read(case["links"]["case"])
    assert seen["variables"]["delivery"] == "withheld"
    stands = await office.dentist.read(consents)
    assert (stands["state"], [each["status"] for each in stands["consents"]]) == ("withdrawn", ["withdrawn", "given"])
    assert [(each["state"], each["reason"]) for each in stands["disclosures"]] == [("withheld", "consent_withdrawn")]


async def test_a_merge_brings_messages_for_one_id_to_the_cases_of_both_and_keeps_the_stricter_consent(
    office: Office,
) -> None:
    case, merged = await refer(office, "hearing", patient(f"MRN-{number()}"))
    _, surviving = await refer(office, "guarded", patient(f"MRN-{number()}"))
    withdrawn = {"name": "consent.withdrawn", "correlation_key": merged, "message_id": f"W-{number()}"}
    await office.sender.do("/messages", withdrawn)
    assert (await office.dentist.read(f"/patients/{merged}/consents"))["state"] == "withdrawn"
    assert (await office.dentist.read(f"/patients/{surviving}/consents"))["state"] == "missing"

    message = {"name": "patient.merged", "correlation_key": merged, "message_id": f"M-{number()}"}
    assert (await office.sender.post("/messages", message, key=None)).status_code == 422
    await office.sender.do("/messages", {**message, "variables": {"surviving_patient_id": surviving}})
    assert (await office.dentist.read(f"/patients/{surviving}/consents"))["state"] == "withdrawn"
    asked = {"name": "patient.asked", "correlation_key": surviving, "message_id": f"A-{number()}"}
    heard = await office.sender.do("/messages", asked)
    assert (heard["status"], heard["cases"]) == ("delivered", [case["case_id"]])
    audit = await office.person("p.yew", "privacy_officer").read(f"/fhir/AuditEvent?patient={surviving}")
    assert "patient.merged" in [each["code"] for row in audit["entry"] for each in row["resource"]["subtype"]]


async def test_a_merge_is_taken_back_with_a_reason_and_who_has_cases_in_doubt_is_told(office: Office) -> None:
    case, merged = await refer(office, "hearing", patient(f"MRN-{number()}"))
    mrn = f"MRN-{number()}"
    _, surviving = await refer(office, "hearing", patient(mrn))
    message = {"name": "patient.merged", "correlation_key": merged, "message_id": f"M-{number()}"}
    await office.sender.do("/messages", {**message, "variables": {"surviving_patient_id": surviving}})
    between, _ = await refer(office, "guarded", patient(mrn))
    changed = {"variables": {"patient_id": surviving, "merged_patient_id": merged}, "reason": "as its diagram would"}
    await office.admin.do(f"{case['links']['case']}/variables", changed)

    address, why = f"/patients/{merged}/unmerge", {"reason": "Twins"}
    assert (await office.dentist.post(address, why)).status_code == 403
    far = office.person("c.far", "coordinator", organisation="elsewhere")
    assert (await far.post(address, why)).status_code == 404
    assert (await office.coordinator.post(address, {})).status_code == 422
    parted = await office.coordinator.do(address, why)
    assert (parted["patient_id"], parted["other_id"]) == (merged, surviving)
    assert set(parted["cases"]) == {case["links"]["case"], between["links"]["case"]}
    assert (await office.coordinator.post(address, why)).status_code == 409

    assert (await office.admin.read(case["links"]["case"]))["variables"]["patient_id"] == merged
    told = [each["case_id"] for each in await office.coordinator.read("/inbox") if "taken for one" in each["text"]]
    assert {case["case_id"], between["case_id"]} <= set(told)
    asked = {"name": "patient.asked", "correlation_key": surviving, "message_id": f"A-{number()}"}
    assert case["case_id"] not in (await office.sender.do("/messages", asked))["cases"]
    heard = await office.sender.do("/messages", {**asked, "correlation_key": merged, "message_id": f"A-{number()}"})
    assert heard["cases"] == [case["case_id"]]


async def test_of_a_patient_whom_two_organisations_treat_each_reads_what_left_from_its_own_cases(
    office: Office,
) -> None:
    mrn, far_name = f"MRN-{number()}", f"far-{number()}"
    case, patient_id = await refer(office, "guarded", patient(mrn))
    far = office.person("s.far", "integration", "dentist", "key_worker", organisation=far_name)
    theirs = await far.do("/referrals", referral(patient=patient(mrn)), pathway="guarded")
    assert theirs["patient_id"] == patient_id
    now = system_clock()
    async with office.database.session() as session:
        for name in (case["case_id"], theirs["case_id"]):
            left = {"channel": "inbox", "recipient": "clinic", "message": "referral", "state": "sent", "noted_at": now}
            session.add(Disclosure(idempotency_key=f"left {name}", patient_id=patient_id, case_id=name, **left))
    address = f"/patients/{patient_id}/consents"
    basis = {"status": "legal_basis", "legal_basis": "A duty", "given_by": "clinician", "method": "written"}
    await far.do(address, {**basis, "case_id": theirs["case_id"]})
    await office.dentist.do(address, {"status": "given", "given_by": "patient", "method": "verbal"})
    own = office.person("pt.two", "patient", patient_id=patient_id)
    for who, cases, words in (
        (office.dentist, {case["links"]["case"]}, ["given"]),
        (far, {theirs["links"]["case"]}, ["given", "legal_basis"]),
        (own, {case["links"]["case"], theirs["links"]["case"]}, ["given", "legal_basis"]),
    ):
        found = await who.read(address)
        assert {each["case"] for each in found["disclosures"]} == cases
        assert sorted(each["status"] for each in found["consents"]) == words


async def test_who_has_nothing_to_do_with_a_patient_is_told_that_there_is_none(office: Office) -> None:
    _, patient_id = await refer(office, "guarded", patient(f"MRN-{number()}"))
    assert (await office.http.get(f"/patients/{patient_id}/consents")).status_code == 401
    assert (await office.dentist.get("/patients/patient-0/consents")).status_code == 404
    far = office.person("dr.far", "ent_surgeon", organisation="elsewhere")
    assert (await far.get(f"/patients/{patient_id}/consents")).status_code == 404
    body = {"given_by": "patient", "method": "verbal"}
    assert (await far.post(f"/patients/{patient_id}/consents/withdrawals", body)).status_code == 404
    own = office.person("p.sample", "patient", patient_id=patient_id)
    assert (await own.read(f"/patients/{patient_id}/consents"))["state"] == "missing"
    radiologist = office.person("dr.ray", "service_manager")
    assert (await radiologist.post(f"/patients/{patient_id}/consents/withdrawals", body)).status_code == 403


async def test_a_withdrawal_that_named_nobody_counts_from_when_it_came_once_a_person_says_whose_it_is(
    office: Office,
) -> None:
    _, patient_id = await refer(office, "guarded", patient(f"MRN-{number()}"))
    lost = {"name": "consent.withdrawn", "correlation_key": f"patient-{number()}", "message_id": f"W-{number()}"}
    assert (await office.sender.do("/messages", lost))["status"] == "unmatched"
    [letter] = (await office.coordinator.read("/dead-letters", key=lost["correlation_key"]))["items"]
    await office.coordinator.do(letter["links"]["correlate"], {"correlation_key": patient_id})
    stands = await office.dentist.read(f"/patients/{patient_id}/consents")
    assert (stands["state"], stands["consents"][0]["effective_at"]) == ("withdrawn", letter["received_at"])


async def test_a_word_for_one_case_is_for_a_case_of_that_patient(office: Office) -> None:
    case, patient_id = await refer(office, "guarded", patient(f"MRN-{number()}"))
    others, _ = await refer(office, "guarded", patient(f"MRN-{number()}"))
    word = {"status": "given", "given_by": "patient", "method": "verbal"}
    for named in (others["case_id"], "case-0"):
        refused = await office.dentist.post(f"/patients/{patient_id}/consents", {**word, "case_id": named})
        assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "case_id")
    await office.dentist.do(f"/patients/{patient_id}/consents", {**word, "case_id": case["case_id"]})


def test_an_objection_to_somebody_holds_however_they_are_spelled() -> None:
    given = {"scope": "organisation:Northern", "given_by": "patient", "method": "verbal"}
    assert WithdrawalBody.model_validate(given).scope == "organisation:northern"
    assert ConsentBody.model_validate({**given, "status": "refused"}).scope == "organisation:northern"


async def test_whoever_may_not_say_that_two_patients_are_one_cannot_by_a_dead_letter_either(office: Office) -> None:
    merged = {"name": "patient.merged", "correlation_key": f"patient-{number()}", "message_id": f"M-{number()}"}
    await office.sender.do("/messages", {**merged, "variables": {"surviving_patient_id": f"patient-{number()}"}})
    manager = office.person("s.manager", "service_manager")
    [letter] = (await manager.read("/dead-letters", key=merged["correlation_key"]))["items"]
    body = {"correlation_key": f"patient-{number()}"}
    assert (await manager.post(letter["links"]["correlate"], body)).status_code == 403
