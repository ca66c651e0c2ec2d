"""`pathways shadow KEY`: a new version is run beside the real one on what really happened; nothing is changed."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import RenderableType

from cli.deployments import FILES
from cli.migrate import From, Renamed, overrides
from cli.remote import REFUSED, Remote, over_http, table

SHOWN_CASES = 3
Folder = Annotated[
    list[Path] | None,
    typer.Option("--dir", exists=True, file_okay=False, help="candidate that is not published; repeatable"),
]


@over_http
def shadow(
    remote: Remote,
    key: Annotated[str, typer.Argument(help="the pathway's key")],
    version: Annotated[int | None, typer.Option(help="candidate: a version, see `pathways versions KEY`")] = None,
    folder: Folder = None,
    from_: From = None,
    renamed: Renamed = None,
    case: Annotated[list[str] | None, typer.Option(help="only this case; repeatable")] = None,
    status: Annotated[str, typer.Option(help="running, ended or all")] = "all",
    urgency: Annotated[str | None, typer.Option(help="only cases of this urgency")] = None,
    started_after: Annotated[str | None, typer.Option(help="moment with an offset, as 2026-11-01T00:00:00Z")] = None,
    started_before: Annotated[str | None, typer.Option(help="moment with an offset")] = None,
    called: Annotated[bool, typer.Option("--called", help="also cases that another case called")] = False,
    most: Annotated[int, typer.Option(help="the newest so many cases")] = 200,
) -> None:
    """Say for real cases whether a candidate would have gone the same way, and where it would have left it.

    Exit status 1: some case differs, or cannot be told.
    """
    if (version is None) == (folder is None):
        raise typer.BadParameter("name one: --version or --dir", param_hint="--version")
    own, of_called = overrides(renamed)
    if of_called:
        raise typer.BadParameter("a shadow runs each case by itself: OLD=NEW of its own pathway", param_hint="--map")
    body: dict[str, Any] = {
        **({"version": version} if folder is None else {"files": _files(folder)}),
        "from": from_ or "all",
        "map": own,
        "filter": {
            "cases": case,
            "status": status,
            "urgency": urgency,
            "started_after": started_after,
            "started_before": started_before,
            "called": called,
        },
        "most": most,
    }
    report = remote.do(f"/pathways/{quote(key, safe='')}/shadow", body)
    remote.show(report, *_shown(report))
    raise typer.Exit(REFUSED if report["differs"] or report["untold"] else 0)


def _files(folders: list[Path]) -> dict[str, str]:
    return {
        f"{folder.resolve().name}/{path.name}": path.read_text(encoding="utf-8")
        for folder in folders
        for pattern in FILES
        for path in sorted(folder.glob(pattern))
    }


def _shown(report: dict[str, Any]) -> list[RenderableType]:
    which = f"version {report['candidate']}" if report["candidate"] else "the version of these files"
    shown: list[RenderableType] = [f"{report['pathway']}: {which}, run in the shadow; nothing was changed"]
    shown.append(report["summary"])
    if report["total"] > report["selected"]:
        shown.append(f"the newest {report['selected']} of {report['total']} cases; more with --most")
    rows = [
        [each["outcome"], str(each["count"]), each["element"], each["reason"], " ".join(each["cases"][:SHOWN_CASES])]
        for each in report["ways"]
    ]
    shown.append(table("way", "count", "leaves it at", "why", "for instance", rows=rows))
    beside = [[each["what"], each["element"], str(each["count"])] for each in report["beside"]]
    if beside:
        shown.append(table("on the same way", "at", "in cases", rows=beside))
    return shown + [f"  perhaps renamed: --map {old}={new}" for old, new in report["proposed"].items()]
