"""Do people of any OpenID issuer get in, and nobody else?

The issuer is a process of its own, `oidc-provider-mock`, which signs in by the authorization code flow and makes a new
key at every start.
"""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from temporalio.client import Client

from api.app import create_app
from api.claims import ClaimError, Claims, person_of
from api.identity import IdentityError
from api.issuer_keys import IssuerKeys
from api.main import build
from api.settings import api_settings_from
from api.tokens import TokenRefused
from tests.api.conftest import Office, settings
from tests.api.signing_in import CLIENT, Issuer, served_api
from workflows.host.settings import SettingsError, settings_from

pytestmark = pytest.mark.temporal
OAK = {"name": "Dr Oak", "hospital": {"roles": ["Chef de service", "admin"], "id": "north"}}
SECRET = {"PATHWAYS_CASE_ID_SECRET": "a secret for tests only"}
KEYS = f"test:{base64.b64encode(bytes(32)).decode()}"


@dataclass(frozen=True)
class Installation:
    """The API made from its environment, and its issuer."""

    http: httpx.AsyncClient
    issuer: Issuer

    async def asks(self, token: str, path: str = "/break-glass") -> httpx.Response:
        return await self.http.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installed(dev_server: Client, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    folder = tmp_path_factory.mktemp("identity")
    (folder / "database").write_text(f"sqlite:///{folder / 'records.sqlite'}\n")
    (folder / "database").chmod(0o600)
    issuer = Issuer()
    environment = {
        **SECRET,
        "PATHWAYS_KEYS": KEYS,
        "PATHWAYS_DATABASE_FILE": str(folder / "database"),
        "PATHWAYS_TEMPORAL": dev_server.service_client.config.target_host,
        "PATHWAYS_OIDC_ISSUER": issuer.url,
        "PATHWAYS_OIDC_REFRESH_SECONDS": "0",
        "PATHWAYS_CLAIM_ROLES": "hospital.roles",
        "PATHWAYS_CLAIM_ORGANISATION": "hospital.id",
        "PATHWAYS_ROLES": "Chef de service: [privacy_officer, key_worker]",
    }
    try:
        async with served_api(environment) as http:
            yield Installation(http, issuer)
    finally:
        issuer.stop()


async def test_an_issuer_that_is_away_is_told_of_and_found_again_and_its_new_keys_replace_the_old(
    installed: Installation,
) -> None:
    issuer = installed.issuer
    unready = await installed.http.get("/health/ready")
    assert (unready.status_code, "keys of the issuer" in unready.json()["detail"]) == (503, True)
    assert (await installed.asks(forged(kid="any"))).status_code == 503
    assert (await installed.http.get("/tasks")).status_code == 401

    await issuer.start()
    assert (await installed.http.get("/health/ready")).status_code == 200
    first = await issuer.sign_in("dr.oak", OAK)
    assert (await installed.asks(first)).status_code == 200

    issuer.stop()
    assert (await installed.asks(first)).status_code == 200, "known keys stay while the issuer is away"
    await issuer.start()
    second = await issuer.sign_in("dr.oak", OAK)
    assert (await installed.asks(second)).status_code == 200
    assert (await installed.asks(first)).status_code == 401, "its key was withdrawn"


async def test_roles_come_from_a_nested_claim_by_the_table_and_no_other_way(installed: Installation) -> None:
    await started(installed.issuer)
    officer = await installed.issuer.sign_in("dr.oak", OAK)
    assert (await installed.asks(officer)).status_code == 200
    assert (await installed.asks(officer, "/incidents")).status_code == 403, "'admin' is the issuer's word, not ours"
    unknown = await installed.issuer.sign_in("dr.elm", {"roles": ["privacy_officer"]})
    assert (await installed.asks(unknown)).status_code == 403


async def test_a_token_for_another_application_of_the_issuer_is_refused(installed: Installation) -> None:
    await started(installed.issuer)
    theirs = await installed.issuer.sign_in("dr.oak", OAK, client="cafeteria")
    assert (await installed.asks(theirs)).status_code == 401


async def test_a_token_of_another_issuer_is_refused_though_the_key_is_the_same(installed: Installation) -> None:
    await started(installed.issuer)
    other = f"http://localhost:{installed.issuer.port}"
    theirs = await installed.issuer.sign_in("dr.oak", OAK, at=other)
    assert other in base64.urlsafe_b64decode(theirs.split(".")[1] + "==").decode()
    assert (await installed.asks(theirs)).status_code == 401


@pytest.mark.parametrize("how", ["none", "HS256 with the public key", "an unknown key", "the id of the real key"])
async def test_a_forged_token_is_refused(installed: Installation, how: str) -> None:
    await started(installed.issuer)
    async with httpx.AsyncClient() as http:
        published = (await http.get(f"{installed.issuer.url}/jwks")).json()["keys"][0]
    kid = published.get("kid")
    made: dict[str, Callable[[], str]] = {
        "none": lambda: unsigned(installed.issuer.url, {"alg": "none", "kid": kid}, b""),
        "HS256 with the public key": lambda: unsigned(
            installed.issuer.url, {"alg": "HS256", "kid": kid}, RSAKey.import_key(published).as_pem(private=False)
        ),
        "an unknown key": lambda: forged(issuer=installed.issuer.url, kid="unknown"),
        "the id of the real key": lambda: forged(issuer=installed.issuer.url, kid=kid),
    }
    assert (await installed.asks(made[how]())).status_code == 401


async def started(issuer: Issuer) -> None:
    """Let it run, if it does not."""
    try:
        async with httpx.AsyncClient() as http:
            await http.get(f"{issuer.url}/jwks")
    except httpx.ConnectError:
        await issuer.start()


def claims_of(issuer: str) -> dict[str, Any]:
    return {"iss": issuer, "aud": CLIENT, "sub": "dr.oak", "exp": int(time.time()) + 600, **OAK}


def forged(*, issuer: str = "http://nobody", kid: str | None) -> str:
    key = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", **({"kid": kid} if kid else {})}, claims_of(issuer), key)


def unsigned(issuer: str, header: dict[str, Any], secret: bytes) -> str:
    said = f"{part(header)}.{part(claims_of(issuer))}"
    mac = hmac.digest(secret, said.encode(), "sha256") if secret else b""
    return f"{said}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"PATHWAYS_OIDC_ISSUER": "https://issuer.example"}, "PATHWAYS_OIDC_ISSUER"),
        ({"PATHWAYS_BASE_URL": "https://pathways.example"}, "PATHWAYS_BASE_URL"),
        ({"PATHWAYS_API_HOST": "0.0.0.0"}, "PATHWAYS_API_HOST"),
    ],
)
def test_the_demo_issuer_is_refused_where_others_could_reach_it(changed: dict[str, str], words: str) -> None:
    demo = {**SECRET, "PATHWAYS_DEMO_ISSUER": "1"}
    assert api_settings_from({**demo, "PATHWAYS_BASE_URL": "http://127.0.0.1:9"}).demo_issuer
    with pytest.raises(IdentityError, match=words):
        api_settings_from({**demo, **changed})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "Nobody can sign in"),
        ({"PATHWAYS_OIDC_ISSUER": "http://127.0.0.1:8000/demo-issuer/"}, "LOCAL DEMO"),
        ({"PATHWAYS_OIDC_ISSUER": "http://issuer.example"}, "not https"),
        ({"PATHWAYS_OIDC_ISSUER": "https://i.example", "PATHWAYS_ROLES": "[a]"}, "table of roles"),
        ({"PATHWAYS_OIDC_ISSUER": "https://i.example", "PATHWAYS_ROLES": "a: {b: c}"}, "neither a role"),
        ({"PATHWAYS_OIDC_ISSUER": "https://i.example", "PATHWAYS_ROLES_FILE": "/nowhere"}, "PATHWAYS_ROLES_FILE"),
    ],
)
def test_settings_with_which_nobody_or_anybody_could_sign_in_are_refused(
    environment: dict[str, str], words: str
) -> None:
    with pytest.raises(IdentityError, match=words):
        api_settings_from({**SECRET, **environment})


@pytest.mark.parametrize(
    ("text", "home", "words"),
    [
        ("services: {east: {name: East, named_contact: a, deputy: b, organisation: east}}", "", "east.*PATHWAYS_ORGAN"),
        ("{organisation: centre, roles: {gdp: [west]}}", "", "such as centre"),
        ("organisation: centre", "north", "'north', and the directory is that of 'centre'"),
    ],
)
def test_the_api_does_not_start_when_nothing_says_which_organisation_of_the_directory_is_ours(
    tmp_path: Path, text: str, home: str, words: str
) -> None:
    (tmp_path / "directory.yaml").write_text(text)
    environment = {**SECRET, "PATHWAYS_KEYS": KEYS, "PATHWAYS_OIDC_ISSUER": "https://issuer.example"}
    environment |= {"PATHWAYS_DIRECTORY": str(tmp_path / "directory.yaml"), "PATHWAYS_ORGANISATION": home}
    with pytest.raises(IdentityError, match=words):
        build(environment)


async def test_a_token_of_the_demo_is_worth_nothing_where_the_demo_issuer_is_off(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "people.yaml").write_text("people:\n  - {id: dr.oak, name: Oak, roles: [admin]}\n")
    shared = {"run_directory": tmp_path, "people": tmp_path / "people.yaml"}
    demo = create_app(settings(demo_issuer=True, issuer="", jwks=None, **shared), office.database, office.gateway)
    given = demo.state.demo_issuer.token("dr.oak")
    assert (await demo.state.surroundings.tokens.person(given)).id == "dr.oak"
    real = create_app(settings(**shared), office.database, office.gateway)
    with pytest.raises(TokenRefused):
        await real.state.surroundings.tokens.person(given)


async def test_the_demo_issuer_gives_no_token_to_another_machine(office: Office, tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("people:\n  - {id: dr.oak, name: Oak, roles: [admin]}\n")
    shared = {"run_directory": tmp_path, "people": tmp_path / "people.yaml"}
    demo = create_app(settings(demo_issuer=True, issuer="", jwks=None, **shared), office.database, office.gateway)
    for address, status in (("127.0.0.1", 200), ("192.0.2.7", 403)):
        transport = httpx.ASGITransport(demo, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as http:
            assert (await http.get("/demo-issuer/token", params={"person": "dr.oak"})).status_code == status


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"realm_access": {"roles": ["gdp"]}}, {"gdp"}),
        ({"resource_access": {"my.client": {"roles": ["gdp"]}}}, {"gdp"}),
        ({"https://pathways.example/roles": "gdp"}, {"gdp"}),
        ({"resource_access": {"my": ["gdp"]}, "realm_access": "gdp"}, set()),
    ],
)
def test_roles_are_found_where_issuers_put_them(claims: dict[str, Any], roles: set[str]) -> None:
    paths = ("realm_access.roles", "resource_access.my.client.roles", "https://pathways.example/roles")
    assert person_of({"sub": "p", **claims}, Claims(roles=paths)).roles == roles


@pytest.mark.parametrize(
    ("claim", "chosen", "found"),
    [
        (None, "", ""),
        ("", "", ""),
        ("centre", "", ""),
        ("north", "", "north"),
        (["north"], "", "north"),
        (["north", "centre"], "north", "north"),
        (["north", "centre"], "centre", ""),
        ("north", "north", "north"),
        (None, "centre", ""),
    ],
)
def test_somebody_acts_for_their_organisation_or_for_the_one_of_several_that_they_say(
    claim: object, chosen: str, found: str
) -> None:
    claims = {"sub": "p"} | ({} if claim is None else {"organisation": claim})
    assert person_of(claims, Claims(home="centre"), chosen).organisation == found


@pytest.mark.parametrize(
    ("claim", "chosen"),
    [
        (["north", "south"], ""),
        (["north", "south"], "east"),
        ("north", "south"),
        ("north", "centre"),
        (None, "north"),
        ([], ""),
        ([], "north"),
        (["", "north"], "north"),
        ([""], ""),
        (["north", 7], "north"),
        ({"north": {}}, "north"),
        (7, ""),
    ],
)
def test_nobody_acts_for_an_organisation_that_their_token_does_not_name(claim: object, chosen: str) -> None:
    claims = {"sub": "p"} | ({} if claim is None else {"organisation": claim})
    with pytest.raises(ClaimError):
        person_of(claims, Claims(home="centre"), chosen)


def test_secrets_stand_in_files_and_what_everybody_may_read_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"PATHWAYS_KEYS_FILE": KEYS, "PATHWAYS_SMTP_FILE": "smtp://u:p@h"}
    environment = {}
    for name, content in files.items():
        (tmp_path / name).write_text(f"{content}\n")
        (tmp_path / name).chmod(0o644 if name == "PATHWAYS_SMTP_FILE" else 0o600)
        environment[name] = str(tmp_path / name)
    assert settings_from(environment).smtp == "smtp://u:p@h"
    told = capsys.readouterr().out
    assert "PATHWAYS_SMTP_FILE" in told
    assert "PATHWAYS_KEYS_FILE" not in told
    with pytest.raises(SettingsError, match="both set"):
        settings_from({**environment, "PATHWAYS_SMTP": "smtp://h"})


async def test_keys_that_do_not_sign_are_passed_over() -> None:
    signing = ECKey.generate_key("P-256", parameters={"kid": "ours"}).as_dict(private=False)
    listed = [{"kty": "oct", "k": "c2VjcmV0", "kid": "oct"}, {"kty": "AKP", "kid": "new"}, {**signing, "use": "enc"}]
    keys = IssuerKeys(jwks={"keys": [*listed, {**signing, "kid": "sig"}]})
    assert await keys.with_id("sig") is not None
    for kid in ("oct", "new", "ours"):
        assert await keys.with_id(kid) is None
