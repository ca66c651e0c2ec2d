"""What did the author of a wrong expression probably mean? A remedy for the habits of other languages."""

from __future__ import annotations

import re

_HABITS: tuple[tuple[str, str], ...] = (
    (r"={2,3}", "FEEL compares with one equal sign: a = b"),
    (r"<>|!==", "'not equal' is written !="),
    (r"=[<>]", "'at most' and 'at least' are written <= and >="),
    (r"&&?", "'and' is written as a word: a and b"),
    (r"\|\|?", "'or' is written as a word: a or b"),
    (r"!(?!=)", "negation is a function: not(condition)"),
    (r"not\b(?!\s*\()", "negation is a function: not(condition)"),
    (r"%", "the remainder of a division is modulo(a, b)"),
    (r"\^", "a power is written a ** b"),
    (r"\?\?", "a value for null is: if a = null then b else a"),
    (r"\?", "a choice is written: if condition then a else b"),
    (r"\$\{|#\{", "a FEEL expression stands for itself, without ${ }"),
    (r"=\s*>|->", "a function is written: function(x) x + 1"),
    (r"[\u201c\u201d\u201e\u00ab\u00bb]", 'text stands between straight quotation marks: "text"'),
    (r"['\u2018\u2019`]", 'text stands between double quotation marks: "text"'),
    (r"[\u2264\u2265]", "'at most' and 'at least' are written <= and >="),
    (r"[\u2212\u2013\u2014]", "minus is the sign - of the keyboard"),
    (r"is\s+(?:not\s+)?null\b", "null is compared like any value: a = null, a != null"),
    (r"elif\b|elsif\b|elseif\b", "another condition is written: else if condition then …"),
    (r"(?<=\d),(?=\d)", "the decimal sign is a point: 1.5"),
    (r";", "the items of a list are separated by commas"),
    (r'"', 'a quotation mark inside a text is written \\"'),
)
_PATTERNS = tuple((re.compile(pattern), remedy) for pattern, remedy in _HABITS)
_LOOK_BACK = 2


def hint_for(text: str, position: int, message: str) -> str:
    """The remedy for what stands at the position, or nothing."""
    if position == 0 and text.lstrip().startswith("="):
        return "the sign = that marks an expression in a model is not part of it"
    if "expected 'else'" in message:
        return "every 'if' has an 'else'; write 'else null' when nothing else is meant"
    if text[position : position + 1] == ":" and "?" in text[:position]:
        return "a choice is written: if condition then a else b"
    for place in range(position, max(-1, position - _LOOK_BACK - 1), -1):
        for pattern, remedy in _PATTERNS:
            if pattern.match(text, place):
                return remedy
    return ""
