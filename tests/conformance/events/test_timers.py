"""When do timers fire (BPMN 2.0.2 §10.5.5, Table 10.101; ISO 8601; bpmn.md Timers)?"""

from pathlib import Path

import pytest

from tests.conformance.events.expectation import Case

FORMATS = "bpmn.md Timers: ISO 8601 date, duration (months and years by calendar), cycle, cron; FEEL for each"


def waits(timer: str) -> str:
    return f"process p\n  start s -> c\n  catch c {timer} -> e\n  end e"


def repeats(timer: str) -> str:
    return f"process p\n  start s -> u\n  user u -> e\n  boundary b on=u {timer} nonint -> x\n  end e\n  end x"


DUE = [
    ("a duration in minutes", "duration=PT90M", "1.5"),
    ("a duration in weeks", "duration=P2W", "336"),
    ("a duration in days and hours", "duration=P1DT2H", "26"),
    ("a FEEL duration", "duration='= duration(\"PT3H\")'", "3"),
    ("a FEEL text that is a duration", "duration='= text'", "5"),
    ("a FEEL duration that is computed", "duration='= duration(\"PT1H\") * n'", "4"),
    ("a date with Z", "date=2100-07-01T12:00:00Z", "2100-07-01T12:00:00+00:00"),
    ("a date with an offset", "date=2100-07-01T12:00:00+02:00", "2100-07-01T10:00:00+00:00"),
    ("a FEEL date and time", "date='= date and time(\"2100-07-01T12:00:00Z\")'", "2100-07-01T12:00:00+00:00"),
    (
        "a FEEL date with a zone in summer",
        "date='= date and time(\"2030-07-01T12:00:00@Europe/Berlin\")'",
        "2030-07-01T10:00:00+00:00",
    ),
    (
        "a FEEL date with a zone in winter",
        "date='= date and time(\"2030-12-01T12:00:00@Europe/Berlin\")'",
        "2030-12-01T11:00:00+00:00",
    ),
    (
        "a date with an offset and a zone",
        "date=2030-07-01T12:00:00+02:00[Europe/Berlin]",
        "2030-07-01T10:00:00+00:00",
    ),
    (
        "a month added to the last of January",
        'date=\'= date and time("2100-01-31T00:00:00Z") + duration("P1M")\'',
        "2100-02-28T00:00:00+00:00",
    ),
    ("a duration of one month", "duration=P1M", "P1M"),
    ("a duration of thirteen months", "duration=P13M", "P13M"),
    ("a duration of two years", "duration=P2Y", "P24M"),
    ("a duration of a year and a month", "duration=P1Y1M", "P13M"),
]

CASES = [
    *(
        Case(
            name=f"{name} is due when it says",
            why=FORMATS,
            text=waits(timer),
            start={"text": "PT5H", "n": 4},
            status="waiting",
            waiting=["c"],
            trigger={"c": "timer"},
            due={"c": due},
        )
        for name, timer, due in DUE
    ),
    Case(
        name="a catch of a date in the past goes on without waiting",
        why="§10.5.5: the time has come; contract: --auto lets time run to the next timer",
        text=waits("date=2001-01-01T00:00:00Z"),
        auto=True,
        ended=["e"],
        hours={"c": [0]},
    ),
    Case(
        name="a catch of no duration goes on without waiting",
        why="§10.5.5",
        text=waits("duration=PT0S"),
        auto=True,
        ended=["e"],
        hours={"c": [0]},
    ),
    Case(
        name="time goes on step by step",
        why="contract: advance",
        text=waits("duration=PT3H"),
        script=[{"advance": "PT1H"}, {"advance": "PT1H"}],
        status="waiting",
        waiting=["c"],
    ),
    Case(
        name="steps of time add up",
        why="contract: advance",
        text=waits("duration=PT3H"),
        script=[{"advance": "PT1H"}, {"advance": "PT2H"}],
        ended=["e"],
        hours={"c": [3]},
    ),
    Case(
        name="advance next goes to the next timer only",
        why="contract: next, to the next due timer",
        text="process p\n  start s -> f\n  and f -> c, d\n  catch c duration=PT3H -> e\n"
        "  catch d duration=PT1H -> x\n  end e\n  end x",
        script=[{"advance": "next"}],
        status="waiting",
        ended=["x"],
        waiting=["c"],
        hours={"d": [1]},
    ),
    Case(
        name="a long advance fires timers at their own times in order",
        why="contract: a virtual clock",
        text="process p\n  start s -> f\n  and f -> c, d\n  catch c duration=PT3H -> e\n  catch d duration=PT1H -> h\n"
        "  catch h duration=PT1H -> x\n  end e\n  end x",
        script=[{"advance": "P1D"}],
        ended=["x", "e"],
        hours={"d": [1], "h": [2], "c": [3]},
    ),
    Case(
        name="two timers of the same instant both fire",
        why="contract: advance",
        text="process p\n  start s -> f\n  and f -> c, d\n  catch c duration=PT1H -> e\n"
        "  catch d duration=PT1H -> x\n  end e\n  end x",
        script=[{"advance": "PT1H"}],
        ended_set=["e", "x"],
    ),
    Case(
        name="advance next without a timer ends the script",
        why="contract: each step waits for its target, else script-failed",
        text="process p\n  start s -> u\n  user u -> e\n  end e",
        script=[{"advance": "next"}],
        status="script-failed",
    ),
    Case(
        name="auto lets time run to the end",
        why="contract: --auto",
        text="process p\n  start s -> c\n  catch c duration=PT3H -> u\n  user u -> d\n"
        "  catch d duration=P1D -> e\n  end e",
        auto=True,
        ended=["e"],
        hours={"c": [3], "d": [27]},
    ),
    Case(
        name="until stops the time that auto lets run",
        why="contract: --until",
        text="process p\n  start s -> f\n  and f -> c, d\n  catch c duration=PT1H -> e\n"
        "  catch d duration=PT3H -> x\n  end e\n  end x",
        auto=True,
        until="PT2H",
        status="waiting",
        ended=["e"],
        waiting=["d"],
    ),
    Case(
        name="a cycle without end fires as long as its activity runs",
        why=FORMATS + ": R/…",
        text=repeats("cycle=R/PT1H"),
        script=[{"advance": "PT5H"}, {"complete": "u"}],
        hours={"b": [1, 2, 3, 4, 5]},
        ended=["x"] * 5 + ["e"],
    ),
    Case(
        name="a cycle of one fires once",
        why=FORMATS,
        text=repeats("cycle=R1/PT1H"),
        script=[{"advance": "PT5H"}, {"complete": "u"}],
        hours={"b": [1]},
    ),
    Case(
        name="a cycle with a start fires first at the start",
        why="ISO 8601 Rn/start/duration: the first interval begins at the start",
        text=repeats("cycle=R2/2100-01-01T00:00:00Z/PT1H"),
        status="waiting",
        due={"u": "2100-01-01T00:00:00+00:00"},
    ),
    Case(
        name="a cycle with a start fires as often as it says",
        why="ISO 8601 Rn/start/duration",
        text=repeats("cycle=R3/2100-01-01T00:00:00Z/PT1H"),
        script=[{"advance": "P99Y"}, {"complete": "u"}],
        completed={"b": 3},
    ),
    Case(
        name="a cycle in days and months goes by the calendar",
        why=FORMATS,
        text=repeats("cycle=R3/2100-01-31T00:00:00Z/P1M"),
        script=[{"advance": "P99Y"}, {"complete": "u"}],
        completed={"b": 3},
    ),
    Case(
        name="a cron fires every day at its hour",
        why=FORMATS + "; the dialect's cron has six fields, seconds first",
        text=repeats("cycle='0 0 12 * * *'"),
        script=[{"advance": "P2D"}, {"complete": "u"}],
        completed={"b": 2},
    ),
    Case(
        name="a daily cycle with a zone keeps its hour when summer time begins",
        why="bpmn.md Timers: IANA zones; DST-safe",
        text=repeats("cycle=R3/2030-03-30T12:00:00+01:00[Europe/Berlin]/P1D"),
        script=[{"advance": "next"}],
        status="waiting",
        ended=["x"],
        due={"u": "2030-03-31T10:00:00+00:00"},
    ),
    Case(
        name="a cycle with an end stops there",
        why=FORMATS + ": with end",
        text=repeats('cycle=\'= "R/PT1H/" + string(now() + duration("PT3H30M"))\''),
        # How often it fires before the end is not looked at: ISO 8601 counts from the end, engines from the start.
        script=[{"advance": "PT9H"}, {"advance": "next"}],
        status="script-failed",
        waiting=["u"],
    ),
    Case(
        name="a FEEL text that is a cycle",
        why=FORMATS,
        text=repeats('cycle=\'= "R" + string(n) + "/PT2H"\''),
        start={"n": 2},
        script=[{"advance": "P1D"}, {"complete": "u"}],
        hours={"b": [2, 4]},
    ),
    Case(
        name="a boundary timer counts from the start of its activity",
        why="§10.5.5: the timer starts when its event is armed",
        text="process p\n  start s -> v\n  user v -> u\n  user u -> e\n"
        "  boundary b on=u duration=PT1H -> x\n  end e\n  end x",
        script=[{"advance": "PT3H"}, {"complete": "v"}, {"advance": "next"}],
        hours={"b": [4]},
        ended=["x"],
    ),
    Case(
        name="the timer of an event sub-process counts from the start of its scope",
        why="§13.5.4: armed when its scope starts",
        text="process p\n  start s -> v\n  user v -> S\n  sub S -> e\n    start i -> u\n    user u -> j\n    end j\n"
        "    esub E\n      start es duration=PT1H -> ee\n      end ee\n  end e",
        script=[{"advance": "PT3H"}, {"complete": "v"}, {"advance": "next"}],
        hours={"es": [4]},
        ended=["ee", "e"],
    ),
    Case(
        name="a timer in a loop counts anew",
        why="§10.5.5",
        text="process p\n  start s -> m\n  xor m -> c\n  catch c duration=PT1H -> n\n"
        "  script n gives='= i + 1' result=i -> g\n"
        "  xor g -> m if i < 3, e default\n  end e",
        start={"i": 0},
        auto=True,
        hours={"c": [1, 2, 3]},
    ),
    Case(
        name="a timer with a wrong duration is an incident",
        why="contract: incident kind expression",
        text=waits("duration='= \"soon\"'"),
        status="incident",
        incidents=[("c", "expression")],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_timer(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
