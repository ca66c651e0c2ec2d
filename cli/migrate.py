"""`pathways migrate cases`: running cases go on with another version; foreseen first, some at first, all, or back."""

from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import RenderableType

from cli.acting import Canary, DryRun, Reason, Yes, filters
from cli.batches import follow
from cli.remote import DRY_RUN_SECONDS, REFUSED, Remote, over_http, table

app = typer.Typer(no_args_is_help=True, help="Let running cases go on with another version of their pathway.")
SHOWN_CASES = 3
Renamed = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="OLD=NEW", help="what was renamed, KEY/OLD=NEW in a pathway it calls; OLD= drops it"),
]
Which = Annotated[
    list[str] | None,
    typer.Option("--where", help="member=value: urgency, stuck, incident or started_before; all must hold"),
]
From = Annotated[list[int] | None, typer.Option("--from", help="only cases on this version; repeatable")]


@app.callback()
def _migrate() -> None:
    """Let `cases` be named even while it is the only command."""


@app.command()
@over_http
def cases(
    remote: Remote,
    key: Annotated[str, typer.Argument(help="the pathway's key")],
    to: Annotated[int, typer.Option(help="the version to go on with: `pathways versions KEY`")],
    from_: From = None,
    renamed: Renamed = None,
    element: Annotated[str | None, typer.Option(help="only cases that stand at this element")] = None,
    case: Annotated[list[str] | None, typer.Option(help="only this case; repeatable")] = None,
    where: Which = None,
    called: Annotated[bool, typer.Option("--called", help="also cases that another case called")] = False,
    reason: Reason = "the pathway has changed",
    canary: Canary = 0,
    dry_run: DryRun = False,
    changes: Annotated[bool, typer.Option("--changes", help="also print what changed in the diagram")] = False,
    yes: Yes = False,
) -> None:
    """Foresee a migration over the real cases, ask, do it as a batch and watch it; undo: `pathways batches undo`."""
    own, of_called = overrides(renamed)
    body: dict[str, Any] = {
        "to": to,
        "from": from_ or "all",
        "map": own,
        "called_map": of_called,
        "filter": {**(filters(where) if where else {}), "element": element, "cases": case, "called": called},
        "reason": reason,
    }
    path = f"/pathways/{quote(key, safe='')}/migrations"
    foresight = remote.do(path, {**body, "dry_run": True}, patience=DRY_RUN_SECONDS)
    if dry_run or not remote.as_json:
        remote.show(foresight, *_foreseen(foresight, changes=changes))
    if dry_run or not foresight["migrates"]:
        raise typer.Exit(REFUSED if foresight["cannot"] or foresight["unknown"] else 0)
    if not yes:
        typer.confirm(f"Migrate {foresight['migrates']} of {foresight['selected']} cases?", abort=True, err=True)
    expected = {"canary": canary, "expect": foresight["selected"]}
    follow(remote, remote.do(path, {**body, **expected}))


def overrides(renamed: list[str] | None) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Read pairs `old=new` of the pathway itself, and `key/old=new` of those that it calls, by their key.

    Raises:
        typer.BadParameter: a pair has no `=`.
    """
    own, of_called = dict[str, str](), dict[str, dict[str, str]]()
    for pair in renamed or []:
        named, separator, new = pair.partition("=")
        key, _, old = named.rpartition("/")
        if not separator or not old:
            raise typer.BadParameter(f"'{pair}' is not OLD=NEW", param_hint="--map")
        (of_called.setdefault(key, {}) if key else own)[old] = new
    return own, of_called


def _foreseen(foresight: dict[str, Any], *, changes: bool) -> list[RenderableType]:
    called = f", and {foresight['called']} called cases with them" if foresight["called"] else ""
    shown: list[RenderableType] = [f"{foresight['pathway']} → version {foresight['to']}"]
    shown.append(f"{foresight['summary']}{called}; nothing was changed")
    rows = [
        [each["outcome"], str(each["count"]), each["reason"], " ".join(each["cases"][:SHOWN_CASES])]
        for each in foresight["trials"]
    ]
    shown.append(table("would be", "count", "reason", "for instance", rows=rows))
    effects = [[each["fact"], each["element"], str(each["count"])] for each in foresight["effects"]]
    if effects:
        shown.append(table("what would happen", "at", "in cases", rows=effects))
    for version in foresight["versions"]:
        shown += _of_version(version, changes=changes)
    return shown


def _of_version(version: dict[str, Any], *, changes: bool) -> list[RenderableType]:
    shown: list[RenderableType] = [f"from version {version['version']} ({version['cases']} running cases):"]
    shown += [f"  {each['message']}" for each in version["findings"]]
    shown += [f"  perhaps renamed: --map {old}={new}" for old, new in version["proposed"].items()]
    for key, proposed in version["proposed_called"].items():
        shown += [f"  perhaps renamed: --map {key}/{old}={new}" for old, new in proposed.items()]
    return [*shown, version["difference"]] if changes else shown
