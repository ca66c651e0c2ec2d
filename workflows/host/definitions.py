"""Where does a case find its definition? In its own history: read once per run, decoded once per process.

This module is passed through the workflow sandbox, so that all cases of a worker share what is decoded. That is
deterministic, for the same sha256 is always the same definition.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from pathways import codec
from pathways.bpmn.model import Definition
from workflows.contract import names
from workflows.host.public import PublicText

_decoded: dict[str, Definition] = {}
_SUMMARY = PublicText.label("Read the published pathway")
MOST = 256
"""How many definitions a process keeps decoded; the oldest makes room. A case has its own at hand anyway."""

_ONE_TRY, _A_FEW_TRIES = timedelta(seconds=2), RetryPolicy(timedelta(seconds=0.5), maximum_attempts=3)
"""At most 7.5 seconds: a workflow task that takes eight is prolonged, counts as done, and writes history each time."""


class DefinitionAway(Exception):
    """A case cannot read its own definition, without which it can do nothing: is the database there, is it published?

    The workflow task fails. Temporal tries it again as long as it takes, says so, and writes no history meanwhile.
    """


async def load(sha256: str) -> Definition:
    """Read the published definition `sha256` by a local activity, so that history alone replays.

    Raises:
        ActivityError: no such definition is published.
    """
    text = await workflow.execute_local_activity(
        names.LOAD_DEFINITION,
        sha256,
        result_type=str,
        start_to_close_timeout=timedelta(seconds=10),
        summary=_SUMMARY,
    )
    return _read(sha256, text)


async def load_own(sha256: str, *, has_begun: bool) -> Definition:
    """Read the definition that a case runs, at the beginning of a history.

    Raises:
        ActivityError: no such definition is published; the case has not begun yet, and cannot.
        DefinitionAway: it cannot be read now.
    """
    try:
        text = await workflow.execute_local_activity(
            names.LOAD_DEFINITION,
            sha256,
            result_type=str,
            start_to_close_timeout=_ONE_TRY,
            retry_policy=_A_FEW_TRIES,
            summary=_SUMMARY,
        )
    except (ActivityError, ApplicationError) as failure:
        if not has_begun and _is_unknown(failure):
            raise
        raise DefinitionAway(f"The definition {sha256} cannot be read.") from failure
    return _read(sha256, text)


def _is_unknown(failure: ActivityError | ApplicationError) -> bool:
    cause = failure.cause if isinstance(failure, ActivityError) else failure
    return isinstance(cause, ApplicationError) and cause.type == names.UNKNOWN_DEFINITION


def _read(sha256: str, text: str) -> Definition:
    return _decoded.get(sha256) or keep(sha256, codec.load(Definition, text))


def keep(sha256: str, definition: Definition) -> Definition:
    """Keep a decoded definition. Cases run in several threads: what one lets go another may be about to look up."""
    _decoded[sha256] = definition
    for oldest in list(_decoded)[:-MOST]:
        _decoded.pop(oldest, None)
    return definition


def decoded(sha256: str) -> Definition | None:
    """Give a definition that this process has decoded. Not for what replays: another process may not have it."""
    return _decoded.get(sha256)
