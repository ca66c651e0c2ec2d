"""Can every task be named in an address, and does FHIR accept the name?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.ids import case_and_activation, task_id, text, word

FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
CASE = "case-0123456789abcdef01234567"


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_a_word_gives_its_text_back(named: str) -> None:
    assert text(word(named)) == named


@pytest.mark.parametrize("named", ["\x00", "a\x00b\nfirst#1", f"{CASE}/\x00\nfirst#1"])
def test_what_no_database_takes_is_no_text(named: str) -> None:
    assert text(word(named)) is None


def test_a_task_of_a_called_case_keeps_its_slashes_and_hashes() -> None:
    named = (f"{CASE}/send_referral#2", "triage#1")
    assert case_and_activation(task_id(*named)) == named


def test_the_id_of_a_task_in_a_called_case_is_a_fhir_id() -> None:
    assert FHIR_ID.fullmatch(task_id(f"{CASE}/imaging#1", "acknowledge_report#1"))


@given(st.text(max_size=30))
def test_what_is_no_id_is_no_task(identifier: str) -> None:
    found = case_and_activation(identifier)
    assert found is None or task_id(*found) != ""
