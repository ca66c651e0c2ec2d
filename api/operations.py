"""What does a process answer on its own port? Whether it lives, whether it is ready, and its figures.

The port is for the operators' network only: it asks for no token, and says nothing of any case or person. It is off
unless `PATHWAYS_METRICS_PORT` is set, and on this machine only unless `PATHWAYS_METRICS_HOST` says otherwise.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.worker import Worker

from api.metrics import Counted, Measured
from records.database import Database
from workflows.host.signs import EVERY

logger = structlog.get_logger(__name__)
LAST_PORT = 65_535
Check = Callable[[], Awaitable[str]]
"""Says what is missing, in a word or two; "" when nothing is."""


class PortError(Exception):
    """The port of the metrics is malformed or taken; the message says which."""


@dataclass(frozen=True, slots=True)
class Port:
    """Where a process answers its operators."""

    number: int
    host: str = "127.0.0.1"


def port_of(environment: Mapping[str, str]) -> Port | None:
    """Read the port from the environment; None when there is none.

    Raises:
        PortError: it is not a number.
    """
    given = environment.get("PATHWAYS_METRICS_PORT", "")
    if not given:
        return None
    if not given.isdecimal() or int(given) > LAST_PORT:
        raise PortError("PATHWAYS_METRICS_PORT must be the number of a port, such as 9464.")
    return Port(int(given), environment.get("PATHWAYS_METRICS_HOST", "127.0.0.1"))


def operations_app(measured: Measured, checks: Mapping[str, Check], counted: Counted | None = None) -> Starlette:
    """Make the app. `checks`: what has to be well for the process to be ready; `counted`: what to count when asked."""
    if counted is not None:
        measured.add(counted)

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"})

    async def ready(_request: Request) -> Response:
        said = {name: await check() for name, check in checks.items()}
        missing = {name: reason for name, reason in said.items() if reason}
        status = "not ready" if missing else "ready"
        return JSONResponse({"status": status, **missing}, 503 if missing else 200)

    async def metrics(_request: Request) -> Response:
        await _count(counted)
        return Response(generate_latest(measured.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)],
    )


async def _count(counted: Counted | None) -> None:
    """Without a database the process still gives what it has measured, and what was counted last."""
    try:
        if counted is not None:
            await counted.count()
    except (SQLAlchemyError, OSError) as error:
        logger.warning("the figures of the database are not fresh", error=type(error).__name__)


def database_answers(database: Database) -> Check:
    """Give the check that the read model can be read."""

    async def check() -> str:
        try:
            async with asyncio.timeout(5), database.reader() as session:
                await (await session.connection()).execute(text("SELECT 1 FROM pathway_case LIMIT 1"))
        except (SQLAlchemyError, OSError, TimeoutError):
            return "the database does not answer"
        return ""

    return check


def worker_polls(worker: Worker) -> Check:
    """Give the check that a worker of this process asks for work."""

    async def check() -> str:
        return "" if worker.is_running else "it does not poll"

    return check


def temporal_runtime(environment: Mapping[str, str]) -> Runtime:
    """Give the runtime of Temporal's core: its lines go through our log, its figures to a port if one is named.

    One process can have that port: a worker's. The fields of its lines are left out: they may hold what a failure said.
    Workers give a sign of life often.
    """
    port = environment.get("PATHWAYS_TEMPORAL_METRICS_PORT", "")
    host = environment.get("PATHWAYS_METRICS_HOST", "127.0.0.1")
    forwarding = LogForwardingConfig(logging.getLogger("temporalio.core"), append_log_fields_to_message=False)
    return Runtime(
        worker_heartbeat_interval=EVERY,
        telemetry=TelemetryConfig(
            logging=LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding),
            metrics=PrometheusConfig(f"{host}:{port}", durations_as_seconds=True) if port else None,
        ),
    )


@asynccontextmanager
async def serving(app: Starlette, port: Port | None) -> AsyncIterator[None]:
    """Serve the app until the block ends; nothing when there is no port.

    Raises:
        PortError: the port is taken.
    """
    if port is None:
        yield
        return
    try:
        listening = socket.create_server((port.host, port.number))
    except OSError as error:
        raise PortError(f"Port {port.number} of PATHWAYS_METRICS_PORT cannot be had: {error.strerror}.") from error
    server = _Quiet(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    served = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await served


class _Quiet(uvicorn.Server):
    """A server within a process that hears the signals itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield
