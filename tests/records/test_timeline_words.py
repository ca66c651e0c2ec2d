"""How does the timeline say how late something was, and what a step waits for that names nothing?"""

import pytest

from records.queries.timeline import sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (1, ", 1 seconds late"),
        (150, ", 2 minutes late"),
        (9_000, ", 2 hours late"),
        (604_803, ", 7 days late"),
    ],
)
def test_a_timer_that_fired_late_says_so_in_the_unit_people_think_in(seconds: int, words: str) -> None:
    assert sentence("timer_fired", "Examine", {"late_seconds": seconds}) == f"The timer of Examine fired{words}"


def test_a_step_that_waits_for_a_time_says_so() -> None:
    detail = {"wait": "timer", "due_at": "2026-03-02T08:00:00+00:00"}
    assert sentence("waiting", "Pause", detail) == "Pause waits for its time, until 2026-03-02T08:00:00+00:00"


def test_a_case_that_ends_with_its_caller_names_no_run() -> None:
    reason = "Cancel requested by workflow with run id 01a20a07-593a-70a3-a069-334fbc719787 with reason: "
    detail = {"outcome": "cancelled", "reason": reason}
    assert sentence("case_ended", "Case conference", detail) == (
        "Case conference ended: cancelled: with what had called it"
    )
