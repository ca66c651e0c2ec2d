"""How often does an activity run? Multi-instance and standard loop characteristics."""

import pytest

from pathways.bpmn.model import MultiInstance, StandardLoop
from tests.pathways.bpmn.diagrams import chain, definition_of, extended, node_of, read, rules


def test_multi_instance_characteristics_are_read():
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics '
        'inputCollection="=roles" inputElement="role" outputCollection="opinions" outputElement="=opinion"/>'
        "</bpmn:extensionElements><bpmn:completionCondition>=numberOfCompletedInstances &gt; 2"
        "</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    assert node_of(extended("userTask", "it", inside=loop)).loop == MultiInstance(
        sequential=True,
        input_collection="roles",
        input_element="role",
        output_collection="opinions",
        output_element="opinion",
        completion_condition="numberOfCompletedInstances > 2",
    )


def _many(inside: str, attributes: str = "") -> str:
    loop = f"<bpmn:multiInstanceLoopCharacteristics {attributes}>{inside}</bpmn:multiInstanceLoopCharacteristics>"
    return extended("task", "it", inside=loop)


def _again(inside: str, attributes: str = "") -> str:
    loop = f"<bpmn:standardLoopCharacteristics {attributes}>{inside}</bpmn:standardLoopCharacteristics>"
    return extended("task", "it", inside=loop)


CONDITION = "<bpmn:loopCondition>= tries &lt; 3</bpmn:loopCondition>"


def test_a_standard_loop_asks_after_each_round():
    assert node_of(_again(CONDITION)).loop == StandardLoop("tries < 3", test_before=False, maximum=None)


def test_a_standard_loop_may_ask_before_and_have_a_maximum():
    loop = node_of(_again(CONDITION, 'testBefore="true" loopMaximum="5"')).loop
    assert loop == StandardLoop("tries < 3", test_before=True, maximum=5)


def test_a_maximum_alone_ends_a_loop():
    assert node_of(_again("", 'loopMaximum="5"')).loop == StandardLoop(None, test_before=False, maximum=5)


@pytest.mark.parametrize(("text", "feel"), [("3", "3"), ("= count(xs)", "count(xs)")])
def test_a_cardinality_says_how_many_instances(text, feel):
    loop = node_of(_many(f"<bpmn:loopCardinality>{text}</bpmn:loopCardinality>", 'isSequential="true"')).loop
    assert loop == MultiInstance(sequential=True, cardinality=feel)


def test_the_standards_data_of_a_loop_are_variables():
    data = '<bpmn:dataObject id="d1" name="roles"/><bpmn:dataObject id="d2" name="opinions"/>'
    inside = (
        "<bpmn:loopDataInputRef>d1</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>d2</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="i" name="role"/><bpmn:outputDataItem id="o" name="opinion"/>'
        "<bpmn:completionCondition>= enough</bpmn:completionCondition>"
    )
    assert definition_of(data + chain(_many(inside), names=("it",))).nodes["it"].loop == MultiInstance(
        sequential=False,
        input_collection="roles",
        input_element="role",
        output_collection="opinions",
        output_element="opinion",
        completion_condition="enough",
    )


def test_a_data_item_without_name_is_named_by_its_id_and_an_unknown_reference_by_itself():
    inside = "<bpmn:loopDataInputRef>xs</bpmn:loopDataInputRef>" + '<bpmn:inputDataItem id="x"/>'
    loop = node_of(_many(inside)).loop
    assert loop == MultiInstance(sequential=False, input_collection="xs", input_element="x")


def test_the_extension_wins_over_the_standards_data():
    extension = '<zeebe:loopCharacteristics inputCollection="=ours" inputElement="own"/>'
    inside = (
        f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"
        "<bpmn:loopDataInputRef>theirs</bpmn:loopDataInputRef>" + '<bpmn:inputDataItem id="other"/>'
    )
    loop = node_of(_many(inside)).loop
    assert loop == MultiInstance(sequential=False, input_collection="ours", input_element="own")


@pytest.mark.parametrize("behavior", ["None", "One", "Complex"])
def test_events_of_a_multi_instance_are_not_executed(behavior):
    body = chain(_many("<bpmn:loopCardinality>2</bpmn:loopCardinality>", f'behavior="{behavior}"'), names=("it",))
    assert rules(read(body)) == {"unsupported-attribute"}
