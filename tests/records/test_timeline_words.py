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
