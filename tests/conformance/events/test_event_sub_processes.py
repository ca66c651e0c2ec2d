"""Do event sub-processes start, interrupt and run beside their scope as BPMN 2.0.2 §10.3.5 and §13.5.4 say?"""

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.events.expectation import Case

WITHIN = "§13.5.4: an interrupting event sub-process ends its scope's other work, the scope ends with it"
BESIDE = "§13.5.4: a non-interrupting event sub-process runs beside its scope, as often as it is triggered"


def process(event: str, host: str = "user u -> e", handler: str = "task t -> ee") -> str:
    return f"""
process p
  start s -> u
  {host}
  end e
  esub E
    start es {event} -> t
    {handler}
    end ee
"""


def within(event: str, handler: str = "task t -> ee") -> str:
    return f"""
process p
  start s -> S
  sub S -> e
    start a -> u
    user u -> i
    end i
    esub E
      start es {event} -> t
      {handler}
      end ee
  boundary b on=S error=Other -> x
  end e
  end x
"""


FIRES: list[tuple[str, dict[str, Any]]] = [
    ("message=M", {"message": "M"}),
    ("signal=S", {"signal": "S"}),
    ("duration=PT1H", {"advance": "PT1H"}),
    ("condition='= n > 1'", {"set": {"n": 2}}),
]


def kinds() -> list[Case]:
    cases = []
    for event, step in FIRES:
        kind = event.split("=")[0]
        cases += [
            Case(
                name=f"an interrupting {kind} event sub-process ends the work of the process",
                why=WITHIN,
                text=process(event),
                start={"n": 0},
                script=[step],
                ended=["ee"],
                terminated={"u": 1},
                order=["~u", "es", "t"],
            ),
            Case(
                name=f"a non-interrupting {kind} event sub-process leaves the process running",
                why=BESIDE,
                text=process(event + " nonint"),
                start={"n": 0},
                script=[step, {"complete": "u"}],
                ended=["ee", "e"],
                completed={"p": 1},
            ),
            Case(
                name=f"an interrupting {kind} event sub-process of a sub-process lets the flow go on after it",
                why=WITHIN,
                text=within(event),
                start={"n": 0},
                script=[step],
                ended=["ee", "e"],
                completed={"S": 1, "u": 0, "i": 0},
                terminated={"u": 1},
            ),
        ]
    return cases


CASES = [
    *kinds(),
    Case(
        name="an error event sub-process catches the error of its scope",
        why=WITHIN,
        text=within("error=E1"),
        script=[{"throwError": "u", "code": "E1"}],
        ended=["ee", "e"],
        terminated={"u": 1},
        completed={"S": 1},
    ),
    Case(
        name="an error event sub-process catches an error end event of its scope",
        why="§13.5.4; §10.5.6",
        text=process("error=E1", "task u -> b\n  end b error=E1"),
        ended=["b", "ee"],
        completed={"t": 1},
    ),
    Case(
        name="a non-interrupting escalation event sub-process lets the thrower continue",
        why="bpmn.md: escalation caught non-interruptingly while the thrower continues",
        text=process("escalation=X nonint", "throw u escalation=X -> v\n  user v -> e"),
        script=[{"complete": "v"}],
        ended=["ee", "e"],
    ),
    Case(
        name="an interrupting escalation event sub-process ends its scope",
        why=WITHIN + "; bpmn.md: before anything else runs",
        text=process("escalation=X", "throw u escalation=X -> v\n  user v -> e"),
        ended=["ee"],
        completed={"v": 0},
    ),
    Case(
        name="a non-interrupting event sub-process can run twice at once",
        why="bpmn.md: event sub-process started twice non-interruptingly",
        text=process("message=M nonint", handler="user t -> ee"),
        script=[{"message": "M"}, {"message": "M"}],
        status="waiting",
        waiting=["u", "t", "t"],
    ),
    Case(
        name="each run of a non-interrupting event sub-process completes for itself",
        why=BESIDE,
        text=process("message=M nonint", handler="user t -> ee"),
        script=[{"message": "M"}, {"message": "M"}, {"complete": "t"}, {"complete": "u"}, {"complete": "t"}],
        ended=["ee", "e", "ee"],
        completed={"es": 2},
    ),
    Case(
        name="the process waits for a running event sub-process",
        why="§13.5.4: the scope completes only when its event sub-processes have",
        text=process("message=M nonint", handler="user t -> ee"),
        script=[{"message": "M"}, {"complete": "u"}],
        status="waiting",
        waiting=["t"],
        ended=["e"],
    ),
    Case(
        name="a sub-process waits for its running event sub-process",
        why="§13.5.4",
        text=within("message=M nonint", "user t -> ee"),
        script=[{"message": "M"}, {"complete": "u"}],
        status="waiting",
        waiting=["t"],
        completed={"S": 0},
    ),
    Case(
        name="an event sub-process can no longer start when its sub-process has completed",
        why="§13.5.4: it is triggered only while its scope is active",
        text=within("message=M nonint").replace("sub S -> e", "sub S -> v") + "\n  user v -> e",
        script=[{"complete": "u"}, {"message": "M"}],
        status="script-failed",
        completed={"es": 0},
    ),
    Case(
        name="an interrupting event sub-process is started only once",
        why="§13.5.4: the scope is interrupted, no other interrupting start is taken",
        text=process("message=M", handler="user t -> ee") + "  esub F\n    start fs signal=S -> fe\n    end fe",
        script=[{"message": "M"}, {"complete": "t"}],
        ended=["ee"],
        completed={"fs": 0},
    ),
    Case(
        name="an interrupting event sub-process ends the non-interrupting ones that run",
        why="§13.5.4: all running work of the scope is ended",
        text=process("message=M nonint", handler="user t -> ee") + "  esub F\n    start fs signal=S -> fe\n    end fe",
        script=[{"message": "M"}, {"signal": "S"}],
        ended=["fe"],
        terminated={"u": 1, "t": 1},
    ),
    Case(
        name="two event sub-processes of one scope start by their own triggers",
        why=BESIDE,
        text=process("message=M nonint") + "  esub F\n    start fs signal=S nonint -> fe\n    end fe",
        script=[{"signal": "S"}, {"message": "M"}, {"complete": "u"}],
        ended=["fe", "ee", "e"],
    ),
    Case(
        name="one signal starts two event sub-processes",
        why="§10.5.1: a signal is broadcast to every catcher",
        text=process("signal=S nonint") + "  esub F\n    start fs signal=S nonint -> fe\n    end fe",
        script=[{"signal": "S"}, {"complete": "u"}],
        ended_set=["fe", "ee", "e"],
    ),
    Case(
        name="a signal reaches the event sub-processes of outer and inner scope",
        why="§10.5.1: a signal is broadcast to every catcher",
        text=within("signal=S nonint") + "  esub O\n    start os signal=S nonint -> oe\n    end oe",
        script=[{"signal": "S"}, {"complete": "u"}],
        ended_set=["oe", "ee", "i", "e"],
    ),
    Case(
        name="an interrupting event sub-process of the process ends its sub-processes",
        why=WITHIN,
        text=within("signal=S nonint") + "  esub O\n    start os message=M -> oe\n    end oe",
        script=[{"message": "M"}],
        ended=["oe"],
        terminated={"S": 1, "u": 1},
    ),
    Case(
        name="an event sub-process inside an event sub-process catches in its scope",
        why="§10.3.5: an event sub-process is a sub-process and may hold event sub-processes",
        text="""
process p
  start s -> u
  user u -> e
  end e
  esub E
    start es message=M nonint -> t
    user t -> ee
    end ee
    esub F
      start fs signal=S -> fe
      end fe
""",
        script=[{"message": "M"}, {"signal": "S"}, {"complete": "u"}],
        ended=["fe", "e"],
        terminated={"t": 1},
    ),
    Case(
        name="a timer cycle starts a non-interrupting event sub-process at each repetition",
        why=BESIDE,
        text=process("cycle=R2/PT1H nonint"),
        script=[{"advance": "PT9H"}, {"complete": "u"}],
        ended=["ee", "ee", "e"],
        hours={"es": [1, 2]},
    ),
    Case(
        name="a conditional event sub-process that is true when the process starts runs at once",
        why="bpmn.md Policies: already true when its scope opens",
        text=process("condition='= n > 1' nonint"),
        start={"n": 2},
        script=[{"complete": "u"}],
        ended=["ee", "e"],
    ),
    Case(
        name="a multiple start of an event sub-process takes any trigger",
        why="§10.5.2, Table 10.86: Multiple in event sub-processes",
        text=process("message=M signal=S"),
        script=[{"signal": "S"}],
        ended=["ee"],
        terminated={"u": 1},
    ),
    Case(
        name="an error thrown in an event sub-process leaves its scope",
        why="§10.5.7: the error propagates from the event sub-process to the scope around",
        text=within("message=M", "end t error=Other"),
        script=[{"message": "M"}],
        completed={"x": 1, "S": 0, "e": 0},
    ),
    Case(
        name="an error thrown in an error event sub-process is not caught by itself",
        why="§13.5.4: its handler runs already; the error goes outward",
        text=within("error=Other", "end t error=Other"),
        script=[{"throwError": "u", "code": "Other"}],
        completed={"x": 1, "es": 1, "e": 0},
    ),
    Case(
        name="an event sub-process sees and writes the variables of its scope",
        why="bpmn.md Variables: the result merges into the nearest scope that has the variable",
        text=process("message=M nonint", handler="script t gives='= n + 1' result=n -> ee"),
        start={"n": 1},
        script=[{"message": "M"}, {"message": "M"}, {"complete": "u"}],
        variables={"n": 3},
    ),
    Case(
        name="an event sub-process that is never triggered does not hold its process",
        why="§13.5.4",
        text=process("message=M"),
        script=[{"complete": "u"}],
        ended=["e"],
        completed={"es": 0},
    ),
    Case(
        name="an event sub-process in a multi-instance sub-process is started in every item",
        why="§13.3.7: each item is its own scope; §10.5.1 broadcast",
        text=within("signal=S").replace("sub S", "sub S each='= [1, 2]'"),
        script=[{"signal": "S"}],
        ended=["ee", "ee", "e"],
        completed={"es": 2},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_event_sub_process(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
