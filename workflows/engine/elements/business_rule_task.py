"""Business rule task: a DMN decision, computed in the step itself, or work for a worker (BPMN 2.0.2 §10.3.3)."""

from collections.abc import Mapping
from typing import Any

from pathways.feel import to_json
from workflows.engine import lifecycle, work
from workflows.engine.expressions import Stopped, named, required_text
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation


def enter(run: Run, at: Activation, _fired: Values | None) -> None:
    """Write the value of the decision to the result variable and go on, with a record of the rules that matched."""
    node = run.node(at.element)
    if node.decision is None:
        assert node.work is not None
        work.request(run, at, node.work)
        return
    value = _decide(run, at, node.decision.decision_id, f"decision of {node.title!r}")
    lifecycle.finish(run, at.id, {node.decision.result_variable: value})


def _decide(run: Run, at: Activation, text: str, what: str) -> Any:
    """Evaluate a decision that was published with the pathway; null because of a mistake is an incident."""
    from pathways.dmn.pinned import decisions_in  # loaded with the first decision: most cases make none

    name = required_text(run, at, text, what)
    file = next((file for file in run.definition.decisions if name in file.names), None)
    if file is None:
        raise Stopped("expression", f"{named(text, name, 'decision')} was not published with this pathway")
    result = decisions_in(file).evaluate(name, run.visible(at.id), now=run.now)
    value = to_json(result.value)
    read = {name: seen for decided in result.decided for name, seen in decided.inputs}
    matched = [_matched(table) for table in result.matched]
    run.fact("decision", at, what="decision", expression=name, value=value, read=read, matched=matched)
    if value is None and result.warnings:
        raise Stopped("expression", f"decision {name!r} has no result: {'; '.join(result.warnings)}", read)
    return value


def _matched(table: Any) -> Mapping[str, Any]:
    """The rules of one table that matched, by their number and id, on what, giving what."""
    return {
        "table": table.owner,
        "hit_policy": table.hit_policy,
        "rules": list(table.rules),
        "rule_ids": list(table.rule_ids),
        "inputs": dict(table.inputs),
        "outputs": list(table.outputs),
    }
