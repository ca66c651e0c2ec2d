"""Is every door closed without a token, and is every answer sealed, bounded and counted?"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from api.app import create_app
from api.rates import CALLERS, Rates
from tests.api.conftest import Office, number, settings, token

pytestmark = pytest.mark.temporal
OPEN = {"/health/live", "/health/ready", "/problems", "/problems/{kind}", "/fhir/metadata"}
"""What anybody may ask: whether we live, what our problems mean, what we can do (FHIR R4 §3.1.0.6: unsecured)."""

ALWAYS = ("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "X-Frame-Options", "X-Request-ID")


def routes(office: Office) -> Iterator[tuple[str, str]]:
    for path, operations in office.app.openapi()["paths"].items():
        yield from ((method, path) for method in operations)


async def test_every_route_without_a_token_answers_401_whatever_else_is_wrong(office: Office) -> None:
    closed = [(method, path) for method, path in routes(office) if path not in OPEN]
    assert len(closed) > 100
    for method, path in closed:
        address = re.sub(r"\{\w+\}", "none", path)
        for body in ({}, {"content": b"{", "headers": {"Content-Type": "application/json"}}):
            answer = await office.http.request(method, address, **body)
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_nothing_is_mounted_beside_the_description_but_its_own_pages(office: Office) -> None:
    described = {path for _, path in routes(office)}
    mounted = {getattr(route, "path", "") for route in office.app.routes if getattr(route, "path", "")}
    plain = {re.sub(r":\w+\}", "}", path) for path in mounted}
    assert plain - described <= {"/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json"}


@asynccontextmanager
async def limited(office: Office, **changed: int) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings(base_url="https://pathways.example", **changed), office.database, office.gateway)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://pathways.example") as http:
        yield http


@pytest.mark.parametrize("path", ["/health/live", "/tasks", "/nowhere", "/docs", "/cases/a%00b", "/fhir/Task", "/bug"])
async def test_every_answer_is_sealed(office: Office, path: str) -> None:
    async def bug() -> None:
        raise RuntimeError

    async with limited(office) as http:
        http._transport.app.add_api_route("/bug", bug)  # type: ignore[attr-defined]
        answer = await http.get(path, headers={"Authorization": f"Bearer {token('dr.oak', 'dentist')}"})
    assert all(name in answer.headers for name in ALWAYS), answer.headers
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_without_https_nothing_is_said_of_it(office: Office) -> None:
    assert "Strict-Transport-Security" not in (await office.http.get("/health/live")).headers


async def test_a_person_who_asks_too_often_is_told_when_to_ask_again_and_others_are_not(office: Office) -> None:
    async with limited(office, requests_per_person=3) as http:
        oak = {"Authorization": f"Bearer {token('dr.oak', 'dentist')}"}
        answers = [await http.get("/pathways", headers=oak) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"person";q=3;w=60'
        assert answers[0].headers["RateLimit"] == '"person";r=2;t=20'
        assert int(answers[3].headers["Retry-After"]) == 20
        assert answers[3].headers["Content-Type"] == "application/problem+json"
        elm = {"Authorization": f"Bearer {token('c.elm', 'dentist')}"}
        assert (await http.get("/pathways", headers=elm)).status_code == 200


async def test_an_address_that_asks_too_often_is_refused_before_its_token_is_read_but_may_see_our_health(
    office: Office,
) -> None:
    async with limited(office, requests_per_address=2) as http:
        found = [(await http.get("/fhir/Task")).status_code for _ in range(3)]
        assert found == [401, 401, 429]
        assert (await http.get("/fhir/Task")).json()["issue"][0]["code"] == "throttled"
        assert (await http.get("/health/live")).status_code == 200


def test_a_bucket_fills_evenly_and_only_so_many_are_kept() -> None:
    now = [0.0]
    rates = Rates("person", 60, now=lambda: now[0])
    assert sum(not rates.take("a").refused for _ in range(100)) == 60  # type: ignore[union-attr]
    now[0] += 10
    assert sum(not rates.take("a").refused for _ in range(100)) == 10  # type: ignore[union-attr]
    for caller in range(CALLERS + 5):
        rates.take(f"caller-{caller}")
    assert len(rates._empty_at) == CALLERS


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "a\\u0000b"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\xff"}',
        b'{"text": "\x00"}',
        b'{"n": ' + b"9" * 5000 + b"}",
        b'{"n": ' + b"[" * 100_000,
        b'{"a": 1e999}',
    ],
)
async def test_what_nobody_can_keep_is_refused(office: Office, body: bytes) -> None:
    headers = {**office.sender.headers, "Content-Type": "application/json", "Idempotency-Key": "unkept"}
    for path in ("/messages", "/referrals", "/patients/none/consents", "/fhir/ServiceRequest"):
        answer = await office.http.post(path, content=body, headers=headers)
        assert answer.status_code in (400, 422), (path, answer.text)


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON", "application/fhir+json", ""])
@pytest.mark.parametrize(
    "value", ["1e999", "-1e+999", "NaN", "-Infinity", "9" * 400 + ".0", "9" * 300 + "e9", '"\\ud800"', '"\\u0000"']
)
async def test_what_no_database_keeps_is_malformed_wherever_it_stands(
    office: Office, value: str, media_type: str
) -> None:
    body = f'{{"name": "x", "correlation_key": "K", "message_id": "M", "variables": {{"a": [{value}]}}}}'
    headers = {**office.sender.headers, "Content-Type": media_type}
    answers = [
        await office.http.post("/messages", content=body.encode(written), headers=headers)
        for written in ("utf-8", "utf-16")
    ]
    assert [answer.status_code for answer in answers] == [400, 400]


async def test_a_text_that_looks_like_a_number_without_end_is_a_text(office: Office) -> None:
    said = {"note": "NaN, Infinity and 1e999", "count": 10**20, "small": 1e-300}
    body = {"name": "x", "correlation_key": "K", "message_id": f"M-{number()}", "variables": said}
    assert (await office.sender.post("/messages", body)).status_code == 202


async def test_a_backslash_before_u0000_is_six_characters(office: Office) -> None:
    headers = {**office.sender.headers, "Content-Type": "application/json", "Idempotency-Key": "six"}
    answer = await office.http.post("/messages", content=b'{"text": "\\\\u0000"}', headers=headers)
    assert answer.status_code == 422
    assert "NUL" not in answer.text


@pytest.mark.parametrize("path", ["/tasks?sort=a%00b", "/cases/a%00b", "/cases/%ff"])
async def test_an_address_that_is_no_text_is_malformed(office: Office, path: str) -> None:
    assert (await office.http.get(path, headers=office.admin.headers)).status_code == 400
