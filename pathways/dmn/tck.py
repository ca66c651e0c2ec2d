"""How does this build do on the DMN TCK? Every case of a folder, run and compared, by folder and in total.

A result has `passed`, `failed`, or is `unsupported`: it needs functions in Java or PMML, which are never called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from pathways.dmn.evaluation import Decisions, UnknownDecision
from pathways.dmn.linking import read_decisions
from pathways.dmn.model import Decision, DecisionService
from pathways.dmn.tck_cases import Case, Expectation, TestFile, UnreadableTest, is_test_file, read_test_file
from pathways.feel.comparison import equal
from pathways.feel.values import Value
from pathways.feel.writing import string

Verdict: TypeAlias = Literal["passed", "failed", "unsupported"]

ROUNDED = 8
"""An expectation with at least this many decimals is a rounded result of `exp`, `**` and the like: there a difference
below one unit of the last of these decimals is none. Every other number has to be the same to the last digit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expected result."""

    folder: str
    test: str
    case: str
    result: str
    verdict: Verdict
    expected: str
    got: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many results of a folder passed, failed, and are not supported."""

    passed: int
    failed: int
    unsupported: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.unsupported


def run_kit(root: Path, *, now: datetime) -> list[Outcome]:
    """Run every test below a folder, in order of path."""
    outcomes: list[Outcome] = []
    for path in sorted(root.rglob("*.xml")):
        if is_test_file(path.read_bytes()):
            outcomes.extend(_run_file(path, root, now))
    return outcomes


def _run_file(path: Path, root: Path, now: datetime) -> Iterator[Outcome]:
    place = path.parent.relative_to(root).parts
    outcome = partial(Outcome, place[0] if len(place) > 1 else root.resolve().name, path.stem)
    try:
        tests = read_test_file(path)
    except UnreadableTest as error:
        yield outcome("", "", "failed", "", "", str(error))
        return
    model = _model(tests)
    for case in tests.cases:
        for expectation in case.expectations:
            asked = partial(outcome, case.id, expectation.name)
            if case.problem or isinstance(model, str):
                yield asked("failed", "", "", case.problem or str(model))
            else:
                yield _run(model, case, expectation, now, asked)


def _model(tests: TestFile) -> Decisions | str:
    """The model of a test file, with every other model of its folder at hand for imports; or why there is none."""
    files = {path.name: path.read_bytes() for path in sorted(tests.path.parent.glob("*.dmn"))}
    name = tests.model if tests.model in files else _likely(tests, files)
    if name is None:
        return f"there is no model '{tests.model}' beside {tests.path.name}"
    reading = read_decisions(files[name], file=name, others={key: files[key] for key in files if key != name})
    return reading.decisions or f"{name}: {reading.findings[0].message}"


def _likely(tests: TestFile, files: Iterable[str]) -> str | None:
    """The model that a test file must mean when it names none that is there."""
    named = [name for name in files if tests.path.stem.startswith(Path(name).stem)]
    return max(named, key=len) if named else next(iter(files), None)


def _run(
    decisions: Decisions, case: Case, expectation: Expectation, now: datetime, outcome: Callable[..., Outcome]
) -> Outcome:
    expected = "null (an error)" if expectation.error else string(expectation.value)
    try:
        result = decisions.evaluate(_wanted(decisions, case, expectation), dict(case.inputs), now=now)
    except UnknownDecision as error:
        return outcome("failed", expected, "", str(error))
    except Exception as error:
        return outcome("failed", expected, "", f"crashed: {error!r}")
    value = _part(decisions, case, expectation, result.value)
    reason = "; ".join(result.warnings)
    right = value is None if expectation.error else same(expectation.value, value)
    if right:
        return outcome("passed", expected, string(value))
    foreign = any(map(_is_foreign, result.warnings))
    return outcome("unsupported" if foreign else "failed", expected, string(value), reason)


def _is_foreign(warning: str) -> bool:
    return "external functions" in warning or "functions of kind" in warning


def _wanted(decisions: Decisions, case: Case, expectation: Expectation) -> str:
    if case.kind != "decision" and case.invocable:
        return case.invocable
    main = decisions.models[0]
    if expectation.namespace in ("", main.namespace) or decisions.has(expectation.name):
        return expectation.name
    imported = (model for model in decisions.models if model.namespace == expectation.namespace)
    ids = [element.id for model in imported for element in model.elements if element.name == expectation.name]
    return f"{expectation.namespace}#{ids[0]}" if ids else expectation.name


def _part(decisions: Decisions, case: Case, expectation: Expectation, value: Value) -> Value:
    """The result a case asks for: of a service with several outputs it is one of them."""
    services = (element for element in decisions.models[0].elements if isinstance(element, DecisionService))
    service = next((element for element in services if element.name == case.invocable), None)
    if service is None or len(service.outputs) < 2 or not isinstance(value, dict):
        return value
    outputs = {output.rpartition("#")[2] for output in service.outputs}
    names = {
        name
        for element in decisions.models[0].elements
        if isinstance(element, Decision) and element.id in outputs
        for name in (element.name, element.variable.name)
    }
    return value.get(expectation.name) if expectation.name in names else value


def same(expected: Value, got: Value) -> bool:
    """Whether two values are the same: of one type, numbers within the tolerance, moments on the same clock."""
    match expected, got:
        case Decimal(), Decimal():
            return expected == got or (
                _decimals(expected) >= ROUNDED and abs(expected - got) < Decimal(1).scaleb(-ROUNDED)
            )
        case list(), list():
            return len(expected) == len(got) and all(map(same, expected, got))
        case dict(), dict():
            return expected.keys() == got.keys() and all(same(expected[key], got[key]) for key in expected)
        case _:
            return type(expected) is type(got) and equal(expected, got) is True and _offset(expected) == _offset(got)


def _offset(value: Value) -> timedelta | None:
    """How far the clock of a time or moment is from UTC."""
    return value.utcoffset() if isinstance(value, time | datetime) else None


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def tallies(outcomes: Iterable[Outcome]) -> dict[str, Tally]:
    """The counts of each folder, in order of name."""
    counted: dict[str, dict[Verdict, int]] = {}
    for outcome in outcomes:
        counts = counted.setdefault(outcome.folder, {"passed": 0, "failed": 0, "unsupported": 0})
        counts[outcome.verdict] += 1
    return {folder: Tally(**counted[folder]) for folder in sorted(counted)}


def total(tally: Mapping[str, Tally]) -> Tally:
    """The counts of all folders together."""
    counts = tally.values()
    return Tally(sum(t.passed for t in counts), sum(t.failed for t in counts), sum(t.unsupported for t in counts))
