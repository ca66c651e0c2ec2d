"""Which ladder does a step climb that has a choice? The one that its expression names when it begins."""

from dataclasses import replace

import pytest

from pathways.bpmn.model import Definition, Ladder, Rung
from tests.engine.interventions import DAY, NOW, after, drawn, kinds, node, started, task
from workflows.engine.events import TimerFired

SLOW = Ladder("SLOW", (Rung("d", ("lead",), level="breach"),))
FAST = Ladder(
    "FAST",
    (
        Rung("c+P1D", ("lead",), level="escalation", begin="direct_intervention"),
        Rung("c+P2D", ("safety_officer",), level="incident", flag="uncontactable"),
    ),
)


def choosing(expression: str) -> Definition:
    step = task("examine", ladder_choice=expression, ladders=(SLOW, FAST), expected_duration='"P3D"')
    return drawn([node("start", "startEvent"), step, node("end", "endEvent")], ["start>examine", "examine>end"])


CHOOSING = choosing('if urgent then "FAST" else "SLOW"')


def test_the_ladder_that_the_expression_names_is_armed_and_shown() -> None:
    fast, slow = started(CHOOSING, urgent=True), started(CHOOSING, urgent=False)
    assert sorted(timer.due_at for timer in fast.state.timers.values()) == [NOW + DAY, NOW + 2 * DAY]
    assert [timer.due_at for timer in slow.state.timers.values()] == [NOW + 3 * DAY]
    assert [f.detail["ladder"] for f in fast.facts + slow.facts if f.fact == "offered"] == ["FAST", "SLOW"]


def test_rungs_are_counted_within_the_chosen_ladder_and_say_what_they_do() -> None:
    first = after(CHOOSING, started(CHOOSING, urgent=True).state, TimerFired(NOW + DAY, "timer#1"))
    second = after(CHOOSING, first.state, TimerFired(NOW + 2 * DAY, "timer#2"))
    climbed = [fact.detail for fact in first.facts + second.facts if fact.fact == "escalated"]
    assert [(each["rung"], each["of"], each["level"]) for each in climbed] == [(1, 2, "escalation"), (2, 2, "incident")]
    assert (climbed[0]["begin"], climbed[1]["flag"]) == ("direct_intervention", "uncontactable")


@pytest.mark.parametrize("expression", ["which", '"FAST " + which'])
def test_an_expression_that_names_no_ladder_stops_with_an_incident(expression: str) -> None:
    assert "incident_raised" in kinds(started(choosing(expression)))


def test_a_rung_that_is_none_of_the_chosen_ladder_fires_into_nothing_and_not_for_ever() -> None:
    begun = started(CHOOSING, urgent=True).state
    at = replace(begun.activations["examine#1"], ladder="gone")
    fired = after(
        CHOOSING,
        replace(begun, activations={**begun.activations, at.id: at}),
        TimerFired(NOW + DAY, "timer#1"),
    )
    assert "timer#1" not in fired.state.timers
    assert "escalated" not in kinds(fired)
