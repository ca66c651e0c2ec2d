"""How is a run of the DMN TCK told? A table for people, JSON for machines, a page for the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from pathways.dmn.tck import Outcome, Tally, tallies, total
from pathways.feel.values import Json

_SHORTEST = 100


def as_json(outcomes: Sequence[Outcome]) -> Json:
    """Counts by folder and in total, and every result that did not pass."""
    counted = tallies(outcomes)
    folders: dict[str, Json] = {folder: _counts(tally) for folder, tally in counted.items()}
    missed: list[Json] = [dict(asdict(outcome)) for outcome in outcomes if outcome.verdict != "passed"]
    return {"total": _counts(total(counted)), "folders": folders, "failures": missed}


def _counts(tally: Tally) -> Json:
    return {**asdict(tally), "total": tally.total, "percent": round(percent(tally), 2)}


def percent(tally: Tally) -> float:
    """The share of results that passed; what is unsupported counts as not passed."""
    return 100 * tally.passed / tally.total if tally.total else 0.0


def human(outcomes: Sequence[Outcome]) -> str:
    """The table, and a line for each result that did not pass."""
    lines = [f"{'folder':32}{'passed':>8}{'failed':>8}{'unsupported':>13}{'total':>8}{'%':>8}"]
    for folder, tally in _with_total(outcomes).items():
        cells = f"{tally.passed:8}{tally.failed:8}{tally.unsupported:13}{tally.total:8}{percent(tally):8.2f}"
        lines.append(f"{folder:32}{cells}")
    return "\n".join([*lines, *map(_missed, _not_passed(outcomes))])


def _not_passed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.verdict != "passed"]


def _with_total(outcomes: Sequence[Outcome]) -> Mapping[str, Tally]:
    counted = tallies(outcomes)
    return {**counted, "total": total(counted)}


def _missed(outcome: Outcome) -> str:
    place = f"{outcome.folder}/{outcome.test} {outcome.case} {outcome.result}".rstrip()
    said = f"expected {_short(outcome.expected)}, got {_short(outcome.got)}"
    reason = f" ({_short(outcome.reason)})" if outcome.reason else ""
    return f"{outcome.verdict} {place}: {said}{reason}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORTEST else line[: _SHORTEST - 1] + "…"


def page(outcomes: Sequence[Outcome], *, day: date, folder: str) -> str:
    """The page of the docs: the table, how values are compared, and what did not pass."""
    rows = [
        f"| {name} | {tally.passed} | {tally.failed} | {tally.unsupported} | {tally.total} | {percent(tally):.2f} |"
        for name, tally in _with_total(outcomes).items()
    ]
    missed = [f"- {_missed(outcome)}" for outcome in _not_passed(outcomes)] or ["Nothing."]
    return "\n".join(
        [_HEAD.format(day=day.isoformat(), folder=folder), *rows, "", "## What did not pass", "", *missed, ""]
    )


_HEAD = """# Decisions beside the DMN TCK

Written by `pathways tck DIR --docs` on {day} from `{folder}`; do not edit. The kit's files are test data that lies
outside this repository. A row counts expected results (a test case may hold several).

Values are compared as the kit means them: types must be the same; numbers by value to the last digit, except that an
expectation written with eight or more decimals is a rounded result and passes within 1e-8; dates and times as moments
with the same offset; an expected error is null. *Unsupported* are results that need functions written in Java or PMML:
those are refused when a model is read and are never called; they count as not passed.

| folder | passed | failed | unsupported | total | % passed |
|---|---|---|---|---|---|"""
