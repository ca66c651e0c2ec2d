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
    """Components that read, through others, what depends on them; with the names on the way."""
    reads: dict[str, set[str]] = {}
    owners: dict[str, Schema] = {}
    for node in fields(schema):
        _collect(node, frozenset(), reads, owners)
    for name, owner in owners.items():
        if (way := _way_back(name, reads)) is not None:
            yield owner, way


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


def _way_back(name: str, reads: dict[str, set[str]]) -> tuple[str, ...] | None:
    """The shortest way from a name back to itself."""
    ways: list[tuple[str, ...]] = [(name,)]
    seen: set[str] = set()
    for way in ways:
        for read in sorted(reads.get(way[-1], ())):
            if read == name:
                return way
            if read not in seen:
                seen.add(read)
                ways.append((*way, read))
    return None
