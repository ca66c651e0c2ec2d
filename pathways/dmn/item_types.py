"""Is a value of the type a model asks for, and what makes it fit? (DMN 1.5 §7.3.2, §10.3.2.9.4).

`fitted` is the standard's implicit conversion: a value that conforms stays, one item becomes a list of one item and
back, a date becomes its midnight in UTC; anything else has no value. `from_json` is ours: JSON has no dates, so text
given for a date, time or duration is read as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from pathways.dmn.model import ItemDefinition, Model, Text
from pathways.feel import Expression, FeelSyntaxError, compile_unary_tests
from pathways.feel.comparison import midnight
from pathways.feel.cursor import Cursor
from pathways.feel.moments import parse_at
from pathways.feel.run import Run
from pathways.feel.syntax import Type
from pathways.feel.type_parser import read_type
from pathways.feel.types import KNOWN_TYPES, is_instance
from pathways.feel.values import Function, NoValue, Value, kind_of

_UTC_MOMENT = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_TEMPORAL = frozenset({"date", "time", "date and time", "days and time duration", "years and months duration"})


MOST_ALIASES = 50
"""Types that are named by one another in a row, such as `tAge` → `tCount` → `number`."""


class TypeBook:
    """The item definitions of one model and of the models it imports, by the names that model uses."""

    def __init__(self, model: Model) -> None:
        self.definitions = {item.name: item for item in model.types}
        self.imported: dict[str, list[TypeBook]] = {}
        self._tests: dict[Text, Expression | None] = {}
        self._written: dict[str, Type | None] = {}

    def add(self, name: str, book: TypeBook) -> None:
        """Make the types of an import known under its name."""
        self.imported.setdefault(name, []).append(book)

    def find(self, type_ref: str) -> tuple[TypeBook, ItemDefinition] | None:
        """The definition a name means, and the book it stands in."""
        if type_ref in self.definitions:
            return self, self.definitions[type_ref]
        for name, books in self.imported.items():
            if not name or type_ref.startswith(f"{name}."):
                inner = type_ref[len(name) + 1 :] if name else type_ref
                for book in books:
                    if inner in book.definitions:
                        return book, book.definitions[inner]
        return None

    def knows(self, type_ref: str) -> bool:
        """Whether the name means a type."""
        return not type_ref or self.find(type_ref) is not None or self._feel_type(type_ref) is not None

    def tests(self, run: Run) -> Mapping[str, Callable[[Value], bool]]:
        """The types as `instance of` asks for them."""
        return _Tests(self, run)

    # --- does it conform? ---------------------------------------------------------------------------

    def accepts(self, value: Value, type_ref: str, run: Run, *, constrained: bool = True) -> bool:
        """Whether the value conforms to the type; null conforms to every type.

        constrained: also to its allowed values and constraint, which `instance of` does not ask for.
        """
        if value is None or not type_ref or type_ref == "Any":
            return True
        found = self.find(type_ref)
        if found is not None:
            return found[0].conforms(value, found[1], run, constrained=constrained)
        written = self._feel_type(type_ref)
        return written is None or is_instance(value, written, self.tests(run))

    def conforms(self, value: Value, item: ItemDefinition, run: Run, *, constrained: bool) -> bool:
        """Whether the value conforms to the item definition."""
        run.spend()
        if value is None:
            return True
        if item.is_collection and not isinstance(value, list):
            return False
        parts = value if item.is_collection and isinstance(value, list) else [value]
        if not all(part is None or self._base_fits(part, item, run, constrained=constrained) for part in parts):
            return False
        return not constrained or (
            all(part is None or self._allows(part, item.allowed_values, run) for part in parts)
            and self._allows(value, item.type_constraint, run)
        )

    def _base_fits(self, value: Value, item: ItemDefinition, run: Run, *, constrained: bool) -> bool:
        if item.function is not None:
            return isinstance(value, Function) and len(value.parameters) == len(item.function.parameters)
        if not item.components:
            return self.accepts(value, item.type_ref, run, constrained=constrained)
        return isinstance(value, dict) and all(
            part.name in value and self.conforms(value[part.name], part, run, constrained=constrained)
            for part in item.components
        )

    def _allows(self, value: Value, allowed: Text | None, run: Run) -> bool:
        tests = self._compiled(allowed)
        return tests is None or tests.value_in(run.beside({"?": value})) is True

    def _compiled(self, allowed: Text | None) -> Expression | None:
        """The tests of allowed values; values that cannot be read constrain nothing (a finding says so)."""
        if allowed is None or not allowed.text:
            return None
        if allowed not in self._tests:
            try:
                self._tests[allowed] = compile_unary_tests(allowed.text)
            except FeelSyntaxError:
                self._tests[allowed] = None
        return self._tests[allowed]

    def _feel_type(self, type_ref: str) -> Type | None:
        """A type of FEEL, also `list<number>`; nothing when there is none of that name."""
        if type_ref not in self._written:
            self._written[type_ref] = _read_type(type_ref)
        return self._written[type_ref]

    # --- what makes it fit? -------------------------------------------------------------------------

    def fitted(self, value: Value, type_ref: str, run: Run) -> Value:
        """The value as the type asks for it.

        Raises:
            NoValue: no conversion makes it fit.
        """
        if self.accepts(value, type_ref, run):
            return value
        if isinstance(value, date) and not isinstance(value, datetime) and self.base(type_ref) == "date and time":
            moment = midnight(value, like=_UTC_MOMENT)
            if self.accepts(moment, type_ref, run):
                return moment
        if isinstance(value, list):
            if len(value) == 1 and value[0] is not None and self.accepts(value[0], type_ref, run):
                return value[0]
        elif self.is_list(type_ref) and self.accepts([value], type_ref, run):
            return [value]
        raise NoValue(f"a {kind_of(value)} does not conform to the type {type_ref}")

    def base(self, type_ref: str) -> str:
        """The type of FEEL at the bottom of a chain of definitions; empty for collections, components, functions."""
        chain = self._chain(type_ref)
        if any(item.is_collection or item.components or item.function for item in chain):
            return ""
        return chain[-1].type_ref if chain else type_ref

    def is_list(self, type_ref: str) -> bool:
        """Whether the type asks for a list."""
        chain = self._chain(type_ref)
        name = chain[-1].type_ref if chain else type_ref
        return name == "list" or name.startswith("list<") or any(item.is_collection for item in chain)

    def allowed(self, type_ref: str) -> Text | None:
        """The allowed values of a type or of the types it is made from."""
        return next((item.allowed_values for item in self._chain(type_ref) if item.allowed_values), None)

    def member(self, type_ref: str, path: Sequence[str]) -> str:
        """The type behind a path of components, such as `["address", "city"]`; empty when it has no name."""
        for name in path:
            parts = {part.name: part for item in self._chain(type_ref) for part in item.components}
            type_ref = parts[name].type_ref if name in parts else ""
        return type_ref

    def leads_nowhere(self, type_ref: str) -> bool:
        """Whether a name leads to other names without end."""
        chain = self._chain(type_ref)
        return len(chain) == MOST_ALIASES and not any(item.components or item.function for item in chain)

    def _chain(self, type_ref: str) -> list[ItemDefinition]:
        """The definition a name means, the one its type names, and so on; a type of FEEL ends it."""
        chain: list[ItemDefinition] = []
        book, name = self, type_ref
        while len(chain) < MOST_ALIASES and (found := book.find(name)) is not None:
            book, item = found
            chain.append(item)
            name = item.type_ref
        return chain

    # --- values from JSON ---------------------------------------------------------------------------

    def from_json(self, value: Value, type_ref: str) -> Value:
        """The value with its texts read as the dates, times and durations that the type asks for."""
        found = self.find(type_ref)
        if found is not None:
            return found[0].read(value, found[1])
        if type_ref in _TEMPORAL and isinstance(value, str):
            return _temporal(value, type_ref)
        return value

    def read(self, value: Value, item: ItemDefinition) -> Value:
        """The same for an item definition."""
        if isinstance(value, list) and item.is_collection:
            return [self._read_one(part, item) for part in value]
        return self._read_one(value, item)

    def _read_one(self, value: Value, item: ItemDefinition) -> Value:
        if isinstance(value, dict) and item.components:
            parts = {part.name: part for part in item.components}
            return {key: self.read(entry, parts[key]) if key in parts else entry for key, entry in value.items()}
        return self.from_json(value, item.type_ref) if item.type_ref != item.name else value


class _Tests(Mapping[str, Callable[[Value], bool]]):
    """The types of a book by name, each as a question about a value."""

    def __init__(self, book: TypeBook, run: Run) -> None:
        self._book = book
        self._run = run

    def __getitem__(self, name: str) -> Callable[[Value], bool]:
        if self._book.find(name) is None:
            raise KeyError(name)
        return partial(self._book.accepts, type_ref=name, run=self._run, constrained=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self._book.definitions)

    def __len__(self) -> int:
        return len(self._book.definitions)


def _read_type(type_ref: str) -> Type | None:
    if type_ref in KNOWN_TYPES:
        return Type(type_ref)
    if "<" not in type_ref:
        return None
    try:
        return read_type(Cursor(type_ref, ()))
    except FeelSyntaxError:
        return None


def _temporal(text: str, type_ref: str) -> Value:
    try:
        value = parse_at(text)
    except ValueError:
        return text
    return value if kind_of(value) == type_ref else text
