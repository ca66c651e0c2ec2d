"""`pathways up`: the embedded Temporal server with its UI, the worker and the API, in one command, until Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.processes import (
    Child,
    StartFailed,
    answers,
    listens,
    next_free,
    port_is_free,
    this_module,
    this_program,
    watch,
)
from cli.publish import store_new
from cli.surroundings import RESULTS_PORT, Surroundings
from pathways.bpmn.findings import DefinitionError
from pathways.catalogue import library_folders, publish
from workflows.host.server import ServerOptions, command_line

Folder = Annotated[Path, typer.Option(help="where data, keys and logs are kept")]
READY = "worker is polling"
Port = Annotated[int, typer.Option(help="port on 127.0.0.1")]

METRICS_PORT = "PATHWAYS_METRICS_PORT"


def up(
    folder: Folder = Path(".run"),
    temporal_port: Port = 7233,
    ui_port: Port = 8233,
    api_port: Port = 8000,
) -> None:
    """Start everything on this machine and keep it running; start again to continue every case."""
    place = Surroundings(folder, temporal_port, ui_port, api_port, next_free(RESULTS_PORT))
    try:
        asyncio.run(_until_told(place))
    except StartFailed as failure:
        typer.echo(f"Not started: {failure}", err=True)
        raise typer.Exit(1) from failure


async def _until_told(place: Surroundings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(place):
        typer.echo(addresses(place))
        await stopped.wait()
        typer.echo("Stopping; every case is kept and continues at the next start.")


def addresses(place: Surroundings) -> str:
    """Say where to look."""
    return "\n".join(
        (
            f"API            {place.api}/docs",
            f"Temporal UI    {place.ui}/namespaces/default/workflows",
            f"demo issuer    {place.api}/demo-issuer (LOCAL DEMO ONLY: anybody gets a token)",
            f"data and logs  {place.folder.resolve()}",
        )
    )


@asynccontextmanager
async def running(place: Surroundings) -> AsyncIterator[dict[str, Child]]:
    """Run server, worker and API, and what holds reports; start again what ends; stop all at the end.

    Raises:
        StartFailed: a port is taken, or a process did not come up.
    """
    for port in (place.temporal_port, place.ui_port, place.api_port):
        if not port_is_free(port):
            raise StartFailed(f"port {port} is taken; name another one (pathways up --help)")
    place.prepare()
    async with AsyncExitStack() as stack:
        children = make_children(place)
        for child in children.values():
            stack.push_async_callback(child.stop)
        await _publish(place)
        await children["temporal"].start()
        await asyncio.gather(*(child.start() for name, child in children.items() if name != "temporal"))
        for child in children.values():
            stack.callback(asyncio.create_task(watch(child, typer.echo)).cancel)
        yield children


def make_children(place: Surroundings) -> dict[str, Child]:
    """Describe the processes, in the order they are started."""
    environment = place.environment()
    server = ServerOptions(place.temporal_port, place.ui_port, place.folder / "temporal.sqlite")
    return {
        **_results_system(place),
        "temporal": Child("temporal", command_line(server), place.log("temporal"), listens(place.temporal_port)),
        "worker": Child("worker", this_program("worker"), place.log("worker"), READY, environment | _next_port()),
        "api": Child("api", this_program("api"), place.log("api"), answers(f"{place.api}/health/ready"), environment),
    }


def _results_system(place: Surroundings) -> dict[str, Child]:
    """The stand-in for the systems of imaging, pathology and laboratory, where there is to be one."""
    if place.results_port is None:
        return {}
    command = this_module("demo.results_system", str(place.results_port))
    return {"results": Child("results", command, place.log("results"), listens(place.results_port))}


def _next_port() -> dict[str, str]:
    """Give the worker an operators' port of its own, the one after the API's, when there is one."""
    port = os.environ.get(METRICS_PORT, "")
    return {METRICS_PORT: str(int(port) + 1)} if port.isdigit() else {}


async def _publish(place: Surroundings) -> None:
    """Publish what is new in the library; what was rolled back or replaced meanwhile stays so."""
    try:
        await store_new(publish(library_folders()), place.environment(), actor="system")
    except DefinitionError as error:
        raise StartFailed(f"the library cannot be published: {error}") from error
