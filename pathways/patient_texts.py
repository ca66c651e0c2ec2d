"""What does a patient read about a step, and in which language? From the diagram, or from `patient.yaml` beside it.

Looked for in this order: property `patientText.de` of the element, `patient.yaml` of the folder, then English:
property `patientText`, `patient.yaml`. `why` comes from `patient.yaml` alone:

    closed_loop_referral: {en: Your referral, de: Ihre Überweisung}   # the key of the pathway: its title
    triage:
      de: Eine Fachperson liest Ihre Überweisung.
      why: {en: So that you are seen as soon as you need it., de: Damit Sie rechtzeitig gesehen werden.}
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

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


class Words(BaseModel):
    """The words that are not of one step: `library/patient_words.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: Texts
    status: Mapping[str, Texts]
    dates: Mapping[str, Texts]
    reminder: Texts
    access: Mapping[str, Texts]
    roles: Mapping[str, Texts]


def in_language(texts: Texts, language: str) -> str:
    """Give the text in a language, else in English."""
    return texts.get(language) or texts.get(ENGLISH, "")


def title(definition: Definition, language: str) -> str:
    """Give what a patient calls a pathway; the name of the diagram when nobody has written anything."""
    beside = _beside(definition.key).get(definition.key, StepTexts())
    return beside.said(language) or beside.said(ENGLISH) or definition.name


def step_text(definition: Definition, node: FlowNode, language: str) -> str:
    """Give what a patient reads about a step; empty when nobody has written anything."""
    beside = _beside(definition.key).get(node.id, StepTexts())
    translated = node.properties.get(f"patientText.{language}") or beside.said(language)
    if translated and language != ENGLISH:
        return translated
    return node.properties.get("patientText") or beside.said(ENGLISH)


def step_reason(definition: Definition, node: FlowNode, language: str) -> str:
    """Give why a step is there; empty when nobody has written it."""
    return in_language(_beside(definition.key).get(node.id, StepTexts()).why, language)


@cache
def words() -> Words:
    """Give the words that are not of one step."""
    return TypeAdapter(Words).validate_python(_yaml(LIBRARY / "patient_words.yaml"))


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
