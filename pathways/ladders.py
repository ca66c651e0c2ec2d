"""Which escalation ladders and working calendars exist? Read from the library's YAML, or inline on a step."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from pathways.bpmn.model import Ladder, Rung, WorkingCalendar
from pathways.calendar import parse_offset, working_add
from pathways.feel.moments import parse_moment

_ARROW = re.compile(r"→|->")
T = TypeVar("T")
INLINE = "inline"
"""The name of a ladder that is written on the step itself."""


class LadderSyntaxError(ValueError):
    """The text is no escalation ladder; the message says which rung and why."""


def parse_inline(text: str) -> Ladder:
    """Read rungs written on the step: `PT24H → coordinator; d+P1D → clinical_lead, service_manager`.

    A duration alone counts from creation.

    Raises:
        LadderSyntaxError: a rung is not `offset → role[, role]`.
    """
    rungs = tuple(_inline_rung(part.strip()) for part in text.split(";") if part.strip())
    if not rungs:
        raise LadderSyntaxError("there is no rung")
    return Ladder(name=INLINE, rungs=rungs)


def _inline_rung(text: str) -> Rung:
    when, *roles = _ARROW.split(text)
    tell = tuple(role.strip() for role in roles[0].split(",") if role.strip()) if len(roles) == 1 else ()
    if not tell:
        raise LadderSyntaxError(f"'{text}' is not `offset → role`")
    at = when.strip()
    at = f"c+{at}" if at.startswith("P") else at
    _check_offset(at)
    return Rung(at=at, tell=tell, level="escalation")


def _check_offset(at: str) -> None:
    try:
        parse_offset(at)
    except ValueError as error:
        raise LadderSyntaxError(str(error)) from error


def read_ladders(text: str) -> Mapping[str, Ladder]:
    """Read `name: [rung, …]` from YAML.

    Raises:
        LadderSyntaxError: a rung's offset is none.
        pydantic.ValidationError: the YAML has another shape.
    """
    ladders: dict[str, tuple[Rung, ...]] = _validated(dict[str, tuple[Rung, ...]], text)
    for rung in (rung for rungs in ladders.values() for rung in rungs):
        _check_offset(rung.at)
    return {name: Ladder(name=name, rungs=rungs) for name, rungs in ladders.items()}


def read_calendars(text: str) -> Mapping[str, WorkingCalendar]:
    """Read `name: calendar` from YAML; every calendar is tried once.

    Raises:
        ValueError: a calendar has no working time, or names an unknown zone.
        pydantic.ValidationError: the YAML has another shape.
    """
    calendars: dict[str, WorkingCalendar] = _validated(dict[str, WorkingCalendar], text)
    for calendar in calendars.values():
        working_add(parse_moment("2026-01-01T00:00:00Z"), "P1DT1M", calendar)
    return calendars


def _validated(shape: Any, text: str) -> Any:
    """Read YAML of this shape; what reads YAML is loaded now, because most diagrams name no ladder."""
    import yaml
    from pydantic import TypeAdapter

    return TypeAdapter(shape).validate_python(yaml.safe_load(text) or {})


class _Library(Mapping[str, T], Generic[T]):
    """A file of the library that is read when somebody asks for the first name."""

    def __init__(self, file: str, read: Callable[[str], Mapping[str, T]]) -> None:
        self._file, self._read = file, read

    @cached_property
    def _entries(self) -> Mapping[str, T]:
        return self._read((Path(__file__).parent / "library" / self._file).read_text("utf-8"))

    def __getitem__(self, name: str) -> T:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


@cache
def library_ladders() -> Mapping[str, Ladder]:
    """The ladders of `pathways/library/ladders.yaml`."""
    return _Library("ladders.yaml", read_ladders)


@cache
def library_calendars() -> Mapping[str, WorkingCalendar]:
    """The working calendars of `pathways/library/calendars.yaml`."""
    return _Library("calendars.yaml", read_calendars)
