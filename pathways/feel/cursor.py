"""How is a text read token by token? The ground the parsers stand on: look ahead, take, refuse, stay in bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypedDict, TypeVar

from pathways.feel.limits import MAX_HEIGHT, MAX_NESTING
from pathways.feel.names import CUTTING_WORDS, DeclaredNames, undeclared
from pathways.feel.scanner import FeelSyntaxError, Token, scan
from pathways.feel.syntax import Node

_T = TypeVar("_T")


class Extent(TypedDict):
    """What every node knows besides its parts."""

    source: str
    offset: int
    height: int


class Cursor:
    """A place in the tokens of a text, and the names that are known there."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        self.text = text
        self.tokens = scan(text)
        self.at = 0
        self.names = DeclaredNames(names)
        self.nesting = 0
        self.in_range_end = False

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self.tokens[self.at]

    def following(self, distance: int = 1) -> Token:
        """The token some places after the next one."""
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def sees(self, *texts: str) -> bool:
        """Whether the next token is one of these signs or words."""
        return self.token.kind in ("name", "symbol") and self.token.text in texts

    def takes(self, text: str) -> bool:
        """Read the sign or word if it comes next, and say whether it did."""
        found = self.sees(text)
        self.at += found
        return found

    def expect(self, text: str, purpose: str) -> None:
        """Read the sign or word, which has to come next."""
        if not self.takes(text):
            raise self.error(f"expected '{text}' {purpose}")

    def error(self, expectation: str) -> FeelSyntaxError:
        """What was expected, and what stands there instead."""
        token = self.token
        found = "the end of the expression" if token.kind == "end" else f"'{self.text[token.start : token.end]}'"
        return FeelSyntaxError(f"{expectation}, found {found}", token.start, self.text)

    def at_end(self) -> bool:
        """Whether everything is read."""
        return self.token.kind == "end"

    def finish(self) -> None:
        """Make sure that everything is read."""
        if not self.at_end():
            raise self.error("expected an operator or the end of the expression")

    def extent(self, start: int, *children: Node) -> Extent:
        """The text from the start to here, and the height of a node over these children."""
        height = 1 + max((child.height for child in children), default=0)
        if height > MAX_HEIGHT:
            raise FeelSyntaxError(f"the expression is more than {MAX_HEIGHT} levels high", start, self.text)
        return {"source": self.text[start : self.tokens[self.at - 1].end], "offset": start, "height": height}

    def nested(self, read: Callable[[], _T]) -> _T:
        """Read what is inside brackets or behind a keyword, one level deeper."""
        if self.nesting >= MAX_NESTING:
            message = f"more than {MAX_NESTING} brackets or conditions inside one another"
            raise FeelSyntaxError(message, self.token.start, self.text)
        outer, self.in_range_end = self.in_range_end, False
        self.nesting += 1
        result = read()
        self.nesting -= 1
        self.in_range_end = outer
        return result

    def name(self) -> str:
        """A name in use: the longest that is declared, or else the longest run of words."""
        declared = self.names.longest(self.tokens, self.at)
        if declared is None and self.token.text in CUTTING_WORDS and self.tokens[self.at - 1].text != ".":
            raise self.error("expected a value or a name")
        name, count = undeclared(self.tokens, self.at)
        if declared and declared[1] >= count:
            name, count = declared
        self.at += count
        return name

    def declared_until(self, *ends: str) -> str:
        """A name being declared: everything up to one of the ends."""
        first = self.at
        while not self.sees(*ends):
            if self.token.kind not in ("name", "number") and not self.sees(*"-+*/'."):
                raise self.error(f"expected a name and then '{ends[0]}'")
            self.at += 1
        if self.at == first or self.tokens[first].kind != "name":
            self.at = first
            raise self.error("expected a name, which starts with a letter")
        return " ".join(self.text[self.tokens[first].start : self.tokens[self.at - 1].end].split())

    def member(self) -> str:
        """The name behind a dot; any word may stand there."""
        if self.token.kind != "name":
            raise self.error("expected the name of a member after '.'")
        return self.name()
