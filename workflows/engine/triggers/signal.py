"""What happens when a signal is thrown? Every catcher of its name takes it, here and in every other case (§10.5.5).

What an interrupting catcher of an outer scope ends no longer catches; a signal that nobody catches is lost.
"""

from workflows.engine import lifecycle
from workflows.engine.commands import BroadcastSignal
from workflows.engine.errors import EventRejected
from workflows.engine.events import SignalArrived
from workflows.engine.occurring import occur, urgency
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation, Subscription


def throw_signal(run: Run, at: Activation, name: str) -> bool:
    """Broadcast a signal, first to this case itself; say whether the thrower goes on."""
    run.fact("signal_thrown", at, signal=name)
    variables = dict(at.variables)
    run.commands.append(BroadcastSignal(f"{run.case_id}:{at.id}", name, variables))
    _deliver(run, name, variables)
    if at.id not in run.activations:
        lifecycle.record_end(run, at)
    return at.id in run.activations


def arrive(run: Run, event: SignalArrived) -> None:
    """Take a signal that was thrown elsewhere."""
    if not _catchers(run, event.name):
        raise EventRejected("not-open", f"nobody in case {run.case_id} waits for the signal {event.name!r}")
    _deliver(run, event.name, event.variables)


def _catchers(run: Run, name: str) -> list[Subscription]:
    """Give who catches, interrupting events of outer scopes first."""
    found = [s for s in run.subscriptions.values() if s.event == "signal" and s.name == name]
    return sorted(found, key=lambda s: urgency(run, run.node(s.node), s.activation))


def _deliver(run: Run, name: str, variables: Values) -> None:
    for subscription in _catchers(run, name):
        if subscription.id in run.subscriptions:
            at, node = run.activations[subscription.activation], run.node(subscription.node)
            run.fact("signal_received", at, signal=name, node=node.id)
            occur(run, at, node, variables, part=subscription.part)
