"""`pathways cases`: where do cases stand, and changing one by hand: its clocks, its tokens, its variables, its end."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer
from rich.text import Text

from cli.acting import Act, ByHand, Variable, filters
from cli.batches import begin
from cli.foreseen import show_done
from cli.remote import Remote, over_http, table, variables
from workflows.contract.urgency import Urgency

app = typer.Typer(no_args_is_help=True, help="Where cases stand; clocks, modification, completing for someone, cancel.")

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="id of a case: `pathways cases list`")]
MaybeCase = Annotated[str | None, typer.Argument(metavar="CASE", help="id of a case; or many, by --where")]
Target = Annotated[
    str,
    typer.Argument(help="a timer (timer#3), or a step by activation (examine#1) or element: `pathways cases timers`"),
]
Step = Annotated[str, typer.Argument(help="an activation (examine#1), or an element of which one is open (examine)")]
Status = Literal["running", "completed", "terminated", "error", "cancelled"]
Pathway = Annotated[str | None, typer.Option(help="key of a pathway")]
Stuck = Annotated[bool | None, typer.Option("--stuck/--not-stuck", help="only those that are, or are not")]
Stopped = Annotated[bool | None, typer.Option("--incident/--no-incident", help="only those with, or without")]
Edit = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="JSON list of changes, as `POST /cases/{id}/modify` takes")
]


@app.command("list")
@over_http
def listed(
    remote: Remote,
    pathway: Pathway = None,
    status: Annotated[Status | None, typer.Option(help="how far they are")] = None,
    urgency: Annotated[Urgency | None, typer.Option(help="how urgent they are")] = None,
    referral: Annotated[str | None, typer.Option(help="number of a referral")] = None,
    stuck: Stuck = None,
    incident: Stopped = None,
    step: Annotated[str | None, typer.Option(help="element of a diagram at which they wait: `cases board`")] = None,
) -> None:
    """List cases, the newest first."""
    by = {"pathway": pathway, "status": status, "urgency": urgency, "referral": referral, "step": step}
    found = list(remote.each("/cases", **by, stuck=stuck, incident=incident))
    rows = [[c["case_id"], c["pathway"], c["referral_id"], c["status"], _mark(c), _waiting(c)] for c in found]
    remote.show(found, table("case", "pathway", "referral", "status", "", "waits for", rows=rows))


@app.command()
@over_http
def board(remote: Remote, pathway: Pathway = None) -> None:
    """Count open cases by pathway and by the step at which they wait; one that waits at two steps counts at both."""
    found = remote.read("/board", pathway=pathway)
    rows = [
        [p["pathway"], s["step"], s["of"], str(s["cases"]), _late(s), s["next_due"] or "", s["since"][:16]]
        for p in found
        for s in p["steps"]
    ]
    told = [f"{p['pathway']}: {p['cases']} open, {p['stuck']} stuck, {p['incident']} with incidents" for p in found]
    heads = ("pathway", "waits at", "of", "cases", "overdue", "next due", "longest since")
    remote.show(found, table(*heads, rows=rows), *told)


@app.command()
@over_http
def start(
    remote: Remote,
    pathway: Annotated[str, typer.Argument(help="key of a pathway: `pathways deployments list`")],
    key: Annotated[str, typer.Argument(help="business key: one running case of the pathway has it")],
    given: Variable = None,
    urgency: Annotated[Urgency, typer.Option(help="how urgent it is")] = "routine",
) -> None:
    """Start a case of a pathway that begins without a message; refused while one with this key runs."""
    body = {"business_key": key, "variables": variables(given), "urgency": urgency}
    started = remote.do(f"/pathways/{quote(pathway)}/cases", body)
    remote.show(started, f"{started['case_id']} is {started['status']}")


@app.command()
@over_http
def show(remote: Remote, case: CaseId) -> None:
    """Show where a case stands."""
    found = remote.read(_path(case))
    waits = [
        [w["step"], w["activation"], w["kind"], w["of"], w["since"][:16], w["until"] or ""] for w in found["waits"]
    ]
    incidents = [[i["id"], i["step"], i["kind"], i["reason"]] for i in found["incidents"]]
    remote.show(
        found,
        f"{found['case_id']} {found['pathway_name']} {found['version']}: {found['status']} {found['outcome']}",
        *(Text(f"stuck: {reason}", style="red") for reason in found["stuck"]),
        table("waits at", "activation", "for", "of", "since", "until", rows=waits),
        *([table("incident", "step", "kind", "reason", rows=incidents)] if incidents else []),
        *(f"called: {called['case_id']} ({called['status']})" for called in found["called"]),
    )


@app.command()
@over_http
def timeline(
    remote: Remote, case: CaseId, everything: Annotated[bool, typer.Option(help="also the mechanics")] = False
) -> None:
    """Tell what happened in a case."""
    found = remote.read(f"{_path(case)}/timeline", everything=everything)
    remote.show(found, table("at", "what happened", rows=[[entry["at"][:19], entry["text"]] for entry in found]))


@app.command()
@over_http
def timers(remote: Remote, case: CaseId) -> None:
    """List the clocks of a case."""
    found = remote.read(f"{_path(case)}/timers")
    rows = [[t["target"], t["step"], t["what"], t["due_at"] or "", _clock(t)] for t in found]
    remote.show(found, table("target", "step", "clock", "due", "", rows=rows))


@app.command("move-timer")
@over_http
def move_timer(
    remote: Remote,
    case: CaseId,
    target: Target,
    due_at: Annotated[datetime, typer.Argument(help="with an offset; without one, local time")],
    by: ByHand,
) -> None:
    """Give a timer, or the due time of a step with its ladder, another time."""
    try:
        body = {"due_at": due_at.astimezone().isoformat()}
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"there is no such local time: {error}", param_hint="due_at") from error
    _do(remote, case, f"timers/{quote(target)}/move", body, by)


@app.command("stop-clock")
@over_http
def stop_clock(remote: Remote, case: CaseId, target: Target, by: ByHand) -> None:
    """Let a timer, or all clocks of a step, stand still."""
    _do(remote, case, f"timers/{quote(target)}/pause", {}, by)


@app.command("resume-clock")
@over_http
def resume_clock(remote: Remote, case: CaseId, target: Target, by: ByHand) -> None:
    """Let what was stopped run on, with what remained of its time."""
    _do(remote, case, f"timers/{quote(target)}/resume", {}, by)


@app.command()
@over_http
def modify(remote: Remote, case: CaseId, changes: Edit, by: ByHand) -> None:
    """Change where the tokens of a case are: all changes of a file together, or none."""
    try:
        listed = json.loads(changes.read_text(encoding="utf-8"))
    except ValueError as error:
        raise typer.BadParameter(f"{changes} is not JSON: {error}", param_hint="changes") from error
    _do(remote, case, "modify", {"changes": listed}, by)


@app.command()
@over_http
def move(
    remote: Remote,
    case: CaseId,
    step: Step,
    to: Annotated[str, typer.Argument(help="element that is to follow")],
    by: ByHand,
) -> None:
    """Move the token of a step to another element."""
    change = {"kind": "MoveToken", "activation": step, "to": to}
    _do(remote, case, "modify", {"changes": [change]}, by)


@app.command()
@over_http
def complete(
    remote: Remote,
    case: CaseId,
    step: Step,
    by: ByHand,
    given: Variable = None,
    on_behalf_of: Annotated[str, typer.Option(help="who was to do it; by default who holds the task")] = "",
) -> None:
    """Complete a step for whoever was to do it; --set gives the values of its form."""
    body = {"activation": step, "values": variables(given), "on_behalf_of": on_behalf_of}
    _do(remote, case, "complete", body, by)


@app.command()
@over_http
def skip(remote: Remote, case: CaseId, step: Step, by: ByHand, given: Variable = None) -> None:
    """Let a step count as done, with the results given."""
    _do(remote, case, "skip", {"activation": step, "variables": variables(given)}, by)


@app.command("throw-error")
@over_http
def throw_error(
    remote: Remote,
    case: CaseId,
    step: Step,
    code: Annotated[str, typer.Option(help="code of the business error")],
    by: ByHand,
    message: Annotated[str, typer.Option(help="what goes with the code")] = "",
    given: Variable = None,
) -> None:
    """Throw a business error that the diagram catches, instead of what a step was about to do."""
    body = {"activation": step, "code": code, "message": message, "variables": variables(given)}
    _do(remote, case, "throw-error", body, by)


@app.command("set")
@over_http
def set_variables(
    remote: Remote,
    case: CaseId,
    given: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="the value as JSON or text")],
    by: ByHand,
    scope: Annotated[str, typer.Option(help="an open scope; by default the process")] = "",
) -> None:
    """Change variables of a case, or of one of its open scopes."""
    body = {"variables": variables(given), "scope": scope}
    _do(remote, case, "variables", body, by)


@app.command()
@over_http
def restart(
    remote: Remote,
    case: CaseId,
    element: Annotated[str, typer.Argument(help="where to begin again")],
    by: ByHand,
    scope: Annotated[str, typer.Option(help="which open scope, where the element is in several")] = "",
    given: Variable = None,
) -> None:
    """End everything in the scope of an element and begin again there."""
    body = {"element": element, "scope": scope, "variables": variables(given)}
    _do(remote, case, "restart", body, by)


@app.command()
@over_http
def cancel(remote: Remote, act: Act, case: MaybeCase = None) -> None:
    """Call a case off; or, by filter, many. Other acts on many cases: `pathways batches start`."""
    if act.means(case, "case"):
        _do(remote, str(case), "cancel", {}, act)
    else:
        begin(remote, "case.cancel", filters(act.where), act)


def _do(remote: Remote, case: str, action: str, body: dict[str, Any], by: ByHand) -> None:
    answer = remote.do(f"{_path(case)}/{action}", {**body, "reason": by.reason, "dry_run": by.dry_run})
    show_done(remote, answer, dry_run=by.dry_run)


def _path(case: str) -> str:
    """The address of a case; ids of called cases hold `/` and `#`."""
    return f"/cases/{quote(case)}"


def _mark(case: dict[str, Any]) -> Text:
    return Text("incident" if case["incident"] else "stuck" if case["stuck"] else "", style="red")


def _late(step: dict[str, Any]) -> Text:
    return Text(str(step["overdue"] or ""), style="red")


def _waiting(case: dict[str, Any]) -> str:
    waiting = case["waiting"]
    return f"{waiting['step']} ({waiting['of']})" if waiting else ""


def _clock(clock: dict[str, Any]) -> str | Text:
    if clock["stopped_at"]:
        return f"stopped since {clock['stopped_at'][:16]}"
    return Text("late" if clock["late"] else "", style="red")
