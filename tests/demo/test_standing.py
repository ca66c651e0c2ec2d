"""Does the demo notice when a case does not stand as told?"""

from typing import Any

import pytest

from demo.standing import lacks, stands

WAIT = {"step": "Vet / triage referral", "of": "ent_triage", "kind": "task"}
CASE: dict[str, Any] = {
    "status": "running",
    "waits": [WAIT],
    "messages": [{"name": "imaging.report"}],
    "escalation_level": 2,
    "incidents": [],
}


@pytest.mark.parametrize(
    "standing",
    [
        {"status": "running"},
        {"waiting": ["Vet / triage referral"]},
        {"message": "imaging.report"},
        {"level": 2},
        {"incident": False},
    ],
    ids=str,
)
def test_a_case_stands_as_told(standing: dict[str, Any]) -> None:
    assert lacks(CASE, standing) == ""


@pytest.mark.parametrize(
    "standing",
    [
        {"status": "completed"},
        {"waiting": ["Vet / triage referral", "Referral form"]},
        {"message": "pathology.report"},
        {"level": 3},
        {"incident": True},
    ],
    ids=str,
)
def test_a_case_does_not_stand_as_told_and_what_is_missing_is_said(standing: dict[str, Any]) -> None:
    assert next(iter(standing)) in lacks(CASE, standing)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(ValueError, match="mood"):
        lacks(CASE, {"mood": "good"})


def test_how_a_case_stands_is_said_in_a_sentence() -> None:
    stopped = {**CASE, "incidents": [{"reason": "no answer"}]}
    assert stands(stopped) == "is running and waits for Vet / triage referral (ent_triage); stopped by: no answer"
