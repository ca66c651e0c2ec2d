"""What does a letter to a patient look like? One page to print, in their language; every text is escaped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

from api.page import POLICY
from pathways.patient_texts import ENGLISH, in_language, languages, words

STYLE = """
@page{size:A4;margin:2.5cm}body{font:12pt/1.5 serif;max-width:17cm;margin:2rem auto;color:#000}
address{font-style:normal;margin:2cm 0 1.5cm}.reference{margin-top:1.5cm}
"""
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Because:
    """Why somebody is cared for: `reason` as the referrer wrote it, and what happens now, each step with its why.

    `elsewhere`: there is a reason, which whoever prints the letter does not see.
    """

    reason: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `said`: the notice that it brings, empty when it was asked for."""

    name: str
    reference: str
    language: str
    because: Because
    said: str = ""


def letter_page(letter: Letter, *, on: date) -> str:
    """Write a letter: to whom, the day, what it is about, what it says and why, and whom to call."""
    said = {key: in_language(texts, letter.language) for key, texts in words().letter.items()}
    language = letter.language if letter.language in languages() else ENGLISH
    closing = said["closing"].replace("{reference}", letter.reference)
    return "".join(
        (
            f"<!doctype html><html lang='{escape(language)}'><head><meta charset='utf-8'>",
            f"<title>{escape(said['about'])}</title><style>{STYLE}</style></head><body>",
            f"<address>{escape(letter.name)}</address><p><time>{on.isoformat()}</time></p>",
            *(f"<p>{escape(each)}</p>" for each in _paragraphs(letter, said) if each),
            f"<p class='reference'>{escape(closing)}</p></body></html>",
        )
    )


def addressee(variables: Mapping[str, Any]) -> str:
    """Give the name of the patient of a case, empty when the case does not hold it."""
    patient = variables.get("patient")
    name = patient.get("name") if isinstance(patient, Mapping) else None
    return name if isinstance(name, str) else ""


def _paragraphs(letter: Letter, said: Mapping[str, str]) -> Iterator[str]:
    yield said["dear"].replace("{name}", letter.name)
    yield said["about"]
    yield letter.said
    yield said["reason"].replace("{reason}", letter.because.reason) if letter.because.reason else ""
    yield said["ask"] if letter.because.elsewhere else ""
    for text, why in letter.because.steps:
        yield said["step"].replace("{text}", text).replace("{why}", why)
