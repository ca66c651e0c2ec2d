"""What stands behind a test of signing in? A real OpenID provider in its own process, and the API on a port."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from api.main import build
from tests.conftest import free_port

CLIENT = "referral-pathways"
BACK = "https://pathways.example/signed-in"
START_SECONDS = 120


class Issuer:
    """An OpenID provider on a port; every start of it makes a new key."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        command = (sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port))
        quiet = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
        self._process = subprocess.Popen(command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await answering(f"{self.url}/.well-known/openid-configuration")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def sign_in(self, sub: str, claims: Mapping[str, Any], *, client: str = CLIENT, at: str = "") -> str:
        """Sign somebody in by the authorization code flow; give their token. `at`: by another address of ours."""
        asked = {"client_id": client, "redirect_uri": BACK, "response_type": "code", "scope": "openid profile"}
        async with httpx.AsyncClient(base_url=at or self.url, timeout=60) as http:
            (await http.put(f"/users/{sub}", json=dict(claims))).raise_for_status()
            back = await http.post("/oauth2/authorize", params=asked, data={"sub": sub})
            code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
            given = await http.post("/oauth2/token", data=form, auth=(client, "any"))
        token: str = given.raise_for_status().json()["id_token"]
        return token


@asynccontextmanager
async def served_api(environment: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The API as it is made from its environment, on a port; it answers, whether or not it is ready."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(build(environment), port=port, log_config=None))
    serving = asyncio.create_task(server.serve())
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            await answering(f"http://127.0.0.1:{port}/health/live")
            yield http
    finally:
        server.should_exit = True
        await serving


async def answering(url: str) -> None:
    """Wait until somebody answers there."""
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as http:
        while True:
            try:
                (await http.get(url)).raise_for_status()
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
            else:
                return
