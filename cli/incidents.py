"""`pathways incidents`: what stopped, and doing something about it; one by its id, many by a filter as a batch."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from cli.acting import Act, Reason, Variable, filters
from cli.batches import begin
from cli.foreseen import show_done
from cli.remote import Remote, over_http, table, variables

app = typer.Typer(no_args_is_help=True, help="What stopped: list, show, retry, skip, throw an error instead, cancel.")

Incident = Annotated[str | None, typer.Argument(help="id of an incident; or many, by --where")]
Kind = Annotated[str | None, typer.Option(help="such as work-failed, expression, no-flow")]
Pathway = Annotated[str | None, typer.Option(help="key of a pathway")]
Element = Annotated[str | None, typer.Option(help="element of the diagram")]
Case = Annotated[str | None, typer.Option(help="a case id, with the cases it called")]
Text = Annotated[str | None, typer.Option(help="words in its reason or the name of its step")]
Code = Annotated[str, typer.Option(help="code of the business error")]
TOGETHER = "with others, by a filter"
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


@dataclass(frozen=True, slots=True)
class Again(Act):
    """Trying again needs no reason; of many it is noted that they were tried together."""

    reason: Reason = ""


@app.command()
@over_http
def retry(remote: Remote, act: Again, incident: Incident = None, given: Variable = None) -> None:
    """Try again what stopped, after changing variables if given."""
    _act(remote, "retry", incident, {"variables": variables(given)}, act)


@app.command()
@over_http
def skip(remote: Remote, act: Act, incident: Incident = None, given: Variable = None) -> None:
    """Let what stopped count as done, with the results given."""
    _act(remote, "skip", incident, {"variables": variables(given)}, act)


@app.command("throw-error")
@over_http
def throw_error(remote: Remote, code: Code, act: Act, incident: Incident = None, given: Variable = None) -> None:
    """Throw a business error that the diagram catches, instead of what stopped."""
    _act(remote, "throw-error", incident, {"code": code, "variables": variables(given)}, act)


@app.command()
@over_http
def cancel(remote: Remote, act: Act, incident: Incident = None, what: What = "case") -> None:
    """Call off the whole case, or the branch that stopped."""
    _act(remote, "cancel", incident, {"what": what}, act)


def _act(remote: Remote, remedy: str, incident: str | None, request: dict[str, Any], act: Act) -> None:
    """Act on the incident that is named, or on all that the filters select."""
    if act.means(incident, "incident"):
        body = {**request, "reason": act.reason, "dry_run": act.dry_run}
        show_done(remote, remote.do(f"/incidents/{incident}/{remedy}", body), dry_run=act.dry_run)
    else:
        why = replace(act, reason=act.reason or TOGETHER)
        begin(remote, f"incident.{remedy.replace('-', '_')}", filters(act.where), why, request=request)
