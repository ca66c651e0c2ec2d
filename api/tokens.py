"""Who is asking? The person that a bearer token names, after its signature, issuer, audience and times were checked.

Keys come from a JWK set given in the settings, or are fetched from the issuer, kept, and fetched again when a token
names a key that is not among them (not more often than every half minute: anyone can send such a token).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "ES256")
LEEWAY_SECONDS = 30
REFRESH_SECONDS = 30.0
FETCH_TIMEOUT_SECONDS = 5.0

FetchKeys = Callable[[], Awaitable[Mapping[str, Any]]]


class TokenRefused(Exception):
    """The token does not say who is asking; the message says why, never what the token holds."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever asks: a person or a system. `id` is opaque and stands in every record of what they did.

    `organisation`: for which they act; empty is the installation's own. `teams`: all of theirs, `team` is the first.
    `purpose`: of use, as HL7 v3 says it; empty is the usual one of their role. `patient_id`: whose record is theirs.
    """

    id: str
    name: str
    roles: frozenset[str]
    team: str = ""
    organisation: str = ""
    teams: frozenset[str] = frozenset()
    purpose: str = ""
    patient_id: str = ""

    def has_any(self, roles: frozenset[str]) -> bool:
        """Whether one of these roles is theirs."""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True, slots=True)
class Claims:
    """Which claims of a token say more of a person; `home`: the organisation of whoever names none."""

    organisation: str = "organisation"
    teams: str = "teams"
    purpose: str = "purpose"
    patient: str = "patient_id"
    home: str = ""


class Tokens:
    """Checks bearer tokens of one issuer for one audience; `read`: which claims say what."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks: Mapping[str, Any] | None = None,
        fetch: FetchKeys | None = None,
        read: Claims | None = None,
    ) -> None:
        self._read = read or Claims()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True, "allow_blank": False},
            exp={"essential": True},
        )
        self._keys = _key_set(jwks) if jwks is not None else None
        self._fetch = fetch
        self._fetched_at = -REFRESH_SECONDS
        self._refreshing = asyncio.Lock()

    async def person(self, token: str) -> Person:
        """Give whoever the token names.

        Raises:
            TokenRefused: it is not a token of our issuer for us that is valid now, or it names nobody.
        """
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
            keys = await self._keys_with(key_id)
            claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
            self._claims.validate(claims)
        except (JoseError, ValueError) as error:
            raise TokenRefused(f"the token is refused: {type(error).__name__}") from error
        return _person(claims, self._read)

    async def _keys_with(self, key_id: object) -> KeySet:
        if self._keys is None or not _holds(self._keys, key_id):
            await self._refresh(key_id)
        if self._keys is None or not _holds(self._keys, key_id):
            raise TokenRefused("the token is signed with a key that the issuer does not publish")
        return self._keys

    async def _refresh(self, key_id: object) -> None:
        async with self._refreshing:
            known = self._keys is not None and _holds(self._keys, key_id)
            if known or self._fetch is None or time.monotonic() - self._fetched_at < REFRESH_SECONDS:
                return
            self._fetched_at = time.monotonic()
            try:
                self._keys = _key_set(await self._fetch())
            except (httpx.HTTPError, JoseError, ValueError) as error:
                raise TokenRefused("the issuer's keys cannot be read now") from error


def fetch_from(url: str) -> FetchKeys:
    """Give the function that fetches a JWK set from the issuer."""

    async def fetch() -> Mapping[str, Any]:
        async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS) as client:
            response = await client.get(url)
            response.raise_for_status()
            keys: Mapping[str, Any] = response.json()
            return keys

    return fetch


def _key_set(jwks: Mapping[str, Any]) -> KeySet:
    return KeySet.import_key_set({"keys": list(jwks["keys"])})


def _holds(keys: KeySet, key_id: object) -> bool:
    """A token without key id is checked with the only key there is."""
    if key_id is None:
        return len(keys.keys) == 1
    return any(key.kid == key_id for key in keys.keys)


def _person(claims: Mapping[str, Any], read: Claims) -> Person:
    realm = claims.get("realm_access")
    in_realm = realm.get("roles") if isinstance(realm, Mapping) else None
    roles = [*_texts(claims.get("roles")), *_texts(in_realm)]
    teams = [team for team in (_text(claims.get("team")), *_texts(claims.get(read.teams))) if team]
    return Person(
        id=str(claims["sub"]),
        name=_text(claims.get("name")) or str(claims["sub"]),
        roles=frozenset(roles),
        team=teams[0] if teams else "",
        organisation=_organisation(claims, read),
        teams=frozenset(teams),
        purpose=_text(claims.get(read.purpose)),
        patient_id=_text(claims.get(read.patient)),
    )


def _organisation(claims: Mapping[str, Any], read: Claims) -> str:
    """The organisation that a token names; the installation's own has no name here, however tokens call it.

    Raises:
        TokenRefused: the claim is there and is not one name: nobody may fall back to the installation's own by it.
    """
    named = claims.get(read.organisation)
    if named is None or named == "":
        return ""
    if not isinstance(named, str):
        raise TokenRefused("the token names its organisation in another way than by one text")
    return "" if named == read.home else named


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
