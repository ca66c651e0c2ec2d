"""Is a report about the patient whose order it names? By what both say of them, never by name (H3).

An order number alone says too little: numbers are mistyped, and used again. So whoever sends a report may say of whom
it is. A birth date that differs, or another number of the same issuer, is somebody else; what only one side says is no
contradiction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

WHOLE_DATE = 10
"""The length of a birth date with year, month and day: less does not tell two people apart."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Of whom something is. `numbers`: the values by issuer, '' when nobody says it; `born`: a whole date, or ''."""

    numbers: Mapping[str, frozenset[str]]
    born: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.numbers or self.born)


def subject_of(said: object) -> Subject:
    """Read `identifiers` (each with `value` and `system`) and `birth_date` of a patient, as far as they are there."""
    if not isinstance(said, Mapping):
        return Subject({})
    numbers: dict[str, set[str]] = {}
    identifiers = said.get("identifiers")
    for each in identifiers if isinstance(identifiers, list | tuple) else ():
        if isinstance(each, Mapping) and each.get("value"):
            numbers.setdefault(str(each.get("system") or ""), set()).add(str(each["value"]))
    born = str(said.get("birth_date") or "")
    kept = {system: frozenset(values) for system, values in numbers.items()}
    return Subject(kept, born if len(born) == WHOLE_DATE else "")


def is_somebody_else(said: Subject, known: Collection[Subject]) -> bool:
    """Say whether a report is of another patient than the one who is `known`, from each of their cases."""
    days = {each.born for each in known if each.born}
    if said.born and days and said.born not in days:
        return True
    shared = [system for system in said.numbers if any(system in each.numbers for each in known)]
    agrees = any(said.numbers[system] & each.numbers.get(system, frozenset()) for system in shared for each in known)
    return bool(shared) and not agrees
