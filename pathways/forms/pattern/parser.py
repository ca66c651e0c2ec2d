"""Which tree does a pattern stand for? (ECMA-262 §22.2.1 and annex B.1.2, as `new RegExp(pattern)` reads it)."""

import re

from pathways.forms.limits import MAX_PATTERN, MAX_PATTERN_DEPTH
from pathways.forms.pattern.syntax import (
    DIGITS,
    LINE_ENDS,
    SPACES,
    WORD,
    Again,
    Characters,
    Edge,
    Either,
    Group,
    Look,
    PatternError,
    Ranges,
    Repeat,
    Sequence,
    Tree,
    Whole,
)

_QUANTITY = re.compile(r"\{(\d+)(?:(,)(\d+)?)?\}", re.ASCII)
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)
_NAMED = {"d": DIGITS, "w": WORD, "s": SPACES}
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "0": "\0"}
_PLACES = ("^", "$", "\\b", "\\B", "(?<=", "(?<!")
_LOOKS = {"?=": (True, False), "?!": (True, True), "?<=": (False, False), "?<!": (False, True)}


def parse(pattern: str) -> Whole:
    """Read a whole pattern.

    Raises:
        PatternError: it is wrong, or too large.
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"it has more than {MAX_PATTERN} characters")
    return _Reading(pattern).whole()


class _Reading:
    """One pass over the pattern; every method reads what its name says."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.groups = 0
        self.depth = 0
        self.names: dict[str, int] = {}
        self.again: list[tuple[int, str | int]] = []
        self.has_names = "(?<" in pattern.replace("(?<=", "").replace("(?<!", "")

    def fail(self, reason: str) -> PatternError:
        return PatternError(f"{reason} at character {self.at + 1}")

    def takes(self, text: str) -> bool:
        found = self.pattern.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def take(self) -> str:
        if self.at >= len(self.pattern):
            raise self.fail("it ends too early")
        self.at += 1
        return self.pattern[self.at - 1]

    def ends(self, signs: str = "") -> bool:
        return self.at >= len(self.pattern) or self.pattern[self.at] in signs

    def whole(self) -> Whole:
        tree = self.either()
        if not self.ends():
            raise self.fail("a ) closes nothing")
        for number in (number for number, _ in self.again if number > self.groups):
            raise PatternError(f"there is no group {number} for \\{number}")
        return Whole(tree, self.groups, bool(self.again))

    def either(self) -> Tree:
        branches = [self.sequence()]
        while self.takes("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def sequence(self) -> Tree:
        parts: list[Tree] = []
        while not self.ends("|)"):
            start, before = self.at, self.groups
            parts.append(self.repeated(self.atom(), start, before))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def repeated(self, atom: Tree, start: int, groups_before: int) -> Tree:
        quantity = self.quantity()
        if quantity is None:
            return atom
        if self.pattern.startswith(_PLACES, start):
            raise self.fail("a place cannot be repeated")
        least, most = quantity
        if most is not None and most < least:
            raise self.fail("the numbers of {} are out of order")
        return Repeat(atom, least, most, self.takes("?"), (groups_before + 1, self.groups))

    def quantity(self) -> tuple[int, int | None] | None:
        for sign, quantity in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self.takes(sign):
                return quantity
        found = _QUANTITY.match(self.pattern, self.at)
        if found is None:
            return None
        self.at = found.end()
        least = int(found[1])
        return least, (int(found[3]) if found[3] else None if found[2] else least)

    def atom(self) -> Tree:
        sign = self.take()
        match sign:
            case "(":
                return self.bracket()
            case "[":
                return self.character_class()
            case "\\":
                return self.escape()
            case ".":
                return Characters(LINE_ENDS, negated=True)
            case "^":
                return Edge("start")
            case "$":
                return Edge("end")
            case "*" | "+" | "?":
                raise self.fail(f"{sign} repeats nothing")
            case "{" if _QUANTITY.match(self.pattern, self.at - 1):
                raise self.fail("{} repeats nothing")
            case _:
                return _one(sign)

    def bracket(self) -> Tree:
        self.depth += 1
        if self.depth > MAX_PATTERN_DEPTH:
            raise self.fail("it is nested too deeply")
        tree = self.inside_bracket()
        if not self.takes(")"):
            raise self.fail("a ( is never closed")
        self.depth -= 1
        return tree

    def inside_bracket(self) -> Tree:
        for opening, (ahead, negated) in _LOOKS.items():
            if self.takes(opening):
                return Look(self.either(), ahead, negated)
        if self.takes("?:"):
            return self.either()
        self.groups += 1
        number = self.groups
        if self.takes("?<"):
            self.declare(number)
        elif self.takes("?"):
            raise self.fail("this kind of group is not executed by this build")
        return Group(number, self.either())

    def declare(self, number: int) -> None:
        name = self.name()
        if name in self.names:
            raise self.fail(f"two groups are named {name}")
        self.names[name] = number

    def name(self) -> str:
        found = _NAME.match(self.pattern, self.at)
        if found is None or self.pattern[found.end() : found.end() + 1] != ">":
            raise self.fail("the name of a group is missing")
        self.at = found.end() + 1
        return found[0]

    def escape(self) -> Tree:
        sign = self.take()
        if sign in "bB":
            return Edge("word" if sign == "b" else "inside")
        if sign == "k" and self.has_names:
            return self.named_again()
        if sign in "123456789":
            return self.numbered_again(sign)
        if sign.lower() in _NAMED:
            return Characters(_NAMED[sign.lower()], negated=sign.isupper())
        return _one(self.character(sign))

    def numbered_again(self, digits: str) -> Tree:
        while not self.ends() and self.pattern[self.at] in "0123456789" and len(digits) < 4:
            digits += self.take()
        self.again.append((int(digits), digits))
        return Again(int(digits))

    def named_again(self) -> Tree:
        if not self.takes("<"):
            raise self.fail("the name of a group is missing")
        name = self.name()
        if name not in self.names:
            raise self.fail(f"no group before is named {name}")
        self.again.append((self.names[name], name))
        return Again(self.names[name])

    def character(self, sign: str) -> str:
        """The character an escape stands for, the backslash and `sign` already taken."""
        if sign == "0" and not self.ends() and self.pattern[self.at].isdecimal():
            raise self.fail("octal escapes are not executed by this build")
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if sign in "xu":
            return self.coded(2 if sign == "x" else 4)
        if sign == "c":
            return self.control()
        if sign.isalnum():
            raise self.fail(f"\\{sign} means nothing without the u flag, which forms do not set;")
        return sign

    def coded(self, length: int) -> str:
        digits = self.pattern[self.at : self.at + length]
        if len(digits) < length or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
            raise self.fail(f"{length} hexadecimal digits are missing")
        self.at += length
        return chr(int(digits, 16))

    def control(self) -> str:
        letter = self.take()
        if not (letter.isascii() and letter.isalpha()):
            raise self.fail("\\c needs a letter")
        return chr(ord(letter) % 32)

    def character_class(self) -> Characters:
        negated = self.takes("^")
        ranges: list[tuple[str, str]] = []
        while not self.takes("]"):
            ranges += self.members()
        return Characters(tuple(ranges), negated)

    def members(self) -> Ranges:
        first = self.member()
        if self.ends() or self.pattern[self.at] != "-" or self.pattern[self.at + 1 : self.at + 2] in ("]", ""):
            return first
        self.take()
        last = self.member()
        if not (_is_single(first) and _is_single(last)):
            return (*first, ("-", "-"), *last)
        if last[0][0] < first[0][0]:
            raise self.fail("a range runs backwards")
        return ((first[0][0], last[0][0]),)

    def member(self) -> Ranges:
        sign = self.take()
        if sign != "\\":
            return ((sign, sign),)
        sign = self.take()
        if sign == "b":
            return (("\b", "\b"),)
        if sign.lower() in _NAMED:
            ranges = _NAMED[sign.lower()]
            return _outside(ranges) if sign.isupper() else ranges
        if sign in "123456789":
            raise self.fail("octal escapes are not executed by this build")
        found = self.character(sign)
        return ((found, found),)


def _one(sign: str) -> Characters:
    return Characters(((sign, sign),))


def _is_single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _outside(ranges: Ranges) -> Ranges:
    """Every character that is in none of the ranges, which are in order."""
    gaps: list[tuple[str, str]] = []
    free = 0
    for first, last in ranges:
        if ord(first) > free:
            gaps.append((chr(free), chr(ord(first) - 1)))
        free = ord(last) + 1
    return (*gaps, (chr(free), "\uffff"))
