"""What do logs look like, and what do they keep to themselves?"""

import io
import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from api.logs import write_logs

NAME = "Testina Sample"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)  # a server of another test may have set it
    written = io.StringIO()
    write_logs(written)
    yield written
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configured)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_a_json_object_that_names_the_request(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("api").info("request", route="/cases/{case_id}", status=200)
    (line,) = lines(stream)
    assert line | {"timestamp": ""} == {
        "event": "request",
        "route": "/cases/{case_id}",
        "status": 200,
        "request_id": "r-1",
        "level": "info",
        "logger": "api",
        "timestamp": "",
    }


def test_an_exception_leaves_its_kind_and_place_and_not_its_message(stream: io.StringIO) -> None:
    try:
        try:
            raise ValueError(NAME)
        except ValueError as error:
            raise RuntimeError(f"{NAME} again") from error
    except RuntimeError:
        structlog.get_logger("api").exception("a repair failed", case_id="case-1")
        logging.getLogger("temporalio.worker").warning("Completing activity as failed", exc_info=True)
    assert NAME not in stream.getvalue()
    for line in lines(stream):
        assert [said.partition(" at ")[0] for said in line["exception"]] == ["RuntimeError", "ValueError"]
        assert "test_logs.py" in line["exception"][0]


def test_what_libraries_say_goes_the_same_way_and_only_its_first_line(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task %s>", NAME)
    logging.getLogger("httpx").info("HTTP Request: GET https://x.example/?name=%s", NAME)
    assert [(line["logger"], line["event"]) for line in lines(stream)] == [
        ("uvicorn.error", "Started server process"),
        ("asyncio", "Task exception was never retrieved"),
    ]


def test_why_an_app_did_not_start_is_said_by_kind_and_place(stream: io.StringIO) -> None:
    def fails() -> None:
        raise ValueError(f"{NAME}\nSecret: {NAME}")

    try:
        try:
            fails()
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError:
        logging.getLogger("uvicorn.error").error(traceback.format_exc())
    (line,) = lines(stream)
    assert line["event"].startswith("ValueError at ")
    assert line["event"].endswith("in fails")
    assert NAME not in stream.getvalue()


def test_people_at_a_terminal_get_plain_lines() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    terminal = Terminal()
    try:
        write_logs(terminal)
        structlog.get_logger("api").info("hello")
    finally:
        root.handlers[:], root.level = handlers, level
        structlog.configure(**configured)
    assert "hello" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
