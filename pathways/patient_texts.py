"""What does a patient read about a step, and in which language? From the diagram, or from files beside it.

Looked for in this order: property `patientText.de` of the element, `patient.yaml` of the folder, `pathways` in
`library/languages/de.yaml`, then English: property `patientText`, `patient.yaml`. Why a step is there: the same, by the
properties `patientWhy.de` and `patientWhy`.
`patient.yaml`, by element; the key of the pathway gives its title:

    closed_loop_referral: {en: Your referral, de: Ihre Überweisung}
    triage:
      de: Eine Fachperson liest Ihre Überweisung.
      why: {en: So that you are seen as soon as you need it., de: Damit Sie rechtzeitig gesehen werden.}

A file of `library/languages` is a language: its words for what is not of one step, and of pathways as much as it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from pathways.bpmn.model import Definition, FlowNode

ENGLISH = "en"
LIBRARY = Path(__file__).parent / "library"
Texts = Mapping[str, str]


class StepTexts(BaseModel):
    """What `patient.yaml` says of one element: by language, and why the step is there."""

    model_config = ConfigDict(frozen=True, extra="allow")

    why: Texts = {}

    def said(self, language: str) -> str:
        """Give the text in a language, empty when there is none."""
        return str((self.model_extra or {}).get(language, ""))


class SpokenStep(BaseModel):
    """What the file of a language says of one step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = ""
    why: str = ""


class SpokenPathway(BaseModel):
    """What the file of a language says of one pathway."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = ""
    steps: Mapping[str, SpokenStep] = {}


class Language(BaseModel):
    """A file of `library/languages`: `name` is what its speakers call it; what is left out is read in English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    step: str = ""
    reminder: str = ""
    waiting: str = ""
    status: Mapping[str, str] = {}
    dates: Mapping[str, str] = {}
    told: Mapping[str, str] = {}
    advice: Mapping[str, str] = {}
    letter: Mapping[str, str] = {}
    access: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}
    team: Mapping[str, str] = {}
    education: Mapping[str, str] = {}
    experience: Mapping[str, str] = {}
    pathways: Mapping[str, SpokenPathway] = {}


@dataclass(frozen=True, slots=True)
class Words:
    """The words that are not of one step, in every language that has them.

    `waiting`: sent where others may read along. `dates`: by variable of the case. `told`: what happened. `access`: what
    somebody did with the record. `team`: how the team works. `education`: what stands under a text that is to help.
    """

    step: Texts
    reminder: Texts
    waiting: Texts
    status: Mapping[str, Texts]
    dates: Mapping[str, Texts]
    told: Mapping[str, Texts]
    advice: Mapping[str, Texts]
    letter: Mapping[str, Texts]
    access: Mapping[str, Texts]
    roles: Mapping[str, Texts]
    team: Mapping[str, Texts]
    education: Mapping[str, Texts]
    experience: Mapping[str, Texts]


def in_language(texts: Texts, language: str) -> str:
    """Give the text in a language, else in English."""
    return texts.get(language) or texts.get(ENGLISH, "")


def title(definition: Definition, language: str) -> str:
    """Give what a patient calls a pathway; the name of the diagram when nobody has written anything."""
    beside = _beside(definition.key).get(definition.key, StepTexts())
    spoken = _spoken(definition.key, language).title
    return beside.said(language) or spoken or beside.said(ENGLISH) or definition.name


def step_text(definition: Definition, node: FlowNode, language: str) -> str:
    """Give what a patient reads about a step; empty when nobody has written anything."""
    beside = _beside(definition.key).get(node.id, StepTexts())
    spoken = _spoken(definition.key, language).steps.get(node.id, SpokenStep()).text
    return _read(node, "patientText", (beside.said(language) or spoken, beside.said(ENGLISH)), language)


def step_reason(definition: Definition, node: FlowNode, language: str) -> str:
    """Give why a step is there; empty when nobody has written it."""
    why = _beside(definition.key).get(node.id, StepTexts()).why
    spoken = _spoken(definition.key, language).steps.get(node.id, SpokenStep()).why
    return _read(node, "patientWhy", (why.get(language) or spoken, why.get(ENGLISH, "")), language)


def _read(node: FlowNode, name: str, beside: tuple[str, str], language: str) -> str:
    """A text in a language, the diagram's own before what stands beside it; else the same in English."""
    translated = node.properties.get(f"{name}.{language}") or beside[0]
    if translated and language != ENGLISH:
        return translated
    return node.properties.get(name) or beside[1]


def languages() -> Mapping[str, Language]:
    """Give every language that has a file, by its two letters.

    Raises:
        pydantic.ValidationError: a file says something that is not asked; its name stands in the message.
    """
    return _languages(LIBRARY / "languages")


def words() -> Words:
    """Give the words that are not of one step."""
    return _words(LIBRARY / "languages")


@cache
def _languages(folder: Path) -> Mapping[str, Language]:
    read = TypeAdapter(dict[str, Language])
    return read.validate_python({path.stem: _yaml(path) for path in sorted(folder.glob("*.yaml"))})


@cache
def _words(folder: Path) -> Words:
    spoken = _languages(folder)
    return Words(**{each.name: _of(spoken, each.name) for each in fields(Words)})


def _of(spoken: Mapping[str, Language], name: str) -> Any:
    """One text, or the texts of a table, by language."""
    said: Mapping[str, Any] = {code: each for code, language in spoken.items() if (each := getattr(language, name))}
    if not isinstance(said[ENGLISH], Mapping):
        return said
    keys = dict.fromkeys(key for table in said.values() for key in table)
    return {key: {code: table[key] for code, table in said.items() if key in table} for key in keys}


def _spoken(key: str, language: str) -> SpokenPathway:
    """What the file of a language says of a pathway; English stands in the diagrams and beside them."""
    known = languages().get(language)
    return known.pathways.get(key, SpokenPathway()) if known else SpokenPathway()


@cache
def _beside(key: str) -> Mapping[str, StepTexts]:
    """The texts beside a diagram of the library; the folder's name ends with the key of the pathway."""
    files = [path for path in LIBRARY.glob("*/patient.yaml") if _is_of(path.parent.name, key)]
    shape = TypeAdapter(dict[str, StepTexts])
    return shape.validate_python(_yaml(files[0])) if files else {}


def _is_of(folder: str, key: str) -> bool:
    return folder == key or folder.partition("_")[2] == key


def _yaml(path: Path) -> object:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))
