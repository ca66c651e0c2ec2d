"""What becomes of a global task? A process of one task when a call activity names it, else nothing."""

import pytest

from pathways.bpmn.model import ScriptSpec
from tests.pathways.bpmn.diagrams import ROOTS, chain, definition_of, errors, read, rules

CALL = chain('<bpmn:callActivity id="call" calledElement="g"/>', names=("call",))
KINDS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
FEEL = "<bpmn:script>= x + 1</bpmn:script>"


@pytest.mark.parametrize(("tag", "kind"), KINDS.items())
def test_a_global_task_that_is_called_is_a_process_of_this_task(tag, kind):
    definition = definition_of(CALL, roots=f'{ROOTS}<bpmn:{tag} id="g" name="Confirm"/>')
    assert [process.id for process in definition.processes] == ["p", "g"]
    (task,) = [node for node in definition.nodes.values() if node.scope == "g"]
    assert (task.id, task.type, task.name, task.line) == ("g_task", kind, "Confirm", 3)


def test_the_script_of_a_global_script_task_is_read():
    roots = f'<bpmn:globalScriptTask id="g" scriptLanguage="feel">{FEEL}</bpmn:globalScriptTask>'
    assert definition_of(CALL, roots=roots).nodes["g_task"].script == ScriptSpec("x + 1", "")


def test_a_global_task_in_another_language_is_refused_with_its_line():
    roots = f'<bpmn:globalScriptTask id="g" scriptLanguage="juel">{FEEL}</bpmn:globalScriptTask>'
    (found,) = errors(read(CALL, roots=roots))
    assert (found.rule, found.line) == ("script-missing", 3)


def test_what_a_global_task_has_as_something_that_is_called_has_no_effect():
    roots = '<bpmn:globalTask id="g"><bpmn:supportedInterfaceRef>I</bpmn:supportedInterfaceRef></bpmn:globalTask>'
    assert rules(read(CALL, roots=roots)) == set()


def test_a_global_task_that_nobody_calls_has_no_effect():
    roots = f'<bpmn:globalScriptTask id="other" scriptLanguage="juel">{FEEL}</bpmn:globalScriptTask>'
    definition = definition_of(chain(names=()), roots=roots)
    assert [process.id for process in definition.processes] == ["p"]


def test_the_task_has_an_id_that_is_free():
    body = chain('<bpmn:callActivity id="g_task" calledElement="g"/>', names=("g_task",))
    assert "g_task_" in definition_of(body, roots='<bpmn:globalTask id="g"/>').nodes
