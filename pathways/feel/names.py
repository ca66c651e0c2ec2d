"""Where does a name with spaces or signs end? (DMN 1.5 §10.3.1.4).

A name is the longest run of words that no keyword cuts. A declared name, such as `date-of-birth` or
`time in range`, is recognised as a whole although it contains a sign or a keyword.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pathways.feel.scanner import FeelSyntaxError, Token, scan

CUTTING_WORDS = frozenset({"and", "or", "in", "between", "then", "else", "return", "satisfies"})
"""Keywords that can follow a name and therefore end it."""

_SIGNS = frozenset({".", "/", "-", "'", "+", "*", "**"})

_CALLED_WITH_KEYWORD = (("date", "and", "time"), ("years", "and", "months", "duration"), ("get", "or", "else"))


class DeclaredNames:
    """The names that are known while parsing: those given by the caller and those bound so far."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first_word: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.declare(name)

    def declare(self, name: str) -> None:
        """Make the name known; a name that is known twice has to be forgotten twice."""
        words = _words(name)
        if words:
            self._by_first_word.setdefault(words[0], []).append((words, name))

    def forget(self, name: str) -> None:
        """Undo one `declare`."""
        words = _words(name)
        if words:
            self._by_first_word[words[0]].remove((words, name))

    def longest(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The longest declared name that starts at the token, and how many tokens it takes."""
        found: tuple[str, int] | None = None
        for words, name in self._by_first_word.get(tokens[at].text, ()):
            fits = all(token.text == word for token, word in zip(tokens[at:], words, strict=False))
            if fits and len(words) > (found[1] if found else 0) and at + len(words) < len(tokens):
                found = name, len(words)
        return found


def _words(name: str) -> tuple[str, ...]:
    """The words of a name; none when the key of a context is text that is no name (grammar rules 25 to 30).

    A name like `a > 5`, which anybody may send with a message, must not change what an expression says.
    """
    try:
        tokens = scan(name)[:-1]
    except FeelSyntaxError:
        return ()
    return tuple(token.text for token in tokens) if _is_name(tokens) else ()


def _is_name(tokens: Sequence[Token]) -> bool:
    if len(tokens) < 2:
        return bool(tokens)
    words = all(token.kind in ("name", "number") or token.text in _SIGNS for token in tokens)
    return words and tokens[0].kind == "name" and tokens[-1].text not in _SIGNS


def undeclared(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """The name that starts at the token, and how many tokens it takes, when nothing is declared."""
    for words in _CALLED_WITH_KEYWORD:
        run = tuple(token.text for token in tokens[at : at + len(words)])
        if run == words and tokens[at + len(words)].text == "(":
            return " ".join(words), len(words)
    count = 1
    while tokens[at + count].kind == "name" and not _cuts(tokens, at + count):
        count += 1
    return " ".join(token.text for token in tokens[at : at + count]), count


def _cuts(tokens: Sequence[Token], at: int) -> bool:
    word = tokens[at].text
    return word in CUTTING_WORDS or (word == "instance" and tokens[at + 1].text == "of")
