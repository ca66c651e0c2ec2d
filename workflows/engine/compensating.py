"""How is what completed undone? Handlers in reverse order of completion (BPMN 2.0.2 §10.7, §13.5.5).

An activity that completes and can be compensated is remembered with its own variables; what is interrupted is not.
A compensation undoes one after the other: by the handler of the activity, by the compensation event sub-process of a
sub-process, else by undoing what the sub-process had completed inside. Each is undone once.
"""

from collections.abc import Sequence
from dataclasses import replace

from pathways.bpmn.model import CompensationTrigger, FlowNode
from workflows.engine import catching, lifecycle
from workflows.engine.run import Run, Undoing
from workflows.engine.state import Activation, Compensable, Compensation


def remember(run: Run, at: Activation) -> None:
    """Note an activity that completed and can be undone; the instances of a loop are noted one by one."""
    node = run.definition.nodes.get(at.element)
    if node is None or node.for_compensation or at.stage == "compensating":
        return
    if at.items is not None:
        run.compensables = [_moved(c, at.scope) if c.scope == at.id else c for c in run.compensables]
    elif node.compensated_by or (node.is_scope and _has_something_to_undo(run, at, node)):
        run.compensables.append(Compensable(at.id, at.element, at.scope, at.variables))


def _has_something_to_undo(run: Run, at: Activation, node: FlowNode) -> bool:
    return _handler_inside(run, node) is not None or any(done.scope == at.id for done in run.compensables)


def _moved(done: Compensable, scope: str) -> Compensable:
    return replace(done, scope=scope)


def _handler_inside(run: Run, node: FlowNode) -> FlowNode | None:
    """The event sub-process that compensates the sub-process around it."""
    for sub_process in run.index.event_sub_processes.get(node.id, ()):
        if any(isinstance(start.trigger, CompensationTrigger) for start in run.index.starts.get(sub_process.id, ())):
            return sub_process
    return None


def forget(run: Run, at: Activation) -> None:
    """Drop what had completed inside an activation that is interrupted: it never completed as a whole."""
    if not run.compensables:
        return
    gone = {at.id}
    for done in reversed(run.compensables):
        if done.scope in gone:
            gone.add(done.activation)
    run.compensables = [done for done in run.compensables if done.scope not in gone]


def stop(run: Run, scope: str) -> None:
    """Stop the compensations of a scope that is emptied."""
    for compensation in [c for c in run.compensations.values() if c.scope == scope]:
        del run.compensations[compensation.id]


def throw(run: Run, at: Activation, trigger: CompensationTrigger) -> bool:
    """Compensate what the event names, else everything completed in its scope; say whether the thrower goes on.

    It waits until all handlers are done, unless it says that it does not. Inside an event sub-process the scope
    around that is meant as well.
    """
    scopes = _scopes(run, at, named=trigger.activity is not None)
    chosen = [c for c in run.compensables if c.scope in scopes and trigger.activity in (None, c.element)]
    return not _start(run, at.scope, chosen, thrower=at.id if trigger.waits else None) or not trigger.waits


def _scopes(run: Run, at: Activation, *, named: bool) -> set[str]:
    scopes = {at.scope}
    for scope in run.scopes(at.scope):
        scopes.add(scope.id)
        node = run.definition.nodes.get(scope.element)
        if not named and not (node and node.triggered_by_event):
            break
    return scopes


def keep_completed(run: Run, transaction: Activation) -> None:
    """Keep what completed in scopes of the transaction that still run: nothing of it may stay done (§10.3.5)."""
    run.compensables = [_lifted(run, done, transaction) for done in run.compensables]


def _lifted(run: Run, done: Compensable, transaction: Activation) -> Compensable:
    around = list(run.scopes(done.scope)) if done.scope in run.activations else []
    ids = [scope.id for scope in around]
    if transaction.id not in ids:
        return done
    seen = {name: value for s in reversed(around[: ids.index(transaction.id)]) for name, value in s.variables.items()}
    return replace(done, scope=transaction.id, variables={**seen, **done.variables})


def cancel(run: Run, transaction: Activation) -> None:
    """Undo everything that a cancelled transaction had completed (§10.3.5)."""
    _start(run, transaction.id, [c for c in run.compensables if c.scope == transaction.id], thrower=None)


def _start(run: Run, scope: str, chosen: Sequence[Compensable], *, thrower: str | None) -> bool:
    """Begin to undo these, the last completed first; say whether anything is still under way."""
    if not chosen:
        return False
    run.compensables = [done for done in run.compensables if done not in chosen]
    compensation = Compensation(run.number("compensation"), scope, thrower, tuple(reversed(chosen)))
    run.compensations[compensation.id] = compensation
    run.agenda.append(Undoing(compensation.id))
    return True


def proceed(run: Run, name: str) -> None:
    """Undo the next activity; when none is left, let the thrower go on."""
    compensation = run.compensations.get(name)
    if compensation is None:
        return
    if not compensation.queue:
        del run.compensations[name]
        if compensation.thrower in run.activations:
            lifecycle.finish(run, compensation.thrower, {})
        return
    done, *rest = compensation.queue
    run.compensations[name] = replace(compensation, queue=tuple(rest), current=done)
    _undo(run, done, name)


def _undo(run: Run, done: Compensable, name: str) -> None:
    """Start the handler of an activity, or open the completed sub-process again to undo what is inside."""
    node = run.node(done.element)
    handler = node.compensated_by
    run.record("compensating", done, handler=handler)
    if handler is not None:
        at = lifecycle.create(run, run.node(handler), done.scope, compensation=name)
        lifecycle.begin(run, run.set_local(at, _snapshot(done)))
        return
    at = run.add(_reopened(run, done, name))
    run.dirty_scopes[at.id] = None
    inside = _handler_inside(run, node)
    if inside is not None:
        lifecycle.activate(run, inside, at.id, fired={})
    else:
        _start(run, at.id, [c for c in run.compensables if c.scope == at.id], thrower=None)


def _reopened(run: Run, done: Compensable, name: str) -> Activation:
    """The completed sub-process as the scope in which its inside is undone, with the variables it ended with."""
    return Activation(
        done.activation,
        done.element,
        done.scope,
        run.now,
        stage="compensating",
        variables=done.variables,
        compensation=name,
    )


def _snapshot(done: Compensable) -> dict[str, object]:
    """What the activity itself saw, such as its item; not the counter of its loop (§13.5.5)."""
    return {name: value for name, value in done.variables.items() if name != "loopCounter"}


def handler_left(run: Run, at: Activation) -> None:
    """Go on with the compensation when a handler is over, completed or not."""
    compensation = run.compensations.get(at.compensation or "")
    if compensation is not None and compensation.current is not None:
        run.record("compensated", compensation.current)
        run.agenda.append(Undoing(compensation.id))


def close(run: Run, at: Activation) -> None:
    """End a sub-process that was opened again to be undone, when nothing is left inside."""
    catching.stop_listening(run, at.id)
    forget(run, at)
    lifecycle.leave(run, at)
    handler_left(run, at)
