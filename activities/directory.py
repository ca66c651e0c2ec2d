"""Which services do we refer to, and how are they reached? A YAML file, read once at the worker's start.

services:
  dental_oncology:
    name: Dental oncology clinic
    named_contact: practitioner-role/restorative-1
    deputy: practitioner-role/restorative-2
    endpoint: {url: https://clinic.example/fhir, format: fhir, token_env: DENTAL_TOKEN}   # left out: our own inbox
mail:
  clinical_lead: lead@clinic.example
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, HttpUrl, ValidationError


class DirectoryError(Exception):
    """The directory file cannot be read; the message names the file, the entry and what is wrong."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Endpoint(_Entry):
    """Where a service outside takes its messages. `token_env`: environment variable with its bearer token."""

    url: HttpUrl
    format: Literal["fhir", "json"] = "json"
    token_env: str = ""


class Service(_Entry):
    """A service with the person to speak to and who stands in; without `endpoint` it has an inbox in this system."""

    name: str
    named_contact: str
    deputy: str
    endpoint: Endpoint | None = None


class Directory(_Entry):
    """All services by id, and the mail address of roles and persons."""

    services: Mapping[str, Service] = {}
    mail: Mapping[str, str] = {}

    def service(self, service_id: str) -> Service:
        """Give a service; one that nobody described has an inbox in this system and no named contact."""
        return self.services.get(service_id) or Service(name=service_id, named_contact="", deputy="")


def read_directory(path: Path | None) -> Directory:
    """Read the directory file; without one, every service has an inbox in this system.

    Raises:
        DirectoryError: the file is missing or malformed.
    """
    if path is None:
        return Directory()
    try:
        return Directory.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise DirectoryError(f"{path}: the directory of services cannot be used: {error}") from error
