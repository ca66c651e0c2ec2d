"""Which rows of BPMN does this build execute? THE coverage table: the reader refuses whatever it calls refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Status = Literal["executed", "refused"]


@dataclass(frozen=True, slots=True)
class Row:
    """One executable construct of BPMN 2.0.2, as people name it.

    `limit`: where it stops short. `counted`: it is one of the 72 rows of the design's contract.
    """

    id: str
    group: str
    title: str
    status: Status
    limit: str = ""
    counted: bool = True


_EXECUTED = {
    "task": "undefined service user manual script businessRule send receive instantiatingReceive",
    "marker": "parallelMultiInstance sequentialMultiInstance standardLoop compensationHandler",
    "subProcess": "embedded event transaction adHoc callActivity",
    "gateway": "exclusive parallel inclusiveSplit inclusiveJoin eventBased complex",
    "flow": "conditionalFromGateway conditionalFromActivity default",
    "start": "none message timer signal conditional multiple parallelMultiple",
    "eventSubProcess": "message timer signal conditional error escalation compensation",
    "catch": "message timer signal conditional link multiple parallelMultiple",
    "throw": "none message signal escalation compensation link",
    "boundary": "message timer signal error escalation conditional compensation cancel multiple",
    "end": "none message signal error escalation terminate compensation cancel multiple",
}
_BEYOND = {
    "eventSubProcess": "multiple parallelMultiple",
    "throw": "multiple",
    "boundary": "parallelMultiple",
}
"""Constructs that BPMN has and the 72 rows do not count."""
_REFUSED: Mapping[str, str] = {}
_GROUPS = {
    "task": "tasks",
    "marker": "markers",
    "subProcess": "sub-processes",
    "gateway": "gateways",
    "flow": "sequence flows",
    "start": "start events",
    "eventSubProcess": "event sub-process starts",
    "catch": "intermediate catch events",
    "throw": "intermediate throw events",
    "boundary": "boundary events",
    "end": "end events",
}
_TITLES = {
    "task.undefined": "undefined task",
    "task.businessRule": "business rule task (DMN)",
    "task.script": "script task (FEEL)",
    "task.instantiatingReceive": "instantiating receive task",
    "marker.parallelMultiInstance": "parallel multi-instance",
    "marker.sequentialMultiInstance": "sequential multi-instance",
    "marker.standardLoop": "standard loop",
    "marker.compensationHandler": "compensation handler",
    "subProcess.embedded": "embedded sub-process",
    "subProcess.event": "event sub-process",
    "subProcess.transaction": "transaction",
    "subProcess.adHoc": "ad-hoc sub-process",
    "subProcess.callActivity": "call activity",
    "gateway.inclusiveSplit": "inclusive split",
    "gateway.inclusiveJoin": "inclusive join",
    "gateway.eventBased": "event-based gateway",
    "flow.conditionalFromGateway": "conditional flow out of a gateway",
    "flow.conditionalFromActivity": "conditional flow out of an activity",
    "flow.default": "default flow",
}
_LIMITS = {
    "task.script": "FEEL, or a worker; no other language",
    "task.businessRule": "DMN 1.1 to 1.5, or a worker",
    "task.manual": "passes through, as an undefined task does",
    "task.undefined": "passes through",
    "marker.parallelMultiInstance": "behavior All; None, One and Complex are refused",
    "marker.sequentialMultiInstance": "behavior All; None, One and Complex are refused",
    "subProcess.transaction": "one case; no transaction protocol with other systems",
    "subProcess.adHoc": "activities start by themselves or by activeElementsCollection, not later by hand",
    "gateway.complex": "with several incoming flows it needs an activationCondition",
    "gateway.eventBased": "also instantiating and, then, parallel",
}
"""Where a row stops short, or needs a word."""
_NOUNS = {
    "task": "{} task",
    "gateway": "{} gateway",
    "start": "{} start event",
    "eventSubProcess": "event sub-process with a {} start",
    "catch": "{} intermediate catch event",
    "throw": "{} intermediate throw event",
    "boundary": "{} boundary event",
    "end": "{} end event",
}


def _rows(kinds: Mapping[str, str], status: Status, *, counted: bool = True) -> list[Row]:
    return [
        Row(
            id=f"{group}.{name}",
            group=_GROUPS[group],
            title=_title(group, name),
            status=status,
            limit=_LIMITS.get(f"{group}.{name}", ""),
            counted=counted,
        )
        for group, names in kinds.items()
        for name in names.split()
    ]


def _title(group: str, name: str) -> str:
    words = "parallel multiple" if name == "parallelMultiple" else name
    return _TITLES.get(f"{group}.{name}") or _NOUNS[group].format(words)


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        row.id: row
        for row in (
            *_rows(_EXECUTED, "executed"),
            *_rows(_BEYOND, "executed", counted=False),
            *_rows(_REFUSED, "refused"),
        )
    }
)
"""Every row of the coverage table by its id, such as `boundary.timer`."""


def row(row_id: str) -> Row | None:
    """Find a row; None when BPMN has no such construct (such as a boundary event that terminates)."""
    return ROWS.get(row_id)
