"""What is a pattern made of? The tree of a regular expression (ECMA-262 §22.2.1, without the `u` flag)."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Ranges: TypeAlias = tuple[tuple[str, str], ...]

DIGITS: Ranges = (("0", "9"),)
WORD: Ranges = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
LINE_ENDS: Ranges = (("\n", "\n"), ("\r", "\r"), ("\u2028", "\u2029"))
SPACES: Ranges = (
    ("\t", "\r"),
    (" ", " "),
    ("\xa0", "\xa0"),
    ("\u1680", "\u1680"),
    ("\u2000", "\u200a"),
    ("\u2028", "\u2029"),
    ("\u202f", "\u202f"),
    ("\u205f", "\u205f"),
    ("\u3000", "\u3000"),
    ("\ufeff", "\ufeff"),
)


class PatternError(ValueError):
    """The pattern is no regular expression of JavaScript, or one that cannot be executed here; says where."""


@dataclass(frozen=True, slots=True)
class Characters:
    """One character inside the ranges, or outside them."""

    ranges: Ranges
    negated: bool = False
    kind: Literal["characters"] = "characters"

    def holds(self, sign: str) -> bool:
        """Whether the character is one of these."""
        return any(first <= sign <= last for first, last in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters: the start or end of the text, a word boundary or none."""

    edge: Literal["start", "end", "word", "inside"]
    kind: Literal["edge"] = "edge"


@dataclass(frozen=True, slots=True)
class Again:
    """What a group matched, once more."""

    group: int
    kind: Literal["again"] = "again"


@dataclass(frozen=True, slots=True)
class Group:
    """A part whose text is remembered."""

    number: int
    inner: "Tree"
    kind: Literal["group"] = "group"


@dataclass(frozen=True, slots=True)
class Look:
    """What must, or must not, stand ahead or behind."""

    inner: "Tree"
    ahead: bool
    negated: bool
    kind: Literal["look"] = "look"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times; `most` None has no end; `groups` are those inside, forgotten at each turn."""

    inner: "Tree"
    least: int
    most: int | None
    lazy: bool
    groups: tuple[int, int]
    kind: Literal["repeat"] = "repeat"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after another."""

    parts: "tuple[Tree, ...]"
    kind: Literal["sequence"] = "sequence"


@dataclass(frozen=True, slots=True)
class Either:
    """The first branch that leads to a match."""

    branches: "tuple[Tree, ...]"
    kind: Literal["either"] = "either"


Tree: TypeAlias = Characters | Edge | Again | Group | Look | Repeat | Sequence | Either


@dataclass(frozen=True, slots=True)
class Whole:
    """A pattern that was read: its tree and how many groups it has."""

    tree: Tree
    groups: int
    refers_back: bool
