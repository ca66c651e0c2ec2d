"""Does a submission fit its form? form-js schemas, one component type at a time."""

from datetime import UTC, datetime

import pytest

from pathways.forms import form_findings, read_submission, validate_form

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
COLOURS = [{"label": "Red", "value": "red"}, {"label": "Two", "value": 2}]


def form(*components):
    return {"id": "f", "type": "default", "components": list(components)}


def field(kind, key="x", **more):
    return {"type": kind, "key": key, "id": f"id_{key}", **more}


ACCEPTED = {
    "text": (field("textfield"), "abc", "abc"),
    "long text": (field("textarea", validate={"minLength": 2, "maxLength": 3}), "abc", "abc"),
    "pattern": (field("textfield", validate={"pattern": "^[0-9]{10}$"}), "0123456789", "0123456789"),
    "e-mail": (field("textfield", validate={"validationType": "email"}), "a@b.example", "a@b.example"),
    "number": (field("number", validate={"min": 1, "max": 40}), 40, 40),
    "number as text": (field("number"), "12", 12),
    "decimal as text": (field("number"), "1.5", 1.5),
    "whole number written as a decimal": (field("number", decimalDigits=0), 3.0, 3),
    "number that stays text": (field("number", serializeToString=True), "1.50", "1.50"),
    "tick": (field("checkbox"), False, False),
    "choice": (field("radio", values=COLOURS), "red", "red"),
    "number as a choice": (field("select", values=COLOURS), 2, 2),
    "several": (field("checklist", values=COLOURS), ["red", 2], ["red", 2]),
    "tags": (field("taglist", values=COLOURS), [], []),
    "date": (field("datetime", subtype="date"), "2026-03-09", "2026-03-09"),
    "time": (field("datetime", subtype="time"), "13:30", "13:30"),
    "date and time": (field("datetime", subtype="datetime"), "2026-03-09T13:30:00Z", "2026-03-09T13:30:00Z"),
    "today is not past": (field("datetime", subtype="date", disallowPassedDates=True), "2026-03-03", "2026-03-03"),
    "files": (field("filepicker"), ["doc-1"], ["doc-1"]),
}


@pytest.mark.parametrize(("component", "value", "accepted"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_fitting_answer_is_accepted_and_converted(component, value, accepted):
    submission = read_submission(form(component), {"x": value}, now=NOW)
    assert (submission.errors, dict(submission.values)) == ((), {"x": accepted})


REFUSED = {
    "number in a text field": (field("textfield"), 3),
    "too short": (field("textarea", validate={"minLength": 2}), "a"),
    "too long": (field("textarea", validate={"maxLength": 2}), "abc"),
    "pattern": (field("textfield", validate={"pattern": "^[0-9]{10}$"}), "123"),
    "e-mail": (field("textfield", validate={"validationType": "email"}), "nobody"),
    "phone": (field("textfield", validate={"validationType": "phone"}), "call me"),
    "not a number": (field("number"), "many"),
    "truth is no number": (field("number"), True),
    "infinity": (field("number"), float("inf")),
    "too small": (field("number", validate={"min": 1}), 0),
    "too large": (field("number", validate={"max": 40}), "41"),
    "too precise": (field("number", decimalDigits=1), 1.25),
    "text for a tick": (field("checkbox"), "true"),
    "no such choice": (field("radio", values=COLOURS), "blue"),
    "a choice of another type": (field("select", values=COLOURS), "2"),
    "one of several": (field("checklist", values=COLOURS), "red"),
    "one wrong of several": (field("taglist", values=COLOURS), ["red", "blue"]),
    "one twice": (field("checklist", values=COLOURS), ["red", "red"]),
    "no date": (field("datetime", subtype="date"), "tomorrow"),
    "a number as a date": (field("datetime", subtype="date"), 20260309),
    "no time": (field("datetime", subtype="time"), "25:00"),
    "past": (field("datetime", subtype="date", disallowPassedDates=True), "2026-03-02"),
    "required text": (field("textfield", validate={"required": True}), ""),
    "required tick": (field("checkbox", validate={"required": True}), False),
    "required choices": (field("checklist", values=COLOURS, validate={"required": True}), []),
    "file that is no reference": (field("filepicker"), [3]),
}


@pytest.mark.parametrize(("component", "value"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_answer_is_named_by_its_field(component, value):
    assert [error.field for error in validate_form(form(component), {"x": value}, now=NOW)] == ["x"]


def test_a_required_field_that_is_missing_is_named():
    (error,) = validate_form(form(field("number", validate={"required": True})), {}, now=NOW)
    assert (error.field, error.message) == ("x", "is required")


def test_unknown_keys_are_errors_at_every_depth():
    group = {"type": "group", "path": "patient", "components": [field("textfield", "name")]}
    errors = validate_form(form(group), {"patient": {"name": "A", "age": 3}, "extra": 1}, now=NOW)
    assert sorted(error.field for error in errors) == ["extra", "patient.age"]


def test_groups_and_dotted_keys_nest_their_values():
    group = {"type": "group", "path": "patient", "components": [field("textfield", "name.first")]}
    values = {"patient": {"name": {"first": "A"}}}
    assert read_submission(form(group), values, now=NOW).values == values


def test_text_and_buttons_have_no_value():
    schema = form({"type": "text", "text": "hello"}, {"type": "button", "key": "go"}, {"type": "separator"})
    assert validate_form(schema, {}, now=NOW) == []
    assert form_findings(schema) == []


HIDING = form(
    field("radio", "plan", values=[{"value": "none"}, {"value": "extract"}]),
    field("number", "teeth", conditional={"hide": '=plan != "extract"'}, validate={"required": True}),
    field("textfield", "why", conditional={"hide": "=teeth = null"}, validate={"required": True}),
)


def test_a_hidden_field_is_not_required_and_its_answer_is_dropped_with_what_depends_on_it():
    submission = read_submission(HIDING, {"plan": "none", "teeth": 3, "why": "x"}, now=NOW)
    assert (submission.errors, dict(submission.values)) == ((), {"plan": "none"})


def test_a_shown_field_is_required():
    assert [error.field for error in validate_form(HIDING, {"plan": "extract"}, now=NOW)] == ["teeth"]


def test_a_hidden_group_hides_what_it_holds():
    group = {"type": "group", "conditional": {"hide": "=true"}, "components": [field("textfield")]}
    assert read_submission(form(group), {"x": "abc"}, now=NOW).values == {}


def test_conditions_and_options_may_read_the_variables_of_the_case():
    schema = form(
        field("select", "site", valuesKey="sites"),
        field("select", "day", valuesExpression="=for d in days return d"),
        field("textfield", "note", conditional={"hide": "=urgent"}),
    )
    variables = {"sites": ["north", "south"], "days": [1, 2], "urgent": True}
    submission = read_submission(schema, {"site": "north", "day": 2, "note": "x"}, now=NOW, variables=variables)
    assert (submission.errors, dict(submission.values)) == ((), {"site": "north", "day": 2})
    assert validate_form(schema, {"site": "west"}, now=NOW, variables=variables)


@pytest.mark.parametrize("locked", ["disabled", "readonly"])
def test_what_a_person_cannot_change_is_not_taken_from_the_submission(locked):
    schema = form(field("textfield", validate={"required": True}, **{locked: True}))
    assert read_submission(schema, {"x": "forged"}, now=NOW).values == {}


UNPUBLISHABLE = {
    "no id": ({"components": []}, "form-id"),
    "no components": ({"id": "f"}, "form-shape"),
    "unknown component": (form(field("hologram")), "form-unsupported"),
    "dynamic list": (form({"type": "dynamiclist", "path": "p", "components": []}), "form-unsupported"),
    "no key": (form({"type": "textfield"}), "form-key"),
    "same key twice": (form(field("textfield"), field("number")), "form-duplicate-key"),
    "unknown rule": (form(field("textfield", validate={"luck": True})), "form-rule"),
    "computed rule": (form(field("number", validate={"min": "=a"})), "form-rule"),
    "wrong pattern": (form(field("textfield", validate={"pattern": "("})), "form-pattern"),
    "wrong condition": (form(field("textfield", conditional={"hide": "=x >"})), "feel-syntax"),
    "unknown subtype": (form(field("datetime", subtype="era")), "form-unsupported"),
    "inside a group": (form({"type": "group", "components": [field("hologram")]}), "form-unsupported"),
}


@pytest.mark.parametrize(("schema", "rule"), UNPUBLISHABLE.values(), ids=UNPUBLISHABLE.keys())
def test_a_form_that_cannot_be_executed_is_refused(schema, rule):
    assert [finding.rule for finding in form_findings(schema)] == [rule]
