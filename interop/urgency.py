"""How urgent is a referral, in our four priorities?

A wire form knows three or four levels and none of them is "urgent suspected cancer"; that one comes from
the coded or written reason. A sender's "routine" is never raised by a rule: the conflict is noted for triage.
"""

import re
from collections.abc import Sequence

from interop.codes import ICD_10, ICD_10_CM, SNOMED, canonical
from interop.referral import Coded, LossNote, Priority

FHIR_PRIORITY: dict[str, Priority] = {
    "routine": "routine",
    "urgent": "urgent",
    "asap": "urgent",
    "stat": "stat",
}
"""FHIR R4 request-priority (required binding) → ours."""

PRIORITY_IN_FHIR: dict[str, str] = {
    "routine": "routine",
    "urgent": "urgent",
    "urgent_suspected_cancer": "asap",
    "stat": "stat",
}
"""Ours → FHIR R4 request-priority, in which `asap` stands above `urgent`."""

V2_PRIORITY: dict[str, Priority] = {
    "R": "routine",
    "U": "urgent",
    "A": "urgent",
    "P": "urgent",
    "T": "urgent",
    "S": "stat",
}
"""HL7 v2 tables 0027 and 0485: routine, urgent, as soon as possible, pre-op, timing critical, stat → ours."""

SUSPECTED_CANCER_CODES = frozenset(
    {
        (SNOMED, "162572001"),  # Suspected malignancy (situation)
        (SNOMED, "199251000000107"),  # Fast track cancer referral (procedure), UK extension
    }
)
SUSPECTED_CANCER_WORDS = re.compile(
    r"\b(suspected|suspicion of|suspicious for|2ww|two[- ]week[- ]wait)\b.{0,60}?"
    r"\b(cancer|malignan\w*|carcinoma|tumou?r)",
    re.IGNORECASE | re.DOTALL,
)


STATED_IN_WORDS = re.compile(r"\bpriority:\s*(routine|urgent|asap|stat)\b", re.IGNORECASE)
"""How the reference adapter of the Oral Health Data Exchange writes a priority that its message has no field for."""


def urgency(
    stated: Priority | None, *, asked: Sequence[Coded], text: str, where: str
) -> tuple[Priority, tuple[LossNote, ...]]:
    """Our priority, and a note on everything that had to be assumed.

    `asked` are the coded service and reasons, `text` the clinical question, `where` the position of the
    stated priority. Unstated counts as routine (FHIR R4 ServiceRequest.priority), unless cancer is suspected.
    """
    suspected = names_suspected_cancer(tuple(asked), text)
    in_words = STATED_IN_WORDS.search(text)
    if stated is None and in_words:
        found, notes = urgency(FHIR_PRIORITY[in_words[1].lower()], asked=asked, text=text, where=where)
        return found, (*notes, _note(where, "no priority stated; taken from the words of the reason"))
    match stated:
        case None if suspected:
            return "urgent_suspected_cancer", (_note(where, "no priority stated; reason: suspected cancer"),)
        case None:
            return "routine", (_note(where, "no priority stated; routine assumed"),)
        case "urgent" if suspected:
            return "urgent_suspected_cancer", (_note(where, "urgent, raised: reason is suspected cancer"),)
        case "routine" if suspected:
            return "routine", (_note(where, "stated routine although cancer is suspected: check at triage"),)
        case _:
            return stated, ()


def coarser(code: str | None, where: str) -> tuple[LossNote, ...]:
    """A note when the stated code is finer than our priorities, so that triage sees what was said."""
    if code not in ("asap", "A", "P", "T"):
        return ()
    return (_note(where, f"stated as {code}, carried as urgent"),)


def names_suspected_cancer(asked: tuple[Coded, ...], text: str) -> bool:
    """Whether a code or the words say that cancer is suspected."""
    codes = [(canonical(coding.system), coding.code or "") for coded in asked for coding in coded.codings()]
    if any(code in SUSPECTED_CANCER_CODES for code in codes):
        return True
    if any(system in (ICD_10, ICD_10_CM) and code.startswith("Z03.1") for system, code in codes):
        return True
    return any(SUSPECTED_CANCER_WORDS.search(words) for words in (text, *(c.words() for c in asked)))


def _note(where: str, what: str) -> LossNote:
    return LossNote(where=where, what=what)
