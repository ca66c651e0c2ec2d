"""May a command that changes something leave its row in the audit? Only with the key that seals it."""

import typer

from records.audit_keys import AuditKeyError
from records.database import Database
from records.writes.audit import require_key

UNUSABLE = 2


async def require_audit_key(database: Database) -> None:
    """End the command, with a sentence and exit status 2, where it would break the chain of the audit."""
    try:
        async with database.reader() as session:
            await require_key(session)
    except AuditKeyError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNUSABLE) from error
