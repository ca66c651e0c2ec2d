"""What does a table of steps say? `pathways draft`: one row is one step; every slip is told with its file and line."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathways.calendar import is_time_literal
from pathways.ladders import library_ladders

COLUMNS = ("order", "step", "who", "condition", "due", "ladder", "ends")
MUST = ("order", "step")
MOST = 500
_ORDER = re.compile(r"\d+([a-z]\d+)*[a-z]?")
_ROLES = re.compile(r"[a-z][a-z0-9_]*( *, *[a-z][a-z0-9_]*)*")
_ANSWERS = ("yes", "no", "else")


class DraftError(Exception):
    """The table is wrong; the message begins with `file:line`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `order`: `0` begins, `1` follows, `2a` and `2b` are ways after it, `3` joins them."""

    order: str
    name: str
    line: int
    who: str = ""
    condition: str = ""
    due: str = ""
    ladder: str = ""
    ends: bool = False

    @property
    def goes_to(self) -> str:
        """The order of the step that this row leads back to (`goto 1`); empty: it is a step of its own."""
        word, _, order = self.name.partition(" ")
        return order.strip().lower() if word.lower() == "goto" else ""


def read_steps(file: Path) -> tuple[Step, ...]:
    """Read the table.

    Raises:
        DraftError: it is no table of steps.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DraftError(f"{file}:0: The table cannot be read: {error}. Save it as CSV in UTF-8.") from error
    rows = list(csv.DictReader(text.splitlines(), skipinitialspace=True))
    columns = [column.strip().lower() for column in next(csv.reader(text.splitlines()), [])]
    for slip in _columns(columns):
        raise DraftError(f"{file}:1: {slip}")
    steps = tuple(_step(row, line) for line, row in enumerate(rows, start=2) if any(map(_filled, row.values())))
    for line, slip in _slips(steps):
        raise DraftError(f"{file}:{line}: {slip}")
    return steps


def _filled(cell: object) -> bool:
    return bool(cell.strip() if isinstance(cell, str) else cell)


def _columns(columns: Sequence[str]) -> Iterator[str]:
    missing = [column for column in MUST if column not in columns]
    strange = [column for column in columns if column not in COLUMNS]
    if missing or strange:
        named = ", ".join(map(repr, missing or strange))
        what = "is missing" if missing else "is not known"
        yield f"The column {named} {what}. The columns are: {', '.join(COLUMNS)}."


def _step(row: Mapping[str, str | list[str] | None], line: int) -> Step:
    cell = {(name or "").strip().lower(): value.strip() for name, value in row.items() if isinstance(value, str)}
    return Step(
        order=cell.get("order", "").lower(),
        name=cell.get("step", ""),
        line=line,
        who=cell.get("who", ""),
        condition=cell.get("condition", ""),
        due=cell.get("due", ""),
        ladder=cell.get("ladder", ""),
        ends=cell.get("ends", "").lower() in ("yes", "true", "x"),
    )


def _slips(steps: Sequence[Step]) -> Iterator[tuple[int, str]]:
    """Every slip: of one row, then of the rows together."""
    if not steps or len(steps) > MOST:
        yield 1, f"There are {len(steps)} steps; write 1 to {MOST}."
    for step in steps:
        for slip in _of_one(step):
            yield step.line, slip
    yield from _of_all(steps)


def _of_one(step: Step) -> Iterator[str]:
    if not _ORDER.fullmatch(step.order):
        yield f"The order {step.order!r} is none: write 0, 1, 2a, 2b, 3 …"
    if not step.name:
        yield "The step has no name. Write what is done, or `goto 1`."
    if not (step.order == "0" or step.ends or step.goes_to) and not _ROLES.fullmatch(step.who):
        yield f"Nobody does {step.name!r}: `who` is {step.who!r}. Write role ids in small letters, such as gdp."
    if step.condition and step.condition.lower() not in _ANSWERS and not step.condition.startswith("="):
        yield f"The condition {step.condition!r} cannot be decided. Write yes, no, else, or FEEL after =."
    if step.due and not is_time_literal(step.due, form="duration"):
        yield f"{step.due!r} is no ISO 8601 duration. Write it like P3D or PT8H."
    if step.ladder and step.ladder not in library_ladders():
        yield f"There is no ladder {step.ladder!r}. Known ladders: {', '.join(sorted(library_ladders()))}."


def _of_all(steps: Sequence[Step]) -> Iterator[tuple[int, str]]:
    lines: dict[str, int] = {}
    for step in steps:
        if step.order in lines:
            yield step.line, f"The order {step.order} stands in line {lines[step.order]} already."
        lines[step.order] = step.line
    for step in steps:
        if step.goes_to and step.goes_to not in lines:
            yield step.line, f"There is no step {step.goes_to!r} to go to."
    if "0" not in lines:
        yield 1, "Nothing begins: give the first row the order 0."
    if not any(step.ends for step in steps):
        yield steps[-1].line, "Nothing ends: write yes in the column `ends` of the last row."
    yield from _of_ways(steps)


def _of_ways(steps: Sequence[Step]) -> Iterator[tuple[int, str]]:
    """Ways that part have conditions all or none; one of them is taken when no other is, and somebody is asked."""
    for before, ways in ways_apart(steps).items():
        said = [way.condition.lower() for way in ways]
        if any(said) and not all(said):
            yield ways[said.index("")].line, "Some ways that part here have a condition, this one has none."
        elif any(said) and sum(word in ("no", "else") for word in said) != 1:
            orders = ", ".join(way.order for way in ways)
            yield ways[-1].line, f"Of the ways {orders} exactly one says `else` (or `no`): taken when no other is."
        if "yes" in said and before == "0":
            yield ways[0].line, "Nobody can answer yes or no before the first step: write a step that asks, or FEEL."


def ways_apart(steps: Sequence[Step]) -> Mapping[str, tuple[Step, ...]]:
    """By the step before them: the first steps of the ways that part there, such as 2a and 2b (or 2a1 and 2b1)."""
    parts: dict[str, list[Step]] = {}
    orders = {each.order for each in steps}
    for step in steps:
        way = re.fullmatch(r"(.*?)(\d+)[a-z]1?", step.order)
        if way and not (step.order.endswith("1") and step.order[:-1] in orders):
            parts.setdefault(f"{way[1]}{int(way[2]) - 1}", []).append(step)
    return {before: tuple(ways) for before, ways in parts.items()}
