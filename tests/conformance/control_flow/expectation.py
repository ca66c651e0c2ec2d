"""What must a run show, and does it?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOT_STATED = ("parallelGateway", "inclusiveGateway", "complexGateway", "exclusiveGateway", "callActivity")
"""Types of which the contract does not say whether they are listed as waiting: tokens at a join, calls at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A diagram, what is done with it, and what the standard and the contract determine. None: not determined.

    `status` and `waiting` may name several (`a|b`); `ended`, `waiting` are bags of ids;
    `done` counts completions (`a:2`); `before` orders first completions (`a<b`);
    `incidents` are `kind@element`, the kind may be `*`; `refused` names the elements of findings.
    """

    diagram: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    script: tuple[dict[str, Any], ...] | None = None
    auto: bool = False
    until: str | None = None
    processes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    """Files given with `--with`."""
    as_written: bool = False
    """The text is a file already, or how it is written is the point: no variants."""
    status: str = "completed"
    ended: str | None = None
    ended_in_order: str | None = None
    waiting: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    absent: str = ""
    done: str = ""
    before: str = ""
    incidents: str | None = None
    refused: str | None = None


def complete(*elements: str) -> tuple[dict[str, Any], ...]:
    """Script steps that complete these elements one after the other."""
    return tuple({"complete": element} for element in elements)


def differences(case: Case, run: dict[str, Any], exit_code: int) -> list[str]:
    """Everything in which a run is not what is expected, as sentences."""
    if case.status == "refused":
        return _refusal(case, run, exit_code)
    found = _differs("exit code", 0, exit_code)
    if run.get("status") not in case.status.split("|"):
        told = run.get("findings") or run.get("incidents") or run.get("reason") or run.get("waiting")
        return [*found, f"status: expected {case.status}, got {run.get('status')} {told}"]
    if run["status"] == "refused":
        return _refusal(case, run, exit_code)
    return [*found, *_outcome(case, run), *_facts(case, run["trace"])]


def _outcome(case: Case, run: dict[str, Any]) -> list[str]:
    finished = run["status"] == "completed"
    waiting = [row["element"] for row in run["waiting"] if row["type"] not in NOT_STATED]
    incidents = [f"{row['kind']}@{row['element']}" for row in run["incidents"]]
    found = _bag("ended", case.ended, run["ended"])
    found += _bag("waiting", "" if finished else case.waiting, waiting)
    found += _bag("incidents", "" if finished else case.incidents, incidents, any_kind="*@" in (case.incidents or ""))
    if case.ended_in_order is not None:
        found += _differs("ended in order", case.ended_in_order.split(), run["ended"])
    for name, value in case.values.items():
        found += _differs(f"variable {name}", value, run["variables"].get(name, "(absent)"))
    found += [f"variable {name}: expected none" for name in case.absent.split() if name in run["variables"]]
    for element, role in case.roles.items():
        got = [row.get("role") for row in run["waiting"] if row["element"] == element]
        found += _differs(f"role of {element}", [role], got)
    return found


def _facts(case: Case, trace: list[dict[str, Any]]) -> list[str]:
    completed = [fact["element"] for fact in trace if fact["fact"] == "completed"]
    found = []
    for element, _, times in (each.partition(":") for each in case.done.split()):
        found += _differs(f"completions of {element}", int(times), completed.count(element))
    for first, _, second in (each.partition("<") for each in case.before.split()):
        if first not in completed or second not in completed:
            found.append(f"expected {first} and {second} to complete, got {completed}")
        elif completed.index(first) > completed.index(second):
            found.append(f"expected {first} before {second}, got {completed}")
    return found


def _refusal(case: Case, run: dict[str, Any], exit_code: int) -> list[str]:
    found = _differs("exit code", 2, exit_code) + _differs("status", "refused", run.get("status"))
    findings = run.get("findings") or []
    if not findings:
        return [*found, "a refusal without findings"]
    found += [
        f"a finding without rule, element, line and message: {each}"
        for each in findings
        if not {"rule", "element", "line", "message"} <= set(each) or not each["rule"] or not each["message"]
    ]
    if any(each["rule"] == "engine-defect" for each in findings):
        found.append(f"the engine broke: {findings[0]['message']}")
    elements = [each["element"] for each in findings]
    found += [f"no finding at {name}: {findings}" for name in (case.refused or "").split() if name not in elements]
    return found


def _bag(what: str, expected: str | None, got: list[str], *, any_kind: bool = False) -> list[str]:
    if expected is None:
        return []
    had = Counter(each.rpartition("@")[2] if any_kind else each for each in got)
    wanted = [
        Counter(each.rpartition("@")[2] if any_kind else each for each in bag.split()) for bag in expected.split("|")
    ]
    return [] if had in wanted else [f"{what}: expected {expected!r}, got {sorted(got)}"]


def _differs(what: str, expected: object, got: object) -> list[str]:
    return [] if expected == got else [f"{what}: expected {expected!r}, got {got!r}"]
