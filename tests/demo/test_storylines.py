"""Do the demo's storylines fit the library, the forms and the people they name? Read, not played."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from activities.directory import read_directory
from cli.surroundings import DEMO_ORGANISATION
from demo.storyline import Do, Story, at, storylines
from pathways.catalogue import library_folders
from pathways.forms import read_submission

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ODD = datetime(2026, 3, 2, 9, 7, 31, tzinfo=UTC)
DEMO = Path("deploy/demo")
COMMON = Path("/work/shared/design/pathways/_common.yaml")
STORIES = storylines()
FORMS: dict[str, Any] = {
    schema["id"]: schema
    for folder in library_folders()
    for schema in (json.loads(path.read_text()) for path in folder.glob("*.form"))
}
FILLED_IN = [(story, step) for story in STORIES for step in story.steps if isinstance(step, Do) and not step.only_claim]


def people() -> dict[str, Any]:
    listed = yaml.safe_load((DEMO / "people.yaml").read_text())["people"]
    return {person["id"]: person for person in listed}


def test_there_are_at_least_thirty_referrals_of_several_organisations() -> None:
    assert len(STORIES) >= 30
    senders = {story.sender for story in STORIES}
    systems = {who["organisation"] for who in people().values() if "integration" in who["roles"]}
    assert len(senders) >= 5
    assert senders <= systems


def test_every_organisation_has_a_coordinator_who_watches_its_cases() -> None:
    watched = {who["organisation"] for who in people().values() if "coordinator" in who["roles"]}
    assert {who["organisation"] for who in people().values() if "organisation" in who} == watched


def test_every_other_organisation_that_people_act_for_has_an_agreement() -> None:
    directory = read_directory(DEMO / "directory.yaml")
    others = {who["organisation"] for who in people().values() if "organisation" in who} - {directory.organisation}
    assert directory.organisation == DEMO_ORGANISATION
    assert others <= {agreement.to for agreement in directory.agreements or ()}


def test_a_patient_of_another_story_is_there_and_does_not_wait_in_a_circle() -> None:
    alone = {story.id for story in STORIES if not story.patient_of}
    assert {story.patient_of for story in STORIES if story.patient_of} <= alone


def test_every_story_has_a_name_of_its_own_and_says_how_it_stands_at_the_end() -> None:
    assert len({story.id for story in STORIES}) == len(STORIES)
    assert all(story.then for story in STORIES)


@pytest.mark.parametrize(("story", "step"), FILLED_IN, ids=lambda each: getattr(each, "form", getattr(each, "id", "")))
def test_every_form_is_filled_in_as_it_asks(story: Story, step: Do) -> None:
    shown = {"order_id": "REF-1-PATH-1"} if step.form.endswith(".biopsy") else {}
    read = read_submission(FORMS[step.form], {**shown, **at(step.values, ODD)}, now=ODD, variables={})
    assert read.errors == ()


def test_whoever_acts_is_one_of_the_synthetic_people() -> None:
    acting = {step.by for story in STORIES for step in story.steps if hasattr(step, "by")}
    assert acting <= people().keys()


def test_every_service_names_a_contact_and_a_deputy_who_exist() -> None:
    named = read_directory(DEMO / "directory.yaml").services.values()
    assert {person for service in named for person in (service.named_contact, service.deputy)} <= people().keys()


def test_whoever_is_handed_a_task_by_name_does_what_no_organisation_is_let_in_for() -> None:
    """And an organisation that is let in has people who do it, and an agreement unless it is the installation's own."""
    directory, handed = read_directory(DEMO / "directory.yaml"), {step.by for _, step in FILLED_IN if step.handed_by}
    assert handed
    assert not any(role in directory.roles for person in handed for role in people()[person]["roles"])
    agreed = {agreement.to for agreement in directory.agreements or ()} | {directory.organisation}
    for role, organisations in directory.roles.items():
        doing = {who.get("organisation") for who in people().values() if role in who["roles"]}
        assert set(organisations) <= doing & agreed


@pytest.mark.skipif(not COMMON.exists(), reason="the design's list of roles is not on this machine")
def test_every_role_of_the_design_has_a_person_and_there_are_two_administrators() -> None:
    roles = [role for person in people().values() for role in person["roles"]]
    wanted = {*yaml.safe_load(COMMON.read_text())["roles"], "covering_clinician", "integration"}
    assert wanted <= set(roles)
    assert roles.count("admin") == 2


def test_moments_are_counted_from_now() -> None:
    value = {"slot": {"hours": 2}, "dates": [{"days": -1}], "plain": "x"}
    assert at(value, NOW) == {"slot": "2026-03-02T11:00:00+00:00", "dates": ["2026-03-01"], "plain": "x"}


def test_a_step_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(
        "[{id: a, tells: b, over: fhir, from: c, referral: {}, steps: [{dance: true}], then: {}}]"
    )
    with pytest.raises(ValueError, match="dance"):
        storylines(tmp_path)
