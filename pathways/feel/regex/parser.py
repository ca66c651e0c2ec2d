"""Which program does a regular expression stand for?

Instructions: `set` (one character of a set), `split` (try the first way, then the second), `jump`, `save`
(the place where a group starts or ends), `start` and `end` (of the text or line), `again` (a group's text), `match`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pathways.feel.regex import characters
from pathways.feel.regex.characters import CharacterSet

_LARGEST_PROGRAM = 5_000
_DEEPEST_NESTING = 50
_FLAGS = frozenset("smixq")


class RegexError(ValueError):
    """The pattern is no regular expression of XPath."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `first` and `second` are addresses, or the number of a group in `first`."""

    kind: Literal["set", "split", "jump", "save", "start", "end", "again", "match"]
    first: int = 0
    second: int = 0
    members: CharacterSet | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """The instructions, the number of groups, and what the flags changed."""

    instructions: tuple[Instruction, ...]
    groups: int
    looks_back: bool
    by_line: bool
    any_case: bool


_Fragment: TypeAlias = tuple[Instruction, ...]  # addresses are relative to the instruction itself


def parse_pattern(pattern: str, flags: str) -> Program:
    """The program of the pattern.

    Raises:
        RegexError: the pattern or a flag is not of XPath.
    """
    if not set(flags) <= _FLAGS:
        raise RegexError("the flags are s, m, i, x and q")
    parser = _PatternParser(pattern, flags)
    fragment = parser.literal() if "q" in flags else parser.whole()
    return Program(
        (*_group(0, fragment), Instruction("match")), parser.groups, parser.looks_back, "m" in flags, "i" in flags
    )


class _PatternParser:
    """One pass over the pattern; every method reads what its name says."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = _without_spaces(pattern) if "x" in flags and "q" not in flags else pattern
        self.at = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.looks_back = False
        self.dot_takes_newlines = "s" in flags
        self.cased: Callable[[CharacterSet], CharacterSet] = characters.any_case if "i" in flags else _same
        self.nesting = 0

    @property
    def next(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        if not self.next:
            raise RegexError("the pattern ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def takes(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def fail(self, reason: str) -> RegexError:
        return RegexError(f"{reason} at character {self.at} of the pattern")

    def literal(self) -> _Fragment:
        return tuple(Instruction("set", members=self.cased(characters.single(sign))) for sign in self.pattern)

    def whole(self) -> _Fragment:
        fragment = self.alternatives()
        if self.next:
            raise self.fail("a ')' without '('")
        return fragment

    def alternatives(self) -> _Fragment:
        fragment = self.branch()
        while self.takes("|"):
            fragment = _either(fragment, self.branch())
        return fragment

    def branch(self) -> _Fragment:
        fragment: list[Instruction] = []
        while self.next and self.next not in "|)":
            fragment += self.piece()
            if len(fragment) > _LARGEST_PROGRAM:
                raise self.fail("the pattern is too large")
        return tuple(fragment)

    def piece(self) -> _Fragment:
        atom = self.atom()
        least, most = self.quantity()
        if (least, most) == (1, 1):
            return atom
        lazy = self.takes("?")
        if len(atom) * max(least, most or 1, 1) > _LARGEST_PROGRAM:
            raise self.fail("the pattern is too large")
        return _repeated(atom, least, most, lazy=lazy)

    def quantity(self) -> tuple[int, int | None]:
        match self.next:
            case "?" | "*" | "+":
                return {"?": (0, 1), "*": (0, None), "+": (1, None)}[self.take()]
            case "{":
                return self.counted()
            case _:
                return 1, 1

    def counted(self) -> tuple[int, int | None]:
        self.take()
        least = self.number()
        most: int | None = least
        if self.takes(","):
            most = None if self.next == "}" else self.number()
        if not self.takes("}") or (most is not None and most < least):
            raise self.fail("a quantifier is written {2}, {2,} or {2,5}")
        return least, most

    def number(self) -> int:
        digits = ""
        while self.next and self.next in "0123456789":
            digits += self.take()
        if not digits or len(digits) > 4:
            raise self.fail("expected a number up to 9999")
        return int(digits)

    def atom(self) -> _Fragment:
        sign = self.take()
        match sign:
            case "(":
                return self.group()
            case "[":
                return (self.one_of(self.character_class()),)
            case "\\":
                return self.escape()
            case ".":
                anything = characters.inverted(characters.is_newline)
                return (self.one_of(_everything if self.dot_takes_newlines else anything),)
            case "^" | "$":
                return (Instruction("start" if sign == "^" else "end"),)
            case "?" | "*" | "+" | "{" | "}" | "]":
                raise self.fail(f"'{sign}' has nothing to stand for")
            case _:
                return (self.one_of(self.cased(characters.single(sign))),)

    def one_of(self, members: CharacterSet) -> Instruction:
        return Instruction("set", members=members)

    def group(self) -> _Fragment:
        self.nesting += 1
        if self.nesting > _DEEPEST_NESTING:
            raise self.fail("the groups are nested too deeply")
        number = 0
        if not self.takes("?:"):
            self.groups += 1
            number = self.groups
        fragment = self.alternatives()
        if not self.takes(")"):
            raise self.fail("a '(' is never closed")
        self.nesting -= 1
        self.closed.add(number)
        return _group(number, fragment) if number else fragment

    def escape(self) -> _Fragment:
        if self.next in characters.ESCAPED_SETS or self.next in ("p", "P"):
            return (self.one_of(self.escaped_set()),)
        if self.next and self.next in "123456789":
            return (self.reference(),)
        return (self.one_of(self.cased(characters.single(self.escaped_character()))),)

    def reference(self) -> Instruction:
        number = int(self.take())
        while self.next.isdecimal() and number * 10 + int(self.next) <= self.groups:
            number = number * 10 + int(self.take())
        if number not in self.closed:
            raise self.fail(f"there is no group {number} before \\{number}")
        self.looks_back = True
        return Instruction("again", number)

    def escaped_character(self) -> str:
        sign = self.take()
        if sign not in characters.ESCAPED_CHARACTERS:
            raise self.fail(f"\\{sign} has no meaning")
        return characters.ESCAPED_CHARACTERS[sign]

    def escaped_set(self) -> CharacterSet:
        sign = self.take()
        if sign not in "pP":
            return characters.ESCAPED_SETS[sign]
        end = self.pattern.find("}", self.at)
        name = self.pattern[self.at + 1 : end] if self.next == "{" and end > 0 else ""
        members = characters.property_set(name)
        if members is None:
            raise self.fail("there is no such category or block of characters")
        self.at = end + 1
        return members if sign == "p" else characters.inverted(members)

    def character_class(self) -> CharacterSet:
        """What is between `[` and `]`, the `[` already taken."""
        self.nesting += 1
        if self.nesting > _DEEPEST_NESTING:
            raise self.fail("the character classes are nested too deeply")
        negated = self.takes("^")
        parts: list[CharacterSet] = []
        excluded: CharacterSet | None = None
        while not self.takes("]") or not parts:
            if parts and self.takes("-["):
                excluded = self.character_class()
                if self.take() != "]":
                    raise self.fail("a subtraction ends the character class")
                break
            parts.append(self.class_member())
        self.nesting -= 1
        members = characters.united(tuple(parts))
        members = characters.inverted(members) if negated else members
        return members if excluded is None else characters.without(members, excluded)

    def class_member(self) -> CharacterSet:
        if self.next == "\\" and self.pattern[self.at + 1 : self.at + 2] in (*characters.ESCAPED_SETS, "p", "P"):
            self.take()
            return self.escaped_set()
        first = self.class_character()
        after = self.pattern[self.at + 1 : self.at + 2]
        if self.next != "-" or after in ("]", "["):
            return self.cased(characters.single(first))
        self.take()
        last = self.class_character()
        if last < first:
            raise self.fail(f"the range {first}-{last} runs backwards")
        return self.cased(characters.between(first, last))

    def class_character(self) -> str:
        sign = self.take()
        if sign in "[]":
            raise self.fail(f"'{sign}' inside a character class is written \\{sign}")
        return self.escaped_character() if sign == "\\" else sign


def _same(members: CharacterSet) -> CharacterSet:
    return members


def _everything(_character: str) -> bool:
    return True


def _without_spaces(pattern: str) -> str:
    """The pattern of flag `x`: spaces count only inside character classes."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for sign in pattern:
        if not escaped:
            depth += (sign == "[") - (sign == "]")
        if depth or sign not in " \t\n\r":
            kept.append(sign)
            escaped = sign == "\\" and not escaped
    return "".join(kept)


def _group(number: int, fragment: _Fragment) -> _Fragment:
    return (Instruction("save", 2 * number), *fragment, Instruction("save", 2 * number + 1))


def _either(first: _Fragment, second: _Fragment) -> _Fragment:
    split = Instruction("split", 1, len(first) + 2)
    return (split, *first, Instruction("jump", len(second) + 1), *second)


def _repeated(atom: _Fragment, least: int, most: int | None, *, lazy: bool) -> _Fragment:
    """The atom `least` times, and then up to `most` times or without end."""
    fragment = atom * least
    if most is None:
        return (*fragment, _branch(1, len(atom) + 2, lazy=lazy), *atom, Instruction("jump", -len(atom) - 1))
    optional: _Fragment = ()
    for _ in range(most - least):
        optional = (_branch(1, len(atom) + len(optional) + 1, lazy=lazy), *atom, *optional)
    return (*fragment, *optional)


def _branch(inside: int, outside: int, *, lazy: bool) -> Instruction:
    return Instruction("split", outside, inside) if lazy else Instruction("split", inside, outside)
