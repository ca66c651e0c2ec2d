"""Which fields are shown once every condition, lock and computed value is settled?

Conditions read answers, and answers count only while their fields are shown: so everything is decided again, from
what the last pass left, until nothing changes. A form whose fields hide each other may never settle; its submission
is refused, not guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from pathways.forms.choices import same
from pathways.forms.components import EMPTY
from pathways.forms.expressions import Expressions, Scope, is_expression
from pathways.forms.fields import Field, Group, Node, Path, Repeated
from pathways.forms.limits import MAX_PASSES
from pathways.forms.places import MISSING, Values, get, inside, put

_Before: TypeAlias = tuple[object, ...]
"""What the form was shown with at a place; inside a list that grows, of every item: nobody knows which is which."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A field that is shown: where, what counts as its answer, and whether a person may change it."""

    field: Field
    path: Path
    scope: Scope
    answer: object
    locked: bool


@dataclass(frozen=True, slots=True)
class ShownList:
    """A list that is shown, what was sent for it, its items, and how many it must have (None: as many as one likes)."""

    repeated: Repeated
    path: Path
    sent: object
    items: int
    must_hold: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What is shown in the end; `undecided` are the paths that would change for ever."""

    fields: tuple[Shown, ...]
    lists: tuple[ShownList, ...]
    undecided: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: the values there, as worked on, as sent, and as the form was shown with (if one can know)."""

    path: Path
    here: Values
    sent: object
    before: _Before
    sure: bool
    scope: Scope

    def within(self, path: tuple[str, ...]) -> "_Place":
        before = tuple(found for each in self.before if (found := get(each, path)) is not MISSING)
        here = inside(self.here, path)
        return _Place((*self.path, *path), here, get(self.sent, path), before, self.sure, self.scope)

    def was_shown(self, path: tuple[str, ...]) -> object:
        """What the form was shown with at a path, MISSING where that is nothing or nobody can know."""
        return get(self.before[0], path) if self.sure and self.before else MISSING


@dataclass(slots=True)
class _Walk:
    """One pass over the form; what it writes is read by the next one. `rows` are the items as expressions see them."""

    expressions: Expressions
    rows: dict[Path, list[Values]]
    deciding: bool
    writes: list[tuple[Values, tuple[str, ...], object]] = field(default_factory=list)
    decisions: dict[tuple[int, Path], object] = field(default_factory=dict)
    fields: list[Shown] = field(default_factory=list)
    lists: list[ShownList] = field(default_factory=list)

    def nodes(self, nodes: tuple[Node, ...], place: _Place, *, hidden: bool) -> None:
        for node in nodes:
            self.expressions.hurry()
            gone = hidden or self.holds(_hide(node.component), place)
            path = (*place.path, *node.path)
            self.decisions[id(node), path] = gone
            match node:
                case Field():
                    self.field(node, path, place, hidden=gone)
                case Group():
                    self.nodes(node.children, place.within(node.path), hidden=gone)
                case Repeated():
                    self.repeated(node, path, place, hidden=gone)
                case _:
                    assert_never(node)

    def holds(self, condition: object, place: _Place) -> bool:
        return self.deciding and self.expressions.holds(condition, place.scope)

    def field(self, node: Field, path: Path, place: _Place, *, hidden: bool) -> None:
        if hidden:
            self.writes.append((place.here, node.path, None))
            return
        answer, locked = self.answer(node, place)
        self.decisions[id(node), path] = (locked, answer if locked else None)
        self.writes.append((place.here, node.path, _readable(node, answer, place)))
        if not node.disabled:
            self.fields.append(Shown(node, path, place.scope, answer, locked))

    def answer(self, node: Field, place: _Place) -> tuple[object, bool]:
        """What counts as the answer, and whether it is not the person's."""
        if node.computed:
            text = node.component.get("expression")
            computes = self.deciding and is_expression(text)
            return (self.expressions.value(text, place.scope) if computes else None), True
        sent = get(place.sent, node.path)
        readonly = node.component.get("readonly")
        if node.disabled or readonly is True or self.holds(readonly, place):
            return _was_shown(node, sent, place), True
        if sent is MISSING and place.was_shown(node.path) is MISSING:
            return node.component.get("defaultValue", MISSING), False
        return sent, False

    def repeated(self, node: Repeated, path: Path, place: _Place, *, hidden: bool) -> None:
        if hidden:
            self.writes.append((place.here, node.path, None))
            return
        before = tuple(found for each in place.before if isinstance(found := get(each, node.path), list | tuple))
        sent = get(place.sent, node.path)
        if sent is MISSING and node.grows:
            self.writes.append((place.here, node.path, list(before[0]) if place.sure and before else []))
            return
        must_hold = None if node.grows or not place.sure else len(before[0]) if before else node.first_items
        items = sent if isinstance(sent, list) else [{}] * (node.first_items if must_hold is None else must_hold)
        self.lists.append(ShownList(node, path, sent, len(items), must_hold))
        self.items(node, items, _Place(path, place.here, sent, before, place.sure and not node.grows, place.scope))

    def items(self, node: Repeated, items: list[object], place: _Place) -> None:
        working = self.rows.setdefault(place.path, [Values() for _ in items])
        self.writes.append((place.here, node.path, working))
        rows = tuple(row for rows in place.before if isinstance(rows, list | tuple) for row in rows)
        for index, (item, here) in enumerate(zip(items, working, strict=True)):
            before = rows[index : index + 1] if place.sure else rows
            inner = _Place((*place.path, index), here, item, before, place.sure, place.scope.item(here, index))
            self.nodes(node.children, inner, hidden=False)


def settle(nodes: tuple[Node, ...], sent: Mapping[str, Any], expressions: Expressions, data: Values) -> Settled:
    """Decide what is shown; `data` begins as the variables of the form and ends as what its expressions read.

    Raises:
        TooCostly: it takes too many evaluations.
    """
    place = _Place((), data, sent, (dict(data),), True, Scope(data))
    rows: dict[Path, list[Values]] = {}
    walk = _walked(nodes, place, _Walk(expressions, rows, deciding=False))
    for _ in range(MAX_PASSES):
        again = _walked(nodes, place, _Walk(expressions, rows, deciding=True))
        undecided = tuple(_changes(walk, again))
        if not undecided:
            return Settled(tuple(again.fields), tuple(again.lists), ())
        walk = again
    return Settled((), (), undecided)


def _walked(nodes: tuple[Node, ...], place: _Place, walk: _Walk) -> _Walk:
    walk.nodes(nodes, place, hidden=False)
    for here, path, value in walk.writes:
        put(here, path, value)
    return walk


def _changes(one: _Walk, other: _Walk) -> Iterator[Path]:
    """Where two passes decided differently; the first pass decides nothing, so there is always a second."""
    if not one.deciding:
        yield ()
    for key, decision in other.decisions.items():
        if key not in one.decisions or one.decisions[key] != decision:
            yield key[1]


def _hide(component: Mapping[str, Any]) -> object:
    conditional = component.get("conditional")
    return conditional.get("hide") if isinstance(conditional, Mapping) else None


def _was_shown(node: Field, sent: object, place: _Place) -> object:
    """The value of a field that nobody may change. In a list that grows, one of those that were shown."""
    if not place.sure and any(same(get(each, node.path), sent) for each in place.before):
        return sent
    shown = place.was_shown(node.path)
    return node.component.get("defaultValue", MISSING) if shown is MISSING else shown


def _readable(node: Field, answer: object, place: _Place) -> object:
    """What expressions read of a field: its answer, else what it was shown with, else its empty value."""
    if answer is MISSING:
        answer = place.was_shown(node.path)
    return EMPTY.get(node.type) if answer is MISSING or answer is None else answer
