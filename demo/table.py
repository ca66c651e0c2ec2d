"""Where does every case stand? One line each, as its coordinator sees it over the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

from demo.player import short

Json = Any
COLUMNS = ("case", "pathway", "stands", "waits for", "of", "until", "level", "")
LEVELS = ("", "1 reminded", "2 overdue", "3 escalated", "4 incident level")


def table(cases: Sequence[Json]) -> Table:
    """Make the table."""
    made = Table(*COLUMNS, title=f"{len(cases)} cases", title_justify="left", row_styles=("", "dim"))
    for case in cases:
        made.add_row(*_row(case), style=_style(case))
    return made


def _row(case: Json) -> tuple[str, ...]:
    wait = case["waiting"] or {}
    return (
        short(case["case_id"]),
        case["pathway"].replace("_", " "),
        _stands(case),
        wait.get("step", ""),
        wait.get("of", "").replace("_", " "),
        _moment(wait.get("until")),
        LEVELS[case["escalation_level"]],
        _mark(case),
    )


def _stands(case: Json) -> str:
    """A case that is over may have handed over to another that goes on."""
    over = case["status"] != "running"
    return f"{case['status']}, handed over" if over and case["waiting"] else str(case["status"])


def _mark(case: Json) -> str:
    if case["incident"]:
        return "incident"
    return "stuck" if case["stuck"] else ""


def _style(case: Json) -> str:
    if case["incident"]:
        return "bold red"
    return "yellow" if case["stuck"] else ""


def _moment(text: str | None) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%d %b %H:%M}" if text else ""
