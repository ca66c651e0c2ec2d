"""Does a compiled pattern match somewhere in a text? Backtracking that visits no state twice and counts its steps.

Without references to groups the work is at most the length of the text times the size of the program.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from pathways.forms.limits import MAX_PATTERN_STEPS
from pathways.forms.pattern.program import Instruction, Program
from pathways.forms.pattern.syntax import WORD, Characters

_Places: TypeAlias = tuple[int, ...]  # where groups start and end, -1 where a group took no part
_State: TypeAlias = tuple[int, int, _Places]  # instruction, place in the text, groups
_WORD = Characters(WORD)


class TooCostly(Exception):
    """The pattern would take more steps on this text than a form may take."""


def found_in(program: Program, text: str) -> bool:
    """Whether the program matches at any place of the text.

    Raises:
        TooCostly: it takes more than `MAX_PATTERN_STEPS`.
    """
    search = _Search(program, text)
    nothing = (-1,) * (2 * program.groups + 2)
    return any(search.run((0, place, nothing)) is not None for place in range(len(text) + 1))


@dataclass(slots=True)
class _Search:
    program: Program
    text: str
    failed: set[object] = field(default_factory=set)
    steps: int = 0

    def run(self, start: _State) -> _Places | None:
        """The groups of the first match from here; `failed` are states that lead to none."""
        stack = [start]
        while stack:
            state = stack.pop()
            mark: object = state if self.program.refers_back else state[:2]
            if mark in self.failed:
                continue
            self.failed.add(mark)
            self.count()
            instruction = self.program.instructions[state[0]]
            if instruction.kind == "match":
                return state[2]
            stack.extend(self.after(instruction, state))
        return None

    def count(self) -> None:
        self.steps += 1
        if self.steps > MAX_PATTERN_STEPS:
            raise TooCostly

    def after(self, instruction: Instruction, state: _State) -> tuple[_State, ...]:
        """Where to go on; what is to be tried first stands last."""
        at, place, places = state
        match instruction.kind:
            case "take":
                return self.take(instruction, state)
            case "split":
                return (at + instruction.second, place, places), (at + instruction.first, place, places)
            case "jump":
                return ((at + instruction.first, place, places),)
            case "save":
                number = instruction.first
                return ((at + 1, place, (*places[:number], place, *places[number + 1 :])),)
            case "forget":
                start, end = 2 * instruction.first, 2 * instruction.second + 2
                return ((at + 1, place, (*places[:start], *(-1,) * (end - start), *places[end:])),)
            case "again":
                return self.again(instruction, state)
            case "edge":
                return ((at + 1, place, places),) if self.is_edge(instruction, place) else ()
            case "look":
                return self.look(instruction, state)
            case "match":
                return ()

    def take(self, instruction: Instruction, state: _State) -> tuple[_State, ...]:
        at, place, places = state
        index = place - 1 if instruction.back else place
        members = instruction.members
        if not 0 <= index < len(self.text) or members is None or not members.holds(self.text[index]):
            return ()
        return ((at + 1, index if instruction.back else place + 1, places),)

    def again(self, instruction: Instruction, state: _State) -> tuple[_State, ...]:
        at, place, places = state
        start, end = places[2 * instruction.first], places[2 * instruction.first + 1]
        if start < 0 or end < 0:
            return ((at + 1, place, places),)
        length = end - start
        begins = place - length if instruction.back else place
        if begins < 0 or self.text[begins : begins + length] != self.text[start:end]:
            return ()
        return ((at + 1, begins if instruction.back else place + length, places),)

    def is_edge(self, instruction: Instruction, place: int) -> bool:
        match instruction.edge:
            case "start":
                return place == 0
            case "end":
                return place == len(self.text)
            case edge:
                return (self.is_word(place - 1) != self.is_word(place)) is (edge == "word")

    def is_word(self, index: int) -> bool:
        return 0 <= index < len(self.text) and _WORD.holds(self.text[index])

    def look(self, instruction: Instruction, state: _State) -> tuple[_State, ...]:
        """A look is a search of its own: whether it succeeds does not depend on what follows it."""
        at, place, places = state
        inner = _Search(self.program, self.text, steps=self.steps)
        found = inner.run((at + 1, place, places))
        self.steps = inner.steps
        if (found is None) is not instruction.negated:
            return ()
        return ((at + 1 + instruction.first, place, places if found is None else found),)
