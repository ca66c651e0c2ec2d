"""How is a JSON document read so that every error has a position and nothing is dropped unseen?

A `Node` remembers which members were read. What nobody read is listed as loss notes by `unread`,
so that a converter cannot forget to report what it does not carry.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from interop.errors import InteropError
from interop.referral import PARTIAL_DATE, LossNote, check_partial_date, in_utc

T = TypeVar("T")

NOT_CARRIED = "not carried into the referral"


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON document with its position; a missing member is a node whose value is None."""

    value: object
    where: str
    read: set[str] = field(default_factory=set, repr=False, compare=False)

    @property
    def present(self) -> bool:
        """Whether the document holds this value."""
        return self.value is not None

    def fail(self, what: str, remedy: str) -> InteropError:
        """The error that says what is wrong at this position."""
        return InteropError(what, where=self.where, remedy=remedy)

    def get(self, name: str) -> "Node":
        """The member `name`, which counts as read from now on."""
        where = f"{self.where}.{name}"
        self.read.add(where)
        return Node(self._object().get(name), where, self.read)

    def required(self, name: str) -> "Node":
        """The member `name`, which must be there."""
        member = self.get(name)
        if not member.present:
            raise member.fail("is missing", f"Add `{name}`.")
        return member

    def items(self) -> tuple["Node", ...]:
        """The items of an array; a missing array has none."""
        if self.value is None:
            return ()
        if not isinstance(self.value, list):
            raise self.fail("is not an array", "Send a JSON array.")
        return tuple(self._item(index, item) for index, item in enumerate(self.value))

    def texts(self) -> tuple[str, ...]:
        """The texts of an array; null stands for one of which only an extension came (FHIR R4, JSON)."""
        if not isinstance(self.value, list):
            return tuple(node.required_text() for node in self.items())
        self.read.update(f"{self.where}[{index}]" for index in range(len(self.value)))
        nodes = (self._item(index, item) for index, item in enumerate(self.value) if item is not None)
        return tuple(text for node in nodes if (text := node.text()) is not None)

    def text(self) -> str | None:
        """The text without surrounding blanks; None when missing or blank."""
        if self.value is None:
            return None
        if not isinstance(self.value, str):
            raise self.fail("is not text", "Send a JSON string.")
        return self.value.strip() or None

    def short(self, most: int = 1_000) -> str | None:
        """The text, which has at most so many characters: a code, a name, a number, an address."""
        text = self.text()
        if text is not None and len(text) > most:
            raise self.fail(f"has more than {most} characters", "Shorten it.")
        return text

    def required_text(self) -> str:
        """The text, which must be there and not blank."""
        text = self.text()
        if text is None:
            raise self.fail("is missing or blank", "Send a text.")
        return text

    def verbatim(self) -> str:
        """The text exactly as sent, which must be there and not blank."""
        self.required_text()
        return str(self.value)

    def flag(self) -> bool:
        """A boolean; a missing one is false."""
        if self.value is None or isinstance(self.value, bool):
            return bool(self.value)
        raise self.fail("is not a boolean", "Send true or false.")

    def choice(self, allowed: Collection[str], *, binding: str) -> str | None:
        """A code of a required binding; None when missing."""
        code = self.text()
        if code is not None and code not in allowed:
            known = ", ".join(sorted(allowed))
            raise self.fail(f"is not a code of {binding}", f"Use one of: {known}.")
        return code

    def partial_date(self) -> str | None:
        """A FHIR date, which may stop at the year or month."""
        return self._parsed(check_partial_date, "YYYY, YYYY-MM or YYYY-MM-DD")

    def full_date(self) -> date | None:
        """A calendar date; of a date with time the date part, as the sender wrote it."""
        return self._parsed(lambda text: date.fromisoformat(check_partial_date(text[:10])), "YYYY-MM-DD")

    def instant(self) -> datetime | None:
        """A moment in UTC; a partial date means its first moment, a time without offset is taken as UTC."""
        return self._parsed(_instant, "YYYY-MM-DDThh:mm:ssZ")

    def keep(self) -> None:
        """Count everything below this node as read: the caller knows that it carries no content."""
        self.read.update(_every_path(self.value, self.where))

    def forget(self) -> None:
        """Count this value as unread again: it was looked at and is not carried."""
        self.read.difference_update(_every_path(self.value, self.where))

    def unread(self) -> tuple[LossNote, ...]:
        """One note for every kind of member that nobody read."""
        found = Counter(label for label, _ in unread_paths(self))
        return tuple(LossNote(where=at[:1_000], what=NOT_CARRIED, count=n) for at, n in found.items())

    def _object(self) -> Mapping[str, object]:
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.fail("is not an object", "Send a JSON object.")
        return self.value

    def _item(self, index: int, item: object) -> "Node":
        where = f"{self.where}[{index}]"
        self.read.add(where)
        if item is None:
            raise InteropError("is null", where=where, remedy="Leave the item out.")
        return Node(item, where, self.read)

    def _parsed(self, parse: Callable[[str], T], form: str) -> T | None:
        text = self.text()
        if text is None:
            return None
        try:
            return parse(text)
        except (ValueError, OverflowError) as error:
            raise self.fail("is not a date that exists", f"Write {form}.") from error


def _instant(text: str) -> datetime:
    if PARTIAL_DATE.fullmatch(text):
        text += "-01-01"[len(text) - 4 :]
    return in_utc(datetime.fromisoformat(text))


def unread_paths(node: Node) -> Iterator[tuple[str, str]]:
    """Label and exact position of everything below `node` that nobody read.

    The label has `[*]` for array positions and names the resource type, so that equal kinds can be counted.
    """
    return _unread(node.value, node.where, _label(node.value, node.where), node.read)


def _unread(value: object, where: str, label: str, read: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if _untouched_resource(value, where, read):
            yield label, where
            return
        members = ((child, f"{where}.{key}", f"{label}.{str(key)[:60]}") for key, child in value.items())
    elif isinstance(value, list):
        members = ((child, f"{where}[{index}]", f"{label}[*]") for index, child in enumerate(value))
    else:
        return
    for child, child_where, child_label in members:
        child_label = _label(child, child_label)
        if child_where in read:
            yield from _unread(child, child_where, child_label, read)
        else:
            yield child_label, child_where


def _untouched_resource(value: Mapping[str, object], where: str, read: set[str]) -> bool:
    if "resourceType" not in value:
        return False
    return not any(f"{where}.{key}" in read for key in value if key not in ("resourceType", "id"))


def _label(value: object, label: str) -> str:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind.isalpha() and len(kind) < 60 and "." in label:
        return f"{label}({kind})"
    return label


def _every_path(value: object, where: str) -> Iterator[str]:
    yield where
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _every_path(child, f"{where}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _every_path(child, f"{where}[{index}]")
