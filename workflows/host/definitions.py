"""Where does a case find its definition? In its own history: read once per run, decoded once per process.

This module is passed through the workflow sandbox, so that all cases of a worker share what is decoded. That is
deterministic, for the same sha256 is always the same definition.
"""

from datetime import timedelta

from temporalio import workflow

from pathways import codec
from pathways.bpmn.model import Definition
from workflows.contract import names
from workflows.host.public import PublicText

_decoded: dict[str, Definition] = {}


async def load(sha256: str) -> Definition:
    """Read the published definition `sha256` by a local activity, so that history alone replays.

    Raises:
        temporalio.exceptions.ActivityError: no such definition is published.
    """
    text = await workflow.execute_local_activity(
        names.LOAD_DEFINITION,
        sha256,
        result_type=str,
        start_to_close_timeout=timedelta(seconds=10),
        summary=PublicText.label("Read the published pathway"),
    )
    if sha256 not in _decoded:
        _decoded[sha256] = codec.load(Definition, text)
    return _decoded[sha256]


def decoded(sha256: str) -> Definition | None:
    """Give a definition that this process has decoded. Not for what replays: another process may not have."""
    return _decoded.get(sha256)
