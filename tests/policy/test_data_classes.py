"""Of which class is a value, and is what nobody knows kept from whoever does not see the whole episode?"""

import json
from typing import Any

from pathways.catalogue import library_folders, publish
from policy.data_classes import (
    class_of,
    classes_of,
    declared_classes,
    fields_of,
    known_names,
    shown_fields_of,
    visible,
)
from policy.matrix import EVERYTHING, matrix
from tests.library import published_library


def form(*components: dict[str, Any]) -> dict[str, Any]:
    return {"components": [*components]}


def field(key: str, data_class: str) -> dict[str, Any]:
    return {"key": key, "properties": {"dataClass": data_class}}


def test_a_form_says_the_class_of_its_fields_also_inside_groups() -> None:
    nested = form({"type": "group", "components": [field("depth", "specimen")]}, field("note", "dental"))
    assert declared_classes([nested]) == {"depth": "specimen", "note": "dental"}
    assert fields_of(nested) == {"depth", "note"}


def test_a_list_is_one_variable_whatever_its_items_hold() -> None:
    told = {"type": "dynamiclist", "path": "options_weighed", "components": [{"key": "risk"}], **field("", "dental")}
    listed = form({**told, "key": None}, field("note", "meds"))
    assert declared_classes([listed]) == {"options_weighed": "dental", "note": "meds"}
    assert fields_of(listed) == {"options_weighed", "note"}


def test_two_forms_that_differ_about_a_name_make_it_part_of_the_whole_episode() -> None:
    forms = [form(field("note", "dental")), form(field("note", "meds"))]
    assert declared_classes(forms) == {"note": EVERYTHING}


def test_a_class_that_nobody_defines_counts_as_the_whole_episode() -> None:
    assert declared_classes([form(field("note", "status!"))]) == {"note": EVERYTHING}


def test_the_form_is_asked_first_then_the_table_then_nobody() -> None:
    assert class_of("patient") == "demographics"
    assert class_of("patient", {"patient": "dental"}) == "dental"
    assert class_of("never_heard_of") == EVERYTHING


def test_only_what_is_of_ones_classes_is_seen_and_the_rest_is_named() -> None:
    values = {"patient": {"name": "T"}, "medications": ["M"], "diagnosis": "D", "note": "N"}
    seen = visible(values, matrix().sees("pharmacist"), {"note": "labs"})
    assert (dict(seen.values), seen.withheld) == (
        {"patient": {"name": "T"}, "medications": ["M"], "note": "N"},
        ("diagnosis",),
    )
    assert visible(values, frozenset(), asked={"diagnosis"}).values == {"diagnosis": "D"}


def test_every_class_of_the_table_of_names_is_one_of_the_matrix() -> None:
    assert set(known_names().values()) <= set(matrix().classes)


def test_what_a_diagram_copies_to_another_name_keeps_its_class() -> None:
    folder = next(each for each in library_folders() if each.name == "no_show")
    drawn = publish([folder])[0]
    found = classes_of(drawn.definition, [form(field("decision", "dental"))])
    assert found["noshow_reason"] == EVERYTHING
    assert "noshow_count" not in found, "the table knows it"


def test_what_an_image_shows_is_clinical_under_whatever_name_a_pathway_keeps_it() -> None:
    calls = [
        (publication.definition, node)
        for publication in published_library().values()
        for node in publication.definition.nodes.values()
        if node.call and node.call.process_id == "imaging_order"
    ]
    kept = {
        mapping.target: class_of(mapping.target, classes_of(definition, ()))
        for definition, node in calls
        for mapping in node.outputs
        if mapping.source in ("report", "category")
    }
    assert {"opg_report", "ct_report", "ct_category", "pet_category"} <= kept.keys()
    assert set(kept.values()) == {"dental", "imaging_head_neck"}, kept
    assert class_of("category") not in matrix().sees("coordinator")


def test_every_class_that_a_form_of_the_library_names_is_known() -> None:
    schemas = [json.loads(path.read_text()) for folder in library_folders() for path in folder.glob("*.form")]
    named = {(part.get("properties") or {}).get("dataClass") for schema in schemas for part in schema["components"]}
    assert named - {None} <= set(matrix().classes)


def test_a_field_that_is_only_shown_is_told_from_one_that_is_filled_in() -> None:
    inside = {"type": "group", "components": [{"key": "question", "type": "textarea", "disabled": True}]}
    schema = {"components": [{"key": "what", "readonly": True}, {"key": "answer", "readonly": "=done"}, inside]}
    assert (shown_fields_of(schema), fields_of(schema)) == ({"what", "question"}, {"what", "question", "answer"})


def test_the_words_of_a_result_that_is_handed_over_are_read_by_patient_dentist_and_referrer() -> None:
    for role in ("patient", "gdp", "referrer"):
        assert visible({"text": "Improved"}, matrix().sees(role), {}).values == {"text": "Improved"}, role
    assert visible({"text": "Improved"}, matrix().sees("coordinator"), {}).withheld == ("text",)
