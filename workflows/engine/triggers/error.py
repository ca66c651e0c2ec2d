"""What does a thrown BPMN error do? It ends the scope that catches it, or becomes an incident (§10.5.1, §13.5.3)."""

from pathways.bpmn.model import ErrorTrigger
from workflows.engine import lifecycle, progress
from workflows.engine.catchers import catcher_of
from workflows.engine.expressions import Stopped
from workflows.engine.occurring import occur
from workflows.engine.run import Run, Values


def throw_error(run: Run, at_id: str, code: str, message: str, variables: Values, **by: str) -> None:
    """Throw a BPMN error: its catcher interrupts; without one it goes to the caller, else it is an incident.

    Whoever catches it gets `variables`, here or in the caller, and nothing else of the scopes that it ends.
    `by`: actor and reason, when a person throws it.
    """
    at = run.activations[at_id]
    found = catcher_of(run, at, ErrorTrigger, code)
    run.fact("error_thrown", at, code=code, message=message, caught_by=found[1].id if found else "", **by)
    brought = {**variables, "errorCode": code, "errorMessage": message} if message else variables
    if found or run.called:
        lifecycle.record_end(run, at)
    if found:
        occur(run, found[0], found[1], brought, part=found[2])
    elif run.called:
        progress.end_case(run, "error", error_code=code, brought=brought)
    else:
        raise Stopped("uncaught-error", f"nobody catches the error {code!r}")
