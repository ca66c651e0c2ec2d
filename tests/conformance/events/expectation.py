"""What must a run of one case show, and does it?

An expectation states only what BPMN 2.0.2 and the contract of `pathways simulate` determine; a field that is left
out is not looked at.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from cli.simulate import main
from tests.conformance.events.notation import Order, bpmn

Result = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One diagram, how it is run, and what is expected of it (`name` is a sentence, `why` the rule that decides)."""

    name: str
    why: str
    text: str
    extra: str = ""
    script: Sequence[Mapping[str, Any]] | None = None
    processes: Sequence[str] = ()
    start: Mapping[str, Any] = field(default_factory=dict)
    auto: bool = False
    until: str = ""
    status: str = "completed"  # "" is not looked at
    ended: Sequence[str] | None = None  # in order
    ended_set: Sequence[str] | None = None  # in any order
    waiting: Sequence[str] | None = None  # elements, in any order
    trigger: Mapping[str, str] = field(default_factory=dict)  # of a waiting element
    due: Mapping[str, str] = field(default_factory=dict)  # of a waiting element: a date, P1M, or hours since the start
    variables: Mapping[str, Any] = field(default_factory=dict)
    incidents: Sequence[tuple[str, str]] = ()  # element, kind; "" is any of them
    completed: Mapping[str, int] = field(default_factory=dict)
    terminated: Mapping[str, int] = field(default_factory=dict)
    order: Sequence[str] = ()  # completions, and terminations written ~id, that follow one another
    hours: Mapping[str, Sequence[float]] = field(default_factory=dict)  # completions, in hours since the start
    refused: bool = False

    def __str__(self) -> str:
        return self.name

    def arguments(self, folder: Path, *, order: Order = "written") -> list[str]:
        """Write the files of the case; the arguments that follow `pathways simulate`."""
        (folder / "case.bpmn").write_text(bpmn(self.text, self.extra, order=order))
        given = [str(folder / "case.bpmn"), "--json"]
        for process in self.processes:
            given += ["--process", process]
        given += ["--variables", json.dumps(self.start)] if self.start else []
        given += ["--auto"] if self.auto else []
        given += ["--until", self.until] if self.until else []
        if self.script is not None:
            (folder / "script.json").write_text(json.dumps(self.script))
            given += ["--script", str(folder / "script.json")]
        return given

    def run(self, folder: Path, *, order: Order = "written") -> tuple[int, Result]:
        """Run the case in this process: the exit status and the printed object."""
        printed = StringIO()
        with redirect_stdout(printed):
            code = main(self.arguments(folder, order=order))
        return code, json.loads(printed.getvalue())

    def check(self, folder: Path) -> None:
        """Run the case in this process and compare."""
        self.compare(*self.run(folder))

    def compare(self, code: int, result: Result) -> None:
        """Fail with every difference, and with what happened instead."""
        if self.refused:
            assert (code, result["status"]) == (2, "refused"), result
            return
        __tracebackhide__ = True
        assert code == 0, result
        differences = list(self._differences(result))
        assert not differences, f"{self.why}\n" + "\n".join(differences) + f"\n{_story(result)}"

    def _differences(self, result: Result) -> Iterator[str]:
        done, stopped = _count(result, "completed"), _count(result, "terminated")
        waits = sorted(each["element"] for each in result["waiting"])
        pairs = {
            "status": (self.status, self.status and result["status"]),
            "ended": (self.ended and list(self.ended), self.ended and result["ended"]),
            "ended_set": (self.ended_set and sorted(self.ended_set), self.ended_set and sorted(result["ended"])),
            "incidents": (sorted(self.incidents), self._incidents(result)),
            "variables": (dict(self.variables), {n: result["variables"].get(n) for n in self.variables}),
            "completed": (dict(self.completed), {n: done[n] for n in self.completed}),
            "terminated": (dict(self.terminated), {n: stopped[n] for n in self.terminated}),
            "trigger": (dict(self.trigger), {n: _of(result, n).get("trigger") for n in self.trigger}),
            "due": (
                {n: _moment(result, value) for n, value in self.due.items()},
                {n: _date(_of(result, n).get("due")) for n in self.due},
            ),
            "hours": (
                {n: list(map(float, h)) for n, h in self.hours.items()},
                {n: _hours(result, n) for n in self.hours},
            ),
        }
        if self.ended == []:
            pairs["ended"] = ([], result["ended"])
        if self.waiting is not None:
            pairs["waiting"] = (sorted(self.waiting), waits)
        yield from (f"{name}: expected {want}, got {got}" for name, (want, got) in pairs.items() if want != got)
        if not _follow(self.order, _marks(result)):
            yield f"order: expected {list(self.order)}"

    def _incidents(self, result: Result) -> list[tuple[str, str]]:
        nowhere = {kind for element, kind in self.incidents if not element}
        untold = {element for element, kind in self.incidents if not kind}
        return sorted(
            ("" if each["kind"] in nowhere else each["element"], "" if each["element"] in untold else each["kind"])
            for each in result["incidents"]
        )


def _facts(result: Result, fact: str) -> list[Result]:
    return [each for each in result["trace"] if each["fact"] == fact]


def _count(result: Result, fact: str) -> Counter[str]:
    return Counter(each["element"] for each in _facts(result, fact))


def _of(result: Result, element: str) -> Result:
    return next((each for each in result["waiting"] if each["element"] == element), {})


def _begin(result: Result) -> datetime:
    return datetime.fromisoformat(result["trace"][0]["at"])


def _moment(result: Result, value: str) -> datetime:
    begin = _begin(result)
    if value.startswith("P"):  # months of the calendar; the begin is early in its month
        years, month = divmod(begin.month - 1 + int(value[1:-1]), 12)
        return begin.replace(year=begin.year + years, month=month + 1)
    return datetime.fromisoformat(value) if "T" in value else begin + timedelta(hours=float(value))


def _date(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _hours(result: Result, element: str) -> list[float]:
    done = [each for each in _facts(result, "completed") if each["element"] == element]
    return [(datetime.fromisoformat(each["at"]) - _begin(result)).total_seconds() / 3600 for each in done]


def _marks(result: Result) -> list[str]:
    signs = {"completed": "", "terminated": "~"}
    return [f"{signs[each['fact']]}{each['element']}" for each in result["trace"] if each["fact"] in signs]


def _follow(wanted: Sequence[str], marks: Sequence[str]) -> bool:
    rest = iter(marks)
    return all(each in rest for each in wanted)


def _story(result: Result) -> str:
    rest = {name: result[name] for name in ("status", "ended", "waiting", "variables", "incidents")}
    return f"got {' '.join(_marks(result))}\n{json.dumps(rest)}"
