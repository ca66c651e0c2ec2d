"""What is a process definition? The frozen, typed model that the engine executes (BPMN 2.0.2 chapter 10).

A `Definition` is read once from a `.bpmn` file, identified by key, version and sha256, and travels as JSON
(`pathways.codec`). Expressions are FEEL text without the leading `=`; literal text is kept as a FEEL string literal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pathways.bpmn.timing import Ladder, Rung, WorkingCalendar
from pathways.bpmn.triggers import (
    CancelTrigger,
    CompensationTrigger,
    ConditionalTrigger,
    ErrorTrigger,
    EscalationTrigger,
    LinkTrigger,
    MessageTrigger,
    MultipleTrigger,
    SignalTrigger,
    SingleTrigger,
    TerminateTrigger,
    TimerTrigger,
    Trigger,
    parts,
)
from pathways.bpmn.work import Listener, Moment, WorkSpec

__all__ = (
    "CancelTrigger",
    "CompensationTrigger",
    "ConditionalTrigger",
    "ErrorTrigger",
    "EscalationTrigger",
    "Ladder",
    "LinkTrigger",
    "Listener",
    "MessageTrigger",
    "Moment",
    "MultipleTrigger",
    "Rung",
    "SignalTrigger",
    "SingleTrigger",
    "TerminateTrigger",
    "TimerTrigger",
    "Trigger",
    "WorkSpec",
    "WorkingCalendar",
    "parts",
)
"""Parts of the model that are told in files of their own."""

NodeType = Literal[
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "scriptTask",
    "businessRuleTask",
    "manualTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
]
SCOPE_TYPES: frozenset[str] = frozenset({"subProcess", "transaction", "adHocSubProcess"})
"""Activities that hold flow nodes of their own (§10.3.5)."""

ACTIVITY_TYPES: frozenset[str] = frozenset(
    {
        "task",
        "userTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "manualTask",
        "callActivity",
        *SCOPE_TYPES,
    }
)


@dataclass(frozen=True, slots=True)
class VariableMapping:
    """One input or output mapping: the value of `source` (FEEL) is written to variable `target`."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class UserTaskSpec:
    """Who does a user task, by when, how urgent and with which form. All values are FEEL."""

    assignee: str | None = None
    candidate_groups: str | None = None
    candidate_users: str | None = None
    due_date: str | None = None
    follow_up_date: str | None = None
    priority: str | None = None
    form_id: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptSpec:
    """A FEEL script task: the value of `expression` is written to `result_variable`."""

    expression: str
    result_variable: str


@dataclass(frozen=True, slots=True)
class CallSpec:
    """Which process a call activity starts. `detached`: it is started and not waited for (our extension).

    `process_expression` (FEEL) names it when the call is made; `process_id` is empty then. `version_tag`: only the
    version that carries this tag.
    """

    process_id: str
    propagate_all_child_variables: bool = True
    propagate_all_parent_variables: bool = True
    detached: bool = False
    process_expression: str | None = None
    version_tag: str | None = None

    def accepts(self, version_tag: str) -> bool:
        """Whether a process with this version tag may be called; without a tag of its own the call takes any."""
        return self.version_tag in (None, version_tag)


@dataclass(frozen=True, slots=True)
class DecisionSpec:
    """The DMN decision that a business rule task calls; `decision_id` is FEEL, the value goes to `result_variable`."""

    decision_id: str
    result_variable: str


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """Multi-instance loop characteristics (§10.3.8).

    One inner activation per item of `input_collection`, or `cardinality` (FEEL) of them; exactly one is given.
    """

    sequential: bool
    input_collection: str | None = None
    input_element: str | None = None
    output_collection: str | None = None
    output_element: str | None = None
    completion_condition: str | None = None
    cardinality: str | None = None
    kind: Literal["multiInstance"] = "multiInstance"


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """Standard loop characteristics (§10.3.8): again while `condition` holds, at most `maximum` times."""

    condition: str | None
    test_before: bool
    maximum: int | None
    kind: Literal["standardLoop"] = "standardLoop"


Loop = MultiInstance | StandardLoop


@dataclass(frozen=True, slots=True)
class AdHoc:
    """How the activities of an ad-hoc sub-process run (§10.3.5).

    `active_elements` (FEEL): ids of those that start; None: all that nothing leads to. `completion_condition` is
    read whenever one of them completes; `cancel_remaining` ends the others then.
    """

    sequential: bool = False
    completion_condition: str | None = None
    cancel_remaining: bool = True
    active_elements: str | None = None


@dataclass(frozen=True, slots=True)
class FlowNode:
    """An event, activity or gateway (§8.4.3). Fields that do not apply to its type are empty.

    `instantiate`: a receive task or event-based gateway that starts cases; `parallel_events`: it needs all its events.
    `compensated_by`: the compensation handler of this activity. `data_objects`: variables that live in this scope.
    `listeners`: work around the element, in the order of the file. `ladder_choice` (FEEL) gives the name of one of
    `ladders` when the step begins; without it the step has its `ladder` or none.
    """

    id: str
    type: NodeType
    name: str
    line: int
    scope: str
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    default: str | None = None
    lane: str | None = None
    documentation: str = ""
    trigger: Trigger | None = None
    attached_to: str | None = None
    interrupting: bool = True
    triggered_by_event: bool = False
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()
    work: WorkSpec | None = None
    user: UserTaskSpec | None = None
    script: ScriptSpec | None = None
    call: CallSpec | None = None
    decision: DecisionSpec | None = None
    loop: Loop | None = None
    ad_hoc: AdHoc | None = None
    instantiate: bool = False
    parallel_events: bool = False
    for_compensation: bool = False
    compensated_by: str | None = None
    start_quantity: int = 1
    completion_quantity: int = 1
    activation_condition: str | None = None
    data_objects: tuple[str, ...] = ()
    data_inputs: tuple[VariableMapping, ...] = ()
    data_outputs: tuple[VariableMapping, ...] = ()
    ladder: Ladder | None = None
    ladder_choice: str | None = None
    ladders: tuple[Ladder, ...] = ()
    calendar: str = "always"
    expected_duration: str | None = None
    due_anchor: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()

    @property
    def title(self) -> str:
        """The name that people read, else the id."""
        return self.name or self.id

    @property
    def responsible(self) -> str | None:
        """Who answers for it while the case waits here and no task says so: the role that it names, else its lane."""
        return self.properties.get("responsible", "").strip() or self.lane

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Every rung that it may climb, by number: of its ladder, or of those that it may choose one after another."""
        every = (self.ladder,) if self.ladder else self.ladders
        return tuple(rung for ladder in every for rung in ladder.rungs)

    def numbers_of(self, chosen: str) -> range:
        """Give the numbers of the rungs of its ladder, or of the one that was chosen."""
        if self.ladder is not None:
            return range(len(self.ladder.rungs))
        first = 0
        for ladder in self.ladders:
            if ladder.name == chosen:
                return range(first, first + len(ladder.rungs))
            first += len(ladder.rungs)
        return range(0)

    @property
    def is_scope(self) -> bool:
        """Whether it holds flow nodes of its own."""
        return self.type in SCOPE_TYPES

    @property
    def is_activity(self) -> bool:
        """Whether boundary events, loops and mappings may apply (§10.3)."""
        return self.type in ACTIVITY_TYPES


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """A sequence flow; `condition` is FEEL, None when the flow is unconditional (§8.4.13)."""

    id: str
    source: str
    target: str
    scope: str
    condition: str | None = None
    name: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the file: the outermost scope; its nodes are found through `Definition`."""

    id: str
    name: str
    executable: bool
    line: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionFile:
    """A DMN file that business rule tasks call, pinned: the names and ids it answers to, and its model as JSON."""

    file: str
    names: tuple[str, ...]
    model: str


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Definition:
    """An immutable process definition: everything `step` needs to know, and nothing else.

    Identified by `key` (the id of its first executable process), `version_tag` and `sha256` (of the files it was
    published from). `calls` pins each called process to the sha256 that was published with this one; `decisions` are
    pinned as they were read.
    """

    key: str
    name: str
    version_tag: str
    sha256: str
    processes: tuple[Process, ...]
    nodes: Mapping[str, FlowNode]
    flows: Mapping[str, SequenceFlow]
    calendars: Mapping[str, "WorkingCalendar"] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[DecisionFile, ...] = ()
