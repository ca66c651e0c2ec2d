"""How does a case read what it is given, and say no? Arguments, requests and refusals at Temporal's edge."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows.contract.handover import Carried
from workflows.contract.requests import REQUESTS, Request
from workflows.engine.errors import EventRejected


def carried_by(args: Sequence[RawValue]) -> Carried:
    """Read what the run before has handed over; a first run is handed nothing."""
    if len(args) == 1:
        return Carried()
    carried: Carried = workflow.payload_converter().from_payload(args[1].payload, Carried)
    return carried


def idempotency_key() -> str:
    """Give the id of the update that is being handled: the caller's idempotency key."""
    update = workflow.current_update_info()
    return update.id if update else ""


def request_of(name: str, args: Sequence[RawValue]) -> Request:
    """Read the request that an update carries.

    Raises:
        ApplicationError: there is no such request, or it cannot be read.
    """
    kind = REQUESTS.get(name)
    if kind is None or len(args) != 1:
        raise ApplicationError(f"A case cannot be asked to '{name}'.", type="invalid", non_retryable=True)
    try:
        request: Request = workflow.payload_converter().from_payload(args[0].payload, kind)
    except (TypeError, ValueError) as error:
        raise ApplicationError(f"'{name}' cannot be read: {type(error).__name__}", type="invalid") from error
    return request


def refused(refusal: EventRejected) -> ApplicationError:
    """Give the failure by which the gateway knows a refusal."""
    return ApplicationError(str(refusal), type=refusal.code, non_retryable=True)
