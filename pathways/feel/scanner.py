"""Which tokens does a text consist of? (DMN 1.5 §10.3.1.2, rules 27 to 41 of the grammar)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pathways.feel.limits import MAX_TEXT

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

    def __str__(self) -> str:
        """The message, where it happened, and the text around it."""
        around = self.text[max(0, self.position - 20) : self.position + 20].replace("\n", " ")
        return f"{self.message} (at character {self.position + 1}, near '{around}')"


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
        if match is None:
            raise FeelSyntaxError(_unreadable(text[position]), position, text)
        if match.lastgroup != "space":
            tokens.append(_token(match))
        position = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tuple(tokens)


def _unreadable(character: str) -> str:
    if character == '"':
        return 'the string that starts here is never closed: a closing " is missing'
    return f"'{character}' has no meaning here"


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
