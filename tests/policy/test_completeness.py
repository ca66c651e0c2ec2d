"""What is missing in a referral, by what its pathway asks for?"""

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from interop.referral import Referral
from policy.completeness import CompletenessError, completeness, requirements
from tests.library import definitions

CLEARANCE = "pre_rt_dental_clearance"
FULL = {
    "reason": [{"text": "Check"}],
    "clinical_question": "Fit?",
    "patient": {"birth_date": "1960", "telecom": [{"value": "1"}]},
    "requester": {"name": "Dr Doe", "reply_to": "a@b.example"},
    "conditions": [{"text": "none known"}],
    "medications": [{"text": "none"}],
    "allergies": [{"text": "none known"}],
    "rt_start_date": "2026-12-01",
    "attachments": [{"id": "scan"}],
}


def test_a_referral_that_brings_everything_is_complete() -> None:
    found = completeness(FULL, CLEARANCE)
    assert (found.score, found.complete, found.missing) == (100, True, ())


@pytest.mark.parametrize(
    ("without", "need", "complete"), [("rt_start_date", "required", False), ("allergies", "wanted", True)]
)
def test_what_is_required_counts_more_than_what_is_wanted(without: str, need: str, complete: bool) -> None:
    found = completeness({**FULL, without: None}, CLEARANCE)
    assert ([(each.item, each.need) for each in found.missing], found.complete) == ([(without, need)], complete)
    assert found.score == (87 if need == "required" else 93)


def test_a_pathway_requires_what_is_otherwise_only_wanted() -> None:
    silent: dict[str, Any] = {**FULL, "allergies": []}
    assert completeness(silent, CLEARANCE).complete
    assert not completeness(silent, "complex_shared_plan").complete


def test_an_empty_referral_to_an_unknown_pathway_scores_nothing_and_says_what_is_asked_everywhere() -> None:
    found = completeness({"patient": None, "requester": "x"}, "nowhere")
    assert (found.score, found.complete) == (0, False)
    assert {each.item for each in found.missing} == set(requirements().everywhere)


def test_the_table_names_members_of_a_referral_and_pathways_of_the_library() -> None:
    for item in requirements().items:
        shape: Any = Referral
        for name in item.split("."):
            assert issubclass(shape, BaseModel)
            assert name in shape.model_fields, item
            shape = shape.model_fields[name].annotation
    assert set(requirements().pathways) <= set(definitions())


def test_a_table_that_asks_for_what_it_does_not_name_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "completeness.yaml"
    table.write_text("{weights: {}, items: {a: A}, everywhere: {required: [b]}, pathways: {}}")
    with pytest.raises(CompletenessError, match="b"):
        requirements(table)
