"""Which tokens does a text consist of? (DMN 1.5 §10.3.1.2, rules 27 to 41 of the grammar)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pathways.feel.hints import hint_for
from pathways.feel.limits import MAX_TEXT

_WIDTH = 80  # characters of a line that an excerpt shows

TokenKind: TypeAlias = Literal["name", "number", "string", "symbol", "end"]


class FeelSyntaxError(ValueError):
    """The text is no FEEL expression.

    `position` is the offset of the first character that does not fit, `text` the whole expression.
    """

    def __init__(self, message: str, position: int, text: str) -> None:
        super().__init__(message, position, text)
        self.message = message
        self.position = position
        self.text = text

    @property
    def line(self) -> int:
        """The line of the position, the first is 1."""
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """The place of the position in its line, the first is 1."""
        return self.position - self.text.rfind("\n", 0, self.position)

    @property
    def hint(self) -> str:
        """What the author probably meant, empty where nothing is known."""
        return hint_for(self.text, self.position, self.message)

    @property
    def excerpt(self) -> str:
        """The line of the position, and below it a caret that points to the place."""
        line = self.text.split("\n")[self.line - 1].replace("\t", " ")
        first = max(0, self.column - 1 - _WIDTH // 2)
        return f"{line[first : first + _WIDTH]}\n{' ' * (self.column - 1 - first)}^"

    def explained(self) -> str:
        """Everything for a screen: what and where, the line with the caret, and the hint."""
        place = f"line {self.line}, column {self.column}: {self.message}"
        return "\n".join((place, self.excerpt, *([f"hint: {self.hint}"] if self.hint else [])))

    def __str__(self) -> str:
        """The message, where it happened, the text around it, and the hint, in one line."""
        around = " ".join(self.text[max(0, self.position - 20) : self.position + 20].split())
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.message} (line {self.line}, column {self.column}, near '{around}'){hint}"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: for a string `text` is its content, otherwise what stands in the expression."""

    kind: TokenKind
    text: str
    start: int
    end: int


_NAME_START = (
    "?A-Z_a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_PART = _NAME_START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[\s\ufeff]|//[^\n]*|/\*.*?\*/)+)
  | (?P<name>[{_NAME_START}][{_NAME_PART}]*)
  | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<symbol>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>()\[\]{{}},:.@'])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


def scan(text: str) -> tuple[Token, ...]:
    """All tokens of the text, the last one of kind `end`.

    Raises:
        FeelSyntaxError: the text is too long, or holds a character or an open string that fits nowhere.
    """
    if len(text) > MAX_TEXT:
        raise FeelSyntaxError(f"the expression has more than {MAX_TEXT} characters", MAX_TEXT, text)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (match.group() == "/" and text.startswith("/*", position)):
            raise FeelSyntaxError(_unreadable(text[position : position + 2]), position, text)
        if match.lastgroup != "space":
            tokens.append(_token(match))
        position = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tuple(tokens)


def _unreadable(start: str) -> str:
    if start[0] == '"':
        return 'the string that starts here is never closed: a closing " is missing'
    if start == "/*":
        return "the comment that starts here is never closed: a closing */ is missing"
    return f"'{start[0]}' has no meaning here"


def _token(match: re.Match[str]) -> Token:
    text = match.group()
    match match.lastgroup:
        case "name":
            return Token("name", text, match.start(), match.end())
        case "number":
            return Token("number", text, match.start(), match.end())
        case "string":
            return Token("string", unescape(text[1:-1]), match.start(), match.end())
        case _:
            return Token("symbol", text, match.start(), match.end())


def unescape(text: str) -> str:
    """The string with `\\n`, `\\u00e9`, `\\U01F40E` and their kin replaced; other backslashes stay."""
    if "\\" not in text:
        return text
    replaced = _ESCAPE.sub(_character, text)
    return replaced.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code is None:
        return _ESCAPED.get(match.group(3), match.group())
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"
