"""`pathways dead-letters`: which messages found no case, and why; give them their case, or discard them."""

from typing import Annotated, Any

import typer
from rich.console import RenderableType

from cli.acting import Act, DryRun, filters
from cli.batches import begin
from cli.remote import Remote, over_http, table

app = typer.Typer(no_args_is_help=True, help="Messages that found no case: list, show, deliver, discard.")
Letter = Annotated[str, typer.Argument(help="id of a dead letter: `pathways dead-letters list`")]
MaybeLetter = Annotated[str | None, typer.Argument(metavar="LETTER", help="id of a dead letter; or many, by --where")]
Status = Annotated[str | None, typer.Option(help="unmatched, late, expired, duplicate, refused or repeated")]
MinAge = Annotated[str | None, typer.Option(help="received at least this long ago, ISO 8601: P2D")]
Handled = Annotated[str, typer.Option(help="open, correlated or discarded")]
Ttl = Annotated[str, typer.Option(help="how long it is kept until someone waits for it, ISO 8601")]


@app.command("list")
@over_http
def listed(
    remote: Remote,
    status: Status = None,
    name: str | None = None,
    key: str | None = None,
    min_age: MinAge = None,
    handled: Handled = "open",
) -> None:
    """List dead letters, the oldest first."""
    about = {"status": status, "name": name, "key": key, "min_age": min_age, "handled": handled}
    found = list(remote.each("/dead-letters", **about))
    rows = [
        [each["id"], each["why"], each["name"], each["correlation_key"], each["received_at"], each["reason"]]
        for each in found
    ]
    remote.show(found, table("id", "why", "message", "key", "received", "reason", rows=rows))


@app.command()
@over_http
def show(remote: Remote, letter: Letter) -> None:
    """Show a dead letter: why it found no case, what can be done, and what was done."""
    found = remote.read(f"/dead-letters/{letter}")
    remote.show(found, *_picture(found))


@app.command()
@over_http
def correlate(
    remote: Remote,
    letter: Letter,
    key: Annotated[str, typer.Option(help="the key that it should have carried")] = "",
    case: Annotated[str, typer.Option(help="the case that it is for")] = "",
    ttl: Ttl = "P30D",
    dry_run: DryRun = False,
) -> None:
    """Deliver a dead letter again, under a key or to a case; it gets an id of its own."""
    if bool(key) == bool(case):
        raise typer.BadParameter("give either --key or --case")
    body = {"correlation_key": key, "case_id": case, "ttl": ttl, "dry_run": dry_run}
    done = remote.do(f"/dead-letters/{letter}/correlate", body)
    cases = ", ".join(done["cases"]) or done["reason"]
    more = "; nothing was changed" if dry_run else ""
    remote.show(done, f"{done['message_id']}: {done['status']} ({cases}){more}")


@app.command("deliver-again")
@over_http
def deliver_again(remote: Remote, act: Act, ttl: Ttl = "P30D") -> None:
    """Deliver many dead letters again, each under its own key: when who was to take them is there by now."""
    begin(remote, "dead_letter.deliver_again", filters(act.where), act, request={"ttl": ttl})


@app.command()
@over_http
def discard(remote: Remote, act: Act, letter: MaybeLetter = None) -> None:
    """Take a dead letter off the list, or many by filter; they stay on record."""
    if not act.means(letter, "letter"):
        begin(remote, "dead_letter.discard", filters(act.where), act)
        return
    done = remote.do(f"/dead-letters/{letter}/discard", {"reason": act.reason, "dry_run": act.dry_run})
    said = "would be discarded; nothing was changed" if act.dry_run else "discarded"
    remote.show(done, f"{done['message_id']}: {said}")


def _picture(found: dict[str, Any]) -> list[RenderableType]:
    shown = ("message_id", "name", "correlation_key", "why", "reason", "status", "case_id", "source", "received_at")
    further = ("expires_at", "repeats", "handled", "handled_by", "handled_at", "note", "redelivered_as")
    rows = [[name, str(found[name])] for name in (*shown, *further) if found[name] not in ("", None, 0)]
    rows.append(["carries", ", ".join(found["carries"])])
    return [table("", "", rows=rows), *(f"can {each}" for each in found["can"])]
