"""What does a letter to a patient look like? One page to print, in their language; every text is escaped."""

from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any

from api.patient_notices import Leaving, text_of
from pathways.patient_texts import ENGLISH, in_language, languages, words

STYLE = """
@page{size:A4;margin:2.5cm}body{font:12pt/1.5 serif;max-width:17cm;margin:2rem auto;color:#000}
address{font-style:normal;margin:2cm 0 1.5cm}.reference{margin-top:1.5cm}
"""


def letter_page(each: Leaving, *, name: str, reference: str, on: date) -> str:
    """Write a letter: to whom, the day, what it is about, what it says, and whom to call."""
    said = {key: in_language(texts, each.language) for key, texts in words().letter.items()}
    language = each.language if each.language in languages() else ENGLISH
    closing = said["closing"].replace("{reference}", reference)
    return "".join(
        (
            f"<!doctype html><html lang='{escape(language)}'><head><meta charset='utf-8'>",
            f"<title>{escape(said['about'])}</title><style>{STYLE}</style></head><body>",
            f"<address>{escape(name)}</address><p><time>{on.isoformat()}</time></p>",
            f"<p>{escape(said['dear'].replace('{name}', name))}</p><p>{escape(said['about'])}</p>",
            f"<p>{escape(text_of(each.notice, each.language))}</p>",
            f"<p class='reference'>{escape(closing)}</p></body></html>",
        )
    )


def addressee(variables: Mapping[str, Any]) -> str:
    """Give the name of the patient of a case, empty when the case does not hold it."""
    patient = variables.get("patient")
    name = patient.get("name") if isinstance(patient, Mapping) else None
    return name if isinstance(name, str) else ""
