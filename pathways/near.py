"""Which known word was probably meant? For everything that people write by hand and mistype."""

from collections.abc import Iterable
from difflib import get_close_matches

_CLOSE, _CLOSE_IF_SHORT, _SHORT = 0.75, 0.66, 4
"""From this likeness on, an unknown word is taken for a misspelt one; of up to four letters, one wrong is much."""
_LONGEST = 80


def meant(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that a word was probably meant to be; None when it is known, or like none."""
    names = sorted(known)
    if word in names or len(word) > _LONGEST:
        return None
    same = next((name for name in names if _plain(name) == _plain(word)), None)
    cutoff = _CLOSE_IF_SHORT if len(word) <= _SHORT else _CLOSE
    return same or next(iter(get_close_matches(word, names, n=1, cutoff=cutoff)), None)


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def suggestion(word: str, known: Iterable[str]) -> str:
    """Ask for the word that was probably meant, in front of a remedy; nothing when no known word is like it."""
    found = meant(word, known)
    return f"Did you mean {found!r}? " if found else ""
