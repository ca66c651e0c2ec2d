"""Which instructions execute a pattern? (ECMA-262 §22.2.2); what stands behind is read from right to left."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from pathways.forms.limits import MAX_PROGRAM
from pathways.forms.pattern.syntax import (
    Again,
    Characters,
    Edge,
    Either,
    Group,
    Look,
    PatternError,
    Repeat,
    Sequence,
    Tree,
    Whole,
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `first` and `second` are distances to others, numbers of groups, or the size of a look.

    take       one character of `members`, to the right or (`back`) to the left
    split      go on at `first`, else at `second`
    jump       go on at `first`
    save       remember the place as number `first`
    forget     forget the groups `first` to `second`
    again      the text of group `first`
    edge       only at this place
    look       the next `first` instructions must (not, when `negated`) match here
    match      done
    """

    kind: Literal["take", "split", "jump", "save", "forget", "again", "edge", "look", "match"]
    first: int = 0
    second: int = 0
    members: Characters | None = None
    edge: Literal["start", "end", "word", "inside"] | None = None
    back: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled pattern."""

    instructions: tuple[Instruction, ...]
    groups: int
    refers_back: bool


_Part: TypeAlias = tuple[Instruction, ...]


def program_of(whole: Whole) -> Program:
    """Compile a pattern.

    Raises:
        PatternError: it becomes too large.
    """
    return Program((*_part(whole.tree, back=False), Instruction("match")), whole.groups, whole.refers_back)


def _part(tree: Tree, *, back: bool) -> _Part:
    part = _unbounded(tree, back=back)
    if len(part) > MAX_PROGRAM:
        raise PatternError(f"it needs more than {MAX_PROGRAM} instructions; repeat less often")
    return part


def _unbounded(tree: Tree, *, back: bool) -> _Part:
    match tree:
        case Characters():
            return (Instruction("take", members=tree, back=back),)
        case Edge():
            return (Instruction("edge", edge=tree.edge),)
        case Again():
            return (Instruction("again", tree.group, back=back),)
        case Group():
            return _group(tree, back=back)
        case Look():
            inner = (*_part(tree.inner, back=not tree.ahead), Instruction("match"))
            return (Instruction("look", len(inner), negated=tree.negated), *inner)
        case Repeat():
            return _repeat(tree, back=back)
        case Sequence():
            parts = [_part(part, back=back) for part in tree.parts]
            return tuple(each for part in (reversed(parts) if back else parts) for each in part)
        case Either():
            return _either([_part(branch, back=back) for branch in tree.branches])
        case _:
            assert_never(tree)


def _group(group: Group, *, back: bool) -> _Part:
    start, end = 2 * group.number, 2 * group.number + 1
    opened, closed = (end, start) if back else (start, end)
    return (Instruction("save", opened), *_part(group.inner, back=back), Instruction("save", closed))


def _either(branches: list[_Part]) -> _Part:
    part = branches[-1]
    for branch in reversed(branches[:-1]):
        part = (Instruction("split", 1, len(branch) + 2), *branch, Instruction("jump", len(part) + 1), *part)
    return part


def _repeat(repeat: Repeat, *, back: bool) -> _Part:
    first, last = repeat.groups
    forget = (Instruction("forget", first, last),) if last >= first else ()
    turn = (*forget, *_part(repeat.inner, back=back))
    optional = (repeat.most or repeat.least) - repeat.least
    if max(len(turn), 1) * (repeat.least + optional + 1) > MAX_PROGRAM:
        raise PatternError(f"it needs more than {MAX_PROGRAM} instructions; repeat less often")
    if repeat.most is None:
        loop = (_choice(len(turn) + 2, lazy=repeat.lazy), *turn, Instruction("jump", -len(turn) - 1))
        return (*turn * repeat.least, *loop)
    size = len(turn) + 1
    tail = (each for left in range(optional, 0, -1) for each in (_choice(left * size, lazy=repeat.lazy), *turn))
    return (*turn * repeat.least, *tail)


def _choice(beyond: int, *, lazy: bool) -> Instruction:
    return Instruction("split", beyond, 1) if lazy else Instruction("split", 1, beyond)
