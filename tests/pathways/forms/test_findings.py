"""Can a form be published? Every rule has a form that breaks it; the library's forms break none."""

import json
import time
from pathlib import Path

import pytest

from pathways.forms import components, form_findings
from tests.pathways.forms.schemas import field, form, group, hide, repeated

ROOT = Path(__file__).parents[3]


def other(kind="number", key="x", **more):
    return field(kind, key, **{"id": "other", **more})


def deep(depth):
    component = field("textfield")
    for _ in range(depth):
        component = group(component)
    return component


REFUSED = {
    "no id": ({"components": []}, ["form-id"]),
    "no components": ({"id": "f"}, ["form-shape"]),
    "a list": ([], ["form-shape"]),
    "another type": ({**form(), "type": "big"}, ["form-shape"]),
    "a text as component": (form("text"), ["form-shape"]),
    "version zero": ({**form(), "schemaVersion": 0}, ["form-schema-version"]),
    "version in words": ({**form(), "schemaVersion": "19"}, ["form-schema-version"]),
    "unknown component": (form(field("hologram")), ["form-component-unsupported"]),
    "a form inside a form": (form({"type": "default"}), ["form-component-unsupported"]),
    "a list as type": (form({"type": []}), ["form-component-unsupported"]),
    "inside a group": (form(group(field("hologram"))), ["form-component-unsupported"]),
    "too many": (form(*[{"type": "text"}] * 2_001), ["form-too-large"]),
    "too deep": (form(deep(21)), ["form-too-deep"]),
    "no key": (form({"type": "textfield"}), ["form-key"]),
    "no path for a list": (form(repeated("")), ["form-key"]),
    "a key with spaces": (form(field("textfield", "a b")), ["form-key"]),
    "a key with an empty part": (form(field("textfield", "a..b")), ["form-key"]),
    "a key that is a number": (form(field("textfield", 3)), ["form-key"]),
    "a key that JavaScript takes for its own": (form(field("textfield", "a.__proto__")), ["form-key"]),
    "same id twice": (form(field("textfield", "a", id="i"), field("textfield", "b", id="i")), ["form-duplicate-id"]),
    "same key twice": (form(field("textfield"), other()), ["form-duplicate-key"]),
    "same key through a group": (form(group(field("textfield"), path="g"), other(key="g.x")), ["form-duplicate-key"]),
    "a key inside a key": (form(field("textfield"), other(key="x.y")), ["form-duplicate-key"]),
    "a key around a key": (form(field("textfield", "x.y"), other()), ["form-duplicate-key"]),
    "a key inside a list": (form(repeated("l"), field("textfield", "l.x")), ["form-duplicate-key"]),
    "a list at a key": (form(field("textfield", "l"), repeated("l")), ["form-duplicate-key"]),
    "same key twice in a list": (form(repeated("l", field("textfield"), other())), ["form-duplicate-key"]),
    "a group at a key": (form(field("textfield"), group(path="x")), ["form-duplicate-key"]),
    "unknown rule": (form(field("textfield", validate={"luck": True})), ["form-rule"]),
    "a rule of another type": (form(field("datetime", validate={"min": "2026-01-01"})), ["form-rule"]),
    "a rule on a text": (
        form({"type": "text", "validate": {"required": True}}),
        ["form-property-unknown", "form-rule"],
    ),
    "rules that are none": (form(field("textfield", validate=[])), ["form-rule"]),
    "a limit in words": (form(field("number", validate={"min": "many"})), ["form-rule"]),
    "a length below zero": (form(field("textarea", validate={"maxLength": -1})), ["form-rule"]),
    "required in words": (form(field("textarea", validate={"required": "yes"})), ["form-rule"]),
    "an unknown validation": (form(field("textfield", validate={"validationType": "iban"})), ["form-rule"]),
    "a computed pattern": (form(field("textfield", validate={"pattern": "("})), ["form-pattern"]),
    "a pattern that JavaScript reads otherwise": (
        form(field("textfield", validate={"pattern": r"\p{L}"})),
        ["form-pattern"],
    ),
    "a wrong condition": (form(field("textfield", **hide("=x >"))), ["feel-syntax"]),
    "a wrong limit": (form(field("number", validate={"min": "=("})), ["feel-syntax"]),
    "a wrong label": (form(field("number", label="=(")), ["feel-syntax"]),
    "a wrong expression": (form(field("expression", expression="=1 +", computeOn="change")), ["feel-syntax"]),
    "no expression": (form(field("expression", computeOn="change")), ["form-property"]),
    "a condition that form-js ignores": (form(field("textfield", **hide("a = 1"))), ["form-property"]),
    "hidden for ever": (form(field("textfield", **hide(True))), ["form-property"]),
    "disabled by an expression": (form(field("textfield", disabled="=a")), ["form-property"]),
    "unknown subtype": (form(field("datetime", subtype="era")), ["form-property"]),
    "unknown interval": (form(field("datetime", subtype="time", timeInterval=7)), ["form-property"]),
    "unknown format": (form(field("datetime", timeSerializingFormat="roman")), ["form-property"]),
    "digits below zero": (form(field("number", decimalDigits=-1)), ["form-property"]),
    "a step backwards": (form(field("number", increment="-1")), ["form-property"]),
    "repeated too often": (form(repeated("l", defaultRepetitions=10**9)), ["form-property"]),
    "options without expression": (form(field("select", valuesExpression="a")), ["form-property"]),
    "no options": (form(field("select")), ["form-options"]),
    "empty options": (form(field("radio", values=[])), ["form-options"]),
    "options that are none": (form(field("radio", values={"a": 1})), ["form-options"]),
    "a default that is no option": (form(field("radio", values=["a"], defaultValue="b")), ["form-default"]),
    "a default that is too large": (form(field("number", defaultValue=9, validate={"max": 5})), ["form-default"]),
    "a default of another type": (form(field("checkbox", defaultValue="yes")), ["form-default"]),
}


@pytest.mark.parametrize(("schema", "rules"), REFUSED.values(), ids=REFUSED.keys())
def test_a_form_that_cannot_be_executed_is_refused(schema, rules):
    found = form_findings(schema, file="a.form")
    assert [finding.rule for finding in found] == rules
    assert any(finding.severity == "error" for finding in found)
    assert all(finding.file == "a.form" and finding.message and finding.remedy for finding in found)


def test_each_finding_names_the_line_on_which_its_component_begins():
    fields = (
        field("textfield", "note", label='a { brace and a \\" quote'),
        field("number", "note"),
        field("textfeld", "b"),
    )
    text = json.dumps(form(group(*fields)), indent=1).encode()
    lines = text.decode().splitlines()
    begins = [number for number, line in enumerate(lines, 1) if line.strip() == "{"]
    found = {(each.rule, each.line) for each in form_findings(json.loads(text), file="a.form", source=text)}
    assert found == {
        ("form-duplicate-key", begins[3]),
        ("form-duplicate-id", begins[3]),
        ("form-component-unsupported", begins[4]),
    }
    of_all = form_findings({"components": []}, file="a.form", source=b'\n{"components": []}')
    assert [(each.rule, each.line) for each in of_all] == [("form-id", 1)]


def test_lines_are_not_guessed_where_a_name_stands_twice():
    text = b'{"id": "f", "components": [{"type": "odd"}], "components": [\n{"type": "odd"}]}'
    assert {each.line for each in form_findings(json.loads(text), file="a.form", source=text)} == {1}


WARNED = {
    "a newer version": ({**form(), "schemaVersion": 20}, "form-schema-version"),
    "an unknown property": (form(field("textfield", luck=1)), "form-property-unknown"),
    "a property of another type": (form(field("textfield", decimalDigits=1)), "form-property-unknown"),
    "an option without value": (form(field("select", values=["a", {"label": "B"}])), "form-options"),
    "an option twice": (form(field("select", values=["a", "a"])), "form-options"),
    "fields that hide each other": (
        form(field("number", "a", **hide("=b = 1")), group(field("number", "b"), **hide("=a = 1"))),
        "form-cycle",
    ),
    "a value computed from itself": (form(field("expression", expression="=x + 1", computeOn="change")), "form-cycle"),
}


@pytest.mark.parametrize(("schema", "rule"), WARNED.values(), ids=WARNED.keys())
def test_what_can_be_executed_but_looks_wrong_is_a_warning(schema, rule):
    assert {(finding.rule, finding.severity) for finding in form_findings(schema)} == {(rule, "warning")}


FULL = {
    **form(
        group(
            field("textfield", "name", label="Name", validate={"required": "=a", "pattern": r"^\w+$"}, readonly="=b"),
            repeated("l", field("number", "n", increment="0.5", validate={"min": "=this.m"}), field("number", "m")),
            path="patient",
            **hide("=c"),
        ),
        group(field("select", "s", valuesKey="v"), path="patient.more"),
        field("expression", expression="=patient.name", computeOn="change"),
        {"type": "text", "text": "=1"},
        {"type": "table", "dataSource": "=rows", "columns": [], "label": "Rows"},
        {"type": "iframe", "url": "https://example.org", "security": {}},
    ),
    "schemaVersion": 19,
}


def test_a_form_that_uses_everything_has_no_findings():
    assert form_findings(FULL) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("pathways/library/*/*.form")), ids=lambda path: path.stem)
def test_the_forms_of_the_library_have_no_findings(path):
    assert form_findings(json.loads(path.read_text())) == []


def test_a_large_form_is_read_at_once():
    chain = form(*(field("number", f"k{at}", id=f"i{at}", **hide(f"=k{at - 1} = 3")) for at in range(1, 2_000)))
    started = time.thread_time()
    assert form_findings(chain) == []
    assert time.thread_time() - started < 5


def test_findings_are_bounded():
    assert len(form_findings(form(*[{"type": "hologram"}] * 2_000))) == 200


def test_the_documentation_shows_the_table_of_this_build():
    assert components.table() in (ROOT / "docs/forms.md").read_text(), "run: python -m pathways.forms"
