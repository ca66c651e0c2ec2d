"""Is this the same patient? Two identifiers must agree, and a name never counts."""

from collections.abc import Sequence

import pytest

from policy.identity import Candidate, Doubt, Reason, match

BORN, OTHER_DAY = "hash-of-a-day", "hash-of-another-day"


@pytest.mark.parametrize(
    ("known", "born", "linked", "doubts"),
    [
        pytest.param([], BORN, None, (), id="nobody has the identifier: new"),
        pytest.param([("p1", BORN)], BORN, "p1", (), id="identifier and birth date agree: the same"),
        pytest.param([("p1", OTHER_DAY)], BORN, None, [("p1", "birth_date_differs")], id="birth date differs: new"),
        pytest.param([("p1", "")], BORN, None, [("p1", "birth_date_unknown")], id="known without birth date: new"),
        pytest.param([("p1", "")], "", None, [("p1", "birth_date_unknown")], id="no birth date at all: new"),
        pytest.param([("p1", OTHER_DAY), ("p2", BORN)], BORN, "p2", (), id="one of two agrees: that one"),
        pytest.param(
            [("p1", BORN), ("p2", BORN)],
            BORN,
            None,
            [("p1", "several_patients"), ("p2", "several_patients")],
            id="two agree: nobody is guessed",
        ),
    ],
)
def test_a_patient_is_linked_only_by_identifier_and_birth_date(
    known: Sequence[tuple[str, str]], born: str, linked: str | None, doubts: Sequence[tuple[str, Reason]]
) -> None:
    found = match([Candidate(*each) for each in known], born)
    assert found.patient_id == linked
    assert found.doubts == tuple(Doubt(*each) for each in doubts)
