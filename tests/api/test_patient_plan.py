"""Which steps may still come to a patient? Those on the ways from where their case stands."""

import pytest

from api.patient_view import in_order
from tests.library import definitions


@pytest.mark.parametrize(
    ("here", "comes", "passed"),
    [
        (set(), {"steroid", "trial", "entx", "final"}, set()),
        ({"entx", "orthox"}, {"plan", "surgery", "final"}, {"steroid", "trial", "intake"}),
        ({"entref", "orthoref", "missed", "safeguarding"}, {"entx", "orthox"}, {"steroid", "trial"}),
        ({"observe"}, {"final", "plan"}, {"entx", "steroid"}),
        ({"safeguarding"}, {"steroid"}, set()),
    ],
    ids=["just begun", "referred at once", "in called cases", "a loop", "only beside the way"],
)
def test_what_the_way_has_passed_by_does_not_come(here: set[str], comes: set[str], passed: set[str]) -> None:
    ahead = {node.id for node in in_order(definitions()["paediatric_mouth_breathing"], after=here)}
    assert (comes - ahead, passed & ahead) == (set(), set())


def test_the_usual_way_is_the_usual_one_from_here() -> None:
    definition = definitions()["oral_care_during_after"]
    usual = {node.id for node in in_order(definition, after={"weekly"}, usual=True)}
    assert ("during" in usual, "post_plan" in usual) == (True, False)
    after_it = {node.id for node in in_order(definition, after={"post_plan"}, usual=True)}
    assert {"gdp_ack", "visit"} <= after_it
