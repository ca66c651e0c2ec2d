"""Is every component and property of form-js's own JSON schema (1.18) in our table, where form-js allows it?"""

import pytest

from pathways.forms.components import BY_NAME, KNOWN, ROOT, ROOT_NOTES, SHOWN, allowed
from pathways.forms.findings import form_findings

TYPES = (
    "textfield number datetime textarea checkbox radio select checklist taglist image text html button spacer group "
    "dynamiclist separator table iframe expression filepicker documentPreview"
)
INPUTS = "checkbox checklist datetime number radio select taglist textfield textarea expression filepicker"
CHOICES = "checklist radio select taglist"
LISTS = "group dynamiclist"
ALLOWED = {
    TYPES: "id layout conditional properties appearance",
    f"{INPUTS} button iframe {LISTS} table documentPreview": "label",
    INPUTS: "key description disabled readonly defaultValue",
    INPUTS.replace(" expression", ""): "validate validate.required",
    "text": "text",
    "html": "content",
    "button": "action",
    "image": "source alt",
    "datetime": ("subtype dateLabel timeLabel use24h timeSerializingFormat timeInterval disallowPassedDates"),
    "number": "increment decimalDigits serializeToString validate.min validate.max",
    "select": "searchable",
    CHOICES: "values valuesKey valuesExpression",
    "textfield": "validate.validationType validate.pattern validate.patternErrorMessage",
    "textfield textarea": "validate.minLength validate.maxLength",
    "spacer iframe": "height",
    LISTS: "path showOutline verticalAlignment components",
    "dynamiclist": "isRepeating defaultRepetitions allowAddRemove disableCollapse nonCollapsedItems",
    "table": "columns columnsExpression rowCount",
    "table documentPreview": "dataSource",
    "iframe": "url security",
    "filepicker": "accept multiple",
    "documentPreview": "maxHeight",
}
"""Which properties the schema allows on which components."""
FORM = "type id schemaVersion executionPlatform executionPlatformVersion versionTag exporter components"


def test_every_component_of_the_schema_is_known():
    assert set(TYPES.split()) == KNOWN
    assert KNOWN - set(f"{INPUTS} {LISTS}".split()) == SHOWN


@pytest.mark.parametrize("kinds", ALLOWED)
def test_every_property_is_known_where_the_schema_allows_it(kinds: str):
    for name in ALLOWED[kinds].split():
        for kind in kinds.split():
            assert kind in BY_NAME[name].on if "." in name else allowed(kind, name), f"{name} on {kind}"


def test_every_property_of_the_table_is_one_of_the_schema():
    known = {name for names in ALLOWED.values() for name in names.split()}
    assert BY_NAME.keys() - known == {"conditional.hide", "expression", "computeOn", "title"}


def test_every_property_of_a_form_is_known_and_any_other_is_told():
    assert set(FORM.split()) == ROOT | ROOT_NOTES
    form = {"id": "f", "type": "default", "components": [], "exporter": {"name": "modeler"}, "versionTag": "1"}
    assert not form_findings(form)
    assert [each.rule for each in form_findings({**form, "onSubmit": "=go"})] == ["form-property-unknown"]


def test_a_condition_that_hides_nothing_is_told():
    shown = {"type": "text", "text": "a", "conditional": {"show": "=x"}}
    found = form_findings({"id": "f", "type": "default", "components": [shown]})
    assert [(each.severity, each.rule) for each in found] == [("warning", "form-property-unknown")]
