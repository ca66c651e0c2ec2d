"""`pathways messages`: what came in and what became of it; send a message to its case, or a signal to all."""

from typing import Annotated

import typer

from cli.acting import Variable
from cli.remote import Remote, over_http, table, variables

app = typer.Typer(no_args_is_help=True, help="Messages and signals: list, send, broadcast.")

Id = Annotated[str, typer.Option("--id", help="its own id; the same id twice is one. One is made when it is left out")]


@app.command("list")
@over_http
def listed(
    remote: Remote,
    status: Annotated[str, typer.Option(help="received, delivered, buffered, unmatched, ignored …")] = "unmatched",
    limit: Annotated[int, typer.Option(min=1, max=500, help="how many, the newest first")] = 100,
) -> None:
    """List messages by what became of them; those that need somebody: `pathways dead-letters list`."""
    found = remote.read("/messages", status=status, limit=limit)
    rows = [
        [each["message_id"], each["name"], each["correlation_key"], each["case_id"] or "", each["received_at"][:19]]
        for each in found
    ]
    remote.show(found, table("message id", "message", "key", "case", "received", rows=rows))


@app.command()
@over_http
def send(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="name of the message")],
    key: Annotated[str, typer.Argument(help="by which its case knows it, such as an order")],
    identity: Id = "",
    given: Variable = None,
    ttl: Annotated[str, typer.Option(help="how long it is kept until someone waits for it, ISO 8601")] = "P30D",
) -> None:
    """Bring a message to the case that waits for it, or that knows its key."""
    body = {"name": name, "correlation_key": key, "variables": variables(given), "ttl": ttl}
    done = remote.do("/messages", {**body, "message_id": identity or remote.key})
    remote.show(done, f"{done['message_id']}: {done['status']} ({', '.join(done['cases']) or done['reason']})")


@app.command()
@over_http
def broadcast(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="name of the signal")],
    identity: Id = "",
    given: Variable = None,
) -> None:
    """Tell a signal to every case that waits for it, and to every process that it begins; nobody keeps it."""
    body = {"name": name, "signal_id": identity or remote.key, "variables": variables(given)}
    done = remote.do("/signals", body)
    remote.show(done, f"{done['signal_id']}: {len(done['reached'])} cases reached, {len(done['begun'])} begun")
