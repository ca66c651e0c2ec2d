"""What is one element of a file? A small tree that knows its lines; its methods carry lxml's names."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, overload


@lru_cache(maxsize=4096)
def local_of(name: str) -> str:
    """The part of a name after its namespace."""
    return name.rpartition("}")[2]


class Element:
    """An XML element: `tag` and the keys of `attrib` are in Clark notation, `sourceline` counts from 1."""

    __slots__ = ("_children", "_parent", "attrib", "local", "sourceline", "tag", "tail", "text")

    def __init__(self, tag: str, attrib: dict[str, str], sourceline: int, parent: "Element | None") -> None:
        self.tag = tag
        self.local = local_of(tag)
        self.attrib = attrib
        self.sourceline = sourceline
        self.text = ""
        self.tail = ""
        self._parent = parent
        self._children: list[Element] = []
        if parent is not None:
            parent._children.append(self)

    def __repr__(self) -> str:
        return f"<{self.tag} at line {self.sourceline}>"

    def __iter__(self) -> Iterator["Element"]:
        return iter(self._children)

    def __len__(self) -> int:
        return len(self._children)

    def __bool__(self) -> bool:
        return True

    @overload
    def get(self, name: str) -> Any: ...

    @overload
    def get(self, name: str, default: str) -> str: ...

    def get(self, name: str, default: str | None = None) -> Any:
        """Give the attribute's value, else the default."""
        return self.attrib.get(name, default)

    def getparent(self) -> Any:
        """Give the element around this one; None for the root."""
        return self._parent

    def adopt(self, root: "Element") -> None:
        """Take another tree in as the last child."""
        root._parent = self
        self._children.append(root)

    def forget_last(self) -> None:
        """Let the last child go."""
        self._children.pop()

    def append_text(self, text: str) -> None:
        """Add text after what the element holds so far."""
        if self._children:
            self._children[-1].tail += text
        else:
            self.text += text

    def iterchildren(self, tag: str | None = None) -> Iterator["Element"]:
        """Walk the children, or those with this tag."""
        return iter(self._children) if tag is None else (child for child in self._children if child.tag == tag)

    def iter(self, *tags: str) -> Iterator["Element"]:
        """Walk this element and all below it in document order, or those with one of these tags (`{ns}*` too)."""
        if not tags or tags == ("*",):
            return self._walk()
        exact = frozenset(tags)
        starts = tuple(tag[:-1] for tag in tags if tag.endswith("*"))
        if starts:
            return (element for element in self._walk() if element.tag in exact or element.tag.startswith(starts))
        return (element for element in self._walk() if element.tag in exact)

    def _walk(self) -> Iterator["Element"]:
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            if element._children:
                waiting.extend(reversed(element._children))

    def iterancestors(self) -> Iterator["Element"]:
        """Walk outwards to the root."""
        outer = self._parent
        while outer is not None:
            yield outer
            outer = outer._parent

    def itertext(self) -> Iterator[str]:
        """Walk the text of this element and of all below it, in document order."""
        yield self.text
        for child in self._children:
            yield from child.itertext()
            yield child.tail

    def find(self, path: str) -> "Element | None":
        """Give the first element on a path of child tags such as `{ns}a/{ns}b`."""
        return next(self.findall(path), None)

    def findall(self, path: str) -> Iterator["Element"]:
        """Walk the elements on a path of child tags; namespaces may hold slashes."""
        found: Iterator[Element] = iter((self,))
        for tag in _steps(path):
            found = _down(found, tag)
        return found


def _down(elements: Iterator[Element], tag: str) -> Iterator[Element]:
    return (child for element in elements for child in element.iterchildren(tag))


def _steps(path: str) -> list[str]:
    """Split at the slashes that stand outside braces."""
    steps, depth = [""], 0
    for character in path:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "/" and not depth:
            steps.append("")
        else:
            steps[-1] += character
    return steps
