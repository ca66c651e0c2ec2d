"""What does a specification say? Elements, their place in the grid, and the flows between them."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")


@dataclass(slots=True)
class Node:
    """One flow node or annotation: BPMN tag, name, cell of the grid and its semantics."""

    id: str
    tag: str
    name: str
    lane: str | None
    column: int
    row: int
    semantics: dict[str, Any]
    width: float | None = None
    span: int = 1
    label: str | None = None
    host: str | None = None
    side: str | None = None
    inner: "Diagram | None" = None


@dataclass(slots=True)
class Flow:
    """One sequence flow or association.

    `exit`/`enter` pin a side (left, right, top, bottom); `over`/`under` name a shape that the flow passes so.
    """

    id: str
    source: str
    target: str
    name: str | None = None
    when: str | None = None
    default: bool = False
    exit: str | None = None
    enter: str | None = None
    over: str | None = None
    under: str | None = None
    association: bool = False


@dataclass(slots=True)
class Lane:
    """One lane of the pool, in drawing order."""

    id: str
    name: str
    doc: str | None = None


@dataclass(slots=True)
class Diagram:
    """A process (or the content of a sub-process): every method adds one element and returns its id."""

    id: str
    name: str
    version_tag: str | None = None
    doc: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    executable: bool = True
    task_width: float = 120
    gap: float = 50.0
    margin: float = 30.0
    lanes: list[Lane] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    bands: list[tuple[str | None, int, str]] = field(default_factory=list)
    row: int = 0

    def lane(self, id: str, name: str, doc: str | None = None) -> str:
        """Add a lane below the ones there are."""
        self.lanes.append(Lane(id, name, doc))
        return id

    # -- tasks ---------------------------------------------------------------------------------------
    def task(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Undefined task."""
        return self._add("task", id, name, at, more)

    def user(self, id: str, name: str, at: Any, **more: Any) -> str:
        """User task: `groups, assignee, users, due, follow_up, priority, form`."""
        return self._add("userTask", id, name, at, more)

    def service(self, id: str, name: str, at: Any, type: str, **more: Any) -> str:
        """Service task: `type` and `retries` of the task definition, `headers`."""
        return self._add("serviceTask", id, name, at, {"type": type, **more})

    def send(self, id: str, name: str, at: Any, type: str, **more: Any) -> str:
        """Send task; `message` (and `key`) names the message that goes out."""
        return self._add("sendTask", id, name, at, {"type": type, **more})

    def receive(self, id: str, name: str, at: Any, message: str, key: str, **more: Any) -> str:
        """Receive task for a message with its correlation key."""
        return self._add("receiveTask", id, name, at, {"message": message, "key": key, **more})

    def script(self, id: str, name: str, at: Any, expression: str, result: str, **more: Any) -> str:
        """Script task: a FEEL expression and the variable that takes its value."""
        return self._add("scriptTask", id, name, at, {"script": (expression, result), **more})

    def rule(self, id: str, name: str, at: Any, decision: str, result: str, **more: Any) -> str:
        """Business rule task: a DMN decision and the variable that takes its result."""
        return self._add("businessRuleTask", id, name, at, {"decision": (decision, result), **more})

    def manual(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Manual task."""
        return self._add("manualTask", id, name, at, more)

    def call(self, id: str, name: str, at: Any, process: str, **more: Any) -> str:
        """Call activity: `binding, version_tag, propagate` (all child variables)."""
        return self._add("callActivity", id, name, at, {"process": process, **more})

    # -- gateways ------------------------------------------------------------------------------------
    def xor(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Exclusive gateway."""
        return self._add("exclusiveGateway", id, name, at, more)

    def parallel(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Parallel gateway."""
        return self._add("parallelGateway", id, name, at, more)

    def inclusive(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Inclusive gateway."""
        return self._add("inclusiveGateway", id, name, at, more)

    def event_gateway(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Event-based gateway."""
        return self._add("eventBasedGateway", id, name, at, more)

    # -- events --------------------------------------------------------------------------------------
    def start(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Start event: plain, or with `message`+`key`, `timer`, `error`, `escalation`; `interrupting`."""
        return self._add("startEvent", id, name, at, more)

    def catch(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Intermediate catch event: `message`+`key` or `timer`."""
        return self._add("intermediateCatchEvent", id, name, at, more)

    def throw(self, id: str, name: str, at: Any, **more: Any) -> str:
        """Intermediate throw event: none, `message`+`type` or `escalation`."""
        return self._add("intermediateThrowEvent", id, name, at, more)

    def end(self, id: str, name: str, at: Any, **more: Any) -> str:
        """End event: none, `message`+`type`, `error`, `escalation` or `terminate=True`."""
        return self._add("endEvent", id, name, at, more)

    def boundary(self, id: str, name: str, on: str, **more: Any) -> str:
        """Boundary event on the bottom border of a task: `timer`, `message`, `error`, `escalation`."""
        host = self.nodes[on]
        node_id = self._add("boundaryEvent", id, name, (host.lane, host.column, host.row), more)
        self.nodes[node_id].host = on
        return node_id

    # -- sub-processes and text ----------------------------------------------------------------------
    def subprocess(self, id: str, name: str, at: Any, **more: Any) -> "Diagram":
        """Embedded sub-process, drawn expanded; fill the diagram that comes back."""
        self._add("subProcess", id, name, at, more)
        return self._inner(id, name)

    def event_subprocess(self, id: str, name: str, lane: str | None = None, band: int = 0, **more: Any) -> "Diagram":
        """Event sub-process in a band at the foot of a lane (default: the last); fill what comes back."""
        lane = lane or (self.lanes[-1].id if self.lanes else None)
        self._add("subProcess", id, name, (lane, 0, 0), {"by_event": True, **more})
        self.bands.append((lane, band, id))
        return self._inner(id, name)

    def note(self, text: str, on: str, at: Any, **more: Any) -> str:
        """Text annotation in a cell of its own, tied to an element."""
        id = f"note_{on}_{sum(n.tag == 'textAnnotation' for n in self.nodes.values())}"
        self._add("textAnnotation", id, text, at, more)
        self.flows.append(Flow(f"{id}_to_{on}", on, id, association=True))
        return id

    # -- flows ---------------------------------------------------------------------------------------
    def flow(self, source: str, target: str, **more: Any) -> str:
        """Sequence flow: `when` (FEEL), `name`, `default=True`, `exit`/`enter` (a side), `id`."""
        id = more.pop("id", None) or self._flow_id(source, target)
        self.flows.append(Flow(id, source, target, **more))
        return str(id)

    def path(self, *ids: str) -> None:
        """Unconditional sequence flows from each element to the next."""
        for source, target in pairwise(ids):
            self.flow(source, target)

    def _flow_id(self, source: str, target: str) -> str:
        id = f"{source}_to_{target}"
        same = sum(flow.source == source and flow.target == target for flow in self.flows)
        return f"{id}_{same + 1}" if same else id

    def _add(self, tag: str, id: str, name: str, at: Any, more: dict[str, Any]) -> str:
        lane, column, row = _place(at)
        shape = {key: more.pop(key) for key in ("width", "span", "label", "side") if key in more}
        if id in self.nodes:
            raise SystemExit(f"two elements of {self.id} are called {id!r}: give one another id")
        if self.lanes and lane not in {known.id for known in self.lanes}:
            raise SystemExit(f"{id!r} is placed in lane {lane!r}, which is not declared with lane(...)")
        self.nodes[id] = Node(id, tag, name, lane if self.lanes else None, column, row, more, **shape)
        return id

    def _inner(self, id: str, name: str) -> "Diagram":
        inner = Diagram(id, name, task_width=self.task_width)
        self.nodes[id].inner = inner
        return inner


def _place(at: Any) -> tuple[str | None, int, int]:
    """(lane, column, row), (lane, column), or inside a sub-process (column, row) or a column."""
    match at:
        case (str() | None as lane, int(column), int(row)):
            return lane, column, row
        case (str() as lane, int(column)):
            return lane, column, 0
        case (int(column), int(row)):
            return None, column, row
        case int(column):
            return None, column, 0
    raise SystemExit(f"{at!r} is no place: write (lane, column, row)")
