"""How does the demo's client ask? Against a real HTTP server that is sometimes not well."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import pytest_asyncio

from demo.client import Api, NotInTime, Refused, client

PERSON = {"id": "dr.heron", "name": "Dr Heron"}


class Answers(BaseHTTPRequestHandler):
    """Gives people and tokens; answers changes with the statuses that the server was told, one after the other."""

    def do_GET(self) -> None:
        self._say(200, [PERSON] if self.path.endswith("/people") else {"access_token": "t-1"})

    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        self.server.seen.append((self.headers["Authorization"], self.headers["Idempotency-Key"]))
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(self.server.statuses.pop(0), {"detail": "caries_active is required."})

    def _say(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    statuses: list[int]
    seen: list[tuple[str, str]]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Answers) as made:
        made.statuses, made.seen = [200], []
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest_asyncio.fixture(loop_scope="function")
async def api(server: Server) -> AsyncIterator[Api]:
    made = client(f"http://127.0.0.1:{server.server_port}")
    made.within = 60
    await made.meet()
    yield made
    await made.http.aclose()


pytestmark = pytest.mark.asyncio(loop_scope="function")


async def test_a_change_is_made_by_a_person_with_a_key_of_its_own(api: Api, server: Server) -> None:
    server.statuses = [200, 200]
    await api.post("dr.heron", "/tasks/1/claim")
    await api.post("dr.heron", "/tasks/1/claim")
    assert {token for token, _ in server.seen} == {"Bearer t-1"}
    assert len({key for _, key in server.seen}) == 2


async def test_what_nobody_took_is_sent_again_under_the_same_key(api: Api, server: Server) -> None:
    server.statuses = [503, 503, 200]
    await api.post("dr.heron", "/tasks/1/claim")
    assert len(server.seen) == 3
    assert len({key for _, key in server.seen}) == 1


async def test_a_refusal_names_who_asked_for_what_and_why_not(api: Api, server: Server) -> None:
    server.statuses = [422]
    with pytest.raises(Refused, match=r"POST /tasks/1/complete by Dr Heron .*422: caries_active is required"):
        await api.post("dr.heron", "/tasks/1/complete", {})


async def test_a_wait_that_is_given_up_says_what_it_waited_for(api: Api) -> None:
    api.within = 0.2

    async def never() -> None:
        return None

    with pytest.raises(NotInTime, match="for the report"):
        await api.until("the report", never)
