"""Do end events of every kind end what BPMN 2.0.2 §10.5.3 and §13.5.5 say?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

FORK = "process p\n  start s -> f\n  and f -> u, k\n  user u -> e\n  end e\n  {end}"
ONLY_THAT_SCOPE = "bpmn.md: terminate end inside a sub-process (only that scope)"

# Where a fork offers a task and ends its scope in one step, it is not determined whether the task was activated before:
# such cases say only that it did not complete.
CASES = [
    Case(
        name="a none end event lets the other tokens run",
        why="§13.5.5: the process completes when all tokens are consumed",
        text=FORK.format(end="end k"),
        status="waiting",
        ended=["k"],
        waiting=["u"],
    ),
    Case(
        name="two tokens at one end event reach it twice",
        why="§13.5.5: each token is consumed",
        text="process p\n  start s -> f\n  and f -> a, b\n  task a -> e\n  task b -> e\n  end e",
        ended=["e", "e"],
        completed={"p": 1},
    ),
    Case(
        name="a path without end event ends silently",
        why="§10.5.3: an end event is optional; a token with no outgoing flow is consumed",
        text="process p\n  start s -> u\n  user u",
        script=[{"complete": "u"}],
        ended=[],
    ),
    Case(
        name="a terminate end event ends the whole process",
        why="§13.5.5: all activities of the process are terminated",
        text=FORK.format(end="end k terminate"),
        status="",  # completed or terminated: the contract does not say
        ended=["k"],
        waiting=[],
        completed={"u": 0},
    ),
    Case(
        name="a terminate end event ends running sub-processes",
        why="§13.5.5",
        text="""
process p
  start s -> f
  and f -> S, v
  sub S -> e
    start a -> u
    user u
  user v -> k
  end e
  end k terminate
""",
        script=[{"complete": "v"}],
        status="",
        ended=["k"],
        terminated={"u": 1, "S": 1},
    ),
    Case(
        name="a terminate end event in a sub-process ends only that and the flow goes on",
        why=ONLY_THAT_SCOPE,
        text="""
process p
  start s -> f
  and f -> S, v
  sub S -> e
    start a -> g
    and g -> u, k
    user u
    end k terminate
  user v -> ev
  end e
  end ev
""",
        script=[{"complete": "v"}],
        ended=["k", "e", "ev"],
        terminated={"v": 0, "S": 0},
        completed={"S": 1, "u": 0},
    ),
    Case(
        name="a terminate end event two levels down ends only the innermost scope",
        why=ONLY_THAT_SCOPE,
        text="""
process p
  start s -> S
  sub S -> e
    start a -> g
    and g -> T, v
    user v -> ev
    end ev
    sub T -> et
      start b -> h
      and h -> u, k
      user u
      end k terminate
    end et
  end e
""",
        status="waiting",
        ended=["k", "et"],
        waiting=["v"],
        completed={"u": 0},
    ),
    Case(
        name="a terminate end event in a called process ends only the called one",
        why="§13.5.5: it ends the process it is in; the call activity completes",
        text="""
process p
  start s -> c
  call c calls=q -> e
  end e
process q
  start a -> g
  and g -> u, k
  user u
  end k terminate
""",
        processes=["p"],
        completed={"c": 1, "e": 1, "k": 1, "u": 0},
    ),
    Case(
        name="a terminate end event in a non-interrupting event sub-process ends only that run of it",
        why=ONLY_THAT_SCOPE,
        text="""
process p
  start s -> u
  user u -> e
  end e
  esub E
    start es message=M nonint -> g
    and g -> t, k
    user t
    end k terminate
""",
        script=[{"message": "M"}, {"complete": "u"}],
        ended=["k", "e"],
        completed={"t": 0, "u": 1},
    ),
    Case(
        name="a terminate end event in one item of a multi-instance sub-process leaves the other items",
        why="§13.5.5: for a multi-instance activity only that instance is ended; bpmn.md: only that scope",
        text="""
process p
  start s -> S
  sub S each='= [1, 2]' -> e
    start a -> x
    xor x -> g if item = 1, v default
    and g -> u, k
    user u
    user v -> i
    end i
    end k terminate
  end e
""",
        script=[{"complete": "v"}],
        ended=["k", "i", "e"],
        completed={"u": 0, "v": 1},
    ),
    Case(
        name="a message end event sends to another process",
        why="§10.5.3 Message end; contract: other processes start by message",
        text="process p\n  start s -> e\n  end e message=Go\nprocess q\n  start m message=Go -> x\n  end x",
        processes=["p"],
        ended_set=["e", "x"],
    ),
    Case(
        name="a signal end event reaches a catch in a parallel branch",
        why="§10.5.3 Signal end",
        text="""
process p
  start s -> f
  and f -> c, t
  catch c signal=S -> ec
  task t -> e
  end e signal=S
  end ec
""",
        ended=["e", "ec"],
    ),
    Case(
        name="an error end event ends its sub-process and is caught at its boundary",
        why="§10.5.3 Error end: all currently active threads in the sub-process are terminated",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> g
    and g -> u, k
    user u
    end k error=E1
  boundary b on=S error=E1 -> x
  end e
  end x
""",
        completed={"x": 1, "S": 0, "e": 0, "u": 0},
        terminated={"S": 1},
    ),
    Case(
        name="an escalation end event does not end the other work of its sub-process",
        why="§10.5.3 Escalation end: other active threads are not affected",
        text="""
process p
  start s -> S
  sub S -> e
    start a -> g
    and g -> u, k
    user u -> i
    end i
    end k escalation=X
  boundary b on=S escalation=X nonint -> x
  end e
  end x
""",
        script=[{"complete": "u"}],
        ended=["k", "x", "i", "e"],
    ),
    Case(
        name="a multiple end event throws all it holds",
        why="§10.5.3 Multiple end: all of them occur",
        text="""
process p
  start s -> f
  and f -> c, d, t
  catch c signal=S -> ec
  catch d message=M -> ed
  task t -> e
  end e signal=S message=M
  end ec
  end ed
""",
        ended_set=["e", "ec", "ed"],
    ),
    Case(
        name="a compensation end event compensates before the process completes",
        why="§10.5.3 Compensation end; §10.7.2",
        text="""
process p
  start s -> a
  task a -> e
  boundary ca on=a compensation undo=ua
  user ua handler
  end e compensation
""",
        status="waiting",
        waiting=["ua"],
        completed={"p": 0},
    ),
    Case(
        name="the process completes when the compensation of its end event has",
        why="§10.7.2",
        text="""
process p
  start s -> a
  task a -> e
  boundary ca on=a compensation undo=ua
  user ua handler
  end e compensation
""",
        script=[{"complete": "ua"}],
        ended=["e"],
        order=["a", "ua", "p"],
    ),
    Case(
        name="an end event of a sub-process does not end the process",
        why="§13.3.4: the sub-process completes and its outgoing flow is taken",
        text="process p\n  start s -> S\n  sub S -> u\n    start a -> i\n    end i\n  user u -> e\n  end e",
        status="waiting",
        waiting=["u"],
        completed={"S": 1},
    ),
    Case(
        name="terminate wins over work that is offered at the same step",
        why="§13.5.5: no compensation, no further event is handled after terminate",
        text="""
process p
  start s -> u
  user u -> f
  and f -> k, c
  end k terminate
  catch c signal=S -> e
  end e
  boundary b on=u duration=PT1H nonint -> x
  user x -> e
""",
        status="",
        script=[{"advance": "next"}, {"complete": "u"}],
        waiting=[],
        completed={"k": 1, "c": 0, "e": 0},
        terminated={"x": 1},
    ),
    Case(
        name="cancelling the run from outside terminates it",
        why="contract: {'cancel': true}, status terminated",
        text="process p\n  start s -> u\n  user u -> e\n  end e",
        script=[{"cancel": True}],
        status="terminated",
        ended=[],
        waiting=[],
        terminated={"u": 1},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_end_event(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
