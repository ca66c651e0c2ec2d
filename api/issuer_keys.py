"""With which keys does the issuer sign? Given as a JWK set, or fetched, kept, and fetched again when they change.

Where they are is named in the settings or found by discovery (OpenID Connect Discovery 1.0 §4). They are fetched again
when a token names a key that is not among them and when they are old, so that a key that was withdrawn ends; not more
often than every half minute, for anyone can send a token with a key that nobody knows.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

REFRESH_SECONDS = 30.0
OLD_SECONDS = 600.0
FETCH_TIMEOUT_SECONDS = 5.0
WELL_KNOWN = "/.well-known/openid-configuration"
SIGNING = ("RSA", "EC", "OKP")

logger = structlog.get_logger(__name__)
FetchKeys = Callable[[], Awaitable[Mapping[str, Any]]]


class IssuerAway(Exception):
    """No key of the issuer is known, and none can be had now; the message says why."""


class IssuerKeys:
    """The published keys of one issuer. `refresh_seconds`: the least time between two fetches."""

    def __init__(
        self,
        *,
        jwks: Mapping[str, Any] | None = None,
        fetch: FetchKeys | None = None,
        refresh_seconds: float = REFRESH_SECONDS,
        old_seconds: float = OLD_SECONDS,
    ) -> None:
        self._keys = _key_set(jwks) if jwks is not None else None
        self._fetch = fetch
        self._pause, self._old = refresh_seconds, old_seconds
        self._asked_at = -max(refresh_seconds, old_seconds)
        self._reason = "the issuer was not asked yet"
        self._refreshing = asyncio.Lock()

    async def known(self) -> KeySet:
        """Give the keys, fetched when none are known.

        Raises:
            IssuerAway: there are none.
        """
        if self._keys is None:
            await self._refresh()
        if self._keys is None:
            raise IssuerAway(f"The keys of the issuer are not known: {self._reason}.")
        return self._keys

    async def with_id(self, key_id: object) -> KeySet | None:
        """Give the keys when one has this id; None: the issuer publishes no such key.

        Raises:
            IssuerAway: no keys are known.
        """
        keys = await self.known()
        if not _holds(keys, key_id) or time.monotonic() - self._asked_at > self._old:
            keys = await self.renewed()
        return keys if _holds(keys, key_id) else None

    async def renewed(self) -> KeySet:
        """Give the keys as the issuer publishes them now, or as they were known when it cannot be asked.

        Raises:
            IssuerAway: there are none.
        """
        await self._refresh()
        return await self.known()

    async def _refresh(self) -> None:
        """Fetch once, however many ask; what cannot be fetched leaves the keys as they were."""
        asked = self._asked_at
        async with self._refreshing:
            if self._fetch is None or self._asked_at != asked or time.monotonic() - asked < self._pause:
                return
            self._asked_at = time.monotonic()
            try:
                self._keys = _key_set(await self._fetch())
            except (httpx.HTTPError, httpx.InvalidURL, JoseError, ValueError) as error:
                self._reason = str(error) if isinstance(error, JoseError | ValueError) else type(error).__name__
                logger.warning("the issuer's keys cannot be read", reason=self._reason, kept=self._keys is not None)


def fetch_from(url: str) -> FetchKeys:
    """Give the function that fetches a JWK set from its address."""

    async def fetch() -> Mapping[str, Any]:
        async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS) as client:
            return await _document(client, url)

    return fetch


def discover(issuer: str) -> FetchKeys:
    """Give the function that asks the issuer where its keys are, and fetches them.

    The document must name the very issuer that was asked (§4.3), and a secure issuer's keys be at a secure address.
    """

    async def fetch() -> Mapping[str, Any]:
        async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS) as client:
            said = await _document(client, issuer.rstrip("/") + WELL_KNOWN)
            if said.get("issuer") != issuer:
                raise ValueError("its openid-configuration names another issuer; correct PATHWAYS_OIDC_ISSUER")
            keys = said.get("jwks_uri")
            if not isinstance(keys, str) or (issuer.startswith("https:") and not keys.startswith("https:")):
                raise ValueError("its openid-configuration names no secure jwks_uri")
            return await _document(client, keys)

    return fetch


async def _document(client: httpx.AsyncClient, url: str) -> Mapping[str, Any]:
    response = await client.get(url)
    response.raise_for_status()
    try:
        found = response.json()
    except ValueError as error:
        raise ValueError("what it answered is not JSON") from error
    if not isinstance(found, dict):
        raise ValueError("what it answered is not a JSON object")
    return found


def _key_set(jwks: Mapping[str, Any]) -> KeySet:
    """The keys that check signatures; what an issuer publishes beside them is not for us (RFC 7517 §5)."""
    listed = jwks.get("keys")
    signing = [each for each in listed if _signs(each)] if isinstance(listed, list) else []
    return KeySet.import_key_set({"keys": signing})


def _signs(key: object) -> bool:
    return isinstance(key, dict) and key.get("kty") in SIGNING and key.get("use", "sig") == "sig"


def _holds(keys: KeySet, key_id: object) -> bool:
    """A token without key id is checked with the only key there is."""
    if key_id is None:
        return len(keys.keys) == 1
    return any(key.kid == key_id for key in keys.keys)
