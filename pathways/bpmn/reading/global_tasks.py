"""What does a call activity start that names a global task? A process that holds this one task (§10.3.6).

Only global tasks that a call activity of the file names are read; the others have no effect on execution.
"""

from collections.abc import Collection

from pathways.bpmn.reading.xml import BPMN, Element, bpmn_children, tag_of

_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
_RENAMED = {"scriptLanguage": "scriptFormat"}
_OF_THE_CALL = frozenset({"supportedInterfaceRef"})
"""What a global task has as something that is called, and no task has."""


def as_processes(root: Element, called: Collection[str]) -> list[Element]:
    """Give each global task that is called as a process, which has the id of the global task."""
    ids = {element.get("id") for element in root.iter()}
    found = [element for tag in _TASKS for element in bpmn_children(root, tag)]
    return [_process(element, ids) for element in found if element.get("id", "") in called]


def _process(element: Element, ids: Collection[str]) -> Element:
    said = {"id": element.get("id", ""), "name": element.get("name", ""), "isExecutable": "true"}
    process = Element(f"{{{BPMN}}}process", said, element.sourceline, None)
    attributes = {_RENAMED.get(key, key): value for key, value in element.attrib.items()}
    task = Element(f"{{{BPMN}}}{_TASKS[tag_of(element)]}", attributes, element.sourceline, process)
    task.attrib["id"] = _free(f"{element.get('id')}_task", ids)
    task.text = element.text
    for child in element:
        if tag_of(child) not in _OF_THE_CALL:
            task.adopt(child)
    return process


def _free(name: str, ids: Collection[str]) -> str:
    while name in ids:
        name += "_"
    return name
