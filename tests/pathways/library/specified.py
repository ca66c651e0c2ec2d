"""What does the specification of a pathway ask for? Its YAML, read into nodes, fields and events."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "design" / "pathways"
"""The clinical specification lies beside the project, not in it: without it nothing is compared."""

FIELD = re.compile(
    r"(?P<key>\w+):(?P<type>\w+)(\((?P<options>[^)]*)\))?(\[[^]]*\])?(\{(?P<range>[^}]*)\})?(?P<must>!)?\s*(\|.*)?$"
)
DURATION = re.compile(r"\bP(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?\b")
WORD = re.compile(r"[a-z]\w{3,}")
NO_NAMES = frozenset({"expr", "created", "duration", "date", "time", "string"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: `name:type(options)[unit]{least..most}!`, `!` = required."""

    key: str
    type: str
    options: frozenset[str]
    required: bool
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One node, as the YAML gives it; `next`: the nodes that may follow; `events`: what an event gateway waits for."""

    id: str
    type: str
    given: Mapping[str, Any]
    next: tuple[str, ...]
    events: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """What people read."""
        return str(self.given.get("name", ""))

    def text(self, key: str) -> str:
        """A value as text; empty when it is not given."""
        return str(self.given.get(key, ""))


@dataclass(frozen=True, slots=True)
class Specification:
    """One YAML file."""

    folder: str
    given: Mapping[str, Any]
    steps: Mapping[str, Step]

    def list(self, key: str) -> list[Any]:
        """A list of the file; empty when it is not there."""
        return list(self.given.get(key) or [])

    def table(self, key: str) -> dict[str, Any]:
        """A mapping of the file; empty when it is not there."""
        return dict(self.given.get(key) or {})


@cache
def common() -> Mapping[str, Any]:
    """Ladders, messages and exceptions that all pathways share."""
    return dict(yaml.safe_load((FOLDER / "_common.yaml").read_text()))


def specified_folders() -> list[str]:
    """The folders that the library must have, by the names of the YAML files."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if not path.stem.startswith("_"))


@cache
def specification(folder: str) -> Specification:
    """Read one file."""
    given = yaml.safe_load((FOLDER / f"{folder}.yaml").read_text())
    return Specification(folder, given, {node["id"]: _step(node) for node in given["nodes"]})


def _step(node: Mapping[str, Any]) -> Step:
    following = node.get("next") or []
    ways = [{"to": following}] if isinstance(following, str) else following
    ways = [{"to": way} if isinstance(way, str) else way for way in ways]
    return Step(
        id=node["id"],
        type=node["type"],
        given=node,
        next=tuple(way["to"] for way in ways),
        events=tuple(way["event"] for way in ways if "event" in way),
        fields=tuple(map(field, node.get("form") or [])),
    )


def field(text: str) -> Field:
    """Read one field."""
    found = FIELD.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no field: name:type(options)[unit]{{min..max}}!")
    least, _, most = (found["range"] or "").partition("..")
    return Field(
        key=found["key"],
        type=found["type"],
        options=frozenset((found["options"] or "").split("|")) - {""} if found["type"] in ("enum", "multi") else NONE,
        required=bool(found["must"]),
        least=float(least) if least else None,
        most=float(most) if most else None,
    )


NONE: frozenset[str] = frozenset()


def durations(text: str) -> set[str]:
    """Every ISO 8601 duration in a text."""
    return {found for found in DURATION.findall(text) if found != "P"}


def names_in(text: str) -> set[str]:
    """Every variable that an expression of the YAML names."""
    return set(WORD.findall(DURATION.sub(" ", text.removeprefix("expr:")))) - NO_NAMES


def exceptions_in(text: str) -> Iterator[str]:
    """The common exceptions that a text speaks of."""
    yield from re.findall(r"EXC-[A-Z-]+", text)
