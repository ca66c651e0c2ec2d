"""What do forms of the library ask for only sometimes? The reason for a partner, the risk of each option, a change."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from pathways.forms import read_submission
from tests.pathways.library.drawn import LIBRARY

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BOOKED = {"slot": "2026-01-06T10:00:00Z", "prep_given": True}
HERE, AWAY = {"done_in_house": True}, {"done_in_house": False}
KEPT = {"worked": "All", "not_worked": "Nothing"}


def wrong(form: str, values: dict[str, Any], **variables: Any) -> list[str]:
    """Which fields of a form refuse an answer."""
    schema = json.loads((LIBRARY / form).read_text())
    return [error.field for error in read_submission(schema, values, now=NOW, variables=variables).errors]


@pytest.mark.parametrize(
    ("answer", "site", "refused"),
    [
        ({"in_house": True}, HERE, []),
        ({"in_house": False}, HERE, ["why_not_in_house"]),
        ({"in_house": False, "why_not_in_house": "no_slot_in_time"}, HERE, []),
        ({"in_house": False}, AWAY, []),
        ({}, HERE, ["in_house"]),
    ],
)
def test_who_books_with_the_partner_what_is_done_in_house_says_why(
    answer: dict[str, Any], site: dict[str, Any], refused: list[str]
) -> None:
    assert wrong("01_imaging_order/slot.form", {**BOOKED, **answer}, **site) == refused


@pytest.mark.parametrize("form", ["02_case_conference/decide.form", "b_ent_imaging_oncology/plan.form"])
def test_an_option_is_weighed_with_benefit_and_risk(form: str) -> None:
    whole = {"option": "Extract", "benefit": "No infection", "risk": "Bleeding", "cost": "One visit"}
    weighed = [whole, {"option": "Wait", "benefit": "No operation"}]
    refused = [each for each in wrong(form, {"options_weighed": weighed}) if each.startswith("options_weighed")]
    assert refused == ["options_weighed[1].risk"]


@pytest.mark.parametrize(
    ("verdict", "refused"), [("keep", []), ("revise", ["change", "change_by"]), ("withdraw", ["change", "change_by"])]
)
def test_a_pathway_that_is_not_kept_names_the_change_and_its_day(verdict: str, refused: list[str]) -> None:
    assert wrong("outcome_review/review.form", {**KEPT, "verdict": verdict}) == refused


@pytest.mark.parametrize(
    ("form", "field", "of", "answer", "other"),
    [
        ("00_closed_loop_referral/triage.form", "missing_items", "triage", "return_for_info", "accept"),
        ("00_closed_loop_referral/triage.form", "reject_reason", "triage", "reject", "accept"),
        ("00_closed_loop_referral/consent_ask.form", "limits", "consent_given", "yes_limited", "yes"),
        ("02_case_conference/chase.form", "defer_reason", "defer", True, False),
        ("a_pre_rt_dental_clearance/onc_ok.form", "new_rt_start", "decision", "move_rt", "omit_extractions"),
        ("a_pre_rt_dental_clearance/onc_ok_moved.form", "new_rt_start", "decision", "move_rt", "accept_short_healing"),
        ("a_pre_rt_dental_clearance/not_healed.form", "new_rt_start", "decision", "delay", "start_on_date"),
        ("b_ent_imaging_oncology/review.form", "needs", "next", "more_tests", "mdt"),
        ("i_complex_shared_plan/ask_med.form", "defer_until", "may_proceed", "defer", "yes"),
    ],
)
def test_an_answer_that_means_nothing_alone_comes_with_what_it_needs(
    form: str, field: str, of: str, answer: str | bool, other: str | bool
) -> None:
    assert (field in wrong(form, {of: answer}), field in wrong(form, {of: other})) == (True, False)
