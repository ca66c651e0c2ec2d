"""Which values conform to a type of the model, and what makes them fit? (DMN 1.5 §7.3.2, §10.3.2.9.4)."""

from datetime import date, datetime

import pytest

from pathways.feel import Value, to_json
from tests.pathways.dmn.small_models import (
    component,
    decision,
    decisions,
    evaluate,
    input_data,
    item,
    literal,
    reading,
)

TYPES = (
    item("tRisk", type_ref="string", allowed='"high", "low"'),
    item("tAge", type_ref="number", allowed="[0..130]"),
    item("tPatient", component("age", type_ref="tAge") + component("risks", type_ref="tRisk", collection=True)),
    item("tPatients", type_ref="tPatient", collection=True),
    item("tScores", type_ref="number", allowed="< 10", collection=True),
    item(
        "tPair",
        "<typeConstraint><text>count(?) = 2</text></typeConstraint>",
        type_ref="number",
        collection=True,
    ),
    item("tMoment", type_ref="date and time"),
    item("tTest", '<functionItem outputTypeRef="boolean"><parameters name="x" typeRef="number"/></functionItem>'),
    item("tAlias", type_ref="tRisk"),
    item("tBox", component("inner", component("deep", type_ref="tAge"))),
)


def fitted(text: str, type_ref: str) -> Value:
    return evaluate(decisions(*TYPES, decision("d", literal(text), type_ref=type_ref)), "d").value


@pytest.mark.parametrize(
    ("text", "type_ref"),
    [
        ('"high"', "tRisk"),
        ('"low"', "tAlias"),
        ("130", "tAge"),
        ('{age: 3, risks: ["high"]}', "tPatient"),
        ('{age: 3, risks: [], extra: "stays"}', "tPatient"),
        ("{age: null, risks: null}", "tPatient"),
        ('[{age: 3, risks: ["high", "low"]}]', "tPatients"),
        ("[]", "tPatients"),
        ("[1, 9]", "tScores"),
        ("[1, 2]", "tPair"),
        ("{inner: {deep: 1}}", "tBox"),
        ("[1, 2]", "list<number>"),
        ('"anything"', "Any"),
        ("null", "tRisk"),
    ],
)
def test_a_value_that_conforms_stays_as_it_is(text: str, type_ref: str) -> None:
    found = decisions(decision("d", literal(text)))
    assert to_json(fitted(text, type_ref)) == to_json(evaluate(found, "d").value)


@pytest.mark.parametrize(
    ("text", "type_ref"),
    [
        ('"middle"', "tRisk"),
        ('"middle"', "tAlias"),
        ("131", "tAge"),
        ('"3"', "tAge"),
        ("{age: 3}", "tPatient"),
        ('{age: 300, risks: ["high"]}', "tPatient"),
        ('{age: 3, risks: ["none"]}', "tPatient"),
        ("[1, 10]", "tScores"),
        ('[1, "2"]', "tScores"),
        ("[1, 2, 3]", "tPair"),
        ("{inner: {deep: -1}}", "tBox"),
        ("{inner: 1}", "tBox"),
        ("function(a, b) a", "tTest"),
        ("1", "string"),
        ('["a"]', "list<number>"),
    ],
)
def test_a_value_that_does_not_conform_is_null_with_a_warning(text: str, type_ref: str) -> None:
    found = decisions(*TYPES, decision("d", literal(text), type_ref=type_ref))
    result = evaluate(found, "d")
    assert result.value is None
    assert f"does not conform to the type {type_ref}" in result.warnings[-1]


def test_one_item_and_a_list_of_one_item_become_each_other() -> None:
    assert fitted("5", "tScores") == [5]
    assert fitted('["high"]', "tRisk") == "high"
    assert fitted("50", "tScores") is None
    assert fitted('["other"]', "tRisk") is None


def test_a_date_becomes_its_midnight_in_utc() -> None:
    assert fitted('date("2026-03-02")', "tMoment") == datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    assert fitted('date and time("2026-03-02T10:00:00")', "date") is None


def test_instance_of_knows_the_types_of_the_model_without_their_allowed_values() -> None:
    asked = ("1 instance of tAge", "500 instance of tAge", '"x" instance of tAge', "[1] instance of tScores")
    text = f"[{', '.join(asked)}, null instance of tAge]"
    assert fitted(text, "Any") == [True, True, False, True, False]


def test_inputs_of_the_wrong_type_are_null() -> None:
    found = decisions(*TYPES, input_data("risk", "tRisk"), decision("d", literal("risk"), needs="input:risk"))
    assert evaluate(found, "d", risk="high").value == "high"
    wrong = evaluate(found, "d", risk="middle")
    assert wrong.value is None
    assert "input 'risk'" in wrong.warnings[0]


def test_json_text_for_a_date_is_read_as_a_date_wherever_the_type_says_so() -> None:
    born = item("tPerson", component("born", type_ref="date") + component("stays", type_ref="tStays"))
    stays = item("tStays", type_ref="days and time duration", collection=True)
    found = decisions(
        born,
        stays,
        input_data("person", "tPerson"),
        decision("d", literal("[person.born.year, person.stays[2].hours]"), needs="input:person"),
    )
    result = evaluate(found, "d", person={"born": "1980-05-04", "stays": ["P1D", "PT30H"]})
    assert to_json(result.value) == [1980, 6]


def test_text_that_is_no_date_does_not_become_one() -> None:
    found = decisions(input_data("day", "date"), decision("d", literal("day"), needs="input:day"))
    assert evaluate(found, "d", day="2026-02-30").value is None
    assert evaluate(found, "d", day=date(2026, 3, 1)).value == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        (item("tA", type_ref="tMissing"), "dmn-type"),
        (item("tA", type_ref="tA"), "dmn-type-cycle"),
        (item("tA", type_ref="tB") + item("tB", type_ref="tA"), "dmn-type-cycle"),
        (item("tA", type_ref="number", allowed="1 to 5"), "dmn-feel"),
        (item("tA", component("x", type_ref="tMissing")), "dmn-type"),
    ],
)
def test_definitions_that_cannot_be_used_are_findings(definition: str, rule: str) -> None:
    assert {finding.rule for finding in reading(definition).findings} == {rule}


def test_a_type_may_hold_itself_in_a_component() -> None:
    person = item("tPerson", component("name", type_ref="string") + component("children", type_ref="tPeople"))
    people = item("tPeople", type_ref="tPerson", collection=True)
    text = '{name: "a", children: [{name: "b", children: []}]}'
    found = decisions(person, people, decision("d", literal(text), type_ref="tPerson"))
    assert to_json(evaluate(found, "d").value) == {"name": "a", "children": [{"name": "b", "children": []}]}
