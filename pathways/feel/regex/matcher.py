"""Where does a pattern match? A backtracking matcher that visits no state twice.

Without back-references the work is at most the length of the text times the size of the pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from pathways.feel.regex.characters import cases, is_newline
from pathways.feel.regex.parser import Instruction, Program

_State: TypeAlias = tuple[int, int, tuple[int, ...]]  # instruction, place in the text, where groups start and end
_STATES_PER_STEP = 2


@dataclass(frozen=True, slots=True)
class Groups:
    """A match: the start and end of the whole (group 0) and of every group, -1 where a group took no part."""

    text: str
    places: tuple[int, ...]

    def __getitem__(self, number: int) -> str:
        """What the group matched, empty if it took no part."""
        start, end = self.places[2 * number], self.places[2 * number + 1]
        return self.text[start:end] if start >= 0 and end >= 0 else ""

    @property
    def start(self) -> int:
        """Where the match starts."""
        return self.places[0]

    @property
    def end(self) -> int:
        """Where the match ends."""
        return self.places[1]

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.places) // 2 - 1


class Pattern:
    """A compiled pattern."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def search(self, text: str, spend: Callable[[int], None], start: int = 0) -> Groups | None:
        """The first match at or after `start`; `spend` is told about the work and may stop it."""
        visited: set[object] = set()
        for place in range(start, len(text) + 1):
            found = self._match_at(text, place, visited, spend)
            if found is not None:
                return Groups(text, found)
        return None

    def matches(self, text: str, spend: Callable[[int], None]) -> Iterator[Groups]:
        """All matches that do not overlap, from left to right."""
        start = 0
        while start <= len(text):
            found = self.search(text, spend, start)
            if found is None:
                return
            yield found
            start = found.end if found.end > found.start else found.end + 1

    def _match_at(
        self, text: str, place: int, visited: set[object], spend: Callable[[int], None]
    ) -> tuple[int, ...] | None:
        stack: list[_State] = [(0, place, (-1,) * (2 * self.program.groups + 2))]
        while stack:
            state = stack.pop()
            mark = state if self.program.looks_back else state[:2]
            if mark in visited:
                continue
            visited.add(mark)
            if len(visited) % _STATES_PER_STEP == 0:
                spend(1)
            instruction = self.program.instructions[state[0]]
            if instruction.kind == "match":
                return state[2]
            stack.extend(self._next_states(instruction, state, text))
        return None

    def _next_states(self, instruction: Instruction, state: _State, text: str) -> tuple[_State, ...]:
        """Where to go on; the state that is to be tried first stands last."""
        at, place, places = state
        match instruction.kind:
            case "set":
                fits = place < len(text) and instruction.members is not None and instruction.members(text[place])
                return ((at + 1, place + 1, places),) if fits else ()
            case "split":
                return (at + instruction.second, place, places), (at + instruction.first, place, places)
            case "jump":
                return ((at + instruction.first, place, places),)
            case "save":
                number = instruction.first
                return ((at + 1, place, (*places[:number], place, *places[number + 1 :])),)
            case "again":
                length = self._repeats(Groups(text, places)[instruction.first], text, place)
                return () if length is None else ((at + 1, place + length, places),)
            case "start":
                fits = place == 0 or (self.program.by_line and is_newline(text[place - 1]) and place < len(text))
                return ((at + 1, place, places),) if fits else ()
            case "end":
                fits = place == len(text) or (self.program.by_line and is_newline(text[place]))
                return ((at + 1, place, places),) if fits else ()
            case "match":
                return ()

    def _repeats(self, expected: str, text: str, place: int) -> int | None:
        found = text[place : place + len(expected)]
        if found == expected:
            return len(expected)
        same = len(found) == len(expected) and all(map(_same_letter, found, expected))
        return len(expected) if self.program.any_case and same else None


def _same_letter(first: str, second: str) -> bool:
    return not cases(first).isdisjoint(cases(second))
