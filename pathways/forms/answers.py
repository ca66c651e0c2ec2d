"""Is one answer what its field asks for? One function per component type: JSON in, value out, or a sentence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathways.forms.expressions import is_expression
from pathways.forms.fields import Field
from pathways.forms.limits import MAX_TEXT
from pathways.forms.pattern import TooCostly, matches
from pathways.forms.pattern.syntax import SPACES

_TRIMMED = "".join(chr(code) for first, last in SPACES for code in range(ord(first), ord(last) + 1))
_MAILBOX = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+", re.ASCII)
_DOMAIN_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE)
_PHONE = re.compile(r"(\+|00)[1-9]\d{5,24}", re.ASCII)


class WrongAnswer(ValueError):
    """The answer does not fit its field; says what is wrong without naming the field, and what to do."""

    def __init__(self, message: str, remedy: str = "Correct the answer.") -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Question:
    """A field at its place: how its expressions evaluate, the variables it was shown with, and the time."""

    field: Field
    evaluate: Callable[[object], object]
    variables: Mapping[str, Any]
    now: datetime

    def rule(self, name: str) -> object:
        """The value of a rule of `validate`, computed when it is an expression."""
        return self.computed(self.field.rules.get(name))

    def computed(self, given: object) -> object:
        """A property as it is, or what its expression gives."""
        return self.evaluate(given) if is_expression(given) else given


def is_empty(question: Question, value: object) -> bool:
    """Whether nothing was answered; an unticked checkbox is no answer to a required one, as in form-js."""
    unticked = question.field.type == "checkbox" and value is False and is_required(question)
    return value is None or value in ("", [], {}) or unticked


def is_required(question: Question) -> bool:
    """Whether the field must be answered; an expression must give true."""
    return question.rule("required") is True


def read_text(question: Question, value: object) -> str:
    """Text; a text field has one line, so line ends and tabs become spaces, as in form-js."""
    text = stored_text(value)
    if question.field.type == "textfield":
        text = re.sub(r"[\r\n\t]", " ", text)
    _check_length(question, text)
    _check_pattern(question.field.rules, text)
    return text


def stored_text(value: object) -> str:
    """Text that every store and every JSON reader can carry.

    Raises:
        WrongAnswer: it is no text, too long, or holds half a character or a NUL.
    """
    if not isinstance(value, str):
        raise WrongAnswer("must be text", "Send text.")
    if len(value) > MAX_TEXT:
        raise WrongAnswer(f"must have at most {MAX_TEXT} characters", "Shorten it.")
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise WrongAnswer("holds a character that cannot be stored", "Type it again without that character.")
    return value


def _check_length(question: Question, text: str) -> None:
    """Lengths as JavaScript counts them: without spaces at both ends, rare characters as two."""
    length = len(text.strip(_TRIMMED).encode("utf-16-le")) // 2
    shortest, longest = _whole(question.rule("minLength")), _whole(question.rule("maxLength"))
    if shortest is not None and length < shortest:
        raise WrongAnswer(f"must have at least {shortest} characters", "Write more.")
    if longest is not None and length > longest:
        raise WrongAnswer(f"must have at most {longest} characters", "Write less.")


def _whole(limit: object) -> int | float | None:
    """A length; null, and what is no number, is no limit, as in form-js."""
    if isinstance(limit, str) and re.fullmatch(r"\d{1,9}", limit, re.ASCII):
        return int(limit)
    return limit if isinstance(limit, int | float) and not isinstance(limit, bool) else None


def _check_pattern(rules: Mapping[str, Any], text: str) -> None:
    pattern, kind = rules.get("pattern"), rules.get("validationType")
    if isinstance(pattern, str) and pattern and not _fits(pattern, text):
        said = rules.get("patternErrorMessage")
        raise WrongAnswer(f"must match {pattern}", said if isinstance(said, str) and said else "Correct the answer.")
    if kind == "email" and not _is_email(text):
        raise WrongAnswer("must be an e-mail address", "Write it as name@place.example.")
    if kind == "phone" and not _PHONE.fullmatch(text):
        raise WrongAnswer("must be an international telephone number", "Write it as +4930664040900, without spaces.")


def _fits(pattern: str, text: str) -> bool:
    try:
        return matches(pattern, text)
    except TooCostly:
        raise WrongAnswer("is too long to be compared with its pattern", "Shorten it.") from None


def _is_email(text: str) -> bool:
    """An address as browsers take it (HTML §4.10.5.1.5): a mailbox, and a domain of labels up to 63 characters."""
    mailbox, at, domain = text.partition("@")
    return bool(_MAILBOX.fullmatch(mailbox)) and at == "@" and all(map(_DOMAIN_LABEL.fullmatch, domain.split(".")))


def read_tick(_question: Question, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise WrongAnswer("must be true or false", "Tick it or leave it.")
    return value


def read_files(question: Question, value: object) -> object:
    """References to documents, as the upload gave them: one, or a list when `multiple` is true."""
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) and name for name in names):
        raise WrongAnswer("must be a document reference or a list of them", "Upload the file first.")
    for name in names:
        stored_text(name)
    if len(names) > 1 and question.computed(question.field.component.get("multiple")) is not True:
        raise WrongAnswer("takes one file", "Keep one.")
    return value
