"""Who gets in? Only who brings a token of our issuer, for us, valid now, signed with a published key."""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import RSAKey

from api.issuer_keys import IssuerKeys
from api.tokens import TokenRefused, Tokens
from tests.api.conftest import AUDIENCE, EC, ISSUER, RSA, Office, jwks, referral, token

FAR = 4_000_000_000


async def test_without_a_token_the_answer_is_401_and_says_how(office: Office) -> None:
    response = await office.http.get("/tasks")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(token("p", iss="https://other.example"), id="of another issuer"),
        pytest.param(token("p", aud="somebody-else"), id="for somebody else"),
        pytest.param(token("p", exp=1_000), id="expired"),
        pytest.param(token("p", exp=None), id="without an end"),
        pytest.param(token("p", nbf=FAR), id="not valid yet"),
        pytest.param(token("", exp=FAR), id="of nobody"),
        pytest.param(token("p", key=RSAKey.generate_key(2048, parameters={"kid": "rsa-1"})), id="signed by a forger"),
        pytest.param(token("p", key=RSAKey.generate_key(2048, parameters={"kid": "new"})), id="with an unknown key"),
        pytest.param(token("p")[:-8], id="cut off"),
        pytest.param("no.token.atall", id="no token"),
    ],
)
async def test_a_wrong_token_is_refused(office: Office, bad: str) -> None:
    response = await office.http.get("/tasks", headers={"Authorization": f"Bearer {bad}"})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert bad not in response.text


@pytest.mark.parametrize(
    "strange",
    [
        {"sub": "p\x00q"},
        {"sub": "p\ud800"},
        {"sub": 7},
        {"sub": {"id": "p"}},
        {"sub": "p" * 256},
        {"name": "Dr\x00P"},
        {"name": "Dr \udfff"},
        {"roles": ["dentist", "den\x00tist"]},
        {"roles": ["dentist\ud800"]},
        {"team": "a\x00b"},
        {"teams": ["a", "b\ud800"]},
        {"organisation": "nor\x00th"},
        {"organisation": ["north\ud800"]},
        {"organisation": "n" * 3_000},
        {"purpose": "TRE\x00AT"},
        {"purpose": ["HRESCH"]},
        {"purpose": {"code": "HRESCH"}},
        {"patient_id": "P\x00"},
        {"patient_id": "P" * 3_000},
    ],
    ids=lambda strange: repr(strange)[:40],
)
@pytest.mark.temporal
async def test_a_token_that_names_somebody_by_what_nobody_can_keep_is_refused_on_both_databases(
    any_office: Office, strange: dict[str, Any]
) -> None:
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "p", "exp": FAR, "roles": ["restorative_dentist", "patient"]}
    said = json.dumps({**usual, **strange}).encode()
    bad = jws.serialize_compact({"alg": "RS256", "kid": RSA.kid}, said, RSA)
    for answer in (
        await any_office.http.get("/tasks", headers={"Authorization": f"Bearer {bad}"}),
        await any_office.http.post("/referrals", json=referral(), headers={"Authorization": f"Bearer {bad}"}),
    ):
        assert answer.status_code == 401, answer.text
        assert "token" in answer.json()["detail"]


async def test_a_token_that_is_nested_too_deep_to_be_read_is_refused(office: Office) -> None:
    said = b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    bad = jws.serialize_compact({"alg": "RS256", "kid": RSA.kid}, said, RSA)
    assert (await office.http.get("/tasks", headers={"Authorization": f"Bearer {bad}"})).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_an_algorithm_that_anyone_can_use_is_refused(office: Office, algorithm: str) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "p", "exp": FAR}
    signed = f"{_part({'alg': algorithm, 'kid': 'rsa-1'})}.{_part(claims)}"
    published = RSA.as_pem(private=False)
    mac = b"" if algorithm == "none" else hmac.digest(published, signed.encode(), "sha256")
    forged = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    response = await office.http.get("/tasks", headers={"Authorization": f"Bearer {forged}"})
    assert response.status_code == 401


def _part(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def test_rsa_and_elliptic_keys_and_keycloak_roles_are_understood() -> None:
    tokens = Tokens(IssuerKeys(jwks=jwks()), issuer=ISSUER, audience=AUDIENCE)
    found = await tokens.person(token("p", "gdp", key=EC, realm_access={"roles": ["coordinator"]}))
    assert (found.id, found.roles) == ("p", frozenset({"gdp", "coordinator"}))


async def test_a_new_key_of_the_issuer_is_fetched_once_and_forgers_cannot_make_us_fetch_again() -> None:
    asked: list[int] = []

    async def fetch() -> Mapping[str, Any]:
        asked.append(1)
        return {"keys": jwks()["keys"][: len(asked)]}

    tokens = Tokens(IssuerKeys(fetch=fetch), issuer=ISSUER, audience=AUDIENCE)
    assert (await tokens.person(token("p"))).id == "p"
    assert (await tokens.person(token("q"))).id == "q"
    for _ in range(3):
        with pytest.raises(TokenRefused):
            await tokens.person(token("p", key=EC))
    assert len(asked) == 1


async def test_a_role_that_may_not_gets_403(office: Office) -> None:
    response = await office.person("p.yew", "patient").post("/referrals", {})
    assert response.status_code == 403
    assert response.json()["title"] == "Not for your role"
