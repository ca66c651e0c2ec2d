"""Has every route of operations its command, every command its route, every act its dry run? What has not, says why.

Both sides are listed from what there is; a real server notes what each command asks. What a command makes of the
answer is proved over the real API in `tests/api/`.
"""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi import FastAPI
from typer.main import get_command
from typer.testing import CliRunner

from api.app import ROUTERS
from cli import remote
from cli.app import command_line
from cli.remote import _OPTIONS as OVER_HTTP

OPERATIONS = {"Cases", "Modification", "Timers", "Incidents", "Batches", "Messages", "Pathways", "Watchdog"}
"""Tags of what operators do. Others are clinical work, other systems' doors, or the health of the process itself."""

WHY = "--reason why"
MANY = f"--where name=x {WHY} --yes"
COMMANDS = {
    "GET /cases": "cases list",
    "GET /board": "cases board",
    "GET /cases/{}": "cases show case-1",
    "GET /cases/{}/timeline": "cases timeline case-1",
    "GET /cases/{}/timers": "cases timers case-1",
    "POST /cases/{}/timers/{}/move": f"cases move-timer case-1 timer#3 2030-01-01T00:00:00 {WHY}",
    "POST /cases/{}/timers/{}/pause": f"cases stop-clock case-1 examine#1 {WHY}",
    "POST /cases/{}/timers/{}/resume": f"cases resume-clock case-1 examine#1 {WHY}",
    "POST /cases/{}/modify": f"cases move case-1 examine treat {WHY}",
    "POST /cases/{}/complete": f"cases complete case-1 examine {WHY}",
    "POST /cases/{}/skip": f"cases skip case-1 examine {WHY}",
    "POST /cases/{}/throw-error": f"cases throw-error case-1 examine --code gone {WHY}",
    "POST /cases/{}/restart": f"cases restart case-1 examine {WHY}",
    "POST /cases/{}/variables": f"cases set case-1 fit=true {WHY}",
    "POST /cases/{}/cancel": f"cases cancel case-1 {WHY}",
    "GET /incidents": "incidents list",
    "GET /incidents/{}": "incidents show i",
    "POST /incidents/{}/retry": "incidents retry i",
    "POST /incidents/{}/skip": f"incidents skip i {WHY}",
    "POST /incidents/{}/throw-error": f"incidents throw-error i --code gone {WHY}",
    "POST /incidents/{}/cancel": f"incidents cancel i {WHY}",
    "GET /messages": "messages list",
    "POST /messages": "messages send imaging.report ORDER-1",
    "POST /signals": "messages broadcast strike",
    "GET /dead-letters": "dead-letters list",
    "GET /dead-letters/{}": "dead-letters show m",
    "POST /dead-letters/{}/correlate": "dead-letters correlate m --key ORDER-1",
    "POST /dead-letters/{}/discard": f"dead-letters discard m {WHY}",
    "GET /batches": "batches list",
    "POST /batches": f"batches start case.cancel {MANY}",
    "GET /batches/kinds": "batches kinds",
    "GET /batches/{}": "batches show b",
    "GET /batches/{}/items": "batches show b --items all",
    "POST /batches/{}/pause": "batches pause b",
    "POST /batches/{}/resume": "batches resume b",
    "POST /batches/{}/cancel": "batches cancel b",
    "POST /batches/{}/undo": "batches undo b",
    "GET /pathways": "deployments list",
    "GET /pathways/{}/versions": "deployments show dental",
    "GET /pathways/{}/versions/{}/diff/{}": "deployments diff dental 1 2",
    "POST /pathways": "deployments publish pathways/library/no_show",
    "POST /pathways/{}/versions/{}/activate": "deployments rollback dental --yes --json",
    "POST /pathways/{}/migrations": "migrate cases dental --to 2 --yes",
    "POST /pathways/{}/shadow": "shadow dental --version 2",
    "POST /pathways/{}/cases": "cases start dental KEY-1",
}
"""A route, and a command line that asks it."""

FURTHER = {
    "batches watch b": "GET /batches/{}",
    f"dead-letters deliver-again {MANY}": "POST /batches",
}
"""Further commands for the same routes; `cases modify`, which reads a file, is played in `tests/api/`."""

NO_COMMAND = {
    "GET /cases/{}/page": "a page for a browser",
    "GET /cases/{}/measures": "clinical reading, for whoever treats the patient",
    "GET /patients/{}/plan": "clinical reading, for whoever treats the patient",
    "POST /cases/{}/dates": "what the treatment planning system tells; by hand: `cases set`",
    "POST /cases/{}/erase-key": "`keys erase` does it beside the database, where the key is",
    "POST /patients/{}/alive": "corrects what was said of a patient, which is for whoever keeps the patient index",
    "POST /results": "what a laboratory or imaging system tells; by hand: `messages send`",
    "POST /appointments": "what a booking system tells; by hand: `messages send`",
    "GET /pathways/{}": "a line of `deployments list`",
    "POST /pathways/check": "`check` does it without an API, forms and decisions included",
    "GET /pathways/{}/versions/{}/bpmn": "a file for a modeller, by its address",
    "GET /watchdog": "`watchdog --once` makes a round of its own and does not ask for the last one",
}
NO_ROUTE = {
    "api": "is a process",
    "worker": "is a process",
    "up": "starts the processes",
    "demo": "starts the processes",
    "probe": "asks for the health of a process",
    "watchdog": "is a process",
    "check": "reads files",
    "simulate": "reads files",
    "draft": "reads files",
    "diff": "compares files and the database; over the API: `deployments diff`",
    "tck": "reads files",
    "pack": "reads files",
    "publish": "fills a database before there is an API; over it: `deployments publish`",
    "versions": "reads the database while there is no API; over it: `deployments show`",
    "rollback": "works on the database while there is no API; over it: `deployments rollback`",
    "database migrate": "comes before the API can start",
    "keys new": "makes a key that no process but the operator's may see",
    "keys list": "reads the key ring of this machine",
    "keys rotate": "needs both keys of the ring",
    "keys erase": "works beside the key ring; over the API: `POST /cases/{}/erase-key`",
    "audit verify": "must not trust the API that it checks",
    "audit head": "must not trust the API that it checks",
    "audit export": "hands over all of it; `GET /fhir/AuditEvent` gives pages",
    "cases modify": "asks the route of `cases move`, with a file of changes",
}
NO_DRY_RUN = {
    "POST /messages": "says what has happened elsewhere, and is kept whatever comes of it",
    "POST /signals": "says what has happened elsewhere",
    "POST /batches/{}/pause": "`resume` takes it back",
    "POST /batches/{}/resume": "goes on with what was foreseen before",
    "POST /batches/{}/cancel": "leaves undone what was only planned",
    "POST /pathways/{}/versions/{}/activate": "changes no case; the command's says what differs",
    "POST /pathways/{}/shadow": "changes nothing",
    "POST /pathways/{}/cases": "`simulate` plays a pathway; the key keeps a second case away",
}
VERSIONS = [{"version": 2, "active": True, "running": 0}, {"version": 1, "active": False}]
ENOUGH = {
    **dict.fromkeys(("selected", "migrates", "total", "tried"), 1),
    "items": VERSIONS,
    "next": None,
    "id": "b",
    "status": "completed",
    "counts": {},
}
"""An answer with which every command gets to its last question."""

BATCH = {"id": "b", "kind": "case.cancel", "what": "call off", "status_reason": "", "counts": {}, "reasons": []}


@functools.cache
def described() -> dict[str, Any]:
    """The API as it describes itself."""
    api = FastAPI()
    for router in ROUTERS:
        api.include_router(router)
    return api.openapi()


def routes() -> dict[str, dict[str, Any]]:
    """The routes of operations by method and address."""
    return {
        f"{method.upper()} {re.sub('{[^}]*}', '{}', path)}": route
        for path, methods in described()["paths"].items()
        for method, route in methods.items()
        if OPERATIONS & set(route["tags"])
    }


@functools.cache
def commands() -> dict[str, Any]:
    """Every command by its words."""
    return dict(_leaves(get_command(command_line()), ""))


def _leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, below in command.commands.items():
        yield from _leaves(below, f"{name} {word}".strip())


def command_of(line: str) -> str:
    return next(name for name in sorted(commands(), key=len, reverse=True) if f"{line} ".startswith(f"{name} "))


def queried(route: dict[str, Any]) -> set[str]:
    return {each["name"] for each in route.get("parameters", ()) if each["in"] == "query"}


def sent(route: dict[str, Any]) -> set[str]:
    schema = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = schema.get("$ref", "").rpartition("/")[2]
    return set(described()["components"]["schemas"][named]["properties"]) if named else set()


def options(command: str) -> set[str]:
    return {each.name for each in commands()[command].params} - OVER_HTTP.keys()


@pytest.fixture(scope="module")
def noting() -> Iterator[tuple[str, list[str]]]:
    """A server that answers every question with enough, and refuses no act; and what it was asked."""
    asked: list[str] = []

    class Noting(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(f"{self.command} {self.path.partition('?')[0]}")
            asked.extend(f"for {organisation}" for organisation in self.headers.get_all("X-Organisation", []))
            body = json.dumps(ENOUGH).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Noting) as address:
        yield address, asked


@pytest.mark.parametrize(("route", "line"), [*COMMANDS.items(), *((r, c) for c, r in FURTHER.items())])
def test_a_command_asks_the_route_that_is_listed_for_it(noting: tuple[str, list[str]], route: str, line: str) -> None:
    address, asked = noting
    asked.clear()
    said = CliRunner().invoke(command_line(), line.split(), env={"PATHWAYS_API": address, "PATHWAYS_TOKEN": "token"})
    assert said.exit_code != 2, said.output
    pattern = re.escape(route).replace(re.escape("{}"), "[^/]+")
    assert asked, said.output
    assert any(re.fullmatch(pattern, each) for each in asked), asked


def test_whose_token_names_several_organisations_says_for_which_they_ask(noting: tuple[str, list[str]]) -> None:
    address, asked = noting
    asked.clear()
    environment = {"PATHWAYS_API": address, "PATHWAYS_TOKEN": "token", "PATHWAYS_ACTING_FOR": "north"}
    CliRunner().invoke(command_line(), ["cases", "list"], env=environment)
    CliRunner().invoke(command_line(), ["cases", "list", "--organisation", "south"], env=environment)
    assert asked == ["GET /cases", "for north", "GET /cases", "for south"]


def test_every_route_of_operations_has_a_command_or_says_why_not() -> None:
    assert not COMMANDS.keys() & NO_COMMAND.keys()
    assert {*COMMANDS, *NO_COMMAND} == routes().keys()


def test_every_command_has_a_route_or_says_why_not() -> None:
    with_route = {command_of(line) for line in (*COMMANDS.values(), *FURTHER)}
    assert not with_route & NO_ROUTE.keys()
    assert with_route | NO_ROUTE.keys() == commands().keys()


@pytest.mark.parametrize("route", [route for route in COMMANDS if route.startswith("GET") and "{}" not in route])
def test_a_list_has_every_filter_of_its_route(route: str) -> None:
    assert options(command_of(COMMANDS[route])) == queried(routes()[route]) - {"page", "size"}


def test_every_act_can_be_tried_first_or_says_why_not() -> None:
    acts = {route: found for route, found in routes().items() if route.startswith("POST") and route in COMMANDS}
    without = {route for route, found in acts.items() if "dry_run" not in queried(found) | sent(found)}
    assert without == NO_DRY_RUN.keys()
    untried = {route for route in acts if "dry_run" not in options(command_of(COMMANDS[route]))}
    assert untried <= NO_DRY_RUN.keys()


BAD_INPUT = {
    "a member of the filter without a value": f"incidents skip --where kind {WHY}",
    "a member of the filter twice": f"incidents skip --where kind=a --where kind=b {WHY}",
    "a list that is not JSON": f"batches start case.cancel --where cases=[case-1 {WHY}",
    "no filter": f"batches start case.cancel {WHY}",
    "no filter for letters": f"dead-letters deliver-again {WHY}",
    "one and many": f"incidents skip i --where kind=a {WHY}",
    "neither one nor many": f"cases cancel {WHY}",
    "no reason": "cases cancel case-1",
    "fewer than none at first": f"cases cancel --where pathway=x --canary -1 {WHY}",
    "a variable without a name": f"cases set case-1 =1 {WHY}",
    "a time that no clock has": f"cases move-timer case-1 timer#3 0001-01-01 {WHY}",
    "a status that there is not": "cases list --status open",
    "a token of two lines": "cases list --token-file {file}",
    "an organisation that no header carries": "cases list --organisation Zürich",
}


@pytest.mark.parametrize("line", BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_what_is_not_asked_for_properly_is_said_and_asks_nothing(
    noting: tuple[str, list[str]], tmp_path: Path, line: str
) -> None:
    address, asked = noting
    asked.clear()
    file = tmp_path / "token"
    file.write_text("one\ntwo")
    environment = {"PATHWAYS_API": address, "PATHWAYS_TOKEN": "token"}
    said = CliRunner().invoke(command_line(), line.format(file=file).split(), env=environment)
    assert (said.exit_code, asked) == (2, [])
    assert "Usage:" in said.stderr


def test_what_is_asked_before_many_are_acted_on_is_no_part_of_the_answer(noting: tuple[str, list[str]]) -> None:
    environment = {"PATHWAYS_API": noting[0], "PATHWAYS_TOKEN": "token"}
    asked = f"cases cancel --where pathway=x {WHY} --json".split()
    said = CliRunner().invoke(command_line(), asked, input="y\n", env=environment)
    assert ("act on 1?" in said.stderr, "act on" in said.stdout) == (True, False)


@pytest.mark.parametrize("address", ["http://[", "nowhere", "http://127.0.0.1:1", "{page}"])
def test_an_address_where_there_is_no_api_is_said(address: str) -> None:
    with page_server() as page:
        environment = {"PATHWAYS_API": address.format(page=page), "PATHWAYS_TOKEN": "token"}
        said = CliRunner().invoke(command_line(), ["cases", "list"], env=environment)
    assert said.exit_code == 3
    assert "what to do: " in said.stderr


class Silent(BaseHTTPRequestHandler):
    """An API that gives no answer in time; what it was sent: key and body."""

    asked: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Silent.asked.append((self.headers["Idempotency-Key"], json.loads(body)))
        self.send_response(503)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize("line", [f"cases cancel case-1 {WHY}", "messages send imaging.report ORDER-1"])
def test_what_got_no_answer_is_sent_again_as_the_same(line: str) -> None:
    Silent.asked.clear()
    with serving(Silent) as address:
        environment = {"PATHWAYS_API": address, "PATHWAYS_TOKEN": "token"}
        said = CliRunner().invoke(command_line(), line.split(), env=environment)
        (again,) = re.findall(r"`(--again \S+)`", said.stderr)
        CliRunner().invoke(command_line(), [*line.split(), *again.split()], env=environment)
    assert said.exit_code == 3
    assert Silent.asked[0] == Silent.asked[1]


class Passing(BaseHTTPRequestHandler):
    """An API with one batch that runs, and that is away now and then; `asked`: how often it was asked."""

    asked = 0
    answers = (200, 503, 0, 200)

    def do_GET(self) -> None:
        count, Passing.asked = Passing.asked, Passing.asked + 1
        code = self.answers[count] if count < len(self.answers) else 200
        if not code:
            self.close_connection = True
            return
        body = json.dumps({**BATCH, **({"status": "running"} if count < self.rests_after else self.rests_as)})
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    rests_after = len(answers)
    rests_as: ClassVar[dict[str, Any]] = {"status": "completed"}
    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def passing() -> Iterator[str]:
    Passing.asked, Passing.rests_after, Passing.rests_as = 0, len(Passing.answers), {"status": "completed"}
    with serving(Passing) as address:
        yield address


def test_a_batch_is_watched_on_while_the_api_is_started_again(passing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "AGAIN_SECONDS", 0.01)
    environment = {"PATHWAYS_API": passing, "PATHWAYS_TOKEN": "token"}
    said = CliRunner().invoke(command_line(), ["batches", "watch", "b"], env=environment)
    assert (said.exit_code, said.stderr) == (0, "")
    assert "completed" in said.stdout


@pytest.mark.parametrize(
    ("status", "counts", "code"),
    [
        ("completed", {"done": 2, "refused": 1}, 1),
        ("undone", {"undone": 2, "refused": 1}, 0),
        ("undone", {"undone": 2, "kept": 1}, 1),
    ],
)
def test_what_is_undone_ends_as_its_dry_run_did_whatever_was_refused_before(
    passing: str, status: str, counts: dict[str, int], code: int
) -> None:
    Passing.rests_after, Passing.rests_as = 0, {"status": status, "counts": counts}
    environment = {"PATHWAYS_API": passing, "PATHWAYS_TOKEN": "token"}
    said = CliRunner().invoke(command_line(), ["batches", "watch", "b"], env=environment)
    assert said.exit_code == code


def test_who_interrupts_the_watching_is_told_that_the_batch_goes_on(passing: str) -> None:
    Passing.rests_after = 1_000_000
    environment = {**os.environ, "PATHWAYS_API": passing, "PATHWAYS_TOKEN": "token"}
    command = [sys.executable, "-m", "cli", "batches", "watch", "b"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as watching:
        while not Passing.asked:
            time.sleep(0.01)
        time.sleep(0.2)
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=30)
    assert "The batch goes on" in said
    assert "pathways batches pause b" in said
    assert watching.returncode not in (0, 1, 2, 3)


@contextmanager
def page_server() -> Iterator[str]:
    """A server of pages for people."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Page) as address:
        yield address


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server of this machine: its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        answering = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        answering.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        answering.join()
