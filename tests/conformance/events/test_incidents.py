"""Does what cannot go on become an incident, and is the rest left running (bpmn.md Semantics, Headless run)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

NO_FLOW = "bpmn.md: a token that can go nowhere (no condition true, no default) is an incident"
NULL = "bpmn.md: a timer without a value cannot be armed; contract: kind expression"

CASES = [
    Case(
        name="a timer catch without a value is an incident",
        why=NULL,
        text="process p\n  start s -> c\n  catch c duration='= missing' -> e\n  end e",
        status="incident",
        incidents=[("c", "expression")],
        ended=[],
    ),
    Case(
        name="a boundary timer without a value is an incident",
        why=NULL,
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u duration='= missing' -> x\n  end e\n  end x",
        status="incident",
        incidents=[("", "expression")],  # on the activity or on its event: not determined
    ),
    Case(
        name="an event after which no condition is true is an incident",
        why=NO_FLOW,
        text="process p\n  start s -> c\n  catch c message=M -> x\n  xor x -> e if n = 1, d if n = 2\n  end e\n  end d",
        script=[{"message": "M", "variables": {"n": 3}}],
        status="incident",
        incidents=[("x", "no-flow")],
    ),
    Case(
        name="a condition on a boundary path is an incident when it is false",
        why=NO_FLOW,
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u message=M -> x\n"
        "  xor x -> y if n = 1\n  end e\n  end y",
        start={"n": 0},
        script=[{"message": "M"}],
        status="incident",
        incidents=[("x", "no-flow")],
        terminated={"u": 1},
    ),
    Case(
        name="a null that decides a gateway is an incident and no default",
        why="bpmn.md Variables: a null that decides a gateway is an incident, not a default",
        text="process p\n  start s -> x\n  xor x -> e if missing > 1, d default\n  end e\n  end d",
        status="incident",
        incidents=[("x", "")],  # the kind for a null is not determined
        ended=[],
    ),
    Case(
        name="an incident in one branch leaves the other one running",
        why="bpmn.md: an incident belongs to its element",
        text="process p\n  start s -> f\n  and f -> k, u\n  end k error=E1\n  user u -> e\n  end e",
        script=[{"complete": "u"}],
        status="incident",
        incidents=[("k", "uncaught-error")],
        completed={"u": 1, "e": 1, "p": 0},
    ),
    Case(
        name="two branches may have an incident each",
        why="bpmn.md: an uncaught BPMN error is an incident",
        text="process p\n  start s -> f\n  and f -> k, l\n  end k error=E1\n  end l error=E2",
        status="incident",
        incidents=[("k", "uncaught-error"), ("l", "uncaught-error")],
    ),
    Case(
        name="an incident in a sub-process is ended with it by a boundary event",
        why="§13.5.3: an interrupting boundary event ends all work of its activity",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> x
    xor x -> j if n = 1
    end j
  boundary b on=S message=M -> y
  end e
  end y
""",
        start={"n": 0},
        script=[{"message": "M"}],
        ended=["y"],
        incidents=[],
    ),
    Case(
        name="a condition of a conditional event that is null does not fire",
        why="§10.5.4 Conditional: fires when true; bpmn.md FEEL: errors give null",
        text="process p\n  start s -> c\n  catch c condition='= missing > 1' -> e\n  end e",
        status="waiting",
        waiting=["c"],
    ),
    Case(
        name="a conditional event fires when its missing variable comes",
        why="§10.5.4 Conditional",
        text="process p\n  start s -> c\n  catch c condition='= missing > 1' -> e\n  end e",
        script=[{"set": {"missing": 2}}],
        ended=["e"],
    ),
    Case(
        name="a work that fails is an incident and its boundary timer still runs",
        why="contract: work-failed; §13.5.3: the activity has not ended",
        text="process p\n  start s -> u\n  service u -> e\n  boundary b on=u duration=PT1H -> x\n  end e\n  end x",
        script=[{"fail": "u", "message": "no line"}, {"advance": "PT2H"}],
        ended=["x"],
        incidents=[],
        terminated={"u": 1},
    ),
    Case(
        name="an error end event on an escalation path is an incident",
        why="bpmn.md: error thrown with no catcher (incident, never a silent end)",
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u escalation=X nonint -> k\n"
        "  end k error=E1\n  end e",
        script=[{"throwEscalation": "u", "code": "X"}],
        status="incident",
        incidents=[("k", "uncaught-error")],
        terminated={"u": 0},
    ),
    Case(
        name="a step for an element that does not wait ends the script and says what waits",
        why="contract: script-failed and says what was waiting",
        text="process p\n  start s -> u\n  user u -> e\n  end e",
        script=[{"complete": "other"}],
        status="script-failed",
        waiting=["u"],
    ),
    Case(
        name="a boundary event on nothing is refused",
        why="bpmn.md: execute or refuse; §10.5.4: attachedToRef is required",
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=nowhere message=M -> x\n  end e\n  end x",
        refused=True,
    ),
    Case(
        name="a cancel end event outside a transaction is refused",
        why="§10.5.3 Cancel end: only within a transaction; bpmn.md: execute or refuse",
        text="process p\n  start s -> e\n  end e cancel",
        refused=True,
    ),
    Case(
        name="a link throw without a catch is refused",
        why="§10.5.4 Link: a source has a target",
        text="process p\n  start s -> t\n  throw t link=A\n  user u -> e\n  end e",
        refused=True,
    ),
    Case(
        name="two link catches of one name are refused",
        why="§10.5.4 Link: there may be only one target",
        text="process p\n  start s -> t\n  throw t link=A\n  catch c link=A -> e\n  catch d link=A -> e\n  end e",
        refused=True,
    ),
    Case(
        name="a file of another dialect is refused",
        why="bpmn.md Dialect: a file from another dialect is refused",
        text='process p\n  start s -> u\n  xml \'<serviceTask id="u" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
        ' camunda:class="org.example.Work"/>\'\n  end e',
        refused=True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_incident(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
