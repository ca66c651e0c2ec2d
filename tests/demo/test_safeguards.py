"""Does the demo notice when a safeguard did not fire? Against a real HTTP server that answers as it is told."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import pytest_asyncio

from demo.client import Api, client
from demo.patients import patient
from demo.player import Played
from demo.safeguards import ASKED, BROKE, SAFEGUARDS, NotFired, fired, safeguard_table
from demo.storyline import storylines
from demo.watching import every_case

PEOPLE = [
    {"id": "c.maple", "name": "C. Maple", "roles": ["coordinator"], "organisation": "maple"},
    {"id": "c.birch", "name": "C. Birch", "roles": ["coordinator"], "organisation": "hazel"},
]
WITHDRAWN = "consent withdrawn: nothing leaves"
BROKEN = "break-glass: reason, four hours, review"
AT = "2026-03-02T09:00:0{}+00:00"
LEFT = {"message": "referral.info_requested", "recipient": "requester"}


class Answers(BaseHTTPRequestHandler):
    """Gives people, tokens, and what the server was told to answer at an address."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        answers = {"/demo-issuer/people": PEOPLE, **self.server.answers}
        given = {"access_token": "t"} if self.path.startswith("/demo-issuer/token") else answers.get(self.path)
        content = json.dumps(given).encode()
        self.send_response(404 if given is None else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    answers: dict[str, Any]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Answers) as made:
        made.answers = {}
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest_asyncio.fixture(loop_scope="function")
async def api(server: Server) -> AsyncIterator[Api]:
    made = client(f"http://127.0.0.1:{server.server_port}")
    await made.meet()
    yield made
    await made.http.aclose()


pytestmark = pytest.mark.asyncio(loop_scope="function")


def played(name: str, **seen: Any) -> Played:
    story = next(story for story in storylines() if story.id == name)
    return Played(story, "REF-1", patient("b", 1), "c.maple", "case-1", "patient-1", **seen)


def sharing(*disclosures: dict[str, Any]) -> dict[str, Any]:
    said = {"status": "withdrawn", "effective_at": AT.format(1), "recorded_by": "c.maple"}
    return {"state": "withdrawn", "consents": [said], "disclosures": list(disclosures)}


WITHHELD = {**LEFT, "state": "withheld", "reason": "consent_withdrawn", "noted_at": AT.format(2)}
SENT = {**LEFT, "state": "sent", "reason": "", "noted_at": AT.format(3)}
BEFORE = {**SENT, "noted_at": AT.format(0)}


async def test_what_is_withheld_after_a_withdrawal_is_a_line_with_person_moment_and_address(
    api: Api, server: Server
) -> None:
    server.answers["/patients/patient-1/consents"] = sharing(BEFORE, WITHHELD)
    line = await SAFEGUARDS[WITHDRAWN](api, {"consent-withdrawn": played("consent-withdrawn")})
    assert (line.who, line.when, line.by) == ("C. Maple", AT.format(2), "c.maple")
    assert line.evidence == "/patients/patient-1/consents"
    assert safeguard_table({WITHDRAWN: line, BROKEN: "no"}).row_count == 1


@pytest.mark.parametrize("left", [(BEFORE,), (WITHHELD, SENT)], ids=["nothing was withheld", "something left"])
async def test_a_withdrawal_after_which_something_leaves_did_not_hold(
    api: Api, server: Server, left: tuple[dict[str, Any], ...]
) -> None:
    server.answers["/patients/patient-1/consents"] = sharing(*left)
    with pytest.raises(NotFired, match="after the withdrawal"):
        await SAFEGUARDS[WITHDRAWN](api, {"consent-withdrawn": played("consent-withdrawn")})


@pytest.mark.parametrize(
    ("until", "appropriate", "hidden", "holds"),
    [("13", True, 404, True), ("14", True, 404, False), ("13", None, 404, False), ("13", True, 200, False)],
    ids=["as it should be", "five hours", "not reviewed", "seen before"],
)
async def test_a_broken_glass_is_hidden_before_lasts_four_hours_and_is_reviewed(
    api: Api, server: Server, *, until: str, appropriate: bool | None, hidden: int, holds: bool
) -> None:
    grant = {"id": "g", "since": "2026-03-02T09:00:00+00:00", "until": f"2026-03-02T{until}:00:00+00:00"}
    about = {"appropriate": appropriate, "reason": "Bleeding in our department", "review": "open", "person": "dr.dove"}
    server.answers["/break-glass"] = {"items": [{**grant, **about}]}
    case = played("emergency-read", answers={ASKED: {"status": hidden}, BROKE: grant})
    asked = SAFEGUARDS[BROKEN](api, {"emergency-read": case})
    if holds:
        assert (await asked).by == "p.thyme"
    else:
        with pytest.raises(NotFired):
            await asked


async def test_what_the_api_refuses_speaks_against_every_safeguard(api: Api) -> None:
    found = await fired(api, [played(story.id) for story in storylines()])
    assert all(isinstance(line, str) and line for line in found.values())
    assert found.keys() == SAFEGUARDS.keys()


async def test_a_storyline_that_stopped_speaks_against_its_safeguard(api: Api) -> None:
    found = await fired(api, [played("consent-withdrawn", failure="waited 60 s")])
    assert found[WITHDRAWN] == "the storyline consent-withdrawn was not played to its end"


async def test_the_cases_of_all_coordinators_are_found_once_page_after_page(api: Api, server: Server) -> None:
    server.answers["/cases?size=100"] = {"items": [{"case_id": "case-1"}], "next": "/cases?size=100&page=2"}
    server.answers["/cases?size=100&page=2"] = {"items": [{"case_id": "case-2"}], "next": None}
    found = await every_case(api)
    assert [(case["case_id"], case["seen_by"]) for case in found] == [("case-1", "c.maple"), ("case-2", "c.maple")]
