"""Are the rarer sentences of BPMN 2.0.2 about starting, correlating and compensating kept?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case
from tests.conformance.events.test_compensation import CHAIN, END, SUB, inner, undoable
from tests.conformance.events.test_messages import KEYED, STANDARD_KEYS, TWICE

REVERSE = "bpmn.md: compensation in reverse order of completion, once per completed activation"
INSTANTIATES = """
message A key='= id'
message B key='= id'
process p
  eventgw g instantiate parallel -> a, b
  catch a message=A -> j
  catch b message=B -> j
  and j -> e
  end e
"""

CASES = [
    Case(
        name="the standard's key alone picks the instance that the first message made",
        why="§8.4.2 key-based correlation: the first message sets the key, later ones must match it",
        text=KEYED.replace("message Reply key='= id'\n", ""),
        extra=STANDARD_KEYS,
        script=[*TWICE, {"message": "Reply", "variables": {"id": "2", "got": 2}}, {"complete": "u"}],
        status="waiting",
        ended=["x"],
        waiting=["c"],
    ),
    Case(
        name="the standard's key alone refuses a message of another conversation",
        why="§8.4.2 key-based correlation",
        text=KEYED.replace("message Reply key='= id'\n", ""),
        extra=STANDARD_KEYS,
        script=[TWICE[0], {"message": "Reply", "variables": {"id": "9"}}],
        status="script-failed",
        completed={"c": 0},
    ),
    Case(
        name="a parallel instantiating gateway keeps conversations of two keys apart",
        why="§13.4.4 and §8.4.2: subsequent events go to the instance they correlate with",
        text=INSTANTIATES,
        script=[
            {"message": "A", "correlationKey": "1", "variables": {"id": "1"}},
            {"message": "A", "correlationKey": "2", "variables": {"id": "2"}},
            {"message": "B", "correlationKey": "2", "variables": {"id": "2"}},
        ],
        status="waiting",
        ended=["e"],
        completed={"a": 2, "b": 1},
    ),
    Case(
        name="a later message of an exclusive instantiating gateway makes another instance",
        why="§10.6.6: the events behind it are alternative ways to start the process",
        text="process p\n  eventgw g instantiate -> a, b\n  catch a message=A -> ea\n"
        "  catch b message=B -> eb\n  end ea\n  end eb",
        script=[{"message": "B"}, {"message": "A"}],
        ended=["eb", "ea"],
        completed={"p": 2},
    ),
    Case(
        name="a process of two instantiating receive tasks starts at the one whose message came",
        why="§10.3.3 Receive task, instantiate",
        text="process p\n  receive a message=A instantiate -> ea\n  receive b message=B instantiate -> eb\n"
        "  end ea\n  end eb",
        script=[{"message": "B"}],
        ended=["eb"],
        completed={"a": 0, "p": 1},
    ),
    Case(
        name="each message of an instantiating receive task makes its own instance",
        why="§10.3.3 Receive task, instantiate",
        text="process p\n  receive a message=A instantiate -> u\n  user u -> e\n  end e",
        script=[{"message": "A"}, {"message": "A"}],
        status="waiting",
        waiting=["u", "u"],
    ),
    Case(
        name="a message wakes the running instance that waits and starts no process of another name",
        why="bpmn.md: messages match by name",
        text="process p\n  start s -> c\n  catch c message=M -> e\n  end e\nprocess q\n"
        "  start a message=N -> x\n  end x",
        processes=["p"],
        script=[{"message": "M"}],
        ended=["e"],
        completed={"a": 0},
    ),
    Case(
        name="a multiple start event of a none and a message process is not needed to start by hand",
        why="contract: default is the process with a none start",
        text="process p\n  start s -> u\n  start m message=M signal=S -> u\n  user u -> e\n  end e",
        status="waiting",
        waiting=["u"],
    ),
    Case(
        name="a none start by hand and a message start make two instances",
        why="§10.5.2: each start event makes its own instance",
        text="process p\n  start s -> u\n  start m message=M -> u\n  user u -> e\n  end e",
        script=[{"message": "M"}, {"complete": "u"}, {"complete": "u"}],
        ended=["e", "e"],
        completed={"s": 1, "m": 1, "p": 2},
    ),
    Case(
        name="handlers that run are ended with the scope that throws",
        why="§13.5.3: an interrupting boundary event ends all work of its activity",
        text="process p\n  start s -> S\n  sub S -> e\n    start i -> a\n"
        + inner(undoable("a", "t", handler="user"))
        + "    throw t compensation -> j\n    end j\n  boundary b on=S duration=PT1H -> x\n  end x\n"
        + END,
        script=[{"advance": "next"}],
        ended=["x"],
        terminated={"ua": 1},
        completed={"t": 0, "ua": 0},
    ),
    Case(
        name="a second throw does not run a handler that is running already",
        why=REVERSE,
        text="process p\n  start s -> a\n"
        + undoable("a", "f", handler="user")
        + "  and f -> t1, t2\n  throw t1 compensation -> e\n  throw t2 compensation -> e\n"
        + END,
        script=[{"complete": "ua"}],
        ended=["e", "e"],
        completed={"ua": 1},
    ),
    Case(
        name="the work on a boundary path is compensated too",
        why="§10.7.1: every completed activity of the scope",
        text="process p\n  start s -> v\n  user v -> e\n  boundary b on=v message=M -> a\n"
        + undoable("a", "t")
        + "  throw t compensation -> e\n"
        + END,
        script=[{"message": "M"}],
        order=["a", "ua", "t", "e"],
    ),
    Case(
        name="a parallel multi-instance sub-process compensates what each item did",
        why="§10.7.1: default compensation of every instance",
        text=SUB.replace("sub S", "sub S each='= [1, 2]'") + "  throw t compensation -> e\n" + END,
        completed={"a": 2, "ua": 2, "ub": 2, "e": 1},
    ),
    Case(
        name="an empty multi-instance activity has nothing to compensate",
        why="bpmn.md: multi-instance with an empty collection completes at once; once per completed activation",
        text="process p\n  start s -> a\n"
        + undoable("a", "t", marks="each='= []'")
        + "  throw t compensation -> e\n"
        + END,
        ended=["e"],
        completed={"ua": 0},
    ),
    Case(
        name="a handler sub-process may end by terminate and the compensation goes on",
        why="bpmn.md: terminate end inside a sub-process (only that scope)",
        text="process p\n  start s -> a\n"
        + undoable("a", "b")
        + undoable("b", "t", handler="sub").rstrip("\n")
        + "\n    start i -> f\n    and f -> v, k\n    user v\n    end k terminate\n  throw t compensation -> e\n"
        + END,
        completed={"ua": 1, "ub": 1, "e": 1, "v": 0},
    ),
    Case(
        name="a handler may write the variables of its scope",
        why="bpmn.md Variables: the result merges into the nearest scope that has the variable",
        text=CHAIN.replace("task ua handler", "script ua handler gives='= n - 1' result=n")
        + "  throw t compensation -> e\n"
        + END,
        start={"n": 3},
        variables={"n": 2},
    ),
    Case(
        name="a compensation event sub-process of a whole process is executed or refused and never passed over",
        why="bpmn.md: whatever is not executed is refused",
        text="process p\n  start s -> a\n  call a calls=q -> t\n  throw t compensation -> e\n  end e\n"
        "process q\n  start i -> b\n  task b -> j\n  end j\n"
        "  esub E\n    start es compensation -> h\n    task h -> ee\n    end ee\n",
        processes=["p"],
        # §10.7.1 allows it in a process; that its call activity triggers it is said nowhere in one sentence.
        refused=True,
    ),
    Case(
        name="activityRef of one of two activities leaves the other to a later throw for it",
        why="§10.7.2: activityRef",
        text=CHAIN + "  throw t compensation=a -> t2\n  throw t2 compensation=b -> e\n" + END,
        order=["ua", "t", "ub", "t2"],
        completed={"ua": 1, "ub": 1},
    ),
    Case(
        name="compensation goes on while another branch works",
        why="§10.7: compensation does not interrupt the scope that throws it",
        text="process p\n  start s -> a\n"
        + undoable("a", "f", handler="user")
        + "  and f -> t, v\n  throw t compensation -> e\n  user v -> x\n  end x\n"
        + END,
        script=[{"complete": "v"}, {"complete": "ua"}],
        ended=["x", "e"],
    ),
    Case(
        name="a terminate end event does not compensate",
        why="§10.5.3 Terminate end: the process is ended without compensation or event handling",
        text="process p\n  start s -> a\n" + undoable("a", "k") + "  end k terminate",
        status="",
        completed={"a": 1, "ua": 0},
    ),
    Case(
        name="a terminate end event in a transaction does not cancel it",
        why="§10.5.3 Terminate end: without compensation",
        text="process p\n  start s -> T\n  transaction T -> e\n    start i -> a\n"
        + inner(undoable("a", "k"))
        + "    end k terminate\n  boundary c on=T cancel -> v\n  end v\n"
        + END,
        completed={"ua": 0, "c": 0, "e": 1, "T": 1},
    ),
    Case(
        name="a compensated loop leaves nothing for the process to wait for",
        why=REVERSE,
        text=SUB.replace("-> S\n", "-> m\n  xor m -> S\n", 1).replace("-> t\n", "-> g\n", 1)
        + "  xor g -> m if again = true and loops = 0, t default\n  throw t compensation -> e\n"
        + END,
        start={"again": False, "loops": 0},
        completed={"S": 1, "ua": 1, "ub": 1, "p": 1},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_rare_event(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
