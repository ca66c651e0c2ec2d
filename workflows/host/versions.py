"""Which version does a case run, and how does it get to another one and back? (docs/versions-and-migration.md)

The way back is kept, and taken along into the next history, as long as nothing has moved since.
"""

from temporalio.exceptions import ActivityError, ApplicationError

from pathways import codec
from pathways.bpmn.model import Definition
from workflows.contract.handover import Former
from workflows.contract.requests import Migrate, Request, UndoMigration
from workflows.engine.errors import EventRejected
from workflows.engine.state import State
from workflows.host import definitions

LARGEST_FORMER = 500_000
"""Characters: beside a state that is as large, what is carried over still fits into a payload."""


def portable(back: Former | None) -> Former | None:
    """Give the way back if it can be taken along into the next history; of a very large case it cannot."""
    return back if back is not None and len(back.state) <= LARGEST_FORMER else None


def former(before: State, after: State) -> Former:
    """Remember the way back from a migration."""
    return Former(codec.dump(before).decode(), before.sha256, after.seq)


async def asked_for(request: Request, back: Former | None) -> Definition | None:
    """Read the version that a request leads to; None when it stays in the one that runs.

    Raises:
        EventRejected: no such version is published.
    """
    sha256 = _sha256(request, back)
    if sha256 is None:
        return None
    try:
        return await definitions.load(sha256)
    except (ActivityError, ApplicationError) as error:
        raise EventRejected("invalid", f"no published version has sha256 {sha256}: publish it first") from error


def known(request: Request, back: Former | None) -> Definition | None:
    """Give the version that a request leads to if this process has read it; what a validator may look at."""
    sha256 = _sha256(request, back)
    return definitions.decoded(sha256) if sha256 else None


def must_be_read(request: Request, back: Former | None) -> bool:
    """Say whether this process has yet to read the version that a request leads to: then nothing can be checked."""
    sha256 = _sha256(request, back)
    return sha256 is not None and definitions.decoded(sha256) is None


def _sha256(request: Request, back: Former | None) -> str | None:
    match request:
        case Migrate():
            return request.plan.new_sha256
        case UndoMigration():
            return back.sha256 if back else None
        case _:
            return None
