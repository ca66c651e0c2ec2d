"""What does every element reader need? The file's references, its lanes, and a place for findings."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pathways.bpmn import support
from pathways.bpmn.findings import Finding, Severity
from pathways.bpmn.model import Ladder, MessageTrigger, WorkingCalendar
from pathways.bpmn.reading.foreign import Passed
from pathways.bpmn.reading.xml import Element, text_of
from pathways.feel import FeelSyntaxError, compile_expression


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: the name that people read and the role that its tasks get by default."""

    name: str
    role: str


@dataclass(slots=True)
class Source:
    """One file while it is read.

    `incomplete`: an element was refused, so the graph has holes. `extended`: whose extensions somebody has read.
    """

    file: str
    ladders: Mapping[str, Ladder]
    calendars: Mapping[str, WorkingCalendar]
    forms: Collection[str] | None
    findings: list[Finding] = field(default_factory=list)
    messages: dict[str, MessageTrigger] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    escalations: dict[str, str] = field(default_factory=dict)
    signals: dict[str, str] = field(default_factory=dict)
    message_flows: dict[str, MessageTrigger] = field(default_factory=dict)
    data_names: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    event_definitions: dict[str, Element] = field(default_factory=dict)
    lanes: dict[str, Lane] = field(default_factory=dict)
    passed: dict[tuple[str, str], Passed] = field(default_factory=dict)
    extended: set[int] = field(default_factory=set)
    incomplete: bool = False

    def pass_over(self, element: Element, namespace: str, name: str, *, kind: str) -> None:
        """Count what other tools wrote and nothing here reads; one finding per namespace tells it in the end."""
        seen = self.passed.setdefault((namespace, kind), Passed(element))
        seen.count += 1
        seen.names[name] = None

    def note(self, severity: Severity, rule: str, element: Element, message: str, remedy: str = "") -> None:
        """Record a finding at an element; the nearest enclosing id names it."""
        self.findings.append(
            Finding(rule, severity, self.file, element.sourceline or 0, nearest_id(element), message, remedy)
        )

    def error(self, rule: str, element: Element, message: str, remedy: str = "") -> None:
        """Record a finding that forbids publication."""
        self.note("error", rule, element, message, remedy)

    def refuse(self, element: Element, row: support.Row | None, *, what: str) -> None:
        """Record that BPMN knows this construct and this build does not execute it, or that BPMN has no such thing."""
        self.incomplete = True
        if row is None:
            self.error(
                "impossible-element", element, f"BPMN has no {what}.", "Draw it with an element of the standard."
            )
        else:
            message = f"The {row.title} is not executed by this build."
            self.error(
                "unsupported-element", element, message, "Use a construct of the coverage table that is executed."
            )

    def executes(self, element: Element, row_id: str, *, what: str) -> bool:
        """Ask the coverage table; refuse the element when the answer is no."""
        row = support.row(row_id)
        if row is not None and row.status == "executed":
            return True
        self.refuse(element, row, what=what)
        return False

    def feel(self, element: Element, text: str | None, *, what: str) -> str | None:
        """Give attribute text as FEEL: after `=` it is an expression, anything else is a literal string."""
        if text is None or not text.strip():
            return None
        text = text.strip()
        return self.expression(element, text, what=what) if text.startswith("=") else literal(text)

    def number(self, element: Element, text: str | None, *, what: str) -> str | None:
        """Give attribute text as FEEL where a number is meant: literal digits stay a number."""
        stripped = (text or "").strip()
        if stripped.lstrip("-").isdecimal():
            return stripped
        if stripped and not stripped.startswith("="):
            self.error(
                "not-a-number", element, f"{what} is {stripped!r}, not a whole number.", "Write digits or `=` and FEEL."
            )
            return None
        return self.feel(element, text, what=what)

    def condition(self, element: Element, *, what: str) -> str:
        """Give a formal expression that decides something; its language must be FEEL."""
        language = element.get("language", "feel")
        if "feel" not in language.lower():
            message = f"{what} is written in {language}, which is not executed."
            self.error("expression-language", element, message, "Write it in FEEL.")
            return "null"
        return self.expression(element, text_of(element), what=what)

    def expression(self, element: Element, text: str, *, what: str) -> str:
        """Give FEEL text without its `=`, compiled once so that a syntax error is found now."""
        feel = text.strip().removeprefix("=").strip()
        if feel.startswith(("${", "#{")):
            message = f"{what} `{feel[:80]}` is an expression of another engine's dialect."
            self.error("foreign-dialect", element, message, f"Write it in FEEL, such as `={_bare(feel)}`.")
            return "null"
        try:
            compile_expression(feel)
        except FeelSyntaxError as error:
            message = f"{what} is not FEEL: {error.message} (at character {error.position} of `{feel}`)."
            remedy = f"{error.hint[0].upper()}{error.hint[1:]}." if error.hint else "Correct the expression."
            self.error("feel-syntax", element, message, remedy)
        return feel


def _bare(expression: str) -> str:
    """What stands between the braces of `${…}`, with FEEL's words for the commonest signs."""
    inside = expression[2:].removesuffix("}").strip()[:80]
    for sign, word in (("&&", "and"), ("||", "or"), ("==", "=")):
        inside = inside.replace(sign, word)
    return inside


def literal(text: str) -> str:
    """Write text as a FEEL string literal."""
    return json.dumps(text, ensure_ascii=False)


def nearest_id(element: Element | None) -> str | None:
    """The id of the element, else of the nearest element around it."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return None
