"""How does the engine evaluate FEEL? In the variables an activation sees, at the time of the event."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pathways.bpmn.model import FlowNode, MultiInstance, SequenceFlow, VariableMapping
from pathways.feel import Evaluation, FeelSyntaxError, compile_expression, to_json
from pathways.feel.values import kind_of
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation, IncidentKind


class Stopped(Exception):
    """Inside a step: this activation cannot go on; it becomes an incident of this kind. Never leaves `step`."""

    def __init__(self, kind: IncidentKind, reason: str, read: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.read = dict(read or {})


def evaluate(run: Run, scope: str, text: str, extra: Values | None = None) -> Evaluation:
    """Give the FEEL value of `text` as the activation `scope` sees its variables; `extra` names win."""
    context = run.visible(scope)
    if extra:
        context = context.new_child(dict(extra))
    try:
        return compile_expression(text, _signed_names(context, text)).evaluate(context, now=run.now)
    except FeelSyntaxError as error:
        raise Stopped("expression", f"`{text}` is not FEEL: {error}") from error


def _signed_names(context: Mapping[str, Any], text: str) -> frozenset[str]:
    """Give the variables that FEEL must be told of, such as `follow-up`: without that it reads a subtraction."""
    if not _may_hold_signed_names(text):
        return frozenset()
    return frozenset(name for name in context if not name.isidentifier() and name in text)


@lru_cache(maxsize=4096)
def _may_hold_signed_names(text: str) -> bool:
    return _SIGN_OR_KEYWORD.search(text) is not None


_SIGN_OR_KEYWORD = re.compile(r"[-+*/.']|\b(?:and|or|in|if|then|else|for|return|some|every|satisfies|between|not)\b")


def value_of(run: Run, scope: str, text: str, extra: Values | None = None) -> Any:
    """Give the value of `text` as a JSON variable."""
    return to_json(evaluate(run, scope, text, extra).value)


def stopped_by(what: str, text: str, result: Evaluation, needed: str) -> Stopped:
    """Say what an expression gave by its kind only: many read the reason, and the value may be a patient's."""
    reason = f"{what} `{text}` gave {kind_of(result.value)}, {needed}"
    return Stopped("expression", "; ".join((reason, *result.warnings)), _read(result))


LONGEST_NAME = 500
"""Characters of a name or key that an expression gives: cases are looked up by it, and no index keeps a letter."""


def refuse_long(text: str, *names: str) -> None:
    """Stop when a name or key that `text` gave is longer than can be looked for."""
    if any(len(name) > LONGEST_NAME for name in names):
        raise Stopped("expression", f"`{text}` gave a name or key of more than {LONGEST_NAME} characters")


def required_text(run: Run, at: Activation, text: str, what: str) -> str:
    """Give a value that must be a non-empty text or number, or stop with an incident that says what it read."""
    result = evaluate(run, at.id, text)
    value = to_json(result.value)
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise stopped_by(what, text, result, "a non-empty text is needed")
    refuse_long(text, str(value))
    return str(value)


def named(text: str | None, value: str, kind: str) -> str:
    """Name for a reason what an expression gave, or None as it is drawn: what was computed may be a patient's value."""
    return f"{kind} {value!r}" if text is None or is_drawn(text, value) else f"the {kind} that `{text}` names"


def is_drawn(text: str, value: str) -> bool:
    """Say whether a value stands in the diagram as it is, so that nothing of a case is in it."""
    return text == json.dumps(value, ensure_ascii=False)


def holds(run: Run, at: Activation, flow: SequenceFlow) -> bool:
    """Decide a sequence flow's condition; a null decides nothing and is an incident (docs/decisions/0007)."""
    if flow.condition is None:
        return True
    return decides(run, at, flow.condition, f"condition of flow {flow.id}")


def inputs_of(run: Run, node: FlowNode, at: Activation) -> dict[str, Any]:
    """Evaluate the input mappings in order; a later one sees the earlier ones."""
    local: dict[str, Any] = {}
    for mapping in (*node.data_inputs, *node.inputs):
        name, value = _placed(mapping.target, value_of(run, at.id, mapping.source, local), local)
        local[name] = value
    return local


def outputs_of(run: Run, node: FlowNode, at: Activation, result: Values) -> Iterator[tuple[str, Any]]:
    """Evaluate the data output associations and the output mappings in order; a later one sees the earlier ones.

    An association copies only what the activity has given (§10.4.2).
    """
    seen = dict(result)
    for mapping in (copy for copy in node.data_outputs if not copies_all(node, copy)):
        value = evaluate(run, at.id, mapping.source, seen)
        if value.value is not None:
            seen[mapping.target] = to_json(value.value)
            yield mapping.target, seen[mapping.target]
    for mapping in node.outputs:
        name, value = _placed(mapping.target, value_of(run, at.id, mapping.source, seen), run.visible(at.scope))
        seen[name] = value
        yield name, value


def _placed(target: str, value: Any, known: Values) -> tuple[str, Any]:
    """Give the variable that a mapping writes; a target such as `order.total` keeps the rest of the context."""
    name, *path = target.split(".")
    return name, _inside(known.get(name), path, value)


def _inside(context: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    rest = context if isinstance(context, dict) else {}
    return {**rest, path[0]: _inside(rest.get(path[0]), path[1:], value)}


def copies_all(node: FlowNode, copy: VariableMapping) -> bool:
    """Say whether a data output association copies the output collection of all instances, not the result of one."""
    return isinstance(node.loop, MultiInstance) and copy.source == node.loop.output_collection


def decides(run: Run, at: Activation, text: str, what: str, extra: Values | None = None) -> bool:
    """Give a value that must be true or false, or stop with an incident that says what it read."""
    result = evaluate(run, at.id, text, extra)
    value = to_json(result.value)
    run.fact("decision", at, what=what, expression=text, value=value, read=_read(result))
    if not isinstance(value, bool):
        raise stopped_by(what, text, result, "not true or false")
    return value


def _read(result: Evaluation) -> dict[str, Any]:
    return {name: to_json(value) for name, value in result.reads}
