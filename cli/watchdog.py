"""`pathways watchdog`: is every running case well? Makes rounds by itself; `--once` for one, with an exit status."""

import asyncio
import json
import os
import signal
import time
from datetime import timedelta
from typing import Annotated

import typer

from api.access import Access
from api.logs import write_logs
from api.surroundings import system_clock
from api.watchdog.keeping import Keeper, kept
from api.watchdog.looks import Pace
from api.watchdog.report import Report
from api.watchdog.rounds import Watchdog
from records.database import Database
from workflows.host.connection import connected
from workflows.host.settings import settings_from

SETTLING_SECONDS = 0.3
"""Temporal's threads need this long to end before the interpreter does (sdk-python issue 300)."""

EVERYTHING = Pace(looks=1_000_000)


def watchdog(
    once: Annotated[bool, typer.Option("--once", help="one round over all cases; exit status 1 on findings")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the whole report, one JSON object per round")] = False,
    every: Annotated[int, typer.Option(min=1, help="seconds from round to round")] = 20,
) -> None:
    """Look after all running cases: report orphans and what is stuck, repair what has drifted."""
    write_logs()
    report = asyncio.run(_rounds(once=once, as_json=as_json, every=timedelta(seconds=every)))
    time.sleep(SETTLING_SECONDS)
    raise typer.Exit(1 if once and (report is None or report.findings) else 0)


async def _rounds(*, once: bool, as_json: bool, every: timedelta) -> Report | None:
    settings = settings_from(os.environ)
    database = Database(settings.database)
    try:
        async with connected(settings) as client:
            tell = sorted(Access.read().administrators)
            dog = Watchdog(
                database,
                client,
                settings.task_queue,
                clock=system_clock,
                pace=EVERYTHING if once else None,
                tell=tell,
            )
            keeper = Keeper(database, dog, every=every, clock=system_clock)
            if not once:
                await _until_told(keeper, as_json=as_json)
                return None
            report = await keeper.turn(at_once=True)
            _say(report, as_json=as_json)
            return report
    finally:
        await database.close()


async def _until_told(keeper: Keeper, *, as_json: bool) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await keeper.until(stopped, said=lambda report: _say(report, as_json=as_json))


def _say(report: Report | None, *, as_json: bool) -> None:
    if report is None:
        return
    if as_json:
        typer.echo(json.dumps({"orphans": report.orphans, **kept(report)}))
        return
    typer.echo(f"{report.at:%H:%M:%S} {report}")
    for found in report.findings:
        typer.echo(f"  {found.kind:<16} {found.case_id}  {found.reason}")
    for repair in report.repairs:
        typer.echo(f"  {repair.kind:<16} {repair.case_id}  {repair.reason}")
