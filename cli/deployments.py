"""`pathways deployments`: what new cases start with, over the API: publish, compare, roll back; foreseen first."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.acting import DryRun
from cli.pack import packaged, remark
from cli.remote import REFUSED, Remote, over_http, table

app = typer.Typer(no_args_is_help=True, help="Versions that new cases start with: list, show, diff, publish, rollback.")

Key = Annotated[str, typer.Argument(help="key of a pathway: `pathways deployments list`")]
Version = Annotated[int, typer.Argument(help="number of a version: `pathways deployments show KEY`")]
Folders = Annotated[list[Path], typer.Argument(exists=True, help="pathway folders and packages, all or none")]
FILES = ("*.bpmn", "*.dmn", "*.form")


@app.command("list")
@over_http
def listed(remote: Remote) -> None:
    """List the version of every pathway that new cases start with."""
    found = remote.read("/pathways")
    rows = [[each["key"], each["name"], *_version(each)] for each in found]
    remote.show(found, table("pathway", "name", "version", "tag", "published", "by", "sha256", rows=rows))


@app.command()
@over_http
def show(remote: Remote, key: Key) -> None:
    """List the versions of a pathway, the newest first, and how many cases run on each."""
    found = _versions(remote, key)
    rows = [
        [*_version(each), "yes" if each["active"] else "", str(each["running"] if each["running"] is not None else "")]
        for each in found
    ]
    columns = ("version", "tag", "published", "by", "sha256", "active", "running cases")
    remote.show(found, table(*columns, rows=rows, title=key))


@app.command()
@over_http
def diff(remote: Remote, key: Key, a: Version, b: Version) -> None:
    """Say what changed from version A to version B."""
    found = _difference(remote, key, a, b)
    remote.show(found, found["text"])


@app.command()
@over_http
def publish(remote: Remote, folders: Folders, dry_run: DryRun = False) -> None:
    """Publish pathways together, or none of them: one error finding refuses all."""
    packages = [packaged(path) for path in folders if path.is_file()]
    files = {
        f"{folder.resolve().name}/{path.name}": path.read_text(encoding="utf-8")
        for folder in folders
        for pattern in FILES
        for path in sorted(folder.glob(pattern))
    } | {name: text for package in packages for name, text in package.files.items()}
    done = remote.do(f"/pathways{'?dry_run=true' if dry_run else ''}", {"files": files})
    rows = [[each["key"], str(each["version"]), "new" if each["new"] else "unchanged"] for each in done["published"]]
    differs = [remark(package, each["key"], each["sha256"]) for package in packages for each in done["published"]]
    more = [*filter(None, differs), *(["nothing was changed"] if dry_run else [])]
    remote.show(done, table("pathway", "version", "", rows=rows), *map(_remark, done["findings"]), *more)


@app.command()
@over_http
def rollback(
    remote: Remote,
    key: Key,
    version: Annotated[int | None, typer.Argument(help="the one below the active one when it is not named")] = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Let new cases start with another version; cases that run keep theirs. Says first what that changes."""
    now, then = _change(_versions(remote, key), version)
    if now is None or then is None:
        which = f"version {version}" if version else "version below the active one"
        typer.echo(f"There is no {which} of the pathway '{key}': see `pathways deployments show {key}`.", err=True)
        raise typer.Exit(REFUSED)
    if dry_run or not remote.as_json:
        remote.show(*_foreseen(remote, key, now, then, dry_run=dry_run))
    if dry_run:
        return
    if not yes:
        typer.confirm(f"Start new cases of {key} with version {then['version']}?", abort=True, err=True)
    done = remote.do(f"/pathways/{quote(key)}/versions/{then['version']}/activate")
    remote.show(done, f"New cases of {key} start with version {done['version']} ({done['sha256'][:12]}).")


def _versions(remote: Remote, key: str) -> list[dict[str, Any]]:
    return list(remote.each(f"/pathways/{quote(key)}/versions"))


def _change(versions: list[dict[str, Any]], wanted: int | None) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The version that is active, and the one that is to be: by default the one below; None where there is none."""
    now = next((each for each in versions if each["active"]), None)
    below = [each for each in versions if now is not None and each["version"] < now["version"]]
    named = [each for each in versions if each["version"] == wanted]
    return now, next(iter(below if wanted is None else named), None)


def _foreseen(remote: Remote, key: str, now: dict[str, Any], then: dict[str, Any], *, dry_run: bool) -> tuple[Any, ...]:
    """What is shown before: from which version to which, how many cases keep theirs, and what differs."""
    found = _difference(remote, key, now["version"], then["version"])
    said = [f"{key}: version {now['version']} → {then['version']}; {now['running']} running cases keep theirs"]
    return ({"from": now, "to": then, **found}, *said, found["text"], *(["nothing was changed"] if dry_run else []))


def _difference(remote: Remote, key: str, a: int, b: int) -> dict[str, Any]:
    found: dict[str, Any] = remote.read(f"/pathways/{quote(key)}/versions/{a}/diff/{b}")
    return found


def _version(found: dict[str, Any]) -> list[str]:
    """The columns that list and show share."""
    when = found["published_at"][:16].replace("T", " ")
    return [str(found["version"]), found["version_tag"], when, found["published_by"], found["sha256"][:12]]


def _remark(finding: dict[str, Any]) -> str:
    return f"{finding['file']}:{finding['line']} {finding['severity']}: {finding['message']}"
