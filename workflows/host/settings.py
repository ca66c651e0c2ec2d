"""How is a process configured? From environment variables named `PATHWAYS_…`, read once at its start."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from workflows.contract import names
from workflows.host.keys_errors import KeyRingError
from workflows.host.keys_wrapping import KeyRing

SECRETS = ("PATHWAYS_CASE_ID_SECRET", "PATHWAYS_DATABASE", "PATHWAYS_KEYS", "PATHWAYS_SMTP", "PATHWAYS_SMS_TOKEN")
"""What may hold a secret. Each may stand in a file instead, which the same name with `_FILE` behind it names."""
LOCAL = "http://127.0.0.1:8000"

logger = structlog.get_logger(__name__)


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
    temporal: str = names.ADDRESS
    namespace: str = names.NAMESPACE
    task_queue: str = names.TASK_QUEUE
    database: str = field(default="sqlite:///pathways.db", repr=False)
    case_page: str = LOCAL + "/cases/{case_id}/page"
    directory: Path | None = None
    smtp: str = field(default="", repr=False)
    mail_from: str = "pathways@localhost"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings from `environment`, normally `os.environ`.

    Raises:
        SettingsError: the key-encryption keys are missing or malformed, or the file of a secret cannot be read.
    """
    environment = with_secret_files(environment)
    directory = environment.get("PATHWAYS_DIRECTORY")
    return Settings(
        keys=_keys(environment),
        temporal=environment.get("PATHWAYS_TEMPORAL", names.ADDRESS),
        namespace=environment.get("PATHWAYS_NAMESPACE", names.NAMESPACE),
        task_queue=environment.get("PATHWAYS_TASK_QUEUE", names.TASK_QUEUE),
        database=environment.get("PATHWAYS_DATABASE", "sqlite:///pathways.db"),
        case_page=case_page_from(environment),
        directory=Path(directory) if directory else None,
        smtp=environment.get("PATHWAYS_SMTP", ""),
        mail_from=environment.get("PATHWAYS_MAIL_FROM", "pathways@localhost"),
    )


def case_page_from(environment: Mapping[str, str]) -> str:
    """Give the address of the page of a case: the one that is set, else at the address of the API."""
    api = environment.get("PATHWAYS_BASE_URL", LOCAL).rstrip("/")
    return environment.get("PATHWAYS_CASE_PAGE", api + "/cases/{case_id}/page")


def with_secret_files(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Give the environment with the secrets that files hold. Files that everybody on the machine may read are told of.

    Raises:
        SettingsError: a file cannot be read, or the secret is given twice.
    """
    named = {name: environment.get(f"{name}_FILE", "") for name in SECRETS}
    twice = [name for name, path in named.items() if path and environment.get(name)]
    if twice:
        raise SettingsError(f"{twice[0]} and {twice[0]}_FILE are both set: take one of them away.")
    return {**environment, **{name: _content(f"{name}_FILE", Path(path)) for name, path in named.items() if path}}


def _content(variable: str, path: Path) -> str:
    try:
        if path.stat().st_mode & stat.S_IROTH:
            logger.warning("everybody on this machine may read a secret: chmod 600 its file", variable=variable)
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable} cannot be read: {error}") from error


def _keys(environment: Mapping[str, str]) -> KeyRing:
    try:
        if "PATHWAYS_KEYS" in environment:
            return KeyRing.parse(environment["PATHWAYS_KEYS"])
        if "PATHWAYS_KEY_FILE" in environment:
            return KeyRing.read(Path(environment["PATHWAYS_KEY_FILE"]))
    except (KeyRingError, OSError) as error:
        raise SettingsError(f"PATHWAYS_KEYS or PATHWAYS_KEY_FILE cannot be used: {error}") from error
    raise SettingsError("No keys: set PATHWAYS_KEYS='id:base64' or PATHWAYS_KEY_FILE to a file of them.")
