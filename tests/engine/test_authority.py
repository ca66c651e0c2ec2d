"""On what grounds may somebody act on a task that another person holds?"""

from dataclasses import replace
from typing import Any

import pytest

from records.queries.timeline import sentence
from tests.engine.interventions import NOW, after, drawn, node, started, task
from workflows.engine.authority import KINDS, check_grounds
from workflows.engine.errors import EventRejected
from workflows.engine.events import Event, UserTaskClaimed, UserTaskCompleted, UserTaskDelegated, UserTaskReleased
from workflows.engine.state import State

STEP = drawn([node("start", "startEvent"), task("examine"), node("end", "endEvent")], ["start>examine", "examine>end"])
HELD = UserTaskClaimed(NOW, "examine#1", "dr.oak")
ACTS: tuple[UserTaskCompleted | UserTaskReleased | UserTaskDelegated, ...] = (
    UserTaskCompleted(NOW, "examine#1", {}, "dr.ash", "dr.oak", "cover:a1"),
    UserTaskReleased(NOW, "examine#1", "system:absences", "dr.oak", "absence:a1"),
    UserTaskDelegated(NOW, "examine#1", "dr.ash", "c.elm", "dr.oak", "rank:overseer"),
)


def held() -> State:
    return after(STEP, started(STEP).state, HELD).state


def told(event: Event) -> dict[str, Any]:
    facts = after(STEP, held(), event).facts
    return dict(next(fact.detail for fact in facts if "on_behalf_of" in fact.detail))


@pytest.mark.parametrize("event", ACTS, ids=lambda event: event.kind)
def test_the_history_says_for_whom_and_on_what_grounds_somebody_acted(event: Event) -> None:
    detail = told(event)
    assert (detail["actor"], detail["on_behalf_of"], detail["grounds"]) == (event.actor, "dr.oak", event.grounds)  # type: ignore[union-attr]
    check_grounds(event)


@pytest.mark.parametrize("event", ACTS, ids=lambda event: event.kind)
@pytest.mark.parametrize("grounds", ["", "friendship", "friendship:cover"])
def test_nobody_acts_for_another_without_grounds_that_are_known(event: UserTaskCompleted, grounds: str) -> None:
    with pytest.raises(EventRejected, match=KINDS[0]) as refused:
        check_grounds(replace(event, grounds=grounds))
    assert refused.value.code == "not-yours"


@pytest.mark.parametrize("event", ACTS, ids=lambda event: event.kind)
def test_grounds_do_not_make_up_for_a_holder_who_is_another(event: UserTaskCompleted) -> None:
    with pytest.raises(EventRejected, match=r"held by dr\.oak"):
        after(STEP, held(), replace(event, on_behalf_of="dr.fir"))


def test_for_oneself_no_grounds_are_asked() -> None:
    check_grounds(UserTaskCompleted(NOW, "examine#1", {}, "dr.oak"))
    check_grounds(UserTaskCompleted(NOW, "examine#1", {}, "dr.oak", "dr.oak"))
    check_grounds(HELD)


@pytest.mark.parametrize(
    ("fact", "event", "words"),
    [
        ("delegated", ACTS[0], "dr.ash acts on Examine on behalf of dr.oak, who is away, as cover"),
        ("released", ACTS[1], "Examine went from dr.oak back to its pool by system:absences because of an absence"),
        ("delegated", ACTS[2], "Examine went from dr.oak to dr.ash by c.elm by rank"),
    ],
)
def test_the_timeline_says_the_grounds_in_words(fact: str, event: Event, words: str) -> None:
    assert sentence(fact, "Examine", told(event)) == words
