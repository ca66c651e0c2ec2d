"""Does exactly one event win behind a gateway and at one instant (BPMN 2.0.2 §10.6.6, §13.4.4)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

FIRST = "§13.4.4: the first event wins, the others are no longer awaited"
ONE = "bpmn.md: exactly one wins"


def choice(first: str, second: str) -> str:
    return f"""
process p
  start s -> g
  eventgw g -> a, b
  {first.replace(" ", " a ", 1)} -> ea
  {second.replace(" ", " b ", 1)} -> eb
  end ea
  end eb
"""


MESSAGE_OR_TIMER = choice("catch message=M", "catch duration=PT1H")

CASES = [
    Case(
        name="an event gateway goes on with the message that came",
        why=FIRST,
        text=MESSAGE_OR_TIMER,
        script=[{"message": "M"}],
        ended=["ea"],
        completed={"b": 0},
    ),
    Case(
        name="an event gateway goes on with the timer when no message came",
        why=FIRST,
        text=MESSAGE_OR_TIMER,
        script=[{"advance": "next"}],
        ended=["eb"],
        hours={"b": [1]},
        completed={"a": 0},
    ),
    Case(
        name="the message after the timer finds nobody",
        why=FIRST,
        text=MESSAGE_OR_TIMER.replace("-> eb", "-> u\n  user u -> eb"),
        script=[{"advance": "next"}, {"message": "M"}],
        status="script-failed",
        completed={"a": 0, "b": 1},
    ),
    Case(
        name="the timer after the message never fires",
        why=FIRST,
        text=MESSAGE_OR_TIMER.replace("-> ea", "-> u\n  user u -> ea"),
        script=[{"message": "M"}, {"advance": "PT9H"}, {"complete": "u"}],
        ended=["ea"],
        completed={"b": 0},
    ),
    Case(
        name="of two timers behind an event gateway the sooner fires",
        why="bpmn.md: two timers behind one event-based gateway (exactly one fires)",
        text=choice("catch duration=PT2H", "catch duration=PT1H"),
        script=[{"advance": "PT9H"}],
        ended=["eb"],
        hours={"b": [1]},
    ),
    Case(
        name="of two timers of the same instant behind an event gateway exactly one fires",
        why="bpmn.md: two timers behind one event-based gateway (exactly one fires)",
        text=choice("catch duration=PT1H", "catch duration=PT60M").replace("-> eb", "-> ea"),
        script=[{"advance": "PT9H"}],
        ended=["ea"],
    ),
    Case(
        name="an event gateway goes on with a signal",
        why=FIRST,
        text=choice("catch signal=S", "catch message=M"),
        script=[{"signal": "S"}],
        ended=["ea"],
    ),
    Case(
        name="of two signal catches of one name behind an event gateway exactly one fires",
        why=FIRST,
        text=choice("catch signal=S", "catch signal=S").replace("-> eb", "-> ea"),
        script=[{"signal": "S"}],
        ended=["ea"],
    ),
    Case(
        name="an event gateway goes on when a condition becomes true",
        why=FIRST,
        text=choice("catch condition='= n > 1'", "catch duration=PT1H"),
        start={"n": 0},
        script=[{"set": {"n": 2}}],
        ended=["ea"],
    ),
    Case(
        name="an event gateway with a condition that is true already goes on at once",
        why="bpmn.md Policies: already true when its scope opens fires at once",
        text=choice("catch message=M", "catch condition='= n > 1'"),
        start={"n": 2},
        ended=["eb"],
        hours={"b": [0]},
    ),
    Case(
        name="receive tasks may stand behind an event gateway",
        why="§10.6.6: receive tasks are allowed as targets",
        text=choice("receive message=M", "receive message=N"),
        script=[{"message": "N"}],
        ended=["eb"],
        completed={"a": 0},
    ),
    Case(
        name="the variables of the message that won reach the process",
        why="bpmn.md Variables",
        text=MESSAGE_OR_TIMER,
        script=[{"message": "M", "variables": {"x": 1}}],
        variables={"x": 1},
    ),
    Case(
        name="a loop back to an event gateway awaits all its events anew",
        why="§13.4.4: each token at the gateway awaits all events",
        text=MESSAGE_OR_TIMER.replace("-> eb", "-> g"),
        script=[{"advance": "next"}, {"advance": "next"}, {"message": "M"}],
        ended=["ea"],
        hours={"b": [1, 2]},
    ),
    Case(
        name="two tokens at an event gateway each make their own choice",
        why="§13.4.4",
        text=MESSAGE_OR_TIMER.replace("s -> g", "s -> f\n  and f -> g, t\n  task t -> g"),
        script=[{"message": "M"}, {"advance": "next"}],
        ended=["ea", "eb"],
    ),
    Case(
        name="an event gateway in an interrupted sub-process awaits nothing more",
        why="§13.5.3",
        text="""
process p
  start s -> S
  sub S -> e
    start i -> g
    eventgw g -> a, b
    catch a message=M -> j
    catch b duration=PT2H -> j
    end j
  boundary d on=S duration=PT1H -> u
  user u -> e
  end e
""",
        script=[{"advance": "PT9H"}, {"complete": "u"}],
        ended=["e"],
        completed={"b": 0},
    ),
    Case(
        name="a boundary timer and an inner timer of the same instant give one outcome",
        why=ONE,
        text="""
process p
  start s -> S
  sub S -> e
    start i -> c
    catch c duration=PT1H -> j
    end j
  boundary d on=S duration=PT1H -> e
  end e
""",
        script=[{"advance": "PT1H"}],
        completed={"e": 1},
    ),
    Case(
        name="a task completed before the clock moves wins over its timer",
        why=ONE + ", by event order",
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u duration=PT1H -> x\n  end e\n  end x",
        script=[{"advance": "PT59M"}, {"complete": "u"}],
        ended=["e"],
        terminated={"u": 0},
    ),
    Case(
        name="a timer that fired wins over the completion that comes after it at the same instant",
        why=ONE + ", by event order",
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u duration=PT1H -> x\n  end e\n  end x",
        script=[{"advance": "PT1H"}, {"complete": "u"}],
        status="script-failed",
        ended=["x"],
        completed={"u": 0},
    ),
    Case(
        name="a message and a signal for one task: the first ends it",
        why=ONE,
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u message=M -> x\n"
        "  boundary c on=u signal=S -> y\n"
        "  end e\n  end x\n  end y",
        script=[{"signal": "S"}, {"message": "M"}],
        status="script-failed",
        ended=["y"],
    ),
    Case(
        name="two interrupting event sub-processes of one signal: exactly one runs",
        why="§13.5.4: the scope is interrupted once",
        text="process p\n  start s -> u\n  user u -> e\n  end e\n  esub E\n    start es signal=S -> ee\n    end ee\n"
        "  esub F\n    start fs signal=S -> fs1\n    end fs1",
        script=[{"signal": "S"}],
        terminated={"u": 1},
        completed={"u": 0, "e": 0},
    ),
    Case(
        name="an interrupting timer and a non-interrupting one of an earlier instant both fire",
        why="§13.5.3",
        text="process p\n  start s -> u\n  user u -> e\n  boundary b on=u duration=PT1H nonint -> x\n"
        "  boundary c on=u duration=PT2H -> y\n  end e\n  end x\n  end y",
        script=[{"advance": "PT9H"}],
        ended=["x", "y"],
        hours={"b": [1], "c": [2]},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_event_gateway(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
