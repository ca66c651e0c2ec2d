"""How is a process configured? From environment variables named `PATHWAYS_…`, read once at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workflows.contract import names
from workflows.host.keys_errors import KeyRingError
from workflows.host.keys_wrapping import KeyRing


class SettingsError(Exception):
    """A setting is missing or malformed; the message names the variable and says what to put there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What worker, API and CLI need to know of their surroundings. Secrets never show in `repr`.

    `keys`: the key-encryption keys, which wrap the data keys of the cases. `directory`: YAML file of services.
    `case_page`: address of the page of a case; `{case_id}` is replaced.
    `smtp`: `smtp://user:password@host:port`, empty when no mail is sent.
    """

    keys: KeyRing
    temporal: str = "127.0.0.1:7233"
    namespace: str = names.NAMESPACE
    task_queue: str = names.TASK_QUEUE
    database: str = field(default="sqlite:///pathways.db", repr=False)
    case_page: str = "http://127.0.0.1:8000/cases/{case_id}"
    directory: Path | None = None
    smtp: str = field(default="", repr=False)
    mail_from: str = "pathways@localhost"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings from `environment`, normally `os.environ`.

    Raises:
        SettingsError: the key-encryption keys are missing or malformed.
    """
    directory = environment.get("PATHWAYS_DIRECTORY")
    return Settings(
        keys=_keys(environment),
        temporal=environment.get("PATHWAYS_TEMPORAL", "127.0.0.1:7233"),
        namespace=environment.get("PATHWAYS_NAMESPACE", names.NAMESPACE),
        task_queue=environment.get("PATHWAYS_TASK_QUEUE", names.TASK_QUEUE),
        database=environment.get("PATHWAYS_DATABASE", "sqlite:///pathways.db"),
        case_page=environment.get("PATHWAYS_CASE_PAGE", "http://127.0.0.1:8000/cases/{case_id}"),
        directory=Path(directory) if directory else None,
        smtp=environment.get("PATHWAYS_SMTP", ""),
        mail_from=environment.get("PATHWAYS_MAIL_FROM", "pathways@localhost"),
    )


def _keys(environment: Mapping[str, str]) -> KeyRing:
    try:
        if "PATHWAYS_KEYS" in environment:
            return KeyRing.parse(environment["PATHWAYS_KEYS"])
        if "PATHWAYS_KEY_FILE" in environment:
            return KeyRing.read(Path(environment["PATHWAYS_KEY_FILE"]))
    except (KeyRingError, OSError) as error:
        raise SettingsError(f"PATHWAYS_KEYS or PATHWAYS_KEY_FILE cannot be used: {error}") from error
    raise SettingsError("No keys: set PATHWAYS_KEYS='id:base64' or PATHWAYS_KEY_FILE to a file of them.")
