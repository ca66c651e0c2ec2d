"""How is the API configured? From environment variables named `PATHWAYS_…`, read once at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from api.claims import Claims
from api.identity import check_issuer, claims_from, demo_issuer_from, jwks_from
from api.issuer_keys import REFRESH_SECONDS
from api.privacy_notice import PrivacyNotice, notice_from
from workflows.host.settings import LOCAL, SettingsError, case_page_from, with_secret_files

MIN_SECRET_BYTES = 16
HOURS_OF_A_DAY = 24
MOST_DAYS = 3650
UI = "http://127.0.0.1:8233,http://localhost:8233"


class ApiSettingsError(SettingsError):
    """A setting is missing or malformed; the message names the variable and says what to put there."""


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """What the API needs to know of its surroundings. The secret never shows in `repr`.

    `case_secret`: makes case ids opaque; it must stay the same for as long as there are cases.
    `issuer`, `audience`: what a token's `iss` and `aud` must be. Keys come from `jwks`, or else from `jwks_url`, or
    else from where the issuer says by discovery, and are fetched again after `keys_refresh_seconds` at the soonest.
    `base_url`: where this API is reached. `case_page_url`: the page of a case; `{case_id}` is replaced.
    `requests_per_person`, `requests_per_address`: how many a minute are answered; 0: any number.
    `ui_origins`: where the Temporal UI runs, which asks the codec from the browser.
    `claims`: which claims of a token say more of a person, and the name of the installation's own organisation.
    `directory`, `smtp`, `mail_from`: services and mail, as the worker's. `digest_hour`: in UTC, from which on the
    digest is mailed; None: it is not. `sms_url`, `sms_token`: the gateway for text messages; empty: there is none.
    `privacy_notice`: what people acknowledge before they see anything of a patient; None: nothing is asked of them.
    `answer_days`: so long the same change gets the same answer again.
    `address`: our Direct address, from which 360X answers are sent. `demo_issuer`: mount the LOCAL DEMO issuer.
    """

    case_secret: bytes = field(repr=False)
    issuer: str = ""
    audience: str = "referral-pathways"
    jwks_url: str = ""
    jwks: Mapping[str, Any] | None = None
    claims: Claims = field(default_factory=Claims)
    keys_refresh_seconds: float = REFRESH_SECONDS
    requests_per_person: int = 1200
    requests_per_address: int = 6000
    base_url: str = LOCAL
    case_page_url: str = LOCAL + "/cases/{case_id}/page"
    ui_origins: tuple[str, ...] = tuple(UI.split(","))
    address: str = "intake@pathways.example"
    demo_issuer: bool = False
    run_directory: Path = Path("run")
    people: Path = Path("deploy/demo/people.yaml")
    directory: Path | None = None
    smtp: str = field(default="", repr=False)
    mail_from: str = "pathways@localhost"
    digest_hour: int | None = None
    sms_url: str = ""
    sms_token: str = field(default="", repr=False)
    privacy_notice: PrivacyNotice | None = None
    answer_days: int = 30
    max_body_bytes: int = 1_000_000
    max_document_bytes: int = 16_000_000
    sweep_seconds: float = 15.0

    def case_page(self, case_id: str) -> str:
        """Give the address of the page of a case: where the Temporal UI's link leads."""
        return self.case_page_url.replace("{case_id}", quote(case_id))


def api_settings_from(environment: Mapping[str, str]) -> ApiSettings:
    """Read the settings from `environment`, normally `os.environ`.

    Raises:
        ApiSettingsError: the secret is missing or too short, or a number is none.
        IdentityError: nobody could sign in, or anybody.
        NoticeError: the privacy notice cannot be read.
        SettingsError: the file of a secret cannot be read.
    """
    environment = with_secret_files(environment)
    base_url = environment.get("PATHWAYS_BASE_URL", LOCAL).rstrip("/")
    settings = ApiSettings(
        case_secret=_secret(environment),
        issuer=environment.get("PATHWAYS_OIDC_ISSUER", ""),
        audience=environment.get("PATHWAYS_OIDC_AUDIENCE", "referral-pathways"),
        jwks_url=environment.get("PATHWAYS_OIDC_JWKS_URL", ""),
        jwks=jwks_from(environment),
        claims=claims_from(environment),
        keys_refresh_seconds=float(_number(environment, "PATHWAYS_OIDC_REFRESH_SECONDS", int(REFRESH_SECONDS))),
        requests_per_person=_number(environment, "PATHWAYS_REQUESTS_PER_PERSON", 1200),
        requests_per_address=_number(environment, "PATHWAYS_REQUESTS_PER_ADDRESS", 6000),
        base_url=base_url,
        case_page_url=case_page_from(environment),
        ui_origins=tuple(environment.get("PATHWAYS_UI_ORIGINS", UI).split(",")),
        address=environment.get("PATHWAYS_DIRECT_ADDRESS", "intake@pathways.example"),
        demo_issuer=demo_issuer_from(environment, base_url),
        run_directory=Path(environment.get("PATHWAYS_RUN_DIRECTORY", "run")),
        directory=Path(environment["PATHWAYS_DIRECTORY"]) if environment.get("PATHWAYS_DIRECTORY") else None,
        smtp=environment.get("PATHWAYS_SMTP", ""),
        mail_from=environment.get("PATHWAYS_MAIL_FROM", "pathways@localhost"),
        digest_hour=_hour(environment.get("PATHWAYS_DIGEST_HOUR", "")),
        sms_url=_sms_url(environment.get("PATHWAYS_SMS_URL", "")),
        sms_token=environment.get("PATHWAYS_SMS_TOKEN", ""),
        privacy_notice=notice_from(environment),
        answer_days=_days(environment, "PATHWAYS_ANSWER_DAYS", 30),
        people=Path(environment.get("PATHWAYS_DEMO_PEOPLE", "deploy/demo/people.yaml")),
    )
    if not settings.demo_issuer:
        check_issuer(settings.issuer, jwks=settings.jwks, jwks_url=settings.jwks_url)
    return settings


def _secret(environment: Mapping[str, str]) -> bytes:
    text = environment.get("PATHWAYS_CASE_ID_SECRET", "").strip()
    if len(text.encode()) < MIN_SECRET_BYTES:
        raise ApiSettingsError(
            f"Case ids need a secret: set PATHWAYS_CASE_ID_SECRET or PATHWAYS_CASE_ID_SECRET_FILE to at least "
            f"{MIN_SECRET_BYTES} random bytes, and keep it."
        )
    return text.encode()


def _hour(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or int(text) >= HOURS_OF_A_DAY:
        raise ApiSettingsError("PATHWAYS_DIGEST_HOUR is an hour in UTC, from 0 to 23; leave it out for no digest.")
    return int(text)


def _days(environment: Mapping[str, str], name: str, usual: int) -> int:
    days = _number(environment, name, usual)
    if not 0 < days <= MOST_DAYS:
        raise ApiSettingsError(f"{name} is a number of days from 1 to {MOST_DAYS}, such as {usual}.")
    return days


def _sms_url(text: str) -> str:
    url = urlsplit(text)
    if text and (url.scheme not in ("http", "https") or not url.hostname):
        raise ApiSettingsError("PATHWAYS_SMS_URL is an address such as https://texts.example/send; empty for no texts.")
    return text


def _number(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "") or str(usual)
    if not (text.isascii() and text.isdecimal()):
        raise ApiSettingsError(f"{name} is a whole number, such as {usual}.")
    return int(text)
