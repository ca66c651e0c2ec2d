"""Where does a case find its definition? In its own history: read once per run, decoded once per process.

This module is passed through the workflow sandbox, so that all cases of a worker share what is decoded. That is
deterministic, for the same sha256 is always the same definition.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from pathways import codec
from pathways.bpmn.model import Definition
from workflows.contract import names
from workflows.host.public import PublicText

_decoded: dict[str, Definition] = {}
MOST = 256
"""How many definitions a process keeps decoded; the oldest makes room. A case has its own at hand anyway."""


async def load(sha256: str) -> Definition:
    """Read the published definition `sha256` by a local activity, so that history alone replays.

    Raises:
        ApplicationError: no such definition is published.
    """
    text = await workflow.execute_local_activity(
        names.LOAD_DEFINITION,
        sha256,
        result_type=str,
        start_to_close_timeout=timedelta(seconds=10),
        summary=PublicText.label("Read the published pathway"),
    )
    return _decoded.get(sha256) or keep(sha256, codec.load(Definition, text))


async def load_again(sha256: str) -> Definition:
    """Read the definition of a case that has begun before: as long as it is not there, the case waits for it.

    Raises:
        RuntimeError: it is not published. The workflow task fails, and Temporal tries it again.
    """
    try:
        return await load(sha256)
    except (ActivityError, ApplicationError) as failure:
        raise RuntimeError(f"The definition {sha256} of a running case is gone: publish it again.") from failure


def keep(sha256: str, definition: Definition) -> Definition:
    """Keep a decoded definition. Cases run in several threads: what one lets go another may be about to look up."""
    _decoded[sha256] = definition
    for oldest in list(_decoded)[:-MOST]:
        _decoded.pop(oldest, None)
    return definition


def decoded(sha256: str) -> Definition | None:
    """Give a definition that this process has decoded. Not for what replays: another process may not have."""
    return _decoded.get(sha256)
