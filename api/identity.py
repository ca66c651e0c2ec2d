"""Which issuer says who people are, and is it safe to start with it? Read from the environment, refused when it is not.

The LOCAL DEMO issuer gives a token to anybody who asks. It starts only where nobody else can ask: on this machine.
"""

import json
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from activities.directory import Directory
from api.claims import ROLES, Claims
from workflows.host.settings import SettingsError

DEMO_PATH = "/demo-issuer"
REAL = ("PATHWAYS_OIDC_ISSUER", "PATHWAYS_OIDC_JWKS_URL", "PATHWAYS_OIDC_JWKS_FILE")


class IdentityError(SettingsError):
    """Nobody could sign in, or anybody; the message names the variable and says what to put there."""


def demo_issuer_from(environment: Mapping[str, str], base_url: str) -> bool:
    """Whether the LOCAL DEMO issuer is on: `PATHWAYS_DEMO_ISSUER=1`, and nothing says that others can reach us.

    Raises:
        IdentityError: it is on together with a setting of an installation that is not a demo.
    """
    if environment.get("PATHWAYS_DEMO_ISSUER", "") != "1":
        return False
    real = [name for name in REAL if environment.get(name)]
    if not is_local(urlsplit(base_url).hostname):
        real.append(f"PATHWAYS_BASE_URL={base_url}")
    if not is_local(environment.get("PATHWAYS_API_HOST", "127.0.0.1")):
        real.append("PATHWAYS_API_HOST")
    if real:
        raise IdentityError(
            f"PATHWAYS_DEMO_ISSUER=1 gives anybody a token and is for a demo on this machine only, but here is also "
            f"{', '.join(real)}: take PATHWAYS_DEMO_ISSUER away, or those."
        )
    return True


def is_local(host: str | None) -> bool:
    """Whether a host's name or address is this machine's own and nobody else's."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_issuer(issuer: str, *, jwks: Mapping[str, Any] | None, jwks_url: str) -> None:
    """Refuse what nobody could sign in with, and the demo's issuer under another name.

    Raises:
        IdentityError: the issuer is missing, is the demo's, or is to be discovered over an open line.
    """
    if not issuer:
        raise IdentityError("Nobody can sign in: set PATHWAYS_OIDC_ISSUER to the address of your OpenID issuer.")
    if urlsplit(issuer).path.rstrip("/").endswith(DEMO_PATH):
        raise IdentityError("PATHWAYS_OIDC_ISSUER is the LOCAL DEMO issuer, which gives anybody a token: name yours.")
    secure = urlsplit(issuer).scheme == "https" or is_local(urlsplit(issuer).hostname)
    if jwks is None and not jwks_url and not secure:
        raise IdentityError(
            "PATHWAYS_OIDC_ISSUER is not https, so its keys cannot be trusted: correct it, or name the keys by "
            "PATHWAYS_OIDC_JWKS_URL or PATHWAYS_OIDC_JWKS_FILE."
        )


def check_home(directory: Directory, home: str) -> None:
    """Refuse a directory of several organisations when tokens do not tell which of them is ours.

    `home`: what tokens call the installation's own. Its people would be strangers to its cases, or another's to them.

    Raises:
        IdentityError: nobody says what our own is called, or directory and setting call it differently.
    """
    ours = directory.organisation
    if home and ours and home != ours:
        raise IdentityError(
            f"PATHWAYS_ORGANISATION is '{home}', and the directory is that of '{ours}' (`organisation`): call the "
            "installation's own organisation in both what its tokens call it."
        )
    if directory.others and not home:
        raise IdentityError(
            f"The directory names other organisations ({', '.join(directory.others)}), and nothing says which one is "
            f"ours: set PATHWAYS_ORGANISATION to what tokens call it{f', such as {ours}' if ours else ''}."
        )


def jwks_from(environment: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Give the JWK set of the file that is named, if one is.

    Raises:
        IdentityError: the file cannot be read, or is no JWK set.
    """
    path = environment.get("PATHWAYS_OIDC_JWKS_FILE", "")
    if not path:
        return None
    try:
        keys = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IdentityError(f"PATHWAYS_OIDC_JWKS_FILE cannot be read: {error}") from error
    if not isinstance(keys, dict) or "keys" not in keys:
        raise IdentityError("PATHWAYS_OIDC_JWKS_FILE is not a JWK set: it needs a member 'keys'.")
    return keys


def claims_from(environment: Mapping[str, str]) -> Claims:
    """Give which claims say what of a person.

    Raises:
        IdentityError: the table of roles is not one.
    """
    usual = Claims()
    return Claims(
        organisation=environment.get("PATHWAYS_CLAIM_ORGANISATION", usual.organisation),
        team=environment.get("PATHWAYS_CLAIM_TEAM", usual.team),
        teams=environment.get("PATHWAYS_CLAIM_TEAMS", usual.teams),
        purpose=environment.get("PATHWAYS_CLAIM_PURPOSE", usual.purpose),
        patient=environment.get("PATHWAYS_CLAIM_PATIENT", usual.patient),
        name=environment.get("PATHWAYS_CLAIM_NAME", usual.name),
        roles=tuple(environment.get("PATHWAYS_CLAIM_ROLES", ",".join(ROLES)).split(",")),
        role_table=_role_table(environment),
        home=environment.get("PATHWAYS_ORGANISATION", usual.home),
    )


def _role_table(environment: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The table of `PATHWAYS_ROLES`, or of the file `PATHWAYS_ROLES_FILE`: `theirs: ours` or `theirs: [ours, …]`."""
    path = environment.get("PATHWAYS_ROLES_FILE", "")
    try:
        text = Path(path).read_text(encoding="utf-8") if path else environment.get("PATHWAYS_ROLES", "")
        table = yaml.safe_load(text) if text else {}
    except (OSError, yaml.YAMLError) as error:
        raise IdentityError(f"PATHWAYS_ROLES_FILE or PATHWAYS_ROLES cannot be read: {error}") from error
    if not isinstance(table, dict):
        raise IdentityError("The table of roles needs lines such as 'Consultant ENT: ent_surgeon'.")
    return {str(theirs): _ours(theirs, ours) for theirs, ours in table.items()}


def _ours(theirs: object, ours: object) -> tuple[str, ...]:
    named = [ours] if isinstance(ours, str) else ours
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise IdentityError(f"The table of roles gives '{theirs}' neither a role nor a list of roles.")
    return tuple(named)
