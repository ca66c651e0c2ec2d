"""Would anybody do it, and understand how? Task types, headers, properties and variables that hold certain words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pathways.bpmn.model import FlowNode, MessageTrigger, Process, WorkSpec
from pathways.near import meant, suggestion
from pathways.rules.given import texts_given
from pathways.rules.graph import triggers
from pathways.rules.subject import Remark, Rule, Subject, remark
from pathways.rules.vocabulary import Table, Words, vocabulary, without_language
from pathways.rules.waits import fixed_text

Place = FlowNode | Process
_PLACEHOLDER = re.compile(r"\{\s*[A-Za-z_][\w. ]*\}")
"""What other engines fill in: `{patient.name}`, `${name}`."""


class _Said(NamedTuple):
    """A text in a place of which only certain words are understood. `where`: the place, for people."""

    about: Place
    where: str
    text: str
    words: Words


def unknown_work(subject: Subject) -> Iterator[Remark]:
    """A task type is one that the worker does: nobody would do anything else."""
    for about, spec in _work(subject):
        for task_type in dict.fromkeys(texts_given(spec.task_type)):
            if task_type not in vocabulary().types:
                what = f"Nobody does the work {task_type!r} of {_title(about)!r}: the worker has no such task type."
                near = suggestion(task_type, vocabulary().types)
                yield remark(about, what, f"{near}The task types stand in pathways/library/work.yaml.")


def _work(subject: Subject) -> Iterator[tuple[Place, WorkSpec]]:
    """Everything that is given to the worker, with the element that gives it."""
    for node in subject.nodes:
        yield from ((node, work) for work in (node.work, *(each.work for each in node.listeners)) if work)
    for process in subject.definition.processes:
        yield from ((process, each.work) for each in process.listeners)


def no_tries(subject: Subject) -> Iterator[Remark]:
    """Work is tried at least once."""
    for about, spec in _work(subject):
        if spec.retries.lstrip("-").isdecimal() and int(spec.retries) < 1:
            what = f"The work of {_title(about)!r} is to be tried {spec.retries} times."
            yield remark(about, what, "Write 1 or more, or leave `retries` out: then it is tried three times.")


def _title(about: Place) -> str:
    return about.name or about.id


def unknown_word(subject: Subject) -> Iterator[Remark]:
    """Where only certain words are understood, one of them stands: headers, properties, inputs, the priority."""
    for said in _said(subject):
        wrong = said.words.slip(said.text)
        if wrong is not None:
            what = f"{said.where} of {_title(said.about)!r} says {wrong!r}, which nothing here understands."
            yield remark(said.about, what, f"{suggestion(wrong, said.words.words)}{said.words.remedy}")


def _said(subject: Subject) -> Iterator[_Said]:
    for about, spec in _work(subject):
        yield from _among(about, "The header", spec.headers, _headers(spec))
    for about, properties in _properties(subject):
        yield from _among(about, "The property", properties, vocabulary().properties)
    for node in subject.nodes:
        yield from _of_variables(node) if node.inputs or node.outputs or node.script else ()


def _properties(subject: Subject) -> Iterator[tuple[Place, Mapping[str, str]]]:
    """The properties of processes and nodes; the words are not even read for those that have none."""
    yield from ((process, process.properties) for process in subject.definition.processes if process.properties)
    yield from ((node, node.properties) for node in subject.nodes if node.properties)


def _among(about: Place, what: str, said: Mapping[str, str], table: Table) -> Iterator[_Said]:
    yield from (_Said(about, f"{what} {name}", text, table[name]) for name, text in said.items() if name in table)


def _headers(spec: WorkSpec) -> Table:
    """What the headers of a piece of work may say, whichever of its task types it turns out to be."""
    return {
        name: words for each in texts_given(spec.task_type) for name, words in vocabulary().headers_of(each).items()
    }


def _of_variables(node: FlowNode) -> Iterator[_Said]:
    """Texts that are written into variables of which only certain words are understood."""
    asked = [node.call.process_id] if node.call else [*texts_given(node.work.task_type)] if node.work else []
    inputs = {name: words for each in asked for name, words in vocabulary().inputs_of(each).items()}
    mapped = ((mapping, inputs) for mapping in node.inputs)
    for mapping, table in (*mapped, *((mapping, vocabulary().variables) for mapping in node.outputs)):
        for text in texts_given(mapping.source) if mapping.target in table else ():
            yield _Said(node, f"The variable {mapping.target}", text, table[mapping.target])
    if node.script and node.script.result_variable in vocabulary().variables:
        for text in texts_given(node.script.expression):
            name = node.script.result_variable
            yield _Said(node, f"The variable {name}", text, vocabulary().variables[name])


def misspelt_name(subject: Subject) -> Iterator[Remark]:
    """No header or property is called almost like one that is executed: nothing would read it."""
    for about, spec in _work(subject):
        yield from _misspelt(about, "header", spec.headers, _headers(spec))
    for about, properties in _properties(subject):
        yield from _misspelt(about, "property", properties, vocabulary().properties)


def _misspelt(about: Place, what: str, said: Mapping[str, str], table: Table) -> Iterator[Remark]:
    for name in said:
        found = meant(without_language(name), table)
        if found:
            message = f"Nothing reads the {what} {name!r} of {_title(about)!r}."
            yield remark(about, message, f"Did you mean {found!r}? Correct the name, or give it one that is unlike it.")


def header_computed(subject: Subject) -> Iterator[Remark]:
    """A header of the worker's is plain text: an expression in it is never evaluated."""
    for about, spec in _work(subject):
        for name, text in spec.headers.items():
            if name in _headers(spec) and (text.startswith("=") or _PLACEHOLDER.search(text)):
                what = f"The header {name} of {_title(about)!r} is taken as it is written: {text!r}."
                yield remark(about, what, f"Write plain text, or leave it out and map an input {name!r}.")


def unknown_element(subject: Subject) -> Iterator[Remark]:
    """Where a header or property names another element of the diagram, there is one."""
    for about, where, name in _named_elements(subject):
        if name not in subject.definition.nodes:
            what = f"{where} of {_title(about)!r} names the element {name!r}, which is not in this diagram."
            yield remark(about, what, f"{suggestion(name, subject.definition.nodes)}Write the id of the element.")


def _named_elements(subject: Subject) -> Iterator[tuple[Place, str, str]]:
    for said in _said(subject):
        if said.words.kind == "element":
            yield said.about, said.where, said.text.strip()
    for node in subject.nodes:
        _, _, calls = node.properties.get("loopStateOf", "").partition(" of ")
        yield from ((node, "The property loopStateOf", call.strip()) for call in calls.split(",") if call.strip())


def unknown_service(subject: Subject) -> Iterator[Remark]:
    """A service is not called almost like one that the templates offer."""
    for node in subject.nodes:
        for service in dict.fromkeys(services_of(node)):
            found = meant(service, vocabulary().services)
            if found:
                what = f"{node.title!r} refers to the service {service!r}: without an entry in the site's directory it"
                what += " has an inbox that perhaps nobody reads."
                yield remark(node, what, f"Did you mean {found!r}? Else describe it in the directory of the site.")


def services_of(node: FlowNode) -> Iterator[str]:
    """Give the services that a step names as text: by its input `service`, or the header `to`."""
    if node.call or node.work:
        for mapping in node.inputs:
            yield from texts_given(mapping.source) if mapping.target == "service" else ()
    to = node.work.headers.get("to", "") if node.work else ""
    if to not in ("", "service", "requester"):
        yield to


def misspelt_message(subject: Subject) -> Iterator[Remark]:
    """No message is called almost like one that this system sends: it would never come."""
    for node, said in triggers(subject.nodes):
        found = meant(said.name, vocabulary().messages) if isinstance(said, MessageTrigger) and said.name else None
        if isinstance(said, MessageTrigger) and found:
            what = f"{node.title!r} names the message {said.name!r}, which nothing here sends or hears."
            yield remark(node, what, f"Did you mean {found!r}? Else give it a name that is unlike it.")


def unknown_data_class(subject: Subject) -> Iterator[Remark]:
    """A field of a form is of a data class that somebody may see."""
    for node in subject.nodes:
        form = node.user.form_id if node.user else None
        schema = subject.forms.get(fixed_text(form) or form, {}) if form else {}
        for key, said in _declared_classes(schema):
            if said not in vocabulary().data_classes:
                what = f"The field {key!r} in the form of {node.title!r} is of the data class {said!r}: nobody sees it."
                yield remark(node, what, f"{suggestion(said, vocabulary().data_classes)}They stand in docs/access.md.")


def _declared_classes(component: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    own = component.get("properties")
    if isinstance(own, Mapping) and "dataClass" in own:
        yield str(component.get("key") or component.get("path")), str(own["dataClass"])
    inner = component.get("components")
    for each in inner if isinstance(inner, list | tuple) else ():
        yield from _declared_classes(each) if isinstance(each, Mapping) else ()


RULES = (
    Rule("unknown-work", "warning", unknown_work, publication="error"),
    Rule("no-tries", "warning", no_tries, publication="error"),
    Rule("unknown-word", "warning", unknown_word, publication="error"),
    Rule("misspelt-name", "warning", misspelt_name, publication="error"),
    Rule("header-computed", "warning", header_computed, publication="error"),
    Rule("unknown-element", "warning", unknown_element, publication="error"),
    Rule("misspelt-message", "info", misspelt_message, publication="warning"),
    Rule("unknown-data-class", "warning", unknown_data_class, publication="error"),
    Rule("unknown-service", "info", unknown_service, publication="warning"),
)
