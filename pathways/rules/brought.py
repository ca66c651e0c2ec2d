"""Which variables has a case that its diagram does not set? What every case begins with, and what its examples say."""

from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from pathways.bpmn.model import Definition, FlowNode, MessageTrigger
from pathways.files import read_file
from pathways.rules.graph import triggers
from pathways.rules.vocabulary import vocabulary

BY_THE_ENGINE = frozenset(
    {
        "activationCount",
        "created",
        "errorCode",
        "errorMessage",
        "loopCounter",
        "numberOfActiveInstances",
        "numberOfCompletedInstances",
        "numberOfInstances",
        "numberOfTerminatedInstances",
        "waitingForStart",
    }
)
"""Names that the engine itself gives to expressions."""


def brought_names(definition: Definition, folder: Path, callers: Iterable[Definition]) -> frozenset[str]:
    """Give what a case is begun with and told: in general, by its callers, by the examples in `cases.yaml`."""
    called = {process.id for process in definition.processes}
    given = {name for caller in callers for node in caller.nodes.values() for name in _given(node, called)}
    return frozenset({*vocabulary().begin, *given, *_of_examples(definition, folder / "cases.yaml")})


def _given(node: FlowNode, called: Set[str]) -> Iterator[str]:
    """The inputs of a step that calls one of these processes, or begins a case of it."""
    begun = node.work.headers.get("pathway") if node.work else None
    if begun in called or (node.call and node.call.process_id in called):
        yield from (mapping.target for mapping in node.inputs)


def _of_examples(definition: Definition, file: Path) -> Iterator[str]:
    source = read_file(file) if file.is_file() else b""
    if not isinstance(source, bytes) or not source:
        return
    import yaml  # here: many pathways have no examples

    try:
        cases = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return  # whoever plays them is told
    for case in cases if isinstance(cases, list) else ():
        if isinstance(case, Mapping):
            yield from _names(case.get("start"))
            for step in case.get("steps") or ():
                yield from _of_step(step, definition) if isinstance(step, Mapping) else ()


def _of_step(step: Mapping[str, Any], definition: Definition) -> Iterator[str]:
    """What a message brings for which the diagram waits, or the worker's answer to a step of it."""
    waited = {said.name for _, said in triggers(definition.nodes.values()) if isinstance(said, MessageTrigger)}
    node = definition.nodes.get(str(step.get("complete")))
    if step.get("message") in waited or "signal" in step or (node is not None and node.work):
        yield from _names(step.get("variables"))
    yield from _names(step.get("set"))


def _names(variables: object) -> Iterator[str]:
    yield from (str(name) for name in variables) if isinstance(variables, Mapping) else ()
