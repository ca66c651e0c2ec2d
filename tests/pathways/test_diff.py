"""What changed between two versions of a pathway? In the words of the diagram: steps, conditions, times, people."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from pathways import codec
from pathways.bpmn.model import DecisionFile, Definition, FlowNode, Process, SequenceFlow, WorkingCalendar
from pathways.diff import Difference, diff
from pathways.diff_facets import NOT_COMPARED, facets
from pathways.diff_text import readable
from pathways.dmn.pinned import pin_all
from tests.pathways.dmn.small_models import decision, model
from tests.pathways.revised import REMINDER, REVIEW, WAIT, revised

TABLE = (
    '<decisionTable id="t" hitPolicy="FIRST"><input id="i"><inputExpression id="x"><text>age</text></inputExpression>'
    '</input><output id="o"/><rule id="r1"><inputEntry id="a"><text>{limit}</text></inputEntry>'
    '<outputEntry id="b"><text>"children\'s"</text></outputEntry></rule></decisionTable>'
)
FIELD = {"type": "textfield", "key": "note", "label": "Note"}
CALENDAR = WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "08:00", "17:00")


def said(*changes: tuple[str, str]) -> dict[str, list[tuple[str, str | None, str | None]]]:
    """What a revision is said to have changed, by element."""
    found = diff(revised(), revised(*changes)).differences
    return {each.id: [(one.what, one.before, one.after) for one in each.changes] for each in found}


def fates(old: Definition, new: Definition) -> set[tuple[str, str]]:
    return {(each.fate, each.id) for each in diff(old, new).differences}


def decided(limit: str, *, above: str = "") -> tuple[DecisionFile, ...]:
    source = model(above, decision("service", TABLE.format(limit=limit)))
    pinned, findings = pin_all({"service.dmn": source}, folder=Path())
    assert not findings
    return pinned


def only(found: tuple[Difference, ...]) -> Difference:
    assert len(found) == 1, found
    return found[0]


def test_every_field_of_the_model_belongs_to_an_aspect():
    for element in (FlowNode, SequenceFlow, Process):
        named = {"inputs", "properties", "listeners"} | {f.name for f in fields(element)} - NOT_COMPARED
        for name in named & {field.name for field in fields(element)}:
            filled = {"id": "x", "type": "task", "name": "", "line": 1, "scope": "p", "executable": False}
            given = {each.name: filled.get(each.name, "") for each in fields(element)}
            assert facets(element(**{**given, name: "something"})), name


def test_moving_elements_in_the_file_is_no_difference():
    assert diff(revised(), revised((REVIEW + REMINDER + WAIT, f"\n\n{WAIT}{REVIEW}{REMINDER}"))).same


@pytest.mark.parametrize(
    ("before", "after", "element", "change"),
    [
        ("size &gt; 3", "size &gt; 4", "again", ("condition", "size > 3", "size > 4")),
        ("P5D", "P6D", "late", ("trigger expression", '"P5D"', '"P6D"')),
        ("P2D", "P3D", "review", ("due date", 'created + duration("P2D")', 'created + duration("P3D")')),
        ('"P1D"', '"P2D"', "review", ("expected duration", '"P1D"', '"P2D"')),
        ('"dentist"', '"nurse"', "review", ("candidate groups", '"dentist"', '"nurse"')),
        ("Review the result", "Look at it", "review", ("name", "Review the result", "Look at it")),
        ('cancelActivity="false"', "", "late", ("interrupting", None, "yes")),
        ('default="to_end"', "", "choice", ("default", "to_end", None)),
    ],
)
def test_a_change_is_told_where_it_was_made(before, after, element, change):
    assert said((before, after)) == {element: [change]}


def test_ladders_are_compared_rung_by_rung():
    inserted = said(("PT24H →", "PT2H → key_worker; PT24H →"))
    assert inserted == {"review": [("new rung 1", None, "c+PT2H → key_worker (escalation by inbox)")]}
    moved = said(("P3D →", "P4D →"))["review"]
    assert [(what, before and before[:5], after and after[:5]) for what, before, after in moved] == [
        ("rung 2", "c+P3D", "c+P4D")
    ]


def test_a_rung_beside_a_new_one_is_never_called_by_its_number():
    """Of two rungs, the second moves behind a new one and changes too: "rung 2" would name both."""
    found = said(("PT24H →", "PT24H → key_worker; P2D →"), ("P3D →", "P4D →"))["review"]
    assert [what for what, _, _ in found] == ["rung 1", "rung 2 (now 3)", "new rung 2"]
    assert len({what for what, _, _ in found}) == len(found)
    text = readable(diff(revised(), revised(("P3D →", "P4D →"))))
    assert "rung 2: c+P3D → clinical_lead (escalation by inbox) is now c+P4D → clinical_lead" in text


def test_another_id_with_the_same_name_is_a_renaming_and_what_names_it_is_unchanged():
    found = diff(revised(), revised(('"review"', '"assess"')))
    assert [(each.fate, each.id, each.new_id) for each in found.differences] == [("renamed", "review", "assess")]
    assert found.renamed == {"review": "assess"}


def test_what_came_and_what_went_is_named():
    assert fates(revised(), revised((REMINDER, ""))) == {
        ("removed", "late"),
        ("removed", "told"),
        ("removed", "to_told"),
    }
    assert ("added", "late") in fates(revised((REMINDER, "")), revised())


def test_forms_are_compared_field_by_field():
    old, new = (replace(revised(), forms={"ask": digest}) for digest in ("1", "2"))
    schemas = [{"ask": {"id": "ask", "components": [{**FIELD, "label": label}]}} for label in ("Note", "Comment")]
    found = only(diff(old, new, old_forms=schemas[0], new_forms=schemas[1]).differences)
    assert (found.kind, found.id, found.changes[0].what) == ("form", "ask", "field note")
    assert '"Comment"' in (found.changes[0].after or "")
    unknown = only(diff(old, new).differences)
    assert (unknown.kind, unknown.changes) == ("form", ())


def test_decisions_are_compared_rule_by_rule_wherever_they_stand():
    old, new = (replace(revised(), decisions=decided(limit)) for limit in ("&lt; 18", "&lt; 16"))
    found = only(diff(old, new).differences)
    assert (found.kind, found.id) == ("decision", "service.dmn: _service")
    assert [(one.what, one.before, one.after) for one in found.changes] == [
        ("rule r1", '< 18 → "children\'s"', '< 16 → "children\'s"')
    ]
    assert diff(old, replace(revised(), decisions=decided("&lt; 18", above="\n\n"))).same


def test_pins_and_calendars_are_compared():
    old = replace(revised(), calls={"no_show": "a" * 64}, calendars={"working": CALENDAR})
    new = replace(revised(), calls={"no_show": "b" * 64}, calendars={"working": replace(CALENDAR, opens="09:00")})
    call, calendar = diff(old, new).differences
    assert (call.id, call.changes[0].before, call.changes[0].after) == ("no_show", "a" * 12, "b" * 12)
    assert [(one.what, one.before, one.after) for one in calendar.changes] == [("opens", "08:00", "09:00")]


def test_the_text_names_versions_elements_and_changes():
    text = readable(diff(revised(), revised(("P5D", "P6D"), ('"review"', '"assess"'))))
    assert "1 renamed, 1 changed" in text.splitlines()[0]
    assert "» userTask review 'Review the result' is now assess: renamed" in text
    assert '    trigger expression: "P5D" → "P6D"' in text
    assert "no difference" in readable(diff(revised(), revised()))


def test_a_difference_survives_json():
    found = diff(revised(), revised(("P5D", "P6D")))
    assert codec.load(type(found), codec.dump(found)) == found
