"""Which privacy notice do people acknowledge before they see anything of a patient? A file of the site; none: no gate.

version: "2026-11"        # another version is asked of everybody again
texts:
  en: Look only at records that you need for your work. ...
  de: ...
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pathways.patient_texts import ENGLISH, in_language
from workflows.host.settings import SettingsError

VARIABLE = "PATHWAYS_PRIVACY_NOTICE"


class NoticeError(SettingsError):
    """The file of the notice cannot be read; the message names the variable and says what to put there."""


class PrivacyNotice(BaseModel):
    """A notice: its version, and its text by language; English is there, and read where a language is not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str, Field(min_length=1, max_length=100)]
    texts: Mapping[Annotated[str, Field(pattern="^[a-z]{2}$")], Annotated[str, Field(min_length=1, max_length=50_000)]]

    def text(self, language: str) -> str:
        """Give the text in a language, else in English."""
        return in_language(self.texts, language)


def notice_from(environment: Mapping[str, str]) -> PrivacyNotice | None:
    """Read the notice that the environment names; None when it names none.

    Raises:
        NoticeError: there is no such file, or it is no notice.
    """
    named = environment.get(VARIABLE, "")
    return notice_at(Path(named)) if named else None


def notice_at(path: Path) -> PrivacyNotice:
    """Read a notice.

    Raises:
        NoticeError: there is no such file, or it is no notice.
    """
    try:
        notice = PrivacyNotice.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeError, yaml.YAMLError, ValidationError) as error:
        said = f"{VARIABLE}: {path} is no privacy notice; it has `version` (a text in quotes) and `texts` by language."
        raise NoticeError(said) from error
    if ENGLISH not in notice.texts:
        raise NoticeError(f"{VARIABLE}: {path} has no English text: add `{ENGLISH}` to `texts`.")
    return notice
