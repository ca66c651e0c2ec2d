"""What does a cancel end event do? It calls off the transaction around it (BPMN 2.0.2 §10.3.5, §13.5.3).

Everything in the transaction ends, what had completed at any depth is compensated, then its cancel boundary event
occurs. While it is called off only errors are still caught.
"""

from pathways.bpmn.model import CancelTrigger, parts
from workflows.engine import catching, compensating, lifecycle
from workflows.engine.expressions import Stopped
from workflows.engine.occurring import occur
from workflows.engine.run import Run
from workflows.engine.state import Activation


def cancel_transaction(run: Run, at: Activation) -> None:
    """Cancel the nearest transaction around the end event `at`."""
    transaction = next(s for s in run.scopes(at.scope) if run.node(s.element).type == "transaction" and s.items is None)
    lifecycle.record_end(run, at)
    run.change(transaction, stage="cancelling")
    catching.stop_listening(run, transaction.id)
    compensating.keep_completed(run, transaction)
    lifecycle.empty_scope(run, transaction.id)
    compensating.cancel(run, transaction)


def cancelled(run: Run, transaction: Activation) -> None:
    """Let the cancel boundary event occur, now that all is undone; without one a person must decide."""
    holder = run.activations[transaction.scope] if transaction.instance is not None else transaction
    for boundary in run.index.boundary_events.get(transaction.element, ()):
        if any(isinstance(part, CancelTrigger) for part in parts(boundary.trigger)):
            occur(run, holder, boundary, {})
            return
    title = run.node(transaction.element).title
    raise Stopped("uncaught-cancel", f"the transaction {title!r} was cancelled and has no cancel boundary event")
