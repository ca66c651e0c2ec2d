"""Which type does the text after `instance of` or behind a parameter name? (rules 52 and 53 of the grammar)."""

from __future__ import annotations

from pathways.feel.cursor import Cursor
from pathways.feel.names import undeclared
from pathways.feel.syntax import Type

_TYPES_WITH_KEYWORD = ("date and time", "days and time duration", "years and months duration")


def read_type(cursor: Cursor) -> Type:
    """Read a type such as `list<context<name: string>>`."""
    return cursor.nested(lambda: _type(cursor))


def _type(cursor: Cursor) -> Type:
    name = _type_name(cursor)
    if not cursor.sees("<") or name not in ("list", "range", "context", "function"):
        return Type(name)
    cursor.at += 1
    fields: list[str] = []
    elements: list[Type] = []
    while not cursor.sees(">"):
        if name == "context":
            fields.append(cursor.declared_until(":"))
            cursor.at += 1
        elements.append(read_type(cursor))
        if not cursor.takes(","):
            break
    cursor.expect(">", f"to close the type '{name}<'")
    if name == "function":
        cursor.expect("->", "before the type of the result")
        elements.append(read_type(cursor))
    return Type(name, tuple(elements), tuple(fields))


def _type_name(cursor: Cursor) -> str:
    for name in _TYPES_WITH_KEYWORD:
        words = name.split()
        if [token.text for token in cursor.tokens[cursor.at : cursor.at + len(words)]] == words:
            cursor.at += len(words)
            return name
    if cursor.token.kind != "name":
        raise cursor.error("expected the name of a type")
    name, count = undeclared(cursor.tokens, cursor.at)
    cursor.at += count
    while cursor.takes("."):
        name = f"{name}.{cursor.member()}"
    return name
