"""Who is asking? The person that a bearer token names, after its signature, issuer, audience and times were checked."""

from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError

from api.claims import ClaimError, Claims, Person, person_of
from api.issuer_keys import IssuerKeys

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Those that only the holder of a private key can use."""

LEEWAY_SECONDS = 30


class TokenRefused(Exception):
    """The token does not say who is asking; the message says why, never what the token holds."""


class Tokens:
    """Checks bearer tokens of one issuer for one audience; `read`: which claims say what."""

    def __init__(self, keys: IssuerKeys, *, issuer: str, audience: str, read: Claims | None = None) -> None:
        self.keys = keys
        self._read = read or Claims()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True, "allow_blank": False},
            exp={"essential": True},
        )

    async def person(self, token: str, acting_for: str = "") -> Person:
        """Give whoever the token names. `acting_for`: which of several organisations of theirs they ask for.

        Raises:
            TokenRefused: it is not a token of our issuer for us that is valid now, it names nobody, or not that
                organisation.
            IssuerAway: the issuer's keys are not known, so nothing can be said of the token.
        """
        try:
            claims = await self._signed(token)
            self._claims.validate(claims)
            return person_of(claims, self._read, acting_for)
        except ClaimError as error:
            raise TokenRefused(str(error)) from error
        except (JoseError, ValueError, RecursionError) as error:
            raise TokenRefused(f"the token is refused: {type(error).__name__}") from error

    async def _signed(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature is right. One that names no key may be signed with a newer one."""
        key_id = jws.extract_compact(token.encode()).headers().get("kid")
        keys = await self.keys.with_id(key_id)
        if keys is None:
            raise TokenRefused("the token is signed with a key that the issuer does not publish")
        try:
            return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        except BadSignatureError:
            if key_id is not None:
                raise
            return jwt.decode(token, await self.keys.renewed(), algorithms=list(ALGORITHMS)).claims
