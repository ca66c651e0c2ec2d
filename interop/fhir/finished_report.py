"""Which finished report of an order does a searchset hold, and what does it say? FHIR R4, DiagnosticReport.

A server may ignore what it does not know of a question and answer with all that it has. So a report counts only when it
names the order itself: as what it is based on, or as an identifier of its own (an accession number is often both).
"""

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from interop.bounds import check_bounds
from interop.codes import LOINC
from interop.errors import InteropError

FINISHED: Mapping[str, str] = {"final": "final", "amended": "amended", "corrected": "amended", "appended": "amended"}
"""By status of FHIR R4: what our messages call it. What is registered, partial or preliminary is not finished."""

INTERPRETATIONS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
CRITICAL = frozenset({"AA", "HH", "LL"})
"""Interpretations of a value that has to be told at once: critically abnormal, high, low."""

_PER_NANOLITRE = frozenset({"10*9/L", "10*3/uL"})
_RATIO = frozenset({"", "1", "{INR}", "{ratio}"})
VALUES: Mapping[str, tuple[str, frozenset[str]]] = {
    "6301-6": ("INR", _RATIO),
    "34714-6": ("INR", _RATIO),
    "777-3": ("platelets", _PER_NANOLITRE),
    "26515-7": ("platelets", _PER_NANOLITRE),
    "751-8": ("neutrophils", _PER_NANOLITRE),
    "26499-4": ("neutrophils", _PER_NANOLITRE),
    "15074-8": ("glucose", frozenset({"mmol/L"})),
    "14749-6": ("glucose", frozenset({"mmol/L"})),
    "59261-8": ("HbA1c", frozenset({"mmol/mol"})),
    "62238-1": ("eGFR", frozenset({"mL/min/{1.73_m2}", "mL/min/1.73m2"})),
    "98979-8": ("eGFR", frozenset({"mL/min/{1.73_m2}", "mL/min/1.73m2"})),
}
"""By LOINC code: the name that `lab.result` has for a value, and the UCUM units in which it is taken as it is [M]."""

_NEVER = datetime.min.replace(tzinfo=UTC)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FinishedReport:
    """A report as a message carries it. `status`: final or amended; `values`: laboratory values by name.

    `codes`: of its conclusion; `taken_at`: when the values were taken, ISO 8601, empty when nobody says it. `patient`:
    of whom it says that it is (`identifiers`, `birth_date`), as far as that came along.
    """

    report_id: str
    status: str
    conclusion: str = ""
    issued: str | None = None
    codes: tuple[str, ...] = ()
    is_critical: bool = False
    values: Mapping[str, float] = field(default_factory=dict)
    taken_at: str = ""
    patient: Mapping[str, Any] = field(default_factory=dict)


def finished_report(searchset: object, numbers: Collection[str]) -> FinishedReport | None:
    """Give the newest finished report of an order, None when there is none. `numbers`: the order's, its accession.

    Raises:
        InteropError: it is no searchset of FHIR R4.
    """
    check_bounds(searchset, name="Bundle")
    if not isinstance(searchset, Mapping) or (searchset.get("resourceType"), searchset.get("type")) != (
        "Bundle",
        "searchset",
    ):
        raise InteropError("not a searchset", where="Bundle", remedy="Answer a search with a Bundle of type searchset.")
    known = _resources(searchset)
    reports = [each for each in known.values() if each.get("resourceType") == "DiagnosticReport"]
    named = [
        each
        for each in reports
        if str(each.get("status")) in FINISHED and not _numbers(each, known).isdisjoint(numbers)
    ]
    return _read(max(named, key=_issued), known, numbers) if named else None


def _resources(searchset: Json) -> dict[str, Json]:
    """Every resource by how references name it; one that has no id by its place."""
    found: dict[str, Json] = {}
    for place, entry in enumerate(_objects(searchset.get("entry"))):
        resource = entry.get("resource")
        if isinstance(resource, Mapping):
            own = f"{resource.get('resourceType')}/{resource['id']}" if resource.get("id") else f"#{place}"
            found[own] = resource
    return found


def _numbers(report: Json, known: Mapping[str, Json]) -> set[str]:
    based = list(_objects(report.get("basedOn")))
    orders = [_meant(each, report, known) for each in based]
    of_orders = [number for order in orders for number in _identifiers(order.get("identifier"))]
    return {
        *_identifiers(report.get("identifier")),
        *_identifiers([each.get("identifier") for each in based]),
        *of_orders,
    }


def _meant(reference: Json, within: Json, known: Mapping[str, Json]) -> Json:
    """The resource that a reference means, where it came along or is contained; else nothing."""
    address = str(reference.get("reference") or "")
    if address.startswith("#"):
        contained = _objects(within.get("contained"))
        return next((each for each in contained if each.get("id") == address.removeprefix("#")), {})
    return known.get("/".join(address.partition("/_history/")[0].split("/")[-2:]), {})


def _read(report: Json, known: Mapping[str, Json], numbers: Collection[str]) -> FinishedReport:
    own = [each for each in _identifiers(report.get("identifier")) if each not in numbers]
    seen = [_meant(each, report, known) for each in _objects(report.get("result"))]
    conclusions = [coding for each in _objects(report.get("conclusionCode")) for coding in _codings(each)]
    issued = report.get("issued")
    return FinishedReport(
        report_id=next(iter(own), str(report.get("id") or "report")),
        status=FINISHED[str(report["status"])],
        conclusion=_conclusion(report),
        issued=issued if isinstance(issued, str) else None,
        codes=tuple(str(coding["code"]) for coding in conclusions if coding.get("code")),
        is_critical=any(_is_critical(each) for each in seen),
        values=dict(filter(None, map(_value, seen))),
        taken_at=next((str(each["effectiveDateTime"]) for each in seen if each.get("effectiveDateTime")), ""),
        patient=_patient(report, known),
    )


def _patient(report: Json, known: Mapping[str, Json]) -> Json:
    """What the report says of its patient, and what the patient says who came along or is contained."""
    subject = report.get("subject")
    if not isinstance(subject, Mapping):
        return {}
    meant = _meant(subject, report, known)
    given = [*_objects([subject.get("identifier")]), *_objects(meant.get("identifier"))]
    numbers = [
        {"system": str(each.get("system") or ""), "value": str(each["value"])} for each in given if each.get("value")
    ]
    return {
        **({"identifiers": numbers} if numbers else {}),
        **({"birth_date": str(meant["birthDate"])} if meant.get("birthDate") else {}),
    }


def _conclusion(report: Json) -> str:
    """The conclusion, else the text of the report, else what its codes say in words."""
    said = report.get("conclusion")
    if isinstance(said, str) and said:
        return said
    texts = [_text(each) for each in _objects(report.get("presentedForm"))]
    words = [each.get("text") for each in _objects(report.get("conclusionCode"))]
    return next((text for text in texts if text), "; ".join(word for word in words if isinstance(word, str)))


def _text(attachment: Json) -> str:
    if not str(attachment.get("contentType", "")).startswith("text/plain"):
        return ""
    try:
        return base64.b64decode(str(attachment.get("data", "")), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _is_critical(observation: Json) -> bool:
    said = [coding for each in _objects(observation.get("interpretation")) for coding in _codings(each)]
    return any(coding.get("system") == INTERPRETATIONS and str(coding.get("code")) in CRITICAL for coding in said)


def _value(observation: Json) -> tuple[str, float] | None:
    """A finished laboratory value under our name; None in another unit: nothing is converted."""
    code, quantity = observation.get("code"), observation.get("valueQuantity")
    if (
        not isinstance(code, Mapping)
        or not isinstance(quantity, Mapping)
        or str(observation.get("status")) not in FINISHED
    ):
        return None
    codes = [str(coding.get("code")) for coding in _codings(code) if coding.get("system") == LOINC]
    value, unit = quantity.get("value"), str(quantity.get("code") or quantity.get("unit") or "")
    if not isinstance(value, int | float) or isinstance(value, bool) or quantity.get("comparator"):
        return None
    named = [VALUES[each] for each in codes if each in VALUES]
    return next(((name, value) for name, units in named if unit in units), None)


def _issued(report: Json) -> datetime:
    meta = report.get("meta")
    said = report.get("issued") or (meta.get("lastUpdated") if isinstance(meta, Mapping) else None)
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return _NEVER
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _identifiers(identifiers: object) -> list[str]:
    return [str(each["value"]) for each in _objects(identifiers) if each.get("value")]


def _codings(concept: Json) -> Iterator[Json]:
    return _objects(concept.get("coding"))


def _objects(items: object) -> Iterator[Json]:
    return (each for each in (items if isinstance(items, list) else []) if isinstance(each, Mapping))
