"""List functions (DMN 1.5 §10.3.4.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cmp_to_key, reduce

from pathways.feel.arithmetic import calculate
from pathways.feel.builtins.registry import Functions
from pathways.feel.comparison import equal, ordered
from pathways.feel.run import Run
from pathways.feel.values import NUMBER, Function, NoValue, Value

FUNCTIONS = Functions()
_SCALARS = (str, bool, Decimal, type(None))


# --- about the items --------------------------------------------------------------------------------


@FUNCTIONS.define("list contains(list: list, element: Any)", needs_run=True)
def list_contains(run: Run, items: list[Value], element: Value) -> Value:
    """Whether an item equals the element."""
    return _holds(run, items, element)


@FUNCTIONS.define("count(list: list)")
def count(items: list[Value]) -> Value:
    """How many items the list has."""
    return Decimal(len(items))


@FUNCTIONS.define("min(list: list)", "min(list...: Any)")
def min_(items: list[Value]) -> Value:
    """The smallest item."""
    return _extreme(items, "<")


@FUNCTIONS.define("max(list: list)", "max(list...: Any)")
def max_(items: list[Value]) -> Value:
    """The largest item."""
    return _extreme(items, ">")


def _extreme(items: list[Value], operator: str) -> Value:
    if None in items:
        raise NoValue("one of the items is null")
    best = items[0] if items else None
    for item in items:
        if ordered(operator, item, best):
            best = item
    return best


@FUNCTIONS.define("sum(list: list)", "sum(list...: Any)")
def sum_(items: list[Value]) -> Value:
    """The sum of numbers or durations; null of an empty list."""
    return reduce(lambda total, item: _added(total, item), items) if items else None


def _added(total: Value, item: Value) -> Value:
    if isinstance(total, str) or type(total) is not type(item):
        raise NoValue("sum: the items are not all numbers, or all durations of one kind")
    return calculate("+", total, item)


@FUNCTIONS.define("product(list: list<number>)", "product(list...: number)")
def product(numbers: list[Decimal]) -> Value:
    """The product of the numbers; null of an empty list."""
    return reduce(NUMBER.multiply, _present(numbers)) if numbers else None


@FUNCTIONS.define("mean(list: list<number>)", "mean(list...: number)")
def mean(numbers: list[Decimal]) -> Value:
    """The average; null of an empty list."""
    return _mean(_present(numbers)) if numbers else None


@FUNCTIONS.define("median(list: list<number>)", "median(list...: number)")
def median(numbers: list[Decimal]) -> Value:
    """The middle number, or the average of the two in the middle; null of an empty list."""
    if not numbers:
        return None
    sorted_numbers = sorted(_present(numbers))
    middle = len(numbers) // 2
    return sorted_numbers[middle] if len(numbers) % 2 else _mean(sorted_numbers[middle - 1 : middle + 1])


@FUNCTIONS.define("stddev(list: list<number>)", "stddev(list...: number)")
def stddev(numbers: list[Decimal]) -> Value:
    """The standard deviation of a sample; null of fewer than two numbers."""
    if len(numbers) < 2:
        raise NoValue("stddev: fewer than two numbers do not deviate")
    average = _mean(_present(numbers))
    squares = [NUMBER.power(NUMBER.subtract(number, average), Decimal(2)) for number in numbers]
    return NUMBER.sqrt(NUMBER.divide(reduce(NUMBER.add, squares), Decimal(len(numbers) - 1)))


@FUNCTIONS.define("mode(list: list<number>)", "mode(list...: number)")
def mode(numbers: list[Decimal]) -> Value:
    """The numbers that occur most often, in ascending order."""
    occurrences: dict[Decimal, int] = {}
    for number in _present(numbers):
        occurrences[number] = occurrences.get(number, 0) + 1
    most = max(occurrences.values(), default=0)
    return [*sorted(number for number, times in occurrences.items() if times == most)]


def _mean(numbers: Sequence[Decimal]) -> Decimal:
    return NUMBER.divide(reduce(NUMBER.add, numbers), Decimal(len(numbers)))


def _present(numbers: list[Decimal]) -> list[Decimal]:
    if any(number is None for number in numbers):
        raise NoValue("one of the numbers is null")
    return numbers


@FUNCTIONS.define("all(list: list)", "all(list...: Any)")
def all_(items: list[Value]) -> Value:
    """Whether every item is true; null where that is unknown."""
    return _decided(items, decisive=False)


@FUNCTIONS.define("any(list: list)", "any(list...: Any)")
def any_(items: list[Value]) -> Value:
    """Whether an item is true; null where that is unknown."""
    return _decided(items, decisive=True)


def _decided(items: list[Value], *, decisive: bool) -> Value:
    if any(item is decisive for item in items):
        return decisive
    return not decisive if all(item is (not decisive) for item in items) else None


# --- other lists ------------------------------------------------------------------------------------


@FUNCTIONS.define("sublist(list: list, start position: number, length?: number)")
def sublist(items: list[Value], start: Decimal, length: Decimal | None = None) -> Value:
    """The items from the position (1 is the first, -1 the last) on, `length` of them."""
    first = _index(items, start, "sublist")
    if length is None:
        return items[first:]
    if not 1 <= length <= len(items) - first:
        raise NoValue("sublist: there are not as many items from there on")
    return items[first : first + int(length)]


@FUNCTIONS.define("append(list: list, item...: Any)", needs_run=True)
def append(run: Run, items: list[Value], added: list[Value]) -> Value:
    """The list with the items at its end."""
    run.spend(len(items))
    return [*items, *added]


@FUNCTIONS.define("concatenate(list...: list)", needs_run=True)
def concatenate(run: Run, lists: list[list[Value]]) -> Value:
    """One list with the items of all."""
    run.spend(sum(map(len, lists)))
    return [item for items in lists for item in items]


@FUNCTIONS.define("insert before(list: list, position: number, newItem: Any)", needs_run=True)
def insert_before(run: Run, items: list[Value], position: Decimal, item: Value) -> Value:
    """The list with the item put before the position."""
    run.spend(len(items))
    index = _index(items, position, "insert before")
    return [*items[:index], item, *items[index:]]


@FUNCTIONS.define("remove(list: list, position: number)", needs_run=True)
def remove(run: Run, items: list[Value], position: Decimal) -> Value:
    """The list without the item at the position."""
    run.spend(len(items))
    index = _index(items, position, "remove")
    return [*items[:index], *items[index + 1 :]]


@FUNCTIONS.define("list replace(list: list, position: number, newItem: Any)", needs_run=True)
def list_replace(run: Run, items: list[Value], position: Decimal, item: Value) -> Value:
    """The list with another item at the position."""
    run.spend(len(items))
    index = _index(items, position, "list replace")
    return [*items[:index], item, *items[index + 1 :]]


@FUNCTIONS.define("list replace(list: list, match: function, newItem: Any)", needs_run=True)
def list_replace_where(run: Run, items: list[Value], match: Function, new: Value) -> Value:
    """The list with another item wherever the function is true of (item, new item)."""
    verdicts = [match.call(run, [item, new]) for item in items]
    if not all(isinstance(verdict, bool) for verdict in verdicts):
        raise NoValue("list replace: the function has to give true or false")
    return [new if verdict else item for item, verdict in zip(items, verdicts, strict=True)]


@FUNCTIONS.define("reverse(list: list)")
def reverse(items: list[Value]) -> Value:
    """The items from the last to the first."""
    return items[::-1]


@FUNCTIONS.define("index of(list: list, match: Any)", needs_run=True)
def index_of(run: Run, items: list[Value], match: Value) -> Value:
    """The positions of all items that equal the match."""
    run.weigh(items, match)
    return [Decimal(index) for index, item in enumerate(items, start=1) if equal(item, match) is True]


@FUNCTIONS.define("union(list...: list)", needs_run=True)
def union(run: Run, lists: list[list[Value]]) -> Value:
    """The items of all lists, each once."""
    return _distinct(run, [item for items in lists for item in items])


@FUNCTIONS.define("distinct values(list: list)", needs_run=True)
def distinct_values(run: Run, items: list[Value]) -> Value:
    """The items, each once."""
    return _distinct(run, items)


@FUNCTIONS.define("duplicate values(list: list)", needs_run=True)
def duplicate_values(run: Run, items: list[Value]) -> Value:
    """The items that occur more than once, each once (an addition of Camunda 8)."""
    seen = _Seen(run)
    return _distinct(run, [item for item in items if not seen.takes(item)])


def _distinct(run: Run, items: list[Value]) -> list[Value]:
    seen = _Seen(run)
    return [item for item in items if seen.takes(item)]


class _Seen:
    """The items that were there before; scalars are looked up, others are compared one by one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.scalars: set[tuple[type, Value]] = set()
        self.others: list[Value] = []

    def takes(self, item: Value) -> bool:
        """Whether the item is new; from now on it is not."""
        if isinstance(item, _SCALARS):
            before = len(self.scalars)
            self.scalars.add((type(item), item))
            return len(self.scalars) > before
        new = not _holds(self.run, self.others, item)
        if new:
            self.others.append(item)
        return new


def _holds(run: Run, items: list[Value], element: Value) -> bool:
    run.weigh(items, element)
    return any(equal(item, element) is True for item in items)


@FUNCTIONS.define("flatten(list: list)", needs_run=True)
def flatten(run: Run, items: list[Value]) -> list[Value]:
    """One list of all items that are no lists, however deep they lie."""
    run.spend(1 + len(items))
    result: list[Value] = []
    for item in items:
        result += flatten(run, item) if isinstance(item, list) else [item]
    return result


@FUNCTIONS.define("sort(list: list, precedes: function)", needs_run=True)
def sort(run: Run, items: list[Value], precedes: Function) -> Value:
    """The items in the order the function gives: it says whether its first argument comes before its second."""
    return _sorted(items, lambda first, second: precedes.call(run, [first, second]) is True)


@FUNCTIONS.define("sort(list: list)")
def sort_naturally(items: list[Value]) -> Value:
    """The items from the smallest to the largest."""
    return _sorted(items, lambda first, second: ordered("<", first, second))


def _sorted(items: list[Value], precedes: Callable[[Value, Value], bool]) -> list[Value]:
    def order(first: Value, second: Value) -> int:
        return -1 if precedes(first, second) else 0

    return sorted(items, key=cmp_to_key(order))


def _index(items: list[Value], position: Decimal, function: str) -> int:
    """The place in the list of a position that counts from 1, or backwards from -1."""
    if position == 0 or abs(position) > len(items):
        raise NoValue(f"{function}: a list of {len(items)} items has no such position")
    return int(position) - 1 if position > 0 else len(items) + int(position)
