"""Which texts help a patient with a step: education, decision aids, local help? Files of `library/education`.

A file is one text, in as many languages as it has, read when the API starts; a site adds and changes files, no code:

    kind: decision_aid                  # education, decision_aid, local_resource
    steps: {ent_imaging_oncology: [plan]}   # by pathway, its elements; [] is all of it; left out: every pathway
    texts:
      en: {title: Which treatment?, body: [One paragraph., Another.], options: [{name: …, for: […], against: […]}]}
      de: …
    signed_off: Head and neck board, 2027-01-15   # left out: the text says that it is a demo template

A text that is not there in a language is read in English; one that has no English is for its own languages only.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from pathways import patient_texts

Kind = Literal["education", "decision_aid", "local_resource"]
Near = Literal["now", "later"]
Fits = Literal["now", "later", "always"]
Places = Mapping[tuple[str, str], Near]
"""Where a patient is or comes to: by pathway and element; the element "" is the pathway as a whole."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Option(_Entry):
    """One way among several, with what speaks for it and against it."""

    name: str = Field(min_length=1)
    speaks_for: tuple[str, ...] = Field(alias="for", min_length=1)
    speaks_against: tuple[str, ...] = Field(alias="against", min_length=1)


class Spoken(_Entry):
    """A text in one language, by paragraphs."""

    title: str = Field(min_length=1)
    body: tuple[str, ...] = Field(min_length=1)
    options: tuple[Option, ...] = ()


class Piece(_Entry):
    """One file: a text for some steps, in some languages. `signed_off`: by whom, when; empty: by nobody."""

    kind: Kind
    steps: Mapping[str, tuple[str, ...]] = {}
    texts: Mapping[str, Spoken] = Field(min_length=1)
    signed_off: str = ""

    @model_validator(mode="after")
    def _options_are_those_of_a_decision(self) -> Self:
        least, most = (2, 9) if self.kind == "decision_aid" else (0, 0)
        for language, text in self.texts.items():
            if not least <= len(text.options) <= most:
                raise ValueError(f"{language}: a decision aid has two to nine options, and nothing else has any")
        return self

    def in_language(self, language: str) -> tuple[str, Spoken] | None:
        """Give the text in a language, else in English, with the language that it is in; None: in neither."""
        spoken = (each for each in (language, patient_texts.ENGLISH) if each in self.texts)
        found = next(spoken, None)
        return (found, self.texts[found]) if found else None

    def fits(self, places: Places) -> Fits | None:
        """Say whether it is about where a patient is, about where they come to, or for everybody; None: none of it."""
        if not self.steps:
            return "always"
        about = {(key, element) for key, elements in self.steps.items() for element in elements or ("",)}
        met = {places[each] for each in about if each in places}
        return "now" if "now" in met else "later" if met else None


def pieces() -> Mapping[str, Piece]:
    """Give every text by the name of its file.

    Raises:
        pydantic.ValidationError: a file says something that is not asked, or lacks something; it is named.
    """
    return _pieces(patient_texts.LIBRARY / "education")


def fitting(places: Places) -> Sequence[tuple[str, Piece, Fits]]:
    """Give the texts that fit where a patient is, then where they come to, then those for everybody."""
    order = ("now", "later", "always")
    found = [(name, piece, fits) for name, piece in pieces().items() if (fits := piece.fits(places))]
    return sorted(found, key=lambda each: (order.index(each[2]), each[0]))


@cache
def _pieces(folder: Path) -> Mapping[str, Piece]:
    read = TypeAdapter(dict[str, Piece])
    files = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))}
    return read.validate_python(files)
