"""Where does a diagram differ from its specification in lanes, handlers, decisions, exceptions and tests?"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pathways.bpmn.model import FlowNode
from pathways.dmn.pinned import decisions_in
from tests.pathways.library.comparing_steps import PROCESSES, exceptions_called
from tests.pathways.library.drawn import Drawn, called, called_in_the_end, library, message_of, timer_of
from tests.pathways.library.specified import Specification, durations

ELSEWHERE: Mapping[str, str] = {
    "EXC-WRONG-PATIENT": "a deed of a person over the API, at any case",
    "EXC-DOWNSTREAM-DOWN": "what sends climbs LAD-UNSENT (tests/pathways/test_ladders.py)",
}
"""Common exceptions that no diagram draws."""

WORK: Mapping[str, str] = {"EXC-DUPLICATE": "duplicate.check"}
MESSAGES: Mapping[str, str] = {
    "EXC-RETURNED": "referral.info_supplied",
    "EXC-REJECTED": "referral.status.declined",
}
"""Common exceptions that are a task type or a message in the diagram, or in a process that it calls."""


def scope_differences(wanted: Specification, got: Drawn) -> Iterator[str]:
    """Lanes, boundary events, event sub-processes, timers, decisions, exceptions, parameters, outcomes, tests."""
    yield from _lanes(wanted, got)
    yield from _boundary_events(wanted, got)
    yield from _handlers(wanted, got)
    yield from _case_timers(wanted, got)
    yield from _decisions(wanted, got)
    yield from _exceptions(wanted, got)
    yield from _parameters(wanted, got)
    yield from _outcomes(wanted, got)
    yield from _tests(wanted, got)


def _outcomes(wanted: Specification, got: Drawn) -> Iterator[str]:
    """An outcome is written by a step, also of a case begun here: by its mapping, or by its form if none is mapped."""
    begun = [library()[key] for key in called(got.nodes) if key in library()]
    steps = [(each, node) for each in (got, *begun) for node in each.nodes.values()]
    written = {mapping.target for _, node in steps for mapping in node.outputs}
    asked = {name for each, node in steps if not node.outputs for name in each.fields(node)}
    for outcome in wanted.list("outcomes"):
        name = str(outcome).partition(":")[0]
        yield from (f"outcome {name}: no step records it" for _ in {name} - written - asked)


def _lanes(wanted: Specification, got: Drawn) -> Iterator[str]:
    asked = {lane["id"] for lane in wanted.list("lanes")}
    used = {step.given["lane"] for step in wanted.steps.values()}
    yield from (f"lane {lane}: missing" for lane in sorted(asked & used - got.lane_ids))
    yield from (f"lane {lane}: not in the specification" for lane in sorted(got.lane_ids - asked))


def _boundary_events(wanted: Specification, got: Drawn) -> Iterator[str]:
    left = [node for node in got.nodes.values() if node.type == "boundaryEvent"]
    for asked in wanted.list("boundary"):
        what = asked.get("at", asked.get("msg", ""))
        found = next((node for node in left if _is_boundary(node, asked, got)), None)
        if found is None:
            kind = "interrupting" if asked["interrupting"] else "non-interrupting"
            yield f"boundary of {asked['attach']}: no {kind} {asked['type']} event {what!r}"
        else:
            left.remove(found)
            does = exceptions_called(str(asked.get("do", "")))
            yield from (f"boundary {found.id}: does not call {name}" for name in sorted(does - _follows(found, got)))
    for node in left:
        yield f"boundary {node.id} of {node.attached_to} ({node.name}): not in the specification"


def _is_boundary(node: FlowNode, asked: Mapping[str, Any], got: Drawn) -> bool:
    if node.attached_to not in got.scopes(asked["attach"]) or node.interrupting != asked["interrupting"]:
        return False
    if asked["type"] == "timer":
        expression = timer_of(node)
        return expression is not None and durations(str(asked["at"])) <= durations(got.resolved(expression))
    return message_of(node) == asked.get("msg")


def _follows(node: FlowNode, got: Drawn) -> set[str]:
    """The processes that are called somewhere behind a node."""
    seen: set[str] = set()
    to_see = [node.id]
    while to_see:
        here = to_see.pop()
        if here not in seen:
            seen.add(here)
            to_see.extend(got.after(here))
    return called([got.nodes[name] for name in seen])


def _handlers(wanted: Specification, got: Drawn) -> Iterator[str]:
    left = {node.id: _start(node, got) for node in got.nodes.values() if node.triggered_by_event}
    for asked in wanted.list("event_subprocesses"):
        trigger = str(asked["trigger"])
        found = next((scope for scope, start in left.items() if start and _is_start(start, trigger)), None)
        if found is None:
            yield f"event sub-process {trigger}: missing"
            continue
        start = left.pop(found)
        if start and start.interrupting != asked["interrupting"]:
            yield f"event sub-process {trigger}: {'must' if asked['interrupting'] else 'must not'} interrupt"
        missing = exceptions_called(str(asked["do"])) - called(got.within(found))
        yield from (f"event sub-process {trigger}: does not call {name}" for name in sorted(missing))
    timers = len(wanted.list("case_timers"))
    clocks = [scope for scope, start in left.items() if start and timer_of(start) is not None][:timers]
    yield from (f"event sub-process {scope}: not in the specification" for scope in left if scope not in clocks)


def _start(scope: FlowNode, got: Drawn) -> FlowNode | None:
    return next((n for n in got.nodes.values() if n.scope == scope.id and n.type == "startEvent"), None)


def _is_start(start: FlowNode, trigger: str) -> bool:
    kind, _, what = trigger.partition(":")
    return message_of(start) == what if kind == "msg" else timer_of(start) is not None


def _case_timers(wanted: Specification, got: Drawn) -> Iterator[str]:
    starts = [(n, _start(n, got)) for n in got.nodes.values() if n.triggered_by_event]
    for asked in wanted.list("case_timers"):
        day = f"P{asked['at'].removeprefix('k+')}D"
        found = next((n for n, s in starts if s and day in durations(got.resolved(timer_of(s)))), None)
        if found is None:
            yield f"case timer {asked['at']} ({asked['when']}): missing"
            continue
        told = {role for n in got.within(found.id) if n.work for role in n.work.headers.get("tell", "").split(",")}
        missing = set(asked.get("tell", [])) - told
        if missing:
            yield f"case timer {asked['at']}: does not tell {', '.join(sorted(missing))}"


def _decisions(wanted: Specification, got: Drawn) -> Iterator[str]:
    tables = {
        decision.id or decision.name: decision
        for pinned in got.definition.decisions
        for decision in decisions_in(pinned).decisions
    }
    asked = wanted.table("decisions")
    for name, table in asked.items():
        if name not in tables:
            yield f"decision {name}: there is no DMN table of this id"
            continue
        text = str(tables[name])
        words = set(re.findall(r"\w+", text))
        yield from (f"decision {name}: does not read {one}" for one in table.get("inputs", []) if one not in words)
        rules = len(getattr(tables[name].logic, "rules", ()))
        if rules < len(table.get("rules", [])):
            yield f"decision {name}: has {rules} rules, fewer than {len(table['rules'])}"
    for name in sorted(tables.keys() - asked.keys() - got.tables):
        yield f"decision {name}: not in the specification"


def _exceptions(wanted: Specification, got: Drawn) -> Iterator[str]:
    inside = [library()[key] for key in called_in_the_end(got.definition.key) if key in library()]
    nodes = [node for each in inside for node in each.nodes.values()]
    reached = called(nodes)
    work = {node.work.task_type.strip('"') for node in nodes if node.work}
    said = {message_of(node) for node in nodes}
    for name in wanted.list("exceptions"):
        has = (
            name in ELSEWHERE or PROCESSES.get(name) in reached or WORK.get(name) in work or MESSAGES.get(name) in said
        )
        if not has:
            how = PROCESSES.get(name) or WORK.get(name) or MESSAGES.get(name)
            yield f"exception {name}: neither this pathway nor one that it calls has {how}"


def _parameters(wanted: Specification, got: Drawn) -> Iterator[str]:
    for name, value in wanted.table("params_defaults").items():
        drawn = got.parameters.get(name, "").strip('"')
        if drawn != str(value):
            yield f"parameter {name}: is {drawn or 'not in a table of this site'}, not {value}"


def _tests(wanted: Specification, got: Drawn) -> Iterator[str]:
    played = {number for case in got.cases if case.get("temporal") for number in _numbers(case)}
    for number, test in enumerate(wanted.list("tests"), start=1):
        if number not in played:
            what = f"no case of cases.yaml says `specification: {number}` and `temporal: true`"
            yield f"test {number} ({test['given']}): {what}"


def _numbers(case: Mapping[str, Any]) -> list[int]:
    said = case.get("specification", [])
    return said if isinstance(said, list) else [said]
