"""Does the picture show what the file draws?"""

import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from pathways.bpmn.reading.xml import UnsafeXml
from pathways.picture import render_svg
from pathways.picture.text import text_width, wrap
from tests.pathways.small_diagram import bpmn, edge, flow, shape

SVG = "{http://www.w3.org/2000/svg}"


def picture_of(element: str, *, size: tuple[int, int] = (100, 80), plane: str = "") -> etree._Element:
    """The group drawn for the element `a`."""
    drawing = render_svg(bpmn(element, shape("a", 100, 100, *size) + plane))
    return etree.fromstring(drawing.encode()).find(f".//{SVG}g[@data-element='a']")


def classes(group: etree._Element) -> set[str]:
    return {name for e in group.iter() for name in e.get("class", "").split()}


def test_the_same_file_always_gives_the_same_picture() -> None:
    source = bpmn('<bpmn:task id="a" name="Look"/>', shape("a", 0, 0, 100, 80))
    assert render_svg(source) == render_svg(source)


def test_a_name_is_wrapped_inside_its_task_and_escaped() -> None:
    group = picture_of('<bpmn:task id="a" name="Read &amp; acknowledge the report &lt;today&gt;"/>')
    lines = [span.text for span in group.iter(f"{SVG}tspan")]
    assert " ".join(lines) == "Read & acknowledge the report <today>"
    assert len(lines) > 1
    assert all(text_width(line, 12) <= 100 for line in lines)


TASKS = ("userTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask", "manualTask")


def test_each_task_type_has_its_own_sign() -> None:
    signs = {etree.tostring(picture_of(f'<bpmn:{tag} id="a"/>')) for tag in ("task", *TASKS)}
    assert len(signs) == len(TASKS) + 1


TRIGGERS = (
    *("message", "timer", "error", "escalation", "signal", "conditional", "compensate", "cancel", "link", "terminate"),
)


def test_each_trigger_has_its_own_sign() -> None:
    signs = {
        etree.tostring(
            picture_of(f'<bpmn:endEvent id="a"><bpmn:{trigger}EventDefinition/></bpmn:endEvent>', size=(36, 36))
        )
        for trigger in TRIGGERS
    }
    assert len(signs) == len(TRIGGERS)


def test_each_gateway_has_its_own_sign() -> None:
    kinds = ("exclusive", "parallel", "inclusive", "complex", "eventBased")
    signs = {etree.tostring(picture_of(f'<bpmn:{kind}Gateway id="a"/>', size=(50, 50))) for kind in kinds}
    assert len(signs) == len(kinds)


@pytest.mark.parametrize(
    ("element", "rings", "looks"),
    [
        pytest.param('<bpmn:startEvent id="a"/>', 1, set(), id="a start event has one thin ring"),
        pytest.param('<bpmn:endEvent id="a"/>', 1, {"thick"}, id="an end event has one thick ring"),
        pytest.param('<bpmn:intermediateThrowEvent id="a"/>', 2, set(), id="an intermediate event has two rings"),
        pytest.param('<bpmn:boundaryEvent id="a"/>', 2, set(), id="an interrupting boundary event has whole rings"),
        pytest.param(
            '<bpmn:boundaryEvent id="a" cancelActivity="false"/>',
            2,
            {"dashed"},
            id="a non-interrupting boundary event has dashed rings",
        ),
        pytest.param(
            '<bpmn:startEvent id="a" isInterrupting="false"/>',
            1,
            {"dashed"},
            id="a non-interrupting start event has a dashed ring",
        ),
    ],
)
def test_rings_tell_the_kind_of_event(element: str, rings: int, looks: set[str]) -> None:
    group = picture_of(element, size=(36, 36))
    assert len(list(group.iter(f"{SVG}circle"))) == rings
    assert classes(group) & {"thick", "dashed"} == looks


def test_several_triggers_are_drawn_as_multiple() -> None:
    two = "<bpmn:messageEventDefinition/><bpmn:timerEventDefinition/>"
    group = picture_of(f'<bpmn:startEvent id="a">{two}</bpmn:startEvent>', size=(36, 36))
    one = picture_of('<bpmn:startEvent id="a"><bpmn:timerEventDefinition/></bpmn:startEvent>', size=(36, 36))
    assert etree.tostring(group) != etree.tostring(one)


def test_a_call_activity_has_a_thick_border_and_a_plus() -> None:
    group = picture_of('<bpmn:callActivity id="a"/>')
    assert "thick" in classes(group)
    assert "hollow" in classes(group)


def test_an_event_sub_process_is_dotted_and_drawn_below_its_content() -> None:
    inner = '<bpmn:subProcess id="a" triggeredByEvent="true"><bpmn:task id="b"/></bpmn:subProcess>'
    drawing = render_svg(bpmn(inner, shape("b", 50, 50, 100, 80) + shape("a", 0, 0, 300, 200)))
    groups = etree.fromstring(drawing.encode()).findall(f"{SVG}g")
    assert [g.get("data-element") for g in groups] == ["a", "b"]
    assert "dotted" in classes(groups[0])
    assert "dotted" not in classes(groups[1])


def test_multi_instance_loop_and_compensation_markers_differ() -> None:
    loops = (
        "<bpmn:multiInstanceLoopCharacteristics/>",
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"/>',
        "<bpmn:standardLoopCharacteristics/>",
        "",
    )
    assert len({etree.tostring(picture_of(f'<bpmn:task id="a">{loop}</bpmn:task>')) for loop in loops}) == 4


FLOWS = (
    '<bpmn:exclusiveGateway id="g" default="f1"/><bpmn:task id="a"/>',
    shape("g", 0, 15, 50, 50) + shape("a", 150, 0, 100, 80),
)


def drawn_flow(gateway_and_flow: str) -> str:
    source = bpmn(gateway_and_flow + '<bpmn:task id="a"/>', FLOWS[1] + edge("f1", (50, 40), (150, 40)))
    group = etree.fromstring(render_svg(source).encode()).find(f".//{SVG}g[@data-element='f1']")
    return etree.tostring(group).decode()


def test_a_default_flow_carries_a_slash_and_a_plain_one_only_its_head() -> None:
    plain = drawn_flow('<bpmn:exclusiveGateway id="g"/>' + flow("f1", "g", "a"))
    default = drawn_flow('<bpmn:exclusiveGateway id="g" default="f1"/>' + flow("f1", "g", "a"))
    assert plain.count("<path") == 2
    assert default.count("<path") == 3


def test_a_conditional_flow_out_of_a_task_carries_a_diamond_but_not_out_of_a_gateway() -> None:
    conditional = (
        '<bpmn:sequenceFlow id="f1" sourceRef="g" targetRef="a"><bpmn:conditionExpression/></bpmn:sequenceFlow>'
    )
    assert "hollow" in drawn_flow('<bpmn:task id="g"/>' + conditional)
    assert "hollow" not in drawn_flow('<bpmn:exclusiveGateway id="g"/>' + conditional)


def test_labels_stand_where_the_file_puts_them() -> None:
    process = '<bpmn:startEvent id="g" name="Asked"/><bpmn:task id="a"/>' + flow("f1", "g", "a", "always")
    plane = shape("g", 0, 22, 36, 36, label=(0, 300, 40, 14)) + shape("a", 150, 0, 100, 80)
    drawing = render_svg(bpmn(process, plane + edge("f1", (36, 40), (150, 40), label=(80, 400, 40, 14))))
    spans = {e.text: e for e in etree.fromstring(drawing.encode()).iter(f"{SVG}tspan")}
    assert (spans["Asked"].get("x"), spans["always"].get("x")) == ("20", "100")
    assert 300 < float(spans["Asked"].get("y")) < 314
    assert 400 < float(spans["always"].get("y")) < 414


def test_highlights_become_classes_of_the_element() -> None:
    source = bpmn('<bpmn:task id="a"/>', shape("a", 0, 0, 100, 80))
    assert '<g data-element="a" class="active">' in render_svg(source, highlights={"a": "active"})
    assert "class=" not in render_svg(source).split('data-element="a"')[1].split(">")[0]


def test_a_highlight_that_is_no_class_name_is_refused() -> None:
    source = bpmn('<bpmn:task id="a"/>', shape("a", 0, 0, 100, 80))
    with pytest.raises(ValueError, match="use a CSS class"):
        render_svg(source, highlights={"a": '"><script>'})


def test_a_file_without_a_diagram_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="no diagram"):
        render_svg(bpmn('<bpmn:task id="a"/>', ""))


def test_a_file_with_a_doctype_is_never_read() -> None:
    with pytest.raises(UnsafeXml, match="DOCTYPE"):
        render_svg(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')


def test_long_words_break_and_no_line_is_wider_than_asked() -> None:
    lines = wrap("Temporomandibulargelenksuntersuchung with follow-up", 60, 12)
    assert all(text_width(line, 12) <= 60 for line in lines)
    assert "".join(lines).replace(" ", "") == "Temporomandibulargelenksuntersuchungwithfollow-up"


def test_the_command_draws_every_pathway_below_a_folder_and_says_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "pathway").mkdir()
    (tmp_path / "pathway" / "pathway.bpmn").write_bytes(bpmn('<bpmn:task id="a"/>', shape("a", 0, 0, 100, 80)))
    drawn, none = draws(tmp_path), draws(tmp_path / "words")
    assert (drawn.returncode, (tmp_path / "pathway" / "picture.svg").is_file()) == (0, True)
    assert (none.returncode, "no pathway.bpmn" in none.stderr, "Traceback" in none.stderr) == (1, True, False)


def draws(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pathways.picture", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
