"""Does a diagram read the variables that it writes? One that nobody has set is null, and its way is never taken."""

from collections.abc import Iterator, Set
from itertools import zip_longest

from pathways.near import suggestion
from pathways.rules.brought import BY_THE_ENGINE
from pathways.rules.domains import given_texts, written_names
from pathways.rules.reads import Read, may_be_missing, reads
from pathways.rules.roles import known_roles
from pathways.rules.subject import Remark, Rule, Subject, remark
from pathways.rules.vocabulary import vocabulary
from pathways.rules.waits import fixed_text

_SHORTEST = 5
"""Of names that are shorter than this, two that differ in one letter are often two names."""

_CONTENT = frozenset({"clinical_question", "letter", "question", "reason", "report", "result", "text", "what"})
"""Inputs that people read: one word there, and the very name of a variable, is no sentence."""


def misspelt_variable(subject: Subject) -> Iterator[Remark]:
    """No condition, input, key, time, decision or form reads a name that is a letter off one that is written."""
    written = written_names(subject)
    known = written | (subject.brought or frozenset())
    for read in reads(subject):
        for name in sorted(read.names - known):
            meant = _almost(name, written)
            if meant:
                remedy = f"Did you mean {meant!r}? Correct the name, or give one of them another."
                yield remark(read.about, f"{_reads(read, name)}: it is null, unless the case brings it.", remedy)


def text_without_quotes(subject: Subject) -> Iterator[Remark]:
    """A text that a form or decision gives stands in quotes where it is compared: without them it is a variable."""
    texts = given_texts(subject) - written_names(subject)
    for read in reads(subject) if texts else ():
        for name in sorted(read.names & texts):
            what = f"{_reads(read, name)}: null, unless the case brings it."
            yield remark(read.about, what, f'A text stands in quotes: "{name}".')


def _reads(read: Read, name: str) -> str:
    return f"`{read.text}` reads {name!r}, which nothing here writes"


def result_elsewhere(subject: Subject) -> Iterator[Remark]:
    """Where the result of a decision is read, it has the name of its result variable."""
    asked = {fixed_text(node.decision.decision_id): node.decision for node in subject.nodes if node.decision}
    unwritten = asked.keys() - written_names(subject)
    for read in reads(subject) if unwritten else ():
        for name in sorted(read.names & unwritten):
            result = asked[name].result_variable
            what = f"`{read.text}` reads {name!r}, but the result of the decision {name!r} is in {result!r}."
            yield remark(read.about, what, f"Read {result!r}, or call the result variable {name!r}.")


def unset_variable(subject: Subject) -> Iterator[Remark]:
    """What is read is set by a step, a form or a decision, or a case in cases.yaml is begun with it or is sent it."""
    if subject.brought is None or _takes_anything(subject):
        return
    written = written_names(subject)
    known = written | subject.brought | _of_work(subject)
    told = known | BY_THE_ENGINE | known_roles() | given_texts(subject) | _decisions(subject)
    every = list(reads(subject))
    told |= {name for read in every for name in may_be_missing(read.text)}
    first: dict[str, Read] = {}
    for read in every:
        for name in read.names - told:
            first.setdefault(name, read)
    for name, read in sorted(first.items()):
        if not _almost(name, written):
            yield _unset(name, read, known)


def _unset(name: str, read: Read, known: Set[str]) -> Remark:
    what = f"{read.what[0].upper()}{read.what[1:]} reads {name!r} (`{read.text}`), which nothing in this diagram sets:"
    what += " it is null, unless whoever begins the case or a message brings it."
    remedy = "Set it in a form, a decision or an output before; if it is brought, say so in `start`, or in a message,"
    return remark(read.about, what, f"{suggestion(name, known)}{remedy} of a case in cases.yaml.")


def variable_as_text(subject: Subject) -> Iterator[Remark]:
    """What a step is given is no variable's name as text: without `=` it is a word, not what the variable holds."""
    written = written_names(subject)
    for node in subject.nodes:
        for mapping in node.inputs:
            text = fixed_text(mapping.source)
            if text in written and mapping.target in _CONTENT:
                what = f"The input {mapping.target!r} of {node.title!r} is the text {text!r}, not the variable."
                yield remark(node, what, f"Write ={text}.")


def _takes_anything(subject: Subject) -> bool:
    """Whether a call gives the case whatever the process has that it calls."""
    processes = {process.id for process in subject.definition.processes}
    calls = [(node, node.call) for node in subject.nodes if node.call and not node.call.detached]
    return any(
        call.propagate_all_child_variables and not node.outputs and call.process_id not in processes
        for node, call in calls
    )


def _of_work(subject: Subject) -> frozenset[str]:
    """What the worker's answers bring into the case where no output says what is taken of them."""
    typed = (fixed_text(node.work.task_type) or "" for node in subject.nodes if node.work and not node.outputs)
    return frozenset(name for each in typed for name in vocabulary().results.get(each, ()))


def _decisions(subject: Subject) -> frozenset[str]:
    """The ids of decisions: where one is read as a variable, another rule says so."""
    return frozenset(fixed_text(node.decision.decision_id) or "" for node in subject.nodes if node.decision)


def _almost(name: str, written: Set[str]) -> str:
    return min((each for each in written if _letter_off(name, each)), default="")


def _letter_off(one: str, other: str) -> bool:
    """One letter was left out, doubled, added or taken for another, or two changed places; a plural is another name."""
    if min(len(one), len(other)) < _SHORTEST or f"{one}s" == other or f"{other}s" == one:
        return False
    start = next(place for place, pair in enumerate(zip_longest(one, other)) if pair[0] != pair[1])
    a, b = one[start:], other[start:]
    changed = a[1:] == b[1:] and a[:1].isalpha() and b[:1].isalpha() and len(a) > 1
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return changed or swapped or (a[1:] == b and _is_letter(a[0])) or (b[1:] == a and _is_letter(b[0]))


def _is_letter(sign: str) -> bool:
    """A digit more makes another name, an underscore more does not."""
    return sign.isalpha() or sign == "_"


RULES = (
    Rule("misspelt-variable", "warning", misspelt_variable),
    Rule("text-without-quotes", "warning", text_without_quotes),
    Rule("result-elsewhere", "warning", result_elsewhere),
    Rule("variable-as-text", "info", variable_as_text, publication="warning"),
    Rule("unset-variable", "info", unset_variable, publication="warning"),
)
