"""What do logs look like? One JSON object per line, or lines for people on a terminal; without patient data.

Everything goes through one renderer, also what uvicorn and Temporal say. Of exceptions only their kinds and places are
written: their messages may carry what they were about.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\):\n(?: .*\n)*  File (?P<place>.*)\n(?: {4}.*\n)*(?P<kind>[A-Za-z_][\w.]*)"
)
QUIET = ("alembic", "httpx", "httpcore", "sqlalchemy", "aiosqlite", "asyncpg", "urllib3")
"""Libraries whose lines name addresses and values; only their warnings are heard."""

_BEFORE: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def write_logs(stream: TextIO = sys.stderr) -> None:
    """Send every line of this process to `stream`: as JSON, unless that is a terminal."""
    structlog.configure(
        processors=[*_BEFORE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_BEFORE, _first_line],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                discreet_exception,
                _renderer(stream),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def discreet_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Write of an exception what kind it was and where it was raised, and the same of its causes."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    event.pop("exception", None)
    if isinstance(error, BaseException):
        event["exception"] = [f"{type(each).__name__} at {_place(each)}" for each in _chain(error)]
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else "an unknown place"


def _first_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of what others say only the first line: asyncio writes what a failed task was about into the second.

    Of a traceback, as uvicorn writes it when the app does not start, kind and place of the first exception.
    """
    text = str(event.get("event", ""))
    found = _TRACEBACK.match(text)
    event["event"] = f"{found['kind']} at {found['place']}" if found else text.partition("\n")[0]
    return event


def _renderer(stream: TextIO) -> Processor:
    if stream.isatty():
        return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer()
