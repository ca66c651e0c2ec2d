"""How are random BPMN files made? Every element of the standard, in any order, from any tool, mostly well connected."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from xml.sax.saxutils import quoteattr

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
NAMESPACES = {
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "flowable": "http://flowable.org/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "tns": "http://www.jboss.org/drools",
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "signavio": "http://www.signavio.com",
    "yaoqiang": "http://bpmn.sourceforge.net",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
TASKS = [
    "task",
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "scriptTask",
    "businessRuleTask",
    "manualTask",
    "callActivity",
]
GATEWAYS = ["exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"]
EVENTS = ["startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"]
SCOPES = ["subProcess", "transaction", "adHocSubProcess"]
TRIGGERS = {
    "startEvent": "message timer signal conditional",
    "eventSubProcess": "message timer signal conditional error escalation compensate",
    "intermediateCatchEvent": "message timer signal conditional link",
    "intermediateThrowEvent": "message signal escalation compensate link",
    "boundaryEvent": "message timer signal conditional error escalation compensate",
    "endEvent": "message signal error escalation compensate cancel terminate",
    "wrong": "message timer signal conditional error escalation compensate cancel link terminate",
}
"""The event definitions that the standard allows at each place."""
EXPRESSIONS = ("=true", "= x > 3", "=x", "=false", "=null", "=[1,2,3]", "= count(xs) > 2", "=now()", "=x.y.z", "=1")
WRONG_EXPRESSIONS = ("${x}", "=1+", "", "x y z", "=" + "(" * 100)
TIMES = {
    "timeDate": ("2026-02-01T00:00:00Z", "=now()"),
    "timeDuration": ("PT1H", "=duration(due)", "PT0S", "P1M"),
    "timeCycle": ("R3/PT10S", "R/PT1S", "R2/2026-02-01T00:00:00Z/PT1H", "0 0 9 * * *"),
}
WRONG_TIMES = ("P", "", "-PT1H", "soon", "R/", "9999-12-31T23:59:59Z", "P99999999Y", "R999999999/PT0S")
FLAGS = ("true", "false", "1", "0")


class Diagrams:
    """One random file after the other from one seed; `wrong` is the share of choices that break a rule."""

    def __init__(self, random: Random, *, wrong: float = 0.03) -> None:
        self._random = random
        self._wrong = wrong
        self._ids: list[str] = []
        self._prefix = ""

    def file(self) -> str:
        """Write one file."""
        self._ids = []
        self._prefix = self._random.choice(("bpmn:", "bpmn2:", "", "semantic:", "ns0:"))
        processes = "".join(self._process(number) for number in range(self._random.choice((1, 1, 1, 2, 3))))
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
        own = f'xmlns{":" if self._prefix else ""}{self._prefix.rstrip(":")}="{BPMN}"'
        head = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{self._prefix}definitions {own}{declared} targetNamespace="t">'
        )
        parts = [processes, *self._roots(), self._collaboration()]
        self._random.shuffle(parts)
        return "\n".join([head, *parts, f"</{self._prefix}definitions>"])

    def _element(self, tag: str, attributes: dict[str, str], inside: str = "") -> str:
        pairs = list(attributes.items())
        self._random.shuffle(pairs)
        text = "".join(f" {name}={quoteattr(value)}" for name, value in pairs)
        name = tag if ":" in tag else f"{self._prefix}{tag}"
        return f"<{name}{text}>{inside}</{name}>\n" if inside else f"<{name}{text}/>\n"

    def _new_id(self, kind: str) -> str:
        self._ids.append(f"{kind}_{len(self._ids)}")
        return self._ids[-1]

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    def _pick(self, right: Sequence[str], wrong: Sequence[str]) -> str:
        return self._random.choice(wrong if self._often(self._wrong) else right)

    def _flag(self) -> str:
        return self._pick(FLAGS, ("maybe", ""))

    def _feel(self) -> str:
        return self._pick(EXPRESSIONS, WRONG_EXPRESSIONS)

    def _expression(
        self, tag: str, right: Sequence[str] = EXPRESSIONS, wrong: Sequence[str] = WRONG_EXPRESSIONS
    ) -> str:
        text = self._pick(right, wrong).replace("&", "&amp;").replace("<", "&lt;")
        return self._element(tag, {"xsi:type": "tFormalExpression"} if self._often(0.5) else {}, text)

    def _time(self, form: str) -> str:
        return self._expression(form, TIMES[form], WRONG_TIMES)

    def _roots(self) -> list[str]:
        correlation = self._element(
            "extensionElements", {}, self._element("zeebe:subscription", {"correlationKey": self._feel()})
        )
        return [
            self._element("message", {"id": "M", "name": "m"}, correlation if self._often(0.5) else ""),
            self._element("signal", {"id": "S", "name": "s"}),
            self._element("error", {"id": "E", "errorCode": "e"}),
            self._element("escalation", {"id": "X", "escalationCode": "x"}),
            self._element(
                "timerEventDefinition",
                {"id": "T"},
                self._expression("timeDuration", TIMES["timeDuration"], WRONG_TIMES),
            ),
            self._element("itemDefinition", {"id": "I", "structureRef": "I"}),
        ]

    def _collaboration(self) -> str:
        if self._often(0.6):
            return ""
        pools = [self._element("participant", {"id": f"Pool{n}", "processRef": f"P{n}"}) for n in range(3)]
        flows = [
            self._element("messageFlow", {"id": f"MF{n}", "sourceRef": self._any_id(), "targetRef": self._any_id()})
            for n in range(self._random.randrange(3))
        ]
        return self._element("collaboration", {"id": "Collaboration"}, "".join([*pools, *flows]))

    def _any_id(self) -> str:
        return self._random.choice(self._ids) if self._ids else "nothing"

    def _process(self, number: int) -> str:
        attributes = {"id": f"P{number}", "name": f"Process {number}"}
        if self._often(0.8):
            attributes["isExecutable"] = self._pick(("true",), ("false", "maybe"))
        return self._element("process", attributes, self._content(depth=0))

    def _content(self, *, depth: int, kind: str = "startEvent") -> str:
        start = self._new_id("start")
        kinds = [self._random.choice(self._kinds(depth)) for _ in range(self._random.randrange(1, 9))]
        parts, path, hosts = [self._start(start, kind, depth)], [start], [start]
        for node in kinds:
            name = self._new_id("n")
            parts.append(self._node(node, name, hosts, depth))
            beside = node == "boundaryEvent"
            if beside:
                parts.append(self._flow(name, path[-1] if len(path) > 1 else name))
            else:
                path.append(name)
            if node in (*TASKS, *SCOPES):
                hosts.append(name)
        end = self._new_id("end")
        parts.append(self._element("endEvent", {"id": end}, self._trigger("endEvent") if self._often(0.3) else ""))
        parts.extend(self._flows([*path, end]))
        parts.extend(self._event_sub_process(depth) if self._often(0.15) and depth < 2 else ())
        parts.extend(self._artifacts(path))
        self._random.shuffle(parts)
        return "".join(parts)

    def _kinds(self, depth: int) -> list[str]:
        return [*TASKS, *TASKS, *GATEWAYS, *EVENTS[2:], *(SCOPES if depth < 3 else [])]

    def _start(self, name: str, kind: str, depth: int) -> str:
        triggered = kind == "eventSubProcess"
        attributes = {"id": name} | ({"isInterrupting": self._flag()} if triggered else {})
        often = 1 if triggered else 0.2 if depth == 0 else self._wrong
        return self._element("startEvent", attributes, self._trigger(kind) if self._often(often) else "")

    def _event_sub_process(self, depth: int) -> list[str]:
        attributes = {"id": self._new_id("esp"), "triggeredByEvent": "true"}
        return [self._element("subProcess", attributes, self._content(depth=depth + 1, kind="eventSubProcess"))]

    def _node(self, kind: str, name: str, hosts: list[str], depth: int) -> str:
        attributes = {"id": name, "name": name.upper()} | self._oddities()
        inside = self._extensions(kind) if not self._often(self._wrong) else ""
        if kind in SCOPES:
            inside += self._content(depth=depth + 1)
        elif kind.endswith("Event"):
            inside += "".join(self._trigger(kind) for _ in range(self._random.choice((1, 1, 1, 1, 2))))
        if kind == "boundaryEvent":
            attributes["attachedToRef"] = self._pick(hosts[1:] or [name], [name, "nothing", hosts[0]])
            attributes["cancelActivity"] = self._flag()
        if kind in (*TASKS, *SCOPES) and self._often(0.25):
            inside += self._loop()
        if kind in ("sendTask", "receiveTask"):
            attributes["messageRef"] = self._pick("M", ("nothing", ""))
        if kind == "callActivity":
            attributes["calledElement"] = self._pick(("P0", "P1", "P2"), ("elsewhere", ""))
        if kind == "complexGateway" and self._often(0.5):
            inside += self._expression("activationCondition")
        return self._element(kind, attributes, inside)

    def _oddities(self) -> dict[str, str]:
        choices = {
            "default": "f_1",
            "isForCompensation": self._flag(),
            "startQuantity": self._random.choice(("1", "2", "0", "x")),
            "completionQuantity": self._random.choice(("1", "2", "3")),
            "instantiate": self._flag(),
            "gatewayDirection": "Converging",
            "camunda:assignee": "a",
            "camunda:asyncBefore": "true",
            "bioc:fill": "#fff",
            "signavio:x": "1",
            "unknown": "1",
            "eventGatewayType": self._random.choice(("Parallel", "Exclusive", "Other")),
        }
        return {name: value for name, value in choices.items() if self._often(self._wrong / 3)}

    def _trigger(self, place: str) -> str:
        kind = self._pick(TRIGGERS[place].split(), TRIGGERS["wrong"].split())
        inside = ""
        attributes: dict[str, str] = {}
        match kind:
            case "timer":
                form = self._random.choice(tuple(TIMES))
                inside = self._time(form)
            case "conditional":
                inside = self._expression("condition")
            case "compensate":
                attributes = {"activityRef": self._any_id()} if self._often(0.5) else {}
            case "link":
                attributes = {"name": self._random.choice("ab")}
            case "message" | "signal" | "error" | "escalation":
                attributes = {f"{kind}Ref": {"message": "M", "signal": "S", "error": "E", "escalation": "X"}[kind]}
        if kind == "timer" and self._often(0.1):
            return self._element("eventDefinitionRef", {}, self._pick("T", ("nothing", "")))
        return self._element(f"{kind}EventDefinition", attributes, inside)

    def _loop(self) -> str:
        if self._often(0.3):
            attributes = {"testBefore": self._flag(), "loopMaximum": self._pick("23", ("0", "x", "-1"))}
            return self._element("standardLoopCharacteristics", attributes, self._expression("loopCondition"))
        zeebe = {"inputCollection": self._feel(), "inputElement": "item"}
        inside = self._element("extensionElements", {}, self._element("zeebe:loopCharacteristics", zeebe))
        if self._often(0.5):
            inside = self._expression("loopCardinality", ("3", "=2", "0"), ("-1", "x", "=1000000000"))
        if self._often(0.3):
            inside += self._expression("completionCondition")
        return self._element("multiInstanceLoopCharacteristics", {"isSequential": self._flag()}, inside)

    def _extensions(self, kind: str) -> str:
        choices = {
            "serviceTask": self._element("zeebe:taskDefinition", {"type": "t", "retries": "1"}),
            "scriptTask": self._element("zeebe:script", {"expression": self._feel(), "resultVariable": "x"}),
            "businessRuleTask": self._element("zeebe:calledDecision", {"decisionId": "d", "resultVariable": "x"}),
            "callActivity": self._element("zeebe:calledElement", {"processId": self._pick(("P0", "P1"), ("=x", ""))}),
            "userTask": self._element("zeebe:assignmentDefinition", {"assignee": self._feel()}),
        }
        mapping = self._element("zeebe:input", {"source": self._feel(), "target": "y"})
        mapped = kind not in GATEWAYS and self._often(0.2)
        parts = [choices.get(kind, ""), self._element("zeebe:ioMapping", {}, mapping) if mapped else ""]
        if self._often(self._wrong / 3):
            parts.append(self._element("camunda:inputOutput", {}))
        if self._often(0.1):
            parts.append(self._element("yaoqiang:style", {"fill": "red"}))
        return self._element("extensionElements", {}, "".join(parts)) if any(parts) else ""

    def _flows(self, nodes: list[str]) -> list[str]:
        pairs = list(pairwise(nodes))
        inner = nodes[1:-1] or nodes
        pairs += [(self._random.choice(inner), self._random.choice(inner)) for _ in range(self._random.randrange(3))]
        return [self._flow(source, target) for source, target in pairs]

    def _flow(self, source: str, target: str) -> str:
        attributes = {"sourceRef": source, "targetRef": target}
        if self._often(0.8):
            attributes["id"] = self._new_id("f")
        condition = self._expression("conditionExpression") if self._often(0.1) else ""
        return self._element("sequenceFlow", attributes, condition)

    def _artifacts(self, nodes: list[str]) -> list[str]:
        lane = self._element("flowNodeRef", {}, self._random.choice(nodes))
        parts = [
            self._element("laneSet", {"id": self._new_id("ls")}, self._element("lane", {"name": "Lane"}, lane)),
            self._element("dataObject", {"id": self._new_id("d"), "name": "data"}),
            self._element("textAnnotation", {"id": self._new_id("a")}, self._element("text", {}, "note")),
            self._element(
                "association", {"sourceRef": self._random.choice(nodes), "targetRef": self._random.choice(nodes)}
            ),
        ]
        return [part for part in parts if self._often(0.2)]
