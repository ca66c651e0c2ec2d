"""String functions (DMN 1.5 §10.3.4.3)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from pathways.feel.builtins.registry import Functions
from pathways.feel.limits import CHARACTERS_PER_STEP
from pathways.feel.regex import Groups, Pattern, compile_pattern
from pathways.feel.run import Run
from pathways.feel.values import NoValue, Value

FUNCTIONS = Functions()
_pattern = lru_cache(maxsize=512)(compile_pattern)


@FUNCTIONS.define("substring(string: string, start position: number, length?: number)")
def substring(text: str, start: Decimal, length: Decimal | None = None) -> Value:
    """The characters from the position (1 is the first, -1 the last) on, at most `length` of them."""
    if start == 0 or abs(start) > len(text) or (length is not None and length < 1):
        raise NoValue("substring: the text has no such part")
    first = int(start) - 1 if start > 0 else len(text) + int(start)
    return text[first:] if length is None else text[first : first + min(int(length), len(text))]


@FUNCTIONS.define("string length(string: string)")
def string_length(text: str) -> Value:
    """How many characters the text has."""
    return Decimal(len(text))


@FUNCTIONS.define("upper case(string: string)")
def upper_case(text: str) -> Value:
    """The text in capitals."""
    return text.upper()


@FUNCTIONS.define("lower case(string: string)")
def lower_case(text: str) -> Value:
    """The text in small letters."""
    return text.lower()


@FUNCTIONS.define("substring before(string: string, match: string)")
def substring_before(text: str, match: str) -> Value:
    """What stands before the first match; empty when there is none."""
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@FUNCTIONS.define("substring after(string: string, match: string)")
def substring_after(text: str, match: str) -> Value:
    """What stands after the first match; empty when there is none."""
    return text.partition(match)[2] if match else text


@FUNCTIONS.define("contains(string: string, match: string)")
def contains(text: str, match: str) -> Value:
    """Whether the text holds the other one."""
    return match in text


@FUNCTIONS.define("starts with(string: string, match: string)")
def starts_with(text: str, match: str) -> Value:
    """Whether the text begins with the other one."""
    return text.startswith(match)


@FUNCTIONS.define("ends with(string: string, match: string)")
def ends_with(text: str, match: str) -> Value:
    """Whether the text ends with the other one."""
    return text.endswith(match)


@FUNCTIONS.define("matches(input: string, pattern: string, flags?: string)", needs_run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> Value:
    """Whether the pattern matches somewhere in the text."""
    return _pattern(pattern, flags or "").search(text, run.spend) is not None


@FUNCTIONS.define("replace(input: string, pattern: string, replacement: string, flags?: string)", needs_run=True)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    """The text with every match replaced; `$1` in the replacement is the text of the first group."""
    compiled = _pattern(pattern, flags or "")
    if compiled.search("", run.spend) is not None:
        raise NoValue("replace: the pattern matches the empty text")
    pieces: list[str] = []
    end = 0
    for groups in compiled.matches(text, run.spend):
        literal = replacement if "q" in (flags or "") else _expanded(replacement, groups)
        run.spend(len(literal) // CHARACTERS_PER_STEP)
        pieces += [text[end : groups.start], literal]
        end = groups.end
    return "".join([*pieces, text[end:]])


def _expanded(replacement: str, groups: Groups) -> str:
    """The replacement with `$1`, `\\$` and `\\\\` written out."""
    result: list[str] = []
    at = 0
    while at < len(replacement):
        sign, following = replacement[at], replacement[at + 1 : at + 2]
        if sign == "\\" and following in ("\\", "$"):
            result.append(following)
            at += 2
        elif sign == "$" and following.isdecimal():
            number, at = _group_number(replacement, at + 1, groups.count)
            result.append(groups[number] if number <= groups.count else "")
        elif sign in "\\$":
            raise NoValue(f"replace: '{sign}' in the replacement is written '\\{sign}'")
        else:
            result.append(sign)
            at += 1
    return "".join(result)


def _group_number(text: str, at: int, count: int) -> tuple[int, int]:
    """The longest number that is a group, and where it ends."""
    number = int(text[at])
    at += 1
    while at < len(text) and text[at].isdecimal() and number * 10 + int(text[at]) <= count:
        number = number * 10 + int(text[at])
        at += 1
    return number, at


@FUNCTIONS.define("split(string: string, delimiter: string)", needs_run=True)
def split(run: Run, text: str, delimiter: str) -> Value:
    """The parts between the matches of the delimiter, which is a pattern."""
    pattern: Pattern = _pattern(delimiter, "")
    parts: list[Value] = []
    start = 0
    for groups in pattern.matches(text, run.spend):
        if groups.end > groups.start:
            parts.append(text[start : groups.start])
            start = groups.end
    return [*parts, text[start:]]


@FUNCTIONS.define("string join(list: list<string>, delimiter?: string)", needs_run=True)
def string_join(run: Run, texts: list[str | None], delimiter: str | None = None) -> Value:
    """The texts one after the other, the delimiter between them; null is left out."""
    present = [text for text in texts if text is not None]
    run.spend((sum(map(len, present)) + len(delimiter or "") * len(present)) // CHARACTERS_PER_STEP)
    return (delimiter or "").join(present)
