"""What stands beside the processes of a file? Messages, errors, escalations, and which process is executable."""

from collections.abc import Callable, Mapping

from pathways.bpmn.model import MessageTrigger
from pathways.bpmn.reading import global_tasks
from pathways.bpmn.reading.collaboration import index_correlation, index_message_flows
from pathways.bpmn.reading.data import DATA_TAGS, index_data, naming_order
from pathways.bpmn.reading.extensions import read_extensions
from pathways.bpmn.reading.formats import root_format
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import (
    BPMN,
    ZEEBE,
    Element,
    bpmn_children,
    children,
    local_reference,
    namespace_of,
    tag_of,
    text_of,
)


def index_roots(root: Element, source: Source) -> None:
    """Note the definitions that flow nodes refer to; refuse what is no BPMN."""
    if tag_of(root) != "definitions":
        known = root_format(root.tag)
        what = f"This is {known}" if known else f"The root element is {root.tag}"
        source.error("not-bpmn", root, f"{what}, not BPMN 2.0's definitions.", "Save the diagram as BPMN 2.0 XML.")
        return
    _check_language(root, source)
    _check_extensions(root, source)
    for element in children(root):
        if namespace_of(element.tag) == BPMN:
            _index(element, source)
    for element in sorted(root.iter(*_DATA), key=naming_order):
        index_data(element, source)
    for element in root.iter(f"{{{BPMN}}}linkEventDefinition"):
        _index_link(element, source)
    index_correlation(root, source)
    index_message_flows(root, source)


_DATA = tuple(f"{{{BPMN}}}{tag}" for tag in DATA_TAGS)


def _index(element: Element, source: Source) -> None:
    tag = tag_of(element)
    if tag in _INDEX:
        _INDEX[tag](element, source)
    elif tag.endswith("EventDefinition"):
        source.event_definitions[element.get("id", "")] = element
    elif tag in ("choreography", "globalChoreographyTask"):
        source.note("info", "not-executable", element, f"This {tag} is documentation: it is not executed.")


def _index_message(element: Element, source: Source) -> None:
    name = " ".join(element.get("name", "").split())
    if name.startswith("="):
        source.error("message-name", element, "The name of a message is an expression.", "Write it as plain text.")
    elif not name:
        source.note("warning", "message-name", element, "This message has no name: its id names it.", "Name it.")
        name = element.get("id", "")
    subscription = read_extensions(element, "message", source).get("subscription")
    key = None
    if subscription is not None:
        key = source.feel(subscription, subscription.get("correlationKey"), what="correlationKey")
    source.messages[element.get("id", "")] = MessageTrigger(name=name, correlation_key=key)


def _index_signal(element: Element, source: Source) -> None:
    """Signals match by name; without one, by id."""
    name = " ".join(element.get("name", "").split())
    if name.startswith("="):
        source.error("signal-name", element, "The name of a signal is an expression.", "Write it as plain text.")
    source.signals[element.get("id", "")] = name or element.get("id", "")


def _index_link(element: Element, source: Source) -> None:
    """A link is known by the id of its definition, and of its event; without a name of its own it has the event's."""
    event = element.getparent()
    name = " ".join((element.get("name") or event.get("name", "")).split())
    for known in (element.get("id"), event.get("id")):
        if known:
            source.links[known] = name


def _index_resource(element: Element, source: Source) -> None:
    source.resources[element.get("id", "")] = element.get("name") or element.get("id", "")


def _index_error(element: Element, source: Source) -> None:
    source.errors[element.get("id", "")] = _code(element, "errorCode", source)


def _index_escalation(element: Element, source: Source) -> None:
    source.escalations[element.get("id", "")] = _code(element, "escalationCode", source)


def _code(element: Element, attribute: str, source: Source) -> str:
    """The code that matches throw and catch; a definition without one is matched by its id."""
    code = str(element.get(attribute, "")).strip()
    if code.startswith("="):
        source.error("code-expression", element, f"{attribute} is an expression.", "Write the code as plain text.")
    if not code:
        message = f"{tag_of(element)} has no {attribute}: it is matched by its id."
        source.note("warning", "missing-code", element, message, f"Set {attribute}.")
    return code or str(element.get("id", ""))


_INDEX: Mapping[str, Callable[[Element, Source], None]] = {
    "message": _index_message,
    "signal": _index_signal,
    "resource": _index_resource,
    "error": _index_error,
    "escalation": _index_escalation,
}


_EXPRESSIONS = tuple(
    f"{{{BPMN}}}{tag}"
    for tag in ["conditionExpression", "condition", "completionCondition", "loopCondition", "activationCondition"]
)


def _check_language(root: Element, source: Source) -> None:
    """XPath is BPMN's default and says nothing; any other language than FEEL would be executed wrongly."""
    language = root.get("expressionLanguage", "feel")
    if "feel" in language.lower() or "xpath" in language.lower():
        return
    decided = any(text_of(found) and not found.get("language") for found in root.iter(*_EXPRESSIONS))
    message = f"Expressions of this file are declared as {language}."
    source.note("error" if decided else "info", "expression-language", root, message, "Write expressions in FEEL.")


def _check_extensions(root: Element, source: Source) -> None:
    """An extension that must be understood is refused, whoever made it (§8.2.3)."""
    for extension in bpmn_children(root, "extension"):
        if extension.get("mustUnderstand", "false").strip() in ("true", "1"):
            message = f"The file says that its extension {extension.get('definition', '')!r} must be understood."
            source.error("must-understand", extension, message, "Remove the extension or its mustUnderstand.")


def runnable(root: Element, source: Source) -> list[Element]:
    """The processes of the file that can run, and the global tasks that its call activities name."""
    processes = executable(root, source)
    return [*processes, *global_tasks.as_processes(root, _called(root))] if processes else []


def executable(root: Element, source: Source) -> list[Element]:
    """The processes that can run: those marked executable, else those that do not say, else the only one (§10.2).

    One that does not say runs also when a call activity of the file names it.
    """
    processes = bpmn_children(root, "process")
    marked = [process for process in processes if is_executable(process)]
    silent = [process for process in processes if process.get("isExecutable") is None]
    called = _called(root) if marked and silent else set()
    chosen = [*marked, *(process for process in silent if process.get("id") in called)] if marked else silent
    if not chosen and len(processes) == 1:
        message = "The only process of this file is marked as not executable; it can be simulated, not published."
        source.note("warning", "not-executable", processes[0], message, 'Set isExecutable="true" to publish it.')
        return processes
    if not chosen and tag_of(root) == "definitions":
        message = f"None of the {len(processes)} processes of this file is executable."
        source.error("no-executable-process", root, message, 'Set isExecutable="true" on one process.')
    chosen_ids = {id(process) for process in chosen}
    for process in processes:
        if id(process) not in chosen_ids:
            source.note("info", "not-executable", process, "This process is documentation: it is not executed.")
    return chosen


def is_executable(process: Element) -> bool:
    """Whether a process says that it is executable."""
    return str(process.get("isExecutable", "")).strip() in ("true", "1")


def _called(root: Element) -> set[str]:
    """The processes that the call activities of the file name."""
    standard = [call.get("calledElement", "") for call in root.iter(f"{{{BPMN}}}callActivity")]
    extensions = [call.get("processId", "") for call in root.iter(f"{{{ZEEBE}}}calledElement")]
    return {local_reference(name) for name in (*standard, *extensions)}
