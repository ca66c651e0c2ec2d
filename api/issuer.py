"""LOCAL DEMO ONLY: an issuer that gives anyone a token for a synthetic person, without asking who they are.

Mounted only when `ApiSettings.demo_issuer` is true, which `identity.py` refuses where others could reach us. It gives
tokens on this machine only; while it is on, no other issuer's tokens count, and when it is off its own do not. Its key
is made on first use and kept in the run directory, so that tokens outlive a restart. Never switch it on where real
patients are: use your own OIDC issuer instead.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Query, Request
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.identity import DEMO_PATH, is_local
from api.problems import Problem
from api.settings import ApiSettings

TOKEN_SECONDS = 12 * 60 * 60
PATIENT = "patient"
KEY_BITS = 2048


class DemoIssuer:
    """Signs tokens for the people of a YAML file: `people: [{id, name, roles, team, …}, …]`; the rest are claims."""

    def __init__(self, settings: ApiSettings) -> None:
        self.url = f"{settings.base_url}{DEMO_PATH}"
        self._audience = settings.audience
        self._key = _key(settings.run_directory / "demo-issuer.pem")
        self.people = _people(settings.people)

    @property
    def jwks(self) -> dict[str, Any]:
        """The public half of the key, as a JWK set."""
        return {"keys": [{**self._key.as_dict(private=False), "alg": "RS256", "use": "sig"}]}

    def token(self, person: str, patient_id: str = "") -> str:
        """Sign a token for one of the people; `patient_id`: whose record is theirs, if they are a patient.

        Raises:
            Problem: there is no such person.
        """
        found = self.people.get(person)
        if found is None:
            raise Problem("not-found", f"Nobody is called '{person}' here.", people=sorted(self.people))
        now = int(time.time())
        more = {name: value for name, value in found.items() if name not in ("name", "roles", "team")}
        own = {"patient_id": patient_id} if patient_id and PATIENT in found.get("roles", ()) else {}
        claims = {
            **more,
            **own,
            "iss": self.url,
            "aud": self._audience,
            "sub": person,
            "name": found.get("name", person),
            "roles": list(found.get("roles", ())),
            "team": found.get("team", ""),
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        return jwt.encode({"alg": "RS256", "kid": self._key.kid, "typ": "JWT"}, claims, self._key)

    def router(self) -> APIRouter:
        """The endpoints of the issuer, all of them open."""
        router = APIRouter(prefix=DEMO_PATH, tags=["LOCAL DEMO issuer"])
        router.add_api_route("/.well-known/openid-configuration", self._discovery, summary="OIDC discovery")
        router.add_api_route("/jwks", self._jwks, summary="The demo issuer's public key")
        router.add_api_route("/people", self._list, summary="The synthetic people")
        router.add_api_route("/token", self._token, summary="A token for a synthetic person, for the demo only")
        return router

    async def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint": f"{self.url}/token",
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["token"],
        }

    async def _jwks(self) -> dict[str, Any]:
        return self.jwks

    async def _list(self) -> list[dict[str, Any]]:
        return [{"id": name, **person} for name, person in self.people.items()]

    async def _token(
        self,
        request: Request,
        person: Annotated[str, Query(examples=["dr.oak"])],
        patient_id: Annotated[str, Query(description="whose record is theirs, of somebody with the role patient")] = "",
    ) -> dict[str, Any]:
        if request.client is None or not is_local(request.client.host):
            raise Problem("forbidden", "The LOCAL DEMO issuer gives tokens on its own machine only.")
        return {"access_token": self.token(person, patient_id), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}


def _key(path: Path) -> RSAKey:
    """Read the key, or make it; only its owner may read the file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = RSAKey.generate_key(KEY_BITS).as_pem(private=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(made)
    key = RSAKey.import_key(path.read_bytes())
    key.ensure_kid()
    return key


def _people(path: Path) -> dict[str, Mapping[str, Any]]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["people"]
    return {person["id"]: {name: value for name, value in person.items() if name != "id"} for person in listed}
