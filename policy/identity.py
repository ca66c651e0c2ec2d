"""Is this the same patient? Only by two things that agree: an identifier and the birth date; never by name (H3).

Known are the patients that share an identifier with the one who comes. Exactly one of them with the same whole birth
date is this patient. Anything else is a new patient, and a doubt for a person to settle with each of those known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Reason = Literal["birth_date_differs", "birth_date_unknown", "several_patients"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known patient who shares an identifier. `born`: hash of the whole birth date, empty when not known."""

    patient_id: str
    born: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a known patient was not linked."""

    patient_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a patient who comes is linked with (None: nobody, they are new), and whom they might be."""

    patient_id: str | None
    doubts: tuple[Doubt, ...] = ()


def match(candidates: Sequence[Candidate], born: str) -> Match:
    """Say who somebody is that shares an identifier with `candidates` and is born on the day hashed as `born`."""
    agreeing = [each for each in candidates if born and each.born == born]
    if len(agreeing) == 1:
        return Match(agreeing[0].patient_id)
    return Match(None, tuple(Doubt(each.patient_id, _reason(each, born)) for each in candidates))


def _reason(candidate: Candidate, born: str) -> Reason:
    if not born or not candidate.born:
        return "birth_date_unknown"
    return "several_patients" if candidate.born == born else "birth_date_differs"
