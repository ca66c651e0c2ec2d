"""`pathways demo`: start everything, refer synthetic patients, play the clinicians, show where every case stands.

`--once` checks what it shows, restarts everything, checks that every case goes on, and stops (docs/demo.md).
"""

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.processes import StartFailed, next_free
from cli.surroundings import RESULTS_PORT, Surroundings
from cli.temporal_checks import every_case_answers, temporal_checks
from cli.up import addresses, running
from demo.batch import batch_name, play
from demo.checks import SHOWN, Check, checks, go_on, waits_now
from demo.client import Api, client
from demo.links import case_page, deep_links
from demo.player import Played
from demo.reading import all_have_read
from demo.safeguards import fired, safeguard_table
from demo.storyline import storylines
from demo.table import table
from demo.watching import every_case

NOTICE = Path("deploy/demo/privacy_notice.yaml")
WIDTH = 150
"""Columns of the table where no terminal says how many there are, such as in CI."""

Port = Annotated[int | None, typer.Option(help="port on 127.0.0.1; the usual one, or the next that is free")]


def demo(
    once: Annotated[bool, typer.Option("--once", help="check what is shown, restart, check again, stop")] = False,
    folder: Annotated[Path, typer.Option(help="where data, keys and logs are kept")] = Path(".run"),
    temporal_port: Port = None,
    ui_port: Port = None,
    api_port: Port = None,
) -> None:
    """Run real referrals through the pathways on this machine, and show what happened and where to look."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    try:
        if once:
            with tempfile.TemporaryDirectory(prefix="pathways-demo-") as name:
                found = asyncio.run(_once(console, Surroundings(Path(name), *_unused_ports())))
            raise typer.Exit(0 if _reported(console, found) else 1)
        usual = (*_with_usual(temporal_port, ui_port, api_port), (None, RESULTS_PORT))
        ports = [given or next_free(port) for given, port in usual]
        asyncio.run(_until_told(console, Surroundings(folder, *ports)))
    except StartFailed as failure:
        typer.echo(f"Not started: {failure}", err=True)
        raise typer.Exit(1) from failure
    except KeyboardInterrupt:
        typer.echo("Stopped; every case is kept and continues at the next start.")


async def _until_told(console: Console, place: Surroundings) -> None:
    async with _started(console, place) as api:
        stopped = asyncio.Event()
        batch = await _play(console, place, api)
        await _show(console, place, api, batch)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        console.print(
            "\n[bold]It stays up until Ctrl-C.[/] Started again, it continues every case and adds a new batch."
        )
        await stopped.wait()
        console.print("Stopping; every case is kept.")


async def _once(console: Console, place: Surroundings) -> list[Check]:
    """Play, check, restart, check."""
    async with _started(console, place) as api:
        batch = await _play(console, place, api)
        await _show(console, place, api, batch)
        found = [*await checks(api, batch), *await temporal_checks(place, api, batch)]
        before = await waits_now(api)
    console.rule("everything was stopped and is started again")
    async with _started(console, place) as api:
        return [*found, await every_case_answers(place), *await go_on(api, batch, before)]


@asynccontextmanager
async def _started(console: Console, place: Surroundings) -> AsyncIterator[Api]:
    """Run everything; give the API with its people, who have all read the privacy notice."""
    usual = Surroundings(place.folder)
    for name, port, expected in zip(("Temporal", "UI", "API"), place.ports, usual.ports, strict=True):
        if port != expected:
            console.print(f"{name} on port {port} instead of {expected}", style="dim")
    if NOTICE.exists():
        os.environ.setdefault("PATHWAYS_PRIVACY_NOTICE", str(NOTICE.resolve()))
    async with contextlib.AsyncExitStack() as stack:
        with console.status("Starting Temporal, the worker and the API; publishing the pathways …"):
            await stack.enter_async_context(running(place))
        api = client(place.api)
        stack.push_async_callback(api.http.aclose)
        await api.meet()
        await all_have_read(api)
        yield api


async def _play(console: Console, place: Surroundings, api: Api) -> list[Played]:
    stories = storylines()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("storylines", total=len(stories))
        batch = batch_name(datetime.now(UTC))
        return await play(
            api,
            stories,
            batch,
            say=lambda words: progress.console.print(escape(words), soft_wrap=True, highlight=False),
            ended=lambda: progress.advance(bar),
            results=place.results,
        )


async def _show(console: Console, place: Surroundings, api: Api, batch: Sequence[Played]) -> None:
    story, person = SHOWN
    page = next((played for played in batch if played.story.id == story and played.case_id), batch[0])
    console.print(table(await every_case(api)))
    console.print(safeguard_table(await fired(api, batch)))
    console.print(addresses(place), highlight=False)
    link = case_page(place.api, page.case_id, await api.token(person))
    for name, address in {f"case {page.short}": link, **deep_links(place.ui)}.items():
        console.print(f"{name}\n    {address}", soft_wrap=True, highlight=False)
    for played in batch:
        if played.failure:
            console.print(f"{played.story.id} was not played to its end: {played.failure}", style="red")


def _reported(console: Console, found: Sequence[Check]) -> bool:
    """Print the checklist; say whether all of it holds."""
    console.rule("what the demo says, checked")
    for check in found:
        mark = "[red]✗" if check.failure else "[green]✓"
        console.print(f"{mark}[/] {escape(check.name)}", soft_wrap=True, highlight=False)
        if check.failure:
            console.print(f"    {escape(check.failure)}", style="red", soft_wrap=True)
    failed = [check for check in found if check.failure]
    console.print(f"{len(found) - len(failed)} of {len(found)} expectations hold")
    return not failed


def _with_usual(*given: int | None) -> list[tuple[int | None, int]]:
    return list(zip(given, Surroundings(Path()).ports, strict=True))


def _unused_ports() -> list[int]:
    """Give four ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(4)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
