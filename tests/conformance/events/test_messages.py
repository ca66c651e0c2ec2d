"""Does a message reach one receiver, the right one (BPMN 2.0.2 §8.4.2, §10.5.1, bpmn.md Messages)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

KEYED = """
message Reply key='= id'
process q
  start a message=Go -> c
  catch c message=Reply -> u
  user u -> x
  end x
"""
STANDARD_KEYS = (
    '<correlationProperty id="cp" name="id">'
    '<correlationPropertyRetrievalExpression messageRef="message_Reply"><messagePath>= id</messagePath>'
    "</correlationPropertyRetrievalExpression>"
    '<correlationPropertyRetrievalExpression messageRef="message_Go"><messagePath>= id</messagePath>'
    "</correlationPropertyRetrievalExpression></correlationProperty>"
    '<collaboration id="talk"><participant id="Q" processRef="q"/>'
    '<correlationKey id="ck" name="key"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey>'
    "</collaboration>"
)
SUBSCRIPTION = (
    '<correlationSubscription id="cs" correlationKeyRef="ck"><correlationPropertyBinding id="cb"'
    ' correlationPropertyRef="cp"><dataPath>= id</dataPath></correlationPropertyBinding></correlationSubscription>'
)
UNKEYED = KEYED.replace("message Reply key='= id'\n", "").replace("process q\n", f"process q\n  xml '{SUBSCRIPTION}'\n")
TWICE = [{"message": "Go", "variables": {"id": "1"}}, {"message": "Go", "variables": {"id": "2"}}]
PARTIES = "participant A p\nparticipant B q\n"
BUYER = """
process p
  start s -> ask
  throw ask message=Ask -> wait
  catch wait message=Answer -> e
  end e
process q
  start asked message=Ask -> think
  user think -> x
  end x message=Answer
"""
SELF = """
process p
  start s -> f
  and f -> c, u
  catch c message=M -> ec
  user u -> t
  throw t message=M -> e
  end e
  end ec
"""
SAME = """
process p
  start s -> f
  and f -> c, d
  catch c message=M -> ec
  catch d message=M -> ed
  end ec
  end ed
"""

CASES = [
    Case(
        name="a message with a key goes to the instance that has it",
        why="bpmn.md Messages: name and correlation key",
        text=KEYED,
        script=[*TWICE, {"message": "Reply", "correlationKey": "2", "variables": {"got": "two"}}],
        status="waiting",
        waiting=["c", "u"],
        completed={"c": 1},
    ),
    Case(
        name="messages with two keys go to two instances",
        why="bpmn.md Messages",
        text=KEYED,
        script=[
            *TWICE,
            {"message": "Reply", "correlationKey": "2"},
            {"message": "Reply", "correlationKey": "1"},
            {"complete": "u"},
            {"complete": "u"},
        ],
        ended=["x", "x"],
        completed={"c": 2, "q": 2},
    ),
    Case(
        name="a message with a wrong key reaches nobody",
        why="bpmn.md Messages; contract: script-failed",
        text=KEYED,
        script=[TWICE[0], {"message": "Reply", "correlationKey": "9"}],
        status="script-failed",
        completed={"c": 0},
    ),
    Case(
        name="the second message of a key finds nobody once the first was taken",
        why="bpmn.md Messages: one delivery per case; contract: script-failed",
        text=KEYED,
        script=[
            TWICE[0],
            {"message": "Reply", "correlationKey": "1"},
            {"message": "Reply", "correlationKey": "1"},
        ],
        status="script-failed",
        completed={"c": 1, "u": 0},
    ),
    Case(
        name="a number is a key too",
        why="bpmn.md Messages: correlation key from a FEEL expression",
        text="message M key='= string(id)'\nprocess p\n  start s -> c\n  catch c message=M -> e\n  end e",
        start={"id": 17},
        script=[{"message": "M", "correlationKey": "17"}],
        ended=["e"],
    ),
    Case(
        name="the standard's correlation subscription picks the instance by the message's content",
        why="§8.4.2 Correlation: context-based correlation by correlationSubscription and messagePath",
        text=UNKEYED,
        extra=STANDARD_KEYS,
        script=[*TWICE, {"message": "Reply", "variables": {"id": "2"}}, {"complete": "u"}],
        status="waiting",
        ended=["x"],
        waiting=["c"],
    ),
    Case(
        name="the standard's correlation lets no other instance take the message",
        why="§8.4.2 Correlation",
        text=UNKEYED,
        extra=STANDARD_KEYS,
        script=[TWICE[0], {"message": "Reply", "variables": {"id": "9"}}],
        status="script-failed",
        completed={"c": 0},
    ),
    Case(
        name="the standard's correlation frees each instance by its own message",
        why="§8.4.2 Correlation",
        text=UNKEYED,
        extra=STANDARD_KEYS,
        script=[*TWICE, *({"message": "Reply", "variables": {"id": n}} for n in ("2", "1"))],
        status="waiting",
        waiting=["u", "u"],
        completed={"c": 2},
    ),
    Case(
        name="a message between two pools starts the other one and its answer comes back",
        why="§9.4 Message flow; contract: other processes start by message",
        text=BUYER + PARTIES + "messageflow ask asked\nmessageflow x wait\n",
        processes=["p"],
        script=[{"complete": "think"}],
        ended_set=["x", "e"],
        order=["ask", "asked", "think", "x", "wait", "e"],
    ),
    Case(
        name="two processes talk by the names of messages without any message flow drawn",
        why="bpmn.md Policies: messages match by the name of their definition",
        text=BUYER,
        processes=["p"],
        auto=True,
        ended_set=["x", "e"],
    ),
    Case(
        name="the asking process waits until the other answers",
        why="§13.5.2",
        text=BUYER,
        processes=["p"],
        status="waiting",
        waiting=["think", "wait"],
    ),
    Case(
        name="three pools pass a message on",
        why="§9.4",
        text="""
participant A p
participant B q
participant C r
messageflow t a
messageflow x c
messageflow y w
process p
  start s -> t
  throw t message=One -> w
  catch w message=Three -> e
  end e
process q
  start a message=One -> x
  end x message=Two
process r
  start c message=Two -> y
  end y message=Three
""",
        processes=["p"],
        ended_set=["x", "y", "e"],
        order=["t", "a", "c", "w", "e"],
    ),
    Case(
        name="a process that was started by hand gets the message of another",
        why="contract: --process may be repeated",
        text="process p\n  start s -> u\n  user u -> t\n  throw t message=M -> e\n  end e\n"
        "process q\n  start a -> c\n  catch c message=M -> x\n  end x",
        processes=["q", "p"],
        script=[{"complete": "u"}],
        ended_set=["e", "x"],
    ),
    Case(
        name="a process may send a message to itself",
        why="§10.5.1 with bpmn.md: the message matches by name",
        text=SELF,
        script=[{"complete": "u"}],
        ended_set=["e", "ec"],
    ),
    Case(
        name="a message sent before its catch is reached is kept for it",
        why="bpmn.md Messages: buffered for their TTL when nobody waits yet",
        text="process p\n  start s -> t\n  throw t message=M -> c\n  catch c message=M -> e\n  end e",
        ended=["e"],
    ),
    Case(
        name="one message frees only one of two catches of a process",
        why="bpmn.md Messages: one delivery per case",
        text=SAME,
        script=[{"message": "M"}],
        status="waiting",
    ),
    Case(
        name="two messages free two catches of a process",
        why="bpmn.md Messages: one delivery per case",
        text=SAME,
        script=[{"message": "M"}, {"message": "M"}],
        ended_set=["ec", "ed"],
    ),
    Case(
        name="a message between calling and called process arrives",
        why="§10.5.1: messages match by name, whoever sends",
        text="process p\n  start s -> f\n  and f -> c, w\n  call c calls=q -> e\n  catch w message=M -> ew\n"
        "  end e\n  end ew\n"
        "process q\n  start a -> t\n  throw t message=M -> y\n  end y",
        processes=["p"],
        completed={"e": 1, "ew": 1, "y": 1},
    ),
    Case(
        name="the key of a catch is read when the catch begins to wait",
        why="bpmn.md Messages: correlation key of the subscription",
        text="message M key='= id'\nprocess p\n  start s -> a\n  script a gives='= \"new\"' result=id -> c\n"
        "  catch c message=M -> e\n  end e",
        start={"id": "old"},
        script=[{"message": "M", "correlationKey": "new"}],
        ended=["e"],
    ),
    Case(
        name="a key on a boundary event picks the instance",
        why="bpmn.md Messages",
        text="message Stop key='= id'\nprocess q\n  start a message=Go -> u\n  user u -> x\n"
        "  boundary b on=u message=Stop -> y\n  end x\n  end y",
        script=[*TWICE, {"message": "Stop", "correlationKey": "1"}],
        status="waiting",
        ended=["y"],
        waiting=["u"],
        completed={"b": 1},
    ),
    Case(
        name="a key on an event sub-process picks the instance",
        why="bpmn.md Messages",
        text="message Stop key='= id'\nprocess q\n  start a message=Go -> u\n  user u -> x\n  end x\n"
        "  esub E\n    start es message=Stop -> ee\n    end ee",
        script=[*TWICE, {"message": "Stop", "correlationKey": "2"}],
        status="waiting",
        ended=["ee"],
        waiting=["u"],
    ),
    Case(
        name="a multi-instance receive task waits for one message per key",
        why="§13.3.7: each item is its own activation with its own key",
        text="message M key='= item'\nprocess p\n  start s -> r\n"
        '  receive r message=M each=\'= ["a", "b"]\' -> e\n  end e',
        script=[{"message": "M", "correlationKey": "b"}, {"message": "M", "correlationKey": "a"}],
        ended=["e"],
    ),
    Case(
        name="a multi-instance receive task is not done with one of two messages",
        why="§13.3.7",
        text="message M key='= item'\nprocess p\n  start s -> r\n"
        '  receive r message=M each=\'= ["a", "b"]\' -> e\n  end e',
        script=[{"message": "M", "correlationKey": "b"}],
        status="waiting",
        ended=[],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_message(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
