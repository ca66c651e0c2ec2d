"""No schema and no submission breaks the server; what was accepted once is accepted again, unchanged."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathways.forms import FormError, form_findings, read_submission
from pathways.forms.components import KNOWN, PROPERTIES
from tests.pathways.forms.schemas import NOW

FOUND = sorted((Path(__file__).parent / "found").glob("*.json"))
ANY_NUMBER = st.integers(-3, 40) | st.floats() | st.just(10**400)
TEXTS = st.sampled_from(
    [
        *(
            "",
            "a",
            "b",
            "l",
            "a.b",
            "x y",
            "2",
            "1.5",
            "1e3",
            "13:30",
            "13:30Z",
            "2026-03-09",
            "2026-03-09T13:30+01:00",
        ),
        *("date", "time", "datetime", "utc_offset", "utc_normalized", "no_timezone", "email", "phone", "change"),
        *("=a", "=a > 1", "=b = null", "=a + 1", "=this.a", "=parent.a = 1", "=[1, 2]", "=i[1]", "=(", "=true", "=l"),
        *("^a*$", "(a+)+$", "(?=a)", "(", r"(.*)\1", "a@b.example", "+4930664040900", "\ud800", "\0", "😀", "=", "= "),
    ]
)
LEAVES = st.none() | st.booleans() | ANY_NUMBER | TEXTS | st.text(max_size=5)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
RULES = st.dictionaries(
    st.sampled_from([each.name.split(".")[1] for each in PROPERTIES if each.name.startswith("validate.")]), LEAVES
)
CONDITION = st.fixed_dictionaries({"hide": TEXTS})
KEYS = st.sampled_from(["a", "b", "c", "a.b", "l", "g.a"])
NAMES = st.sampled_from([each.name for each in PROPERTIES if "." not in each.name and each.name != "components"])


def component(inner):
    """Something like a component: the right shape most of the time, any value anywhere."""
    known = st.fixed_dictionaries(
        {"type": st.sampled_from(sorted(KNOWN)), "key": KEYS},
        optional={
            "path": KEYS,
            "validate": RULES,
            "conditional": CONDITION,
            "values": st.lists(LEAVES, max_size=3),
            "expression": TEXTS,
            "components": inner,
        },
    )
    return st.tuples(known, st.dictionaries(NAMES, JSON, max_size=2)).map(lambda pair: {**pair[1], **pair[0]})


COMPONENTS = st.recursive(component(st.just([])), lambda inner: component(st.lists(inner, max_size=3)), max_leaves=6)
SCHEMAS = st.lists(COMPONENTS, max_size=5).map(lambda found: {"id": "f", "components": found})
VALUES = st.dictionaries(st.sampled_from(["a", "b", "c", "l", "g"]), JSON, max_size=5)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def twice(schema, values, variables):
    """What was accepted is accepted again, and gives the same; where fields hide each other, not always."""
    try:
        first = read_submission(schema, values, now=NOW, variables=variables)
    except FormError:
        assert form_findings(schema)
        return
    assert all(error.field and error.message and error.remedy for error in first.errors)
    if not first.errors and all(finding.rule != "form-cycle" for finding in form_findings(schema)):
        again = read_submission(schema, first.values, now=NOW, variables=variables)
        assert (again.values, again.errors) == (first.values, ())


@PATIENT
@given(JSON | SCHEMAS)
def test_no_schema_breaks_the_findings(schema):
    assert all(finding.message for finding in form_findings(schema))


@PATIENT
@given(SCHEMAS, JSON | VALUES, VALUES)
def test_no_submission_breaks_a_form(schema, values, variables):
    twice(schema, values, variables)


SOUND = st.builds(
    lambda kind, key, hide: {
        "type": kind,
        "key": key,
        "values": ["a", "b", 2],
        "expression": "=a",
        "path": key,
        "components": [],
        **({"conditional": {"hide": hide}} if hide else {}),
    },
    st.sampled_from(["textfield", "number", "checkbox", "select", "taglist", "datetime", "expression", "textarea"]),
    st.sampled_from("abc"),
    st.sampled_from(["", "=a = null", "=b = 2", "=c", "=this.a = 2", "=parent.b = 2"]),
)
FORMS = st.builds(
    lambda top, inner, grows: {
        "id": "f",
        "components": [
            *top,
            {"type": "dynamiclist", "path": "l", "components": inner, "allowAddRemove": grows},
            {"type": "group", "path": "g", "components": inner},
        ],
    },
    st.lists(SOUND, max_size=3, unique_by=lambda each: each["key"]),
    st.lists(SOUND, max_size=3, unique_by=lambda each: each["key"]),
    st.booleans(),
)
ANSWER = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b", "2026-03-09", ["a"], []])
ANSWERS = st.dictionaries(st.sampled_from("abc"), ANSWER, max_size=3)
WHOLE = st.builds(
    lambda top, inner, items: {**top, "g": inner, "l": items}, ANSWERS, ANSWERS, st.lists(ANSWERS, max_size=3)
)


@PATIENT
@given(FORMS, WHOLE, WHOLE)
def test_what_fits_a_sound_form_fits_it_again(schema, values, variables):
    twice(schema, values, variables)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_once_broke_a_form_breaks_it_no_more(path):
    found = json.loads(path.read_text())
    assert all(finding.message for finding in form_findings(found["schema"]))
    twice(found["schema"], found["values"], found.get("variables", {}))
