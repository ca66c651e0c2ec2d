"""Which words may a diagram use where only some are understood? (`pathways/library/work.yaml`)"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pathways.calendar import is_time_literal, parse_span

_FILE = Path(__file__).parents[1] / "library/work.yaml"
_LANGUAGE = 2
"""Letters of a language behind a text for patients: `patientText.de`."""


@dataclass(frozen=True, slots=True)
class Words:
    """What may stand in one place. `kind`: any, duration, span, moment, element, or words for one of `words`."""

    kind: str
    words: frozenset[str] = frozenset()

    def slip(self, text: str) -> str | None:
        """Give the part of a text that nobody would understand; None when there is none."""
        match self.kind:
            case "words":
                return next((part for part in _parts(text) if part not in self.words), None)
            case "duration" | "span":
                return None if _is_duration(text, exact=self.kind == "span") else text
            case "moment":
                return None if is_time_literal(text, form="date") else text
            case _:
                return None

    @property
    def remedy(self) -> str:
        """What to write instead."""
        match self.kind:
            case "duration":
                return "Write an ISO 8601 duration such as P3D or PT8H."
            case "moment":
                return "Write a date such as 2026-03-01, or FEEL after `=`."
            case "span":
                return "Write an ISO 8601 duration in days, hours, minutes or seconds, such as PT30S."
            case _:
                return f"Write one of {', '.join(sorted(self.words))}."


ANY = Words("any")
Table = Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Task types with their headers; inputs of processes, variables and properties with their words; services.

    `results`: the variables that work of a type answers with; `begin`: those that a case is begun with. `messages`:
    those that this system and its library send; `data_classes`: those that a field of a form may be of.
    """

    types: Mapping[str, Table]
    headers: Table
    variables: Table
    inputs: Mapping[str, Table]
    properties: Table
    services: frozenset[str]
    results: Mapping[str, tuple[str, ...]]
    begin: frozenset[str]
    messages: frozenset[str]
    data_classes: frozenset[str]

    def headers_of(self, task_type: str) -> Table:
        """Give the headers that decide how work of this type is done."""
        return {**self.types.get(task_type, {}), **self.headers}

    def inputs_of(self, asked: str) -> Table:
        """Give the inputs of a called process, or of a task type, that hold certain words."""
        return {**self.variables, **self.inputs.get(asked, {})}


@cache
def vocabulary() -> Vocabulary:
    """Read the file."""
    import yaml  # here: `pathways check` starts without it, and most files do not need it

    table = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    parties = [f"{state} by {party}" for state in table["words"]["loop"] for party in table["words"]["parties"]]
    properties = _table(table["properties"])
    by_party = {name: Words("words", properties[name].words | {*parties}) for name in ("loopState", "loopStateEntered")}
    return Vocabulary(
        types={name: _table(headers) for name, headers in table["types"].items()},
        headers=_table(table["headers"]),
        variables=_table(table["variables"]),
        inputs={process: _table(inputs) for process, inputs in table["inputs"].items()},
        properties={**properties, **by_party},
        services=frozenset(table["services"]),
        results={name: tuple(names) for name, names in table["results"].items()},
        begin=frozenset(table["begin"]),
        messages=frozenset(table["messages"]),
        data_classes=frozenset(table["data_classes"]),
    )


def _table(rows: Mapping[str, Any]) -> Table:
    return {
        name: Words("words", frozenset(said)) if isinstance(said, list) else Words(said) for name, said in rows.items()
    }


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _is_duration(text: str, *, exact: bool) -> bool:
    if not is_time_literal(text, form="duration"):
        return False
    span = parse_span(text)
    return not exact or (span.is_positive and not span.months.months)


def without_language(name: str) -> str:
    """Give the name of a property without the language behind it."""
    base, dot, language = name.rpartition(".")
    return base if dot and len(language) == _LANGUAGE else name
