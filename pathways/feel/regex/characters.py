"""Which characters does `\\d`, `\\p{Lu}` or `[a-z-[aeiou]]` stand for? (XML Schema Part 2, appendix F)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeAlias

CharacterSet: TypeAlias = Callable[[str], bool]
"""Whether a single character belongs to the set."""

_NEWLINES = "\n\r"
_NAME_START_EXTRA = "_:"
_NAME_EXTRA = "_:-.\u00b7"

_BLOCKS: Mapping[str, tuple[int, int]] = {
    "BasicLatin": (0x00, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF),
    "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF),
    "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Armenian": (0x530, 0x58F),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F),
    "Bengali": (0x980, 0x9FF),
    "Gurmukhi": (0xA00, 0xA7F),
    "Gujarati": (0xA80, 0xAFF),
    "Tamil": (0xB80, 0xBFF),
    "Thai": (0xE00, 0xE7F),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7AF),
}
_CATEGORIES = frozenset(
    "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po "  # noqa: SIM905 (a list would fill the page)
    "Z Zs Zl Zp S Sm Sc Sk So C Cc Cf Co Cn".split()
)


def property_set(name: str) -> CharacterSet | None:
    """The set of `\\p{name}`: a category such as `Lu` or a block such as `IsBasicLatin`; nothing if unknown."""
    if name in _CATEGORIES:
        return lambda character: unicodedata.category(character).startswith(name)
    block = _BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
    return None if block is None else between(chr(block[0]), chr(block[1]))


def between(first: str, last: str) -> CharacterSet:
    """The characters of `first-last`."""
    return lambda character: first <= character <= last


def single(expected: str) -> CharacterSet:
    """One character."""
    return lambda character: character == expected


def inverted(members: CharacterSet) -> CharacterSet:
    """Every character that is not in the set."""
    return lambda character: not members(character)


def united(parts: tuple[CharacterSet, ...]) -> CharacterSet:
    """The characters of any part."""
    return lambda character: any(part(character) for part in parts)


def without(members: CharacterSet, excluded: CharacterSet) -> CharacterSet:
    """The characters of the set that are not excluded."""
    return lambda character: members(character) and not excluded(character)


def any_case(members: CharacterSet) -> CharacterSet:
    """The characters that are in the set in some case."""
    return lambda character: any(members(variant) for variant in cases(character))


def cases(character: str) -> set[str]:
    """The character itself in lower and upper case, where those are single characters."""
    variants = {character, character.lower(), character.upper(), character.casefold()}
    variants |= {variant.lower() for variant in variants} | {variant.upper() for variant in variants}
    return {variant for variant in variants if len(variant) == 1}


def is_newline(character: str) -> bool:
    """What `.` does not match without the flag `s`."""
    return character in _NEWLINES


def _is_space(character: str) -> bool:
    return character in " \t\n\r"


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _starts_name(character: str) -> bool:
    return character in _NAME_START_EXTRA or unicodedata.category(character)[0] == "L"


def _is_in_name(character: str) -> bool:
    return character in _NAME_EXTRA or unicodedata.category(character)[0] in "LMN"


ESCAPED_SETS: Mapping[str, CharacterSet] = {
    "s": _is_space,
    "S": inverted(_is_space),
    "d": _is_digit,
    "D": inverted(_is_digit),
    "w": _is_word,
    "W": inverted(_is_word),
    "i": _starts_name,
    "I": inverted(_starts_name),
    "c": _is_in_name,
    "C": inverted(_is_in_name),
}
ESCAPED_CHARACTERS: Mapping[str, str] = {"n": "\n", "r": "\r", "t": "\t"} | {sign: sign for sign in "\\|.?*+(){}-[]^$"}
