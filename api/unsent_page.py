"""What does the page look like that is phoned or faxed to a service? One page to print; every text is escaped."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from html import escape
from typing import Any

from activities.directory import Service
from api.letter import STYLE
from api.unsent import Unsent

Line = tuple[str, str]
"""A label and what stands behind it."""

OWN_STYLE = (
    "h1{font-size:16pt}h2{font-size:12pt;margin:1.2rem 0 .3rem}th{text-align:left;vertical-align:top;width:5.5cm}"
)
BY_HAND = (
    "Sent by phone or fax because the electronic way was down. It may also arrive electronically later: it is the same."
)
SAYS: Mapping[str, str] = {
    "referral.requested": "We refer this patient to you.",
    "imaging.ordered": "We ask you for imaging.",
    "lab.ordered": "We ask you for a laboratory value.",
    "referral.status.accepted": "Your referral is accepted.",
    "referral.status.declined": "Your referral is not accepted.",
    "referral.info_requested": "Your referral lacks information.",
    "referral.interim_note": "This is an interim note on a referral.",
    "referral.outcome": "This is the outcome of a referral.",
    "referral.cancelled": "A referral is cancelled.",
    "referral.abort_requested": "We ask you to stop what you were asked for.",
    "appointment.booked": "An appointment is booked.",
    "appointment.cancelled": "An appointment is cancelled.",
    "mdt.outcome": "This is what a conference has decided.",
}
LABELS: Mapping[str, str] = {
    "priority": "Priority",
    "requester": "Asked by",
    "service": "Service asked for",
    "reason": "Reason",
    "clinical_question": "Question",
    "order_id": "Order number",
    "rt_start_date": "Start of radiotherapy",
}
NAMES = ("text", "display", "name", "value", "code")
"""What stands first of a value that has members, the first of these that it has; the others follow in brackets."""


def unsent_page(unsent: Unsent, *, on: date) -> str:
    """Write the page: to whom and how, about whom, what is asked, and everything clinical that would have been sent."""
    content = unsent.payload.content
    patient = content.get("patient")
    asked = {name: content[name] for name in LABELS if name in content}
    rest = {name: value for name, value in content.items() if name not in (*LABELS, "patient")}
    title = escape(f"Referral {unsent.referral_id}")
    return "".join(
        (
            f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>",
            f"<style>{STYLE}{OWN_STYLE}</style></head><body><h1>{title}</h1>",
            f"<p><time>{on.isoformat()}</time></p><p>{escape(BY_HAND)}</p>",
            _section("To", _to(unsent.service_id, unsent.service, unsent.sender)),
            _section("About", _lines(patient if isinstance(patient, Mapping) else {"patient": patient})),
            f"<h2>Message</h2><p>{escape(_said(unsent.message))}</p>",
            _table([("Referral number", unsent.referral_id), ("From", unsent.sender), *_lines(asked)]),
            _section("Clinical content", _lines(rest)),
            _kept_back(unsent.payload.withheld),
            "</body></html>",
        )
    )


def _to(service_id: str, service: Service, own: str) -> Iterator[Line]:
    yield "Service", service.name or service_id
    yield "Organisation", service.organisation.replace("_", " ") or own
    yield "Named contact", service.named_contact
    yield "Deputy", service.deputy
    yield "Phone", service.phone
    yield "Fax", service.fax


def _said(message: str) -> str:
    return SAYS.get(message, f"Message: {_label(message)}.")


def _kept_back(classes: Iterable[str]) -> str:
    """Whoever reads it must not take it for all there is."""
    names = ", ".join(each.replace("_", " ") for each in classes)
    return f"<p>Not everything is said here: {escape(names)} may not be shared.</p>" if names else ""


def _lines(content: Mapping[str, Any]) -> Iterator[Line]:
    return ((_label(name), words(value)) for name, value in content.items())


def _label(name: str) -> str:
    return LABELS.get(name) or name.replace("_", " ").replace(".", " ").capitalize()


def words(value: Any) -> str:
    """Say a value in words: nothing that it holds is left out."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _of_members(value)
    if isinstance(value, list | tuple):
        return "; ".join(filter(None, map(words, value)))
    return "" if value is None else str(value)


def _of_members(value: Mapping[str, Any]) -> str:
    first = next((name for name in NAMES if value.get(name)), "")
    others = [
        f"{name.replace('_', ' ')}: {said}" for name, each in value.items() if name != first and (said := words(each))
    ]
    if not first:
        return ", ".join(others)
    return f"{words(value[first])} ({', '.join(others)})" if others else words(value[first])


def _section(heading: str, lines: Iterable[Line]) -> str:
    table = _table(lines)
    return f"<h2>{escape(heading)}</h2>{table}" if table else ""


def _table(lines: Iterable[Line]) -> str:
    rows = (f"<tr><th>{escape(label)}</th><td>{escape(said)}</td></tr>" for label, said in lines if said)
    found = "".join(rows)
    return f"<table>{found}</table>" if found else ""
