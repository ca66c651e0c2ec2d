r"""How is an HL7 v2 message split and built (HL7 v2.5.1 chapter 2)?

Our own splitter: the `hl7` package splits too, but untyped, without positions and with exceptions of many
kinds, and what 360X needs of it is smaller than the wrapper around it would be. Covered: segments, fields,
repetitions, components, the delimiters that MSH declares, escapes \F\ \S\ \T\ \R\ \E\ \.br\ and \Xhh\.
Not implemented: subcomponents (`&` stays in the text), batch headers, continuation segments (ADD, DSC).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from interop.errors import InteropError
from interop.referral import LossNote

MAX_SEGMENTS = 2_000
SEQUENCE = r"(F|S|T|R|E|\.br|X(?:[0-9A-Fa-f]{2})+)"
TIMESTAMP = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d{1,4})?([+-]\d{4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The separators a message declares in MSH-1 and MSH-2."""

    fields: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; it remembers which of its fields were read."""

    name: str
    fields: tuple[str, ...]
    delimiters: Delimiters
    read: set[int] = field(default_factory=set, repr=False, compare=False)

    def where(self, number: int) -> str:
        """The position of a field, such as `hl7v2 ORC-2`."""
        return f"hl7v2 {self.name}-{number}"

    def raw(self, number: int) -> str:
        """A whole field as it stands in the message; empty when missing."""
        self.read.add(number)
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> tuple[tuple[str, ...], ...]:
        """The field's repetitions, each as its unescaped components."""
        delimiters = self.delimiters
        repetitions = (each for each in self.raw(number).split(delimiters.repetition) if each)
        return tuple(
            tuple(unescape(part, delimiters).strip() for part in each.split(delimiters.component))
            for each in repetitions
        )

    def text(self, number: int, component: int = 1) -> str | None:
        """One component of the first repetition; None when empty."""
        repetitions = self.repetitions(number)
        return part(repetitions[0], component) if repetitions else None

    def moment(self, number: int) -> tuple[datetime | None, bool]:
        """A time stamp in UTC, and whether it said its offset (without one it is taken as UTC)."""
        text = self.text(number)
        return (None, True) if text is None else parse_timestamp(text, where=self.where(number))

    def unread(self) -> list[str]:
        """The positions of the filled fields that nobody read; the segment alone if none was."""
        filled = [number for number, value in enumerate(self.fields) if number and value]
        if filled and not self.read:
            return [f"hl7v2 {self.name}"]
        return [self.where(number) for number in filled if number not in self.read]


@dataclass(frozen=True, slots=True)
class Message:
    """A split message; the first segment is MSH."""

    segments: tuple[Segment, ...]

    def first(self, name: str) -> Segment | None:
        """The first segment of that name."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[Segment, ...]:
        """Every segment of that name, in order."""
        return tuple(segment for segment in self.segments if segment.name == name)

    def required(self, name: str) -> Segment:
        """The first segment of that name, which must be there."""
        segment = self.first(name)
        if segment is None:
            raise InteropError(f"the message has no {name} segment", where="hl7v2", remedy=f"Send a {name} segment.")
        return segment

    def unread(self) -> tuple[LossNote, ...]:
        """One note for every field or segment that nobody read."""
        found = Counter(where for segment in self.segments for where in segment.unread())
        return tuple(
            LossNote(where=where, what="not carried into the referral", count=count) for where, count in found.items()
        )


def split_message(text: str) -> Message:
    """Split a message at the delimiters that its MSH declares.

    Raises:
        InteropError: the text does not begin with MSH and its delimiters, has a line that is no segment,
            or has more than 2 000 segments.
    """
    lines = [line for line in re.split(r"[\r\n]+", text.strip("\ufeff \x0b\x1c\r\n")) if line]
    delimiters = _delimiters(lines[0] if lines else "")
    if len(lines) > MAX_SEGMENTS:
        raise InteropError(f"more than {MAX_SEGMENTS} segments", where="hl7v2", remedy="Send one referral per message.")
    return Message(tuple(_segment(line, index, delimiters) for index, line in enumerate(lines)))


def _delimiters(header: str) -> Delimiters:
    marks = header[3:8]
    if not header.startswith("MSH") or len(marks) < 5 or len(set(marks)) < 5 or marks.isalnum():
        raise InteropError(
            "the message does not begin with MSH and five different delimiters",
            where="hl7v2 MSH-1",
            remedy=r"Begin it with MSH|^~\&|.",
        )
    return Delimiters(*marks)


def _segment(line: str, index: int, delimiters: Delimiters) -> Segment:
    name, _, rest = line.partition(delimiters.fields)
    if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", name):
        raise InteropError(
            f"line {index + 1} does not begin with a segment name",
            where="hl7v2",
            remedy="Send whole segments.",
        )
    values = rest.split(delimiters.fields)
    if name != "MSH":
        return Segment(name, (name, *values), delimiters)
    return Segment(name, (name, delimiters.fields, *values), delimiters, {1, 2})


def part(components: Sequence[str], number: int) -> str | None:
    """A component by its HL7 number, counted from 1; None when empty or missing."""
    return (components[number - 1] or None) if number <= len(components) else None


def unescape(text: str, delimiters: Delimiters) -> str:
    """The text without escape sequences; an unknown sequence stays as it is."""
    if delimiters.escape not in text:
        return text
    marks = {
        "F": delimiters.fields,
        "S": delimiters.component,
        "T": delimiters.subcomponent,
        "R": delimiters.repetition,
        "E": delimiters.escape,
        ".br": "\n",
    }
    mark = re.escape(delimiters.escape)
    return re.sub(mark + SEQUENCE + mark, lambda found: _unescaped(found.group(1), marks), text)


def _unescaped(sequence: str, marks: Mapping[str, str]) -> str:
    if sequence.startswith("X"):
        return bytes.fromhex(sequence[1:]).decode("latin-1").replace("\x00", "")
    return marks[sequence]


def escape(text: str) -> str:
    """Text that may stand in a field of a message with the standard delimiters."""
    marks = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\n": "\\.br\\"}
    lines = re.sub(r"\r\n|\r", "\n", text)
    return "".join(marks.get(each, each) for each in lines)


def segment(name: str, fields: Mapping[int, str | None]) -> str:
    """A segment with the given fields by number; the values are already escaped."""
    last = max((number for number, value in fields.items() if value), default=0)
    return "|".join((name, *(fields.get(number) or "" for number in range(1, last + 1))))


def timestamp(moment: datetime) -> str:
    """A moment as HL7 writes it, in UTC and with its offset."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def parse_timestamp(text: str, *, where: str) -> tuple[datetime, bool]:
    """A moment in UTC from `YYYY[MM[DD[HHMM[SS[.S]]]]][+/-ZZZZ]`, and whether it said its offset.

    Raises:
        InteropError: the text is no such time stamp, or names a day or hour that does not exist.
    """
    found = TIMESTAMP.fullmatch(text)
    try:
        if found is None:
            raise ValueError("not an HL7 time stamp")
        year, month, day, hour, minute, second, offset = found.groups()
        local = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=_zone(offset),
        )
        return local.astimezone(UTC), offset is not None
    except (ValueError, OverflowError) as error:
        raise InteropError(
            "is not a time stamp that exists", where=where, remedy="Write YYYYMMDDHHMMSS+ZZZZ."
        ) from error


def _zone(offset: str | None) -> timezone:
    if offset is None:
        return UTC
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5])))
