"""What becomes of a whole submission: required, hidden, locked, computed, in groups and in lists."""

import time

import pytest

from pathways.forms import FormError, read_submission, validate_form
from tests.pathways.forms.schemas import NOW, field, form, group, hide, repeated, taken


def test_a_required_field_that_is_missing_is_named_with_its_label_and_what_to_do():
    schema = form(field("number", label="Weight", validate={"required": True}))
    (error,) = validate_form(schema, {}, now=NOW)
    assert (error.field, error.message, error.label, error.remedy) == ("x", "is required", "Weight", "Fill it in.")


def test_all_wrong_fields_are_named_at_once():
    schema = form(field("number", "a"), field("checkbox", "b"), field("textfield", "c", validate={"required": True}))
    assert taken(schema, {"a": "many", "b": "yes", "d": 1}) == ({}, ["d", "a", "b", "c"])


def test_the_message_of_the_form_is_what_to_do():
    rules = {"pattern": "^[0-9]+$", "patternErrorMessage": "Digits only."}
    (error,) = validate_form(form(field("textfield", validate=rules)), {"x": "a"}, now=NOW)
    assert error.remedy == "Digits only."


def test_unknown_keys_are_errors_at_every_depth():
    schema = form(group(field("textfield", "name"), path="patient"), repeated("teeth", field("number", "no")))
    values = {"patient": {"name": "A", "age": 3}, "extra": 1, "teeth": [{"no": 1}, {"no": 2, "z": 0}]}
    assert taken(schema, values)[1] == ["patient.age", "extra", "teeth[1].z"]


def test_a_value_in_the_place_of_a_group_is_an_error():
    assert taken(form(group(field("textfield"), path="g")), {"g": 3}) == ({}, ["g"])


def test_groups_and_dotted_keys_nest_their_values():
    schema = form(group(group(field("textfield", "name.first")), path="person.patient"), field("number", "person.age"))
    values = {"person": {"patient": {"name": {"first": "A"}}, "age": 3}}
    assert taken(schema, values) == (values, [])


HIDING = form(
    field("radio", "plan", values=["none", "extract"]),
    field("number", "teeth", validate={"required": True}, **hide('=plan != "extract"')),
    field("textfield", "why", validate={"required": True}, **hide("=teeth = null")),
)


def test_a_hidden_field_is_not_required_and_its_answer_is_dropped_with_what_depends_on_it():
    assert taken(HIDING, {"plan": "none", "teeth": 3, "why": "x"}) == ({"plan": "none"}, [])


def test_a_shown_field_is_required():
    assert taken(HIDING, {"plan": "extract"}) == ({"plan": "extract"}, ["teeth"])


def test_a_field_that_comes_back_when_what_hid_it_is_hidden_keeps_its_answer():
    schema = form(
        field("textfield", "a", **hide("=b != null")),
        field("textfield", "b", **hide("=c")),
        field("checkbox", "c"),
    )
    assert taken(schema, {"a": "kept", "b": "dropped", "c": True}) == ({"a": "kept", "c": True}, [])


def test_a_hidden_group_hides_what_it_holds():
    inside = group(
        field("textfield", validate={"required": True}), repeated("l", field("number", "n")), **hide("=true")
    )
    assert taken(form(inside), {"x": "abc", "l": [{"n": "no number"}]}) == ({}, [])


def test_fields_that_hide_each_other_are_refused_when_both_are_answered():
    schema = form(field("number", "a", **hide("=b != null")), field("number", "b", **hide("=a != null")))
    assert taken(schema, {"a": 1}) == ({"a": 1}, [])
    assert taken(schema, {"a": 1, "b": 2}) == ({}, ["a", "b"])


def test_conditions_read_an_unanswered_field_as_form_js_does():
    schema = form(field("checkbox", "c"), field("textfield", "t"), field("number", **hide('=c = false and t = ""')))
    assert taken(schema, {"x": 1}) == ({}, [])


def test_a_condition_without_value_hides_nothing():
    assert taken(form(field("number", **hide("=missing > 3"))), {"x": 1}) == ({"x": 1}, [])


def test_conditions_and_options_may_read_the_variables_of_the_case():
    schema = form(
        field("select", "site", valuesKey="sites"),
        field("select", "day", valuesExpression="=for d in days return d"),
        field("textfield", "note", **hide("=urgent")),
    )
    variables = {"sites": ["north", "south"], "days": [1, 2], "urgent": True}
    answers = {"site": "north", "day": 2}
    assert taken(schema, {**answers, "note": "x"}, **variables) == (answers, [])
    assert taken(schema, {"site": "west"}, **variables)[1] == ["site"]


RULES = {
    "required when true": (field("textfield", validate={"required": "=n > 3"}), {"n": 4}, ["x"]),
    "not required when false": (field("textfield", validate={"required": "=n > 3"}), {"n": 2}, []),
    "not required without value": (field("textfield", validate={"required": "=n > 3"}), {}, []),
    "least": (field("number", validate={"min": "=n + 1"}), {"n": 4, "x": 4}, ["x"]),
    "most": (field("number", validate={"max": "=n"}), {"n": 4, "x": 4}, []),
    "most without value": (field("number", validate={"max": "=n"}), {"x": 4}, ["x"]),
    "shortest": (field("textfield", validate={"minLength": "=n"}), {"n": 4, "x": "abc"}, ["x"]),
    "longest": (field("textarea", validate={"maxLength": "=n"}), {"n": 2, "x": "abc"}, ["x"]),
    "longest without value is no limit": (field("textarea", validate={"maxLength": "=n"}), {"x": "abc"}, []),
}


@pytest.mark.parametrize(("component", "values", "wrong"), RULES.values(), ids=RULES.keys())
def test_rules_may_be_computed(component, values, wrong):
    assert taken(form(field("number", "n"), component), values)[1] == wrong


def test_an_answer_to_a_disabled_field_is_ignored_and_nothing_is_kept():
    schema = form(field("textfield", disabled=True, defaultValue="d", validate={"required": True}))
    assert taken(schema, {"x": "forged"}, x="shown") == ({}, [])


@pytest.mark.parametrize("readonly", [True, "=lock", "=x != null"])
def test_an_answer_to_a_readonly_field_is_ignored_and_what_was_shown_is_kept(readonly):
    schema = form(field("number", readonly=readonly))
    assert taken(schema, {"x": "forged"}, x=7, lock=True) == ({"x": 7}, [])


def test_a_readonly_field_that_showed_nothing_keeps_nothing_and_is_not_required():
    schema = form(field("textfield", readonly=True, validate={"required": True}))
    assert taken(schema, {"x": "forged"}) == ({}, [])


def test_a_field_that_is_not_locked_now_takes_its_answer():
    assert taken(form(field("number", readonly="=lock")), {"x": 8}, x=7, lock=False) == ({"x": 8}, [])


def test_a_default_is_taken_when_nothing_was_sent_and_nothing_was_shown():
    schema = form(field("number", defaultValue=5, validate={"required": True}), field("number", "y", **hide("=x = 5")))
    assert taken(schema, {"y": 1}) == ({"x": 5}, [])
    assert taken(schema, {"x": None}) == ({}, ["x"])
    assert taken(schema, {}, x=3)[1] == ["x"]


@pytest.mark.parametrize(("kind", "empty"), [("number", None), ("textfield", ""), ("taglist", []), ("checkbox", False)])
def test_an_empty_answer_clears_what_was_shown(kind, empty):
    assert taken(form(field(kind, values=["a"])), {"x": empty}, x=["a"])[0] == {"x": empty}


def test_computed_values_are_computed_here_whatever_was_sent():
    schema = form(
        field("expression", "bmi", expression="=weight / height ** 2", computeOn="presubmit"),
        field("number", "weight"),
        field("number", "height"),
        field("expression", "heavy", expression="=bmi > 30", computeOn="change"),
    )
    read = {"weight": 100, "height": 2, "bmi": 25, "heavy": False}
    assert taken(schema, {**read, "bmi": 99, "heavy": True}) == (read, [])


def test_a_value_that_is_computed_from_itself_for_ever_is_refused():
    schema = form(field("expression", expression="=if x = null then 1 else x + 1", computeOn="change"))
    assert taken(schema, {}) == ({}, ["x"])


TEETH = repeated(
    "teeth",
    field("number", "no", validate={"required": True}),
    field("textfield", "why", validate={"required": True}, **hide("=not(this.out)")),
    field("checkbox", "out"),
)


def test_a_list_takes_an_object_per_item_and_hides_in_each_by_itself():
    items = [{"no": 11, "out": False, "why": "dropped"}, {"no": 12, "out": True, "why": "caries"}]
    kept = [{"no": 11, "out": False}, items[1]]
    assert taken(form(TEETH), {"teeth": items}) == ({"teeth": kept}, [])


def test_a_wrong_answer_in_a_list_says_in_which_item():
    items = [{"no": 11}, {"out": True, "no": "twelve"}]
    assert taken(form(TEETH), {"teeth": items})[1] == ["teeth[1].no", "teeth[1].why"]


@pytest.mark.parametrize("items", [3, {"no": 1}, [1], [{"no": 1}, None], None])
def test_a_list_that_is_none_is_one_error(items):
    assert [each for each in taken(form(TEETH), {"teeth": items})[1] if each == "teeth"] == ["teeth"]


def test_a_list_that_was_not_sent_holds_nothing():
    assert taken(form(TEETH), {}) == ({}, [])
    assert taken(form(TEETH), {"teeth": []}) == ({"teeth": []}, [])


def test_lists_inside_lists_read_what_is_around_them():
    inner = repeated("roots", field("number", "mm", **hide("=parent.no = 12 and parent.parent.strict and i[2] = 2")))
    schema = form(repeated("teeth", field("number", "no"), inner), field("checkbox", "strict"))
    roots = {"roots": [{"mm": 1}, {"mm": 2}]}
    sent = {"teeth": [{"no": 11, **roots}, {"no": 12, **roots}], "strict": True}
    kept = {"teeth": [{"no": 11, **roots}, {"no": 12, "roots": [{"mm": 1}, {}]}], "strict": True}
    assert taken(schema, sent) == (kept, [])


def test_a_list_that_does_not_grow_has_as_many_items_as_were_shown():
    schema = form(repeated("l", field("number", "n"), allowAddRemove=False, defaultRepetitions=2))
    assert taken(schema, {"l": [{"n": 1}]})[1] == ["l"]
    assert taken(schema, {"l": [{"n": 1}]}, l=[{}]) == ({"l": [{"n": 1}]}, [])
    required = form(repeated("l", field("number", "n", validate={"required": True}), allowAddRemove=False))
    assert taken(required, {})[1] == ["l[0].n"]


def test_a_list_that_does_not_repeat_is_a_group():
    schema = form(repeated("l", field("number", "n"), isRepeating=False))
    assert taken(schema, {"l": {"n": 1}}) == ({"l": {"n": 1}}, [])


def test_a_locked_value_in_a_list_must_be_one_that_was_shown():
    schema = form(repeated("l", field("number", "id", readonly=True), field("number", "n")))
    sent = [{"id": 2, "n": 1}, {"id": 9, "n": 1}]
    assert taken(schema, {"l": sent}, l=[{"id": 1}, {"id": 2}]) == ({"l": [{"id": 2, "n": 1}, {"n": 1}]}, [])


def test_a_locked_value_in_a_list_that_does_not_grow_is_that_of_its_item():
    schema = form(repeated("l", field("number", "id", readonly=True), allowAddRemove=False))
    shown = [{"id": 1}, {"id": 2}]
    assert taken(schema, {"l": [{"id": 2}, {}]}, l=shown) == ({"l": shown}, [])


def test_text_and_buttons_have_no_value():
    kinds = ("text", "html", "separator", "spacer", "button", "image", "iframe", "table", "documentPreview")
    assert taken(form(*({"type": kind, "id": kind} for kind in kinds)), {}) == ({}, [])


def test_what_callers_gave_stays_as_it_was():
    variables, values = {"g": {"a": 1}, "l": [{"n": 1}]}, {"g": {"x": "t"}, "l": [{"n": 2}]}
    schema = form(group(field("textfield"), path="g"), repeated("l", field("number", "n")))
    first = read_submission(schema, values, now=NOW, variables=variables)
    read_submission(schema, {"g": {"x": "other"}}, now=NOW, variables=first.values)
    assert (variables, values) == ({"g": {"a": 1}, "l": [{"n": 1}]}, {"g": {"x": "t"}, "l": [{"n": 2}]})
    assert first.values == values


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


TOO_MUCH = {
    "values": [0] * 10_001,
    "depth": nested(5_000),
    "text": ["a" * 90_000] * 12,
    "keys": {"k" * 90_000 + str(at): 1 for at in range(12)},
}


@pytest.mark.parametrize("value", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_too_large_a_submission_is_refused_as_a_whole(value):
    assert taken(form(field("textfield")), {"x": value}) == ({}, ["form"])


def test_too_many_evaluations_are_refused_as_a_whole():
    schema = form(repeated("l", *(field("number", f"n{at}", **hide(f"=this.n{at} = 0")) for at in range(50))))
    assert taken(schema, {"l": [{}] * 250}) == ({}, ["form"])


def test_what_takes_too_long_is_refused_as_a_whole():
    schema = form(repeated("l", field("number", "n", **hide("=count(l[n = this.n]) > 1"))))
    started = time.thread_time()
    assert taken(schema, {"l": [{"n": at} for at in range(2_400)]}) == ({}, ["form"])
    assert time.thread_time() - started < 6


def test_what_is_no_object_is_no_submission():
    assert taken(form(field("textfield")), [1]) == ({}, ["form"])


def test_a_form_that_cannot_be_executed_takes_no_submission():
    with pytest.raises(FormError, match="hologram"):
        read_submission(form(field("hologram")), {}, now=NOW)
