"""What does a thrown escalation do? It tells who catches it; the thrower goes on unless interrupted (§10.5.1)."""

from pathways.bpmn.model import EscalationTrigger
from workflows.engine import lifecycle
from workflows.engine.catchers import catcher_of
from workflows.engine.commands import EscalateToCaller
from workflows.engine.occurring import occur
from workflows.engine.run import Run, Values


def throw_escalation(run: Run, at_id: str, code: str, variables: Values) -> bool:
    """Throw an escalation and say whether the thrower goes on; without a catcher it does (§13.5.3)."""
    at = run.activations[at_id]
    found = catcher_of(run, at, EscalationTrigger, code)
    run.fact("escalation_thrown", at, code=code, caught_by=found[1].id if found else "")
    if found:
        occur(run, found[0], found[1], variables, part=found[2])
        if at_id not in run.activations:
            lifecycle.record_end(run, at)
    elif run.called:
        run.commands.append(EscalateToCaller(code, dict(variables)))
    return at_id in run.activations
