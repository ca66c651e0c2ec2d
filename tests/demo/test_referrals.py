"""Does the API's own reader find in the demo's referrals what their storyline says?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.fhir import bundle
from demo.patients import patient
from demo.plain import plain
from demo.storyline import Story, at, storylines
from demo.x360 import envelope
from interop.intake import from_360x, from_fhir, from_json
from interop.referral import Referral

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRIORITIES = {"routine": {"routine"}, "urgent": {"urgent", "urgent_suspected_cancer"}, "stat": {"stat"}}


ROUTED = {
    "red-patch": "dental_red_flag_lesion",
    "sinus-conference": "odontogenic_sinusitis",
    "jaw-joint": "tmj_assessment",
    "mouth-breathing": "paediatric_mouth_breathing",
}


def read(story: Story) -> Referral:
    referral = at(story.referral, NOW)
    if story.over == "fhir":
        return from_fhir(bundle("REF-1", patient("b", 3), referral, NOW, story.sender)).referral
    if story.over == "json":
        return from_json(plain("REF-1", patient("b", 3), referral, story.sender)).referral
    return from_360x(envelope("REF-1", patient("b", 3), referral, NOW)).referral


@pytest.mark.parametrize("story", storylines(), ids=lambda story: story.id)
def test_a_referral_is_read_as_its_storyline_says(story: Story) -> None:
    found = read(story)
    assert found.referral_id == "REF-1"
    assert found.patient.name == patient("b", 3).name
    assert found.conditions[0].code == story.referral["diagnosis"]["code"]
    assert found.priority in PRIORITIES[story.referral["priority"]]


@pytest.mark.parametrize("story", storylines(), ids=lambda story: story.id)
def test_a_referral_starts_the_pathway_that_the_rules_choose_or_names_one(story: Story) -> None:
    usual = "ent_imaging_oncology" if story.over == "fhir" else "pre_rt_dental_clearance"
    if not story.pathway:
        assert read(story).pathway_hint == ROUTED.get(story.id, usual)


def test_the_practices_know_a_patient_by_the_same_number() -> None:
    records = [bundle("REF-1", patient("b", 3), read_of("to-be-booked"), NOW, sender) for sender in ("one", "other")]
    one, other = (from_fhir(record).referral for record in records)
    assert (one.patient, one.assigner) == (other.patient, "urn:demo:one:referrals")
    assert other.assigner == "urn:demo:other:referrals"


def read_of(story_id: str) -> Any:
    return at(next(story for story in storylines() if story.id == story_id).referral, NOW)


def test_the_start_of_radiotherapy_travels_in_the_note() -> None:
    story = next(story for story in storylines() if story.id == "near-date")
    assert read(story).rt_start_date == NOW.date() + timedelta(days=9)


def test_no_two_patients_of_a_batch_are_alike_and_a_batch_is_the_same_every_time() -> None:
    batch = [patient("b", index) for index in range(40)]
    assert len({(each.name, each.birth_date) for each in batch}) == 40
    assert batch == [patient("b", index) for index in range(40)]
