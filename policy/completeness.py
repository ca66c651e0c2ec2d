"""What is missing in a referral, and how complete is it? By the items that its pathway requires or wants.

It is advice for whoever sends and triages: nothing is refused, and no clock waits, because something is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

TABLE = Path(__file__).parent / "completeness.yaml"
Need = Literal["required", "wanted"]
NEEDS: tuple[Need, ...] = ("required", "wanted")
"""The stronger need first: what one place requires and another wants is required."""


class CompletenessError(Exception):
    """The table asks for something that it does not name; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One item that a referral does not bring. `item`: the member of the referral; `text`: what a person calls it."""

    item: str
    text: str
    need: Need


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete a referral is. `score`: 0 to 100, by weight; `complete`: nothing that is required is missing."""

    score: int
    complete: bool
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The table. `pathways`: what each asks for beside what is asked everywhere."""

    weights: Mapping[Need, int]
    items: Mapping[str, str]
    everywhere: Mapping[str, Need]
    pathways: Mapping[str, Mapping[str, Need]]

    def asked(self, pathway: str) -> Mapping[str, Need]:
        """Give what a pathway asks for, in the order of the items."""
        own = self.pathways.get(pathway, {})
        found = {item: [each[item] for each in (self.everywhere, own) if item in each] for item in self.items}
        return {item: min(needs, key=NEEDS.index) for item, needs in found.items() if needs}


def completeness(referral: Mapping[str, Any], pathway: str) -> Completeness:
    """Say what of what its pathway asks for a referral, as JSON, brings along."""
    table = requirements()
    asked = table.asked(pathway)
    missing = tuple(Missing(item, table.items[item], need) for item, need in asked.items() if not _in(referral, item))
    whole = sum(table.weights[need] for need in asked.values())
    there = whole - sum(table.weights[each.need] for each in missing)
    return Completeness(100 * there // whole, all(each.need != "required" for each in missing), missing)


@cache
def requirements(path: Path = TABLE) -> Table:
    """Read the table, once.

    Raises:
        CompletenessError: it asks for an item that it does not name.
    """
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    pathways = {key: _needs(key, asked, table["items"]) for key, asked in table["pathways"].items()}
    everywhere = _needs("everywhere", table["everywhere"], table["items"])
    return Table(table["weights"], table["items"], everywhere, pathways)


def _needs(place: str, asked: Mapping[Need, list[str]], items: Mapping[str, str]) -> dict[str, Need]:
    unknown = sorted({name for names in asked.values() for name in names} - set(items))
    if unknown:
        raise CompletenessError(f"{TABLE.name}: {place} asks for {unknown}, which `items` does not name: add it there.")
    return {name: need for need in reversed(NEEDS) for name in asked.get(need, ())}


def _in(referral: Mapping[str, Any], item: str) -> bool:
    value: Any = referral
    for name in item.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return bool(value)
