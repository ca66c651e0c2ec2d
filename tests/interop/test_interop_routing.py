"""The rules that pick a pathway, and the state tables."""

from pathlib import Path

import pytest
import yaml
from interop_documents import plain

from interop.intake import from_json
from interop.referral import Coded, Referral
from interop.routing import RULES, pick_pathway
from interop.states import (
    LOOP_STATES,
    TASK_STATUS_OF_USER_TASK,
    USER_TASK_OF_TASK_STATUS,
    loop_state,
)

LOOP = Path("/work/shared/design/pathways/00_closed_loop_referral.yaml")
DOMAIN = Path("/work/shared/design/domain.md")
ENGINE_STATES = {"awaiting info": "awaiting_info", "declined": "rejected", "no-show": "no_show", "outcome": "reported"}
"""What the table of the domain calls otherwise."""


def asking(*reasons: Coded, question: str = "") -> Referral:
    referral = from_json(plain()).referral
    return referral.model_copy(update={"reason": reasons, "clinical_question": question})


@pytest.mark.parametrize(
    ("referral", "rule"),
    [
        (asking(question="Dental clearance prior to head and neck radiation"), 0),
        (asking(Coded(text="Teeth check"), question="RT planned for March"), 0),
        (asking(Coded(text="Suspected tongue cancer")), 2),
        (asking(Coded(system="http://hl7.org/fhir/sid/icd-10-cm", code="C32.0")), 2),
        (asking(Coded(system="http://snomed.info/sct", code="255055008")), 2),
        (asking(question="Neck lump for four weeks"), 2),
        (asking(Coded(text="ENT opinion")), 6),
        (asking(Coded(system="http://snomed.info/sct", code="394604002")), 6),
        (asking(question="Seen by the ear, nose and throat clinic"), 6),
        (asking(Coded(text="Red patch of the tongue"), question="Found at a dental visit"), 1),
        (asking(question="Dental red flag: ulcer of the mouth"), 1),
        (asking(question="Left sinusitis, a dead tooth above"), 3),
        (asking(Coded(text="Tumour of the maxillary sinus"), question="Head and neck cancer? Loose tooth"), 2),
        (asking(Coded(text="TMJ clicks")), 4),
        (asking(Coded(system="http://snomed.info/sct", code="41888000")), 4),
        (asking(Coded(system="http://hl7.org/fhir/sid/icd-10-cm", code="M26.62")), 4),
        (asking(Coded(text="Mouth breathing"), question="The child snores"), 5),
        (asking(question="Adenoids in a girl of four, ENT please"), 5),
        (asking(Coded(system="http://snomed.info/sct", code="103697008"), question="Toothache"), 7),
        (asking(Coded(system="http://snomed.info/sct", code="103697008"), question="Dentist before radiotherapy"), 0),
    ],
)
def test_the_first_matching_rule_wins_and_is_named(referral: Referral, rule: int) -> None:
    routed = pick_pathway(referral)
    assert routed is not None
    assert (routed.rule, routed.pathway) == (RULES[rule].id, RULES[rule].pathway)
    assert routed.because


@pytest.mark.parametrize(
    "referral",
    [
        asking(question="Routine dental check"),
        asking(question="The patient went to the dentist"),
        asking(question="An adult breathes through the mouth at night"),
        asking(Coded(system="http://hl7.org/fhir/sid/icd-10-cm", code="C50.9", text="Breast")),
        asking(Coded(system="urn:local", code="C32.0")),
    ],
)
def test_a_referral_that_no_rule_matches_has_no_pathway(referral: Referral) -> None:
    assert pick_pathway(referral) is None


def test_the_history_of_the_patient_does_not_choose_the_pathway() -> None:
    referral = asking(question="Routine dental check")
    history = referral.model_copy(update={"conditions": (Coded(text="Had throat cancer, ENT, radiotherapy"),)})
    assert pick_pathway(history) is None


def test_the_closed_loop_states_are_those_of_the_pathway_specification() -> None:
    if not LOOP.exists():
        pytest.skip("the design folder /work/shared is not on this machine")
    specified = yaml.safe_load(LOOP.read_text())["states"]
    ours = [
        {
            "s": each.state,
            "task": each.task_status,
            "business": each.business_status,
            "sr": each.service_request_status,
            "ihe": each.ihe_360x or "-",
            "ers": each.ers or "-",
        }
        for each in LOOP_STATES
    ]
    assert ours == specified


def test_the_closed_loop_states_have_the_messages_and_user_task_events_of_the_domain() -> None:
    if not DOMAIN.exists():
        pytest.skip("the design folder /work/shared is not on this machine")
    table = DOMAIN.read_text(encoding="utf-8").partition("| Engine state |")[2].partition("\nThe e-RS column")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert len(rows) == 9
    for names, _, _, ihe, _, event in rows:
        for name, sent, what in zip(names.split(" / "), ihe.split(" / "), _each(event, names), strict=True):
            row = loop_state(ENGINE_STATES.get(name, name))
            assert row is not None
            words = [row.ihe_360x, row.hl7_v2] if (row.ihe_360x or "").startswith("PCC") else [row.hl7_v2]
            assert (" ".join(filter(None, words)) or "- (COW letter flow)", row.user_task_event) == (sent, what)


def _each(event: str, names: str) -> list[str | None]:
    """What happens to the user task in each state of a row; what stands in brackets explains it."""
    word = event.partition("(")[0].strip()
    return [word] * len(names.split(" / "))


def test_every_status_of_a_user_task_leads_back_to_its_state() -> None:
    for state, statuses in TASK_STATUS_OF_USER_TASK.items():
        assert {USER_TASK_OF_TASK_STATUS[status] for status in statuses} == {state}


def test_an_unknown_loop_state_has_no_row() -> None:
    assert loop_state("booked") is not None
    assert loop_state("lost") is None
