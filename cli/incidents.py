"""`pathways incidents`: what stopped, and doing something about it; one by its id, many by a filter as a batch."""

from typing import Annotated, Any

import typer

from cli.batches import Canary, DryRun, Where, Yes, begin, filters
from cli.foreseen import show_done
from cli.remote import Remote, over_http, table, variables

app = typer.Typer(no_args_is_help=True, help="What stopped: list, show, retry, skip, throw an error instead, cancel.")

Incident = Annotated[str | None, typer.Argument(help="id of an incident; or many, by --where")]
Kind = Annotated[str | None, typer.Option(help="such as work-failed, expression, no-flow")]
Pathway = Annotated[str | None, typer.Option(help="key of a pathway")]
Element = Annotated[str | None, typer.Option(help="element of the diagram")]
Case = Annotated[str | None, typer.Option(help="a case id, with the cases it called")]
Text = Annotated[str | None, typer.Option(help="words in its reason or the name of its step")]
Variable = Annotated[list[str] | None, typer.Option("--set", help="name=value, the value as JSON or text")]
Reason = Annotated[str, typer.Option("--reason", help="why; stays in timeline and audit, nothing of a patient")]
Code = Annotated[str, typer.Option(help="code of the business error")]
What = Annotated[str, typer.Option(help="`case` or `token`: the whole case, or the branch that stopped")]


@app.command("list")
@over_http
def listed(
    remote: Remote,
    kind: Kind = None,
    pathway: Pathway = None,
    element: Element = None,
    case: Case = None,
    text: Text = None,
    older_than: Annotated[str | None, typer.Option(help="ISO 8601 duration, such as PT1H")] = None,
) -> None:
    """List open incidents, the oldest first."""
    by = {"kind": kind, "pathway": pathway, "element": element, "case": case, "text": text}
    found = list(remote.each("/incidents", **by, older_than=older_than))
    rows = [[i["id"], i["raised_at"][:19], i["pathway"], i["step"], i["kind"], i["reason"]] for i in found]
    remote.show(found, table("incident", "since", "pathway", "step", "kind", "reason", rows=rows))


@app.command()
@over_http
def show(remote: Remote, incident: Annotated[str, typer.Argument(help="id of an incident")]) -> None:
    """Show an incident and what can be done about it."""
    found = remote.read(f"/incidents/{incident}")
    rows = [[each["remedy"], each["words"]] for each in found["remedies"]]
    remote.show(
        found,
        f"{found['step']} of {found['case_id']} ({found['pathway']}), since {found['raised_at']}",
        f"{found['kind']}: {found['meaning']}",
        f"why: {found['reason']}",
        *([f"read: {found['read']}"] if found["read"] else []),
        *([f"resolved by {found['resolved_by']}: {found['resolution']}"] if found["resolved_at"] else []),
        table("what can be done", "", rows=rows),
    )


@app.command()
@over_http
def retry(
    remote: Remote,
    incident: Incident = None,
    given: Variable = None,
    reason: Reason = "tried again",
    where: Where = None,
    dry_run: DryRun = False,
    canary: Canary = 0,
    yes: Yes = False,
) -> None:
    """Try again what stopped, after changing variables if given."""
    request = {"variables": variables(given)}
    _act(remote, "retry", incident, where, request, reason=reason, dry_run=dry_run, canary=canary, yes=yes)


@app.command()
@over_http
def skip(
    remote: Remote,
    reason: Reason,
    incident: Incident = None,
    given: Variable = None,
    where: Where = None,
    dry_run: DryRun = False,
    canary: Canary = 0,
    yes: Yes = False,
) -> None:
    """Let what stopped count as done, with the results given."""
    request = {"variables": variables(given)}
    _act(remote, "skip", incident, where, request, reason=reason, dry_run=dry_run, canary=canary, yes=yes)


@app.command("throw-error")
@over_http
def throw_error(
    remote: Remote,
    code: Code,
    reason: Reason,
    incident: Incident = None,
    given: Variable = None,
    where: Where = None,
    dry_run: DryRun = False,
    canary: Canary = 0,
    yes: Yes = False,
) -> None:
    """Throw a business error that the diagram catches, instead of what stopped."""
    request = {"code": code, "variables": variables(given)}
    _act(remote, "throw-error", incident, where, request, reason=reason, dry_run=dry_run, canary=canary, yes=yes)


@app.command()
@over_http
def cancel(
    remote: Remote,
    reason: Reason,
    incident: Incident = None,
    what: What = "case",
    where: Where = None,
    dry_run: DryRun = False,
    canary: Canary = 0,
    yes: Yes = False,
) -> None:
    """Call off the whole case, or the branch that stopped."""
    _act(remote, "cancel", incident, where, {"what": what}, reason=reason, dry_run=dry_run, canary=canary, yes=yes)


def _act(
    remote: Remote,
    remedy: str,
    incident: str | None,
    where: list[str] | None,
    request: dict[str, Any],
    *,
    reason: str,
    dry_run: bool,
    canary: int,
    yes: bool,
) -> None:
    """Act on the incident that is named, or on all that the filters select."""
    if (incident is None) == (where is None):
        raise typer.BadParameter("name one incident, or say --where", param_hint="incident")
    if incident is not None:
        body = {**request, "reason": reason, "dry_run": dry_run}
        show_done(remote, remote.do(f"/incidents/{incident}/{remedy}", body), dry_run=dry_run)
        return
    kind = f"incident.{remedy.replace('-', '_')}"
    batch = {"kind": kind, "filter": filters(where), "request": request, "reason": reason, "canary": canary}
    begin(remote, {**batch, "dry_run": dry_run}, yes=yes)
