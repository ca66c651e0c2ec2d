"""How does a trace read? One short line per fact, so that the diff of a trace is a diff of semantics.

Timers and subscriptions are named by the event that waits, activations by `element#number`; facts of a called case
start with its path, and a line `at …` says when time has passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflows.proof.simulation import MONDAY

Line = Mapping[str, Any]
FIRST_CASE = "case-1"


def compact(trace: Sequence[Line]) -> list[str]:
    """Give the lines of a trace of `pathways simulate` in their short form."""
    return Trace().lines(trace)


@dataclass(slots=True)
class Trace:
    """A trace while it is shortened: the time of the last line, and what timers and subscriptions wait for."""

    now: str = MONDAY.isoformat()
    names: dict[str, str] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)

    def lines(self, trace: Sequence[Line]) -> list[str]:
        """Shorten line by line."""
        lines = []
        for line in trace:
            if line["at"] != self.now:
                self.now = line["at"]
                lines.append(f"at {_time(self.now)}")
            text = " ".join(word for word in (line["fact"], *self._words(line)) if word)
            lines.append(text if line["case"] == FIRST_CASE else f"{line['case']}: {text}")
        return lines

    def _words(self, line: Line) -> list[str]:
        at = line["activation"]
        match line["fact"]:
            case "case_started":
                self.roots.add(at)
                return [line["process"], "called" if line.get("called") else ""]
            case "activated":
                return [at, self._inside(line["scope"])]
            case "taken":
                return [line["flow"]]
            case "variable_set":
                return [f"{line['variable']} = {_value(line['value'])}", self._inside(at)]
            case "offered":
                return [at, _to(line.get("groups")), _after("due", line.get("due_at"))]
            case "waiting":
                what = f"{line['listener']} listener" if "listener" in line else line["wait"]
                return [at, what, _after("for", line.get("waits_for")), _after("due", line.get("due_at"))]
            case "decision":
                return [at, f"{line['expression']} = {_value(line['value'])}", _read(line.get("read", {}))]
            case "error_thrown" | "escalation_thrown":
                return [at, line.get("code", ""), f"caught by {line.get('caught_by', 'nobody')}"]
            case "escalated":
                late = "(breached on arrival)" if line.get("breached_on_arrival") else ""
                return [at, f"rung {line['rung']}/{line['of']} {line['level']} → {', '.join(line['tell'])}", late]
            case "due_changed":
                return [at, _time(line["due_at"]), f"(was {_time(line['was'])})", f"because {line['because']}"]
            case "incident_raised":
                return [at, f"{line['kind']}: {line.get('reason', '')}"]
            case "called":
                return [at, line["process_id"], "detached" if line.get("detached") else ""]
            case "call_ended":
                return [at, line["outcome"]]
            case "case_ended":
                return [line["outcome"], line.get("error_code", "")]
            case "work_failed":
                return [at, line.get("reason", "")]
            case _:
                return self._waits(line)

    def _waits(self, line: Line) -> list[str]:
        """Shorten facts about timers, subscriptions and messages."""
        match line["fact"]:
            case "timer_started" | "timer_moved":
                rung = f" rung {line['rung'] + 1}" if "rung" in line else ""
                self._name(line, "timer", f"{line['node']}{rung}")
                return [f"{line['node']}{rung}", _time(line["due_at"])]
            case "timer_fired":
                late = line.get("late_seconds", 0)
                return [self._named(line, "timer"), f"late by {late} s" if late else ""]
            case "timer_cancelled":
                return [self._named(line, "timer")]
            case "subscribed":
                self._name(line, "subscription", line["node"])
                about = f"signal {line['signal']}" if "signal" in line else f"{line['message']}/{line.get('key', '')}"
                return [line["node"], f"to {about}"]
            case "unsubscribed":
                return [self._named(line, "subscription")]
            case (
                "message_received"
                | "message_sent"
                | "message_buffered"
                | "message_expired"
                | "message_given_up"
                | "message_ignored"
            ):
                until = _after("until", line.get("expires_at"))
                return [
                    f"{line['message']}/{line.get('key', '')}",
                    _after("by", line.get("node")),
                    line.get("reason", ""),
                    until,
                ]
            case "signal_thrown" | "signal_received":
                return [line["signal"], _after("by", line.get("node"))]
            case "condition_met":
                return [line["node"], _read(line.get("read", {}))]
            case "compensating" | "compensated":
                return [line["activation"], _after("by", line.get("handler"))]
            case _:
                return [line["activation"]]

    def _inside(self, scope: str) -> str:
        return "" if scope in self.roots else f"in {scope}"

    def _name(self, line: Line, kind: str, name: str) -> None:
        self.names[f"{line['case']} {line[kind]}"] = name

    def _named(self, line: Line, kind: str) -> str:
        return self.names[f"{line['case']} {line[kind]}"]


def _to(groups: Sequence[str] | None) -> str:
    return f"to {', '.join(groups)}" if groups else ""


def _after(word: str, value: str | None) -> str:
    return f"{word} {_time(value) if word in ('due', 'until') else value}" if value else ""


def _read(values: Mapping[str, Any]) -> str:
    return f"({', '.join(f'{name} = {_value(value)}' for name, value in sorted(values.items()))})" if values else ""


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00")
