"""Input of any shape becomes a referral or an InteropError, never another exception."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interop_documents import NOTE, ORDER, bundle, envelope, plain

from interop.errors import InteropError
from interop.intake import from_360x, from_fhir, from_json
from interop.referral import Intake

DOORS = (from_json, from_fhir, from_360x)
WORDS = ("resourceType", "Bundle", "Patient", "entry", "resource", "reference", "#p", "id", "coding", "", "\x00")
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=20), st.text("\ud800a", max_size=3))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)
calm = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def accepts_or_refuses(door: Callable[[object], Intake], value: object) -> None:
    """Any other exception, and variables that are not JSON, fail the test."""
    try:
        intake = door(value)
    except InteropError:
        return
    json.dumps(intake.referral.to_variables(), allow_nan=False)


def paths(value: object) -> list[tuple[Any, ...]]:
    """Every position inside a JSON value."""
    if isinstance(value, dict):
        return [(), *((key, *rest) for key, child in value.items() for rest in paths(child))]
    if isinstance(value, list):
        return [(), *((index, *rest) for index, child in enumerate(value) for rest in paths(child))]
    return [()]


def replaced(value: object, path: tuple[Any, ...], new: object) -> object:
    if not path:
        return new
    changed = copy.copy(value)
    assert isinstance(changed, (dict, list))
    changed[path[0]] = replaced(changed[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("door", DOORS)
@calm
@given(value=JSON)
def test_any_json_value(door: Callable[[object], Intake], value: object) -> None:
    accepts_or_refuses(door, value)


@pytest.mark.parametrize(("door", "valid"), [(from_json, plain()), (from_fhir, bundle()), (from_360x, envelope())])
@calm
@given(data=st.data())
def test_a_valid_document_with_one_value_replaced(
    door: Callable[[object], Intake], valid: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(paths(valid)))
    accepts_or_refuses(door, replaced(valid, path, data.draw(JSON)))


@pytest.mark.parametrize("part", [{"hl7v2": ORDER}, {"note": NOTE}], ids=["hl7v2", "ccda"])
@calm
@given(data=st.data())
def test_a_valid_message_with_some_characters_replaced(part: dict[str, str], data: st.DataObject) -> None:
    (name, text), *_ = part.items()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    marks = st.one_of(st.text("|^~\\&<>\"'=/\r\n019X", max_size=8), st.text(max_size=5))
    changed = text[:start] + data.draw(marks) + text[end:]
    accepts_or_refuses(from_360x, envelope(**{name: changed}))  # type: ignore[arg-type]


def deep(levels: int) -> object:
    value: object = "end"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("value", "what"),
    [
        (deep(100_000), "nested deeper than 40 levels"),
        ({"resourceType": "Bundle", "entry": "x" * 9_000_000}, "8000000 characters"),
        (["x"] * 200_001, "200000 values"),
        ({"a": "\x00"}, "NUL"),
        ({"a": "\ud800"}, "surrogate"),
        ({"a": {1, 2}}, "not a JSON value"),
        ({1: "a"}, "not text"),
    ],
    ids=["deep", "long", "many", "nul", "surrogate", "set", "key"],
)
def test_unbounded_or_unstorable_input_is_refused(door: Callable[[object], Intake], value: object, what: str) -> None:
    with pytest.raises(InteropError, match=what):
        door(value)


def test_an_unknown_member_of_plain_json_is_refused_by_name() -> None:
    with pytest.raises(InteropError) as caught:
        from_json({**plain(), "patient": {**plain()["patient"], "shoe_size": 43}})
    assert caught.value.where == "referral.patient.shoe_size"


def test_a_plain_referral_carries_its_documents() -> None:
    intake = from_json(plain())
    assert intake.documents[0].content == b"Hello"
    assert intake.referral.attachments[0].size == 5
    assert intake.referral.source == "json"
    assert intake.referral.pathway_hint == "ent_imaging_oncology"


def test_a_refusal_of_plain_json_never_quotes_the_value() -> None:
    with pytest.raises(InteropError) as caught:
        from_json({**plain(), "priority": "Testina Sample"})
    assert "Testina" not in str(caught.value)
    assert caught.value.where == "referral.priority"
