"""Which fields decide about themselves? A hides B and B hides A: such forms may never settle.

Names are compared by their first part, without regard to lists: a hint for the author, so a warning.
"""

from collections.abc import Iterator
from functools import lru_cache

from pathways.feel import FeelSyntaxError, compile_expression
from pathways.forms.components import COMPUTED
from pathways.forms.expressions import is_expression, source_of
from pathways.forms.fields import Group, Node, Repeated, Schema, fields


def reading_themselves(schema: Schema) -> Iterator[tuple[Schema, tuple[str, ...]]]:
    """Components that read, perhaps through others, what depends on them; with the names that they read of these."""
    reads: dict[str, set[str]] = {}
    owners: dict[str, Schema] = {}
    for node in fields(schema):
        _collect(node, frozenset(), reads, owners)
    for name, through in _circling(reads).items():
        yield owners[name], tuple(sorted(through))


def _collect(node: Node, around: frozenset[str], reads: dict[str, set[str]], owners: dict[str, Schema]) -> None:
    """What each top-level name depends on: conditions around it, its own, and its expression."""
    own = around | _names(node.component, condition=True)
    if isinstance(node, Group | Repeated) and not node.path:
        for child in node.children:
            _collect(child, own, reads, owners)
        return
    name = node.path[0]
    owners.setdefault(name, node.component)
    reads.setdefault(name, set()).update(own)
    if not isinstance(node, Group | Repeated):
        reads[name] |= _names(node.component, condition=False)


def _names(component: Schema, *, condition: bool) -> frozenset[str]:
    conditional = component.get("conditional")
    hide = conditional.get("hide") if isinstance(conditional, dict) else None
    text = hide if condition else component.get("expression") if component.get("type") == COMPUTED else None
    return _free(text) if isinstance(text, str) and is_expression(text) else frozenset()


@lru_cache(maxsize=1024)
def _free(text: str) -> frozenset[str]:
    try:
        return frozenset(compile_expression(source_of(text)).names)
    except FeelSyntaxError:
        return frozenset()  # a finding of its own


def _circling(reads: dict[str, set[str]]) -> dict[str, set[str]]:
    """What remains when names that read nothing of the rest, or that nothing of the rest reads, are taken away."""
    forward = _without_ends({name: {read for read in found if read in reads} for name, found in reads.items()})
    backward: dict[str, set[str]] = {name: set() for name in forward}
    for name, found in forward.items():
        for read in found:
            backward[read].add(name)
    circling = _without_ends(backward)
    return {name: forward[name] & circling.keys() for name in circling}


def _without_ends(reads: dict[str, set[str]]) -> dict[str, set[str]]:
    """Take away names that read nothing, then those that read only these, and so on."""
    readers: dict[str, list[str]] = {name: [] for name in reads}
    for name, found in reads.items():
        for read in found:
            readers[read].append(name)
    open_reads = {name: len(found) for name, found in reads.items()}
    ends = [name for name, count in open_reads.items() if not count]
    for name in ends:
        for reader in readers[name]:
            open_reads[reader] -= 1
            if not open_reads[reader]:
                ends.append(reader)
    gone = set(ends)
    return {name: found - gone for name, found in reads.items() if name not in gone}
