"""How fast is SpiffWorkflow? The same questions, answered by its parser, workflow and serializer."""

# Installed in bench/.venv alone, where mypy does not look.
# mypy: disable-error-code="import-not-found"

import sys
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.defaults import NoneTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from bench.engines.protocol import serve

SERIALIZER = BpmnWorkflowSerializer()


@lru_cache
def _specs(file: str) -> tuple[Any, Any]:
    return _parse(Path(file).read_bytes())


def _parse(source: bytes) -> tuple[Any, Any]:
    parser = BpmnParser()
    parser.add_bpmn_str(source)
    return parser.get_spec("measured"), parser.get_subprocess_specs("measured")


class Case:
    """One case on the way, and how large it was whenever it was saved."""

    def __init__(self, file: str, variables: Mapping[str, Any], *, saved: bool) -> None:
        self.workflow = BpmnWorkflow(*_specs(file))
        self.workflow.set_data(**variables)
        self.workflow.task_tree.data.update(variables)
        self.saved = saved
        self.steps = 0
        self.sizes: list[int] = []
        self._go_on()

    def complete(self) -> bool:
        """Complete the first ready user task and run to the next wait; say whether there was one."""
        task = self.workflow.get_next_task(state=TaskState.READY, manual=True)
        if task is None:
            return False
        task.data["result"] = "ok"
        task.run()
        self.steps += 1
        self._go_on()
        return True

    def _go_on(self) -> None:
        """Run to the next user task. SpiffWorkflow waits at an undefined task as well: pass it, unsaved."""
        self.workflow.do_engine_steps()
        while passing := self.workflow.get_tasks(state=TaskState.READY, spec_class=NoneTask):
            for task in passing:
                task.run()
            self.workflow.do_engine_steps()
        if self.saved:
            text = SERIALIZER.serialize_json(self.workflow)
            self.sizes.append(len(text.encode()))
            self.workflow = SERIALIZER.deserialize_json(text)


def run(*, file: str, variables: Mapping[str, Any], saved: bool) -> dict[str, Any]:
    """Run one case from start to end."""
    _specs(file)
    began = perf_counter()
    case = Case(file, variables, saved=saved)
    while case.complete():
        pass
    seconds = perf_counter() - began
    return {"seconds": seconds, "waits": case.steps, "completed": case.workflow.completed, "sizes": case.sizes}


def rounds(*, file: str, variables: Mapping[str, Any], count: int, window: int) -> dict[str, Any]:
    """Run a loop `count` rounds and time the last `window` of them, saved and loaded at each wait."""
    case = Case(file, variables, saved=False)
    for _ in range(count - window):
        case.complete()
    case.saved = True
    seconds = []
    for _ in range(window):
        began = perf_counter()
        case.complete()
        seconds.append(perf_counter() - began)
    return {"seconds": median(seconds), "sizes": case.sizes, "completed": case.steps == count}


def read(*, file: str) -> dict[str, Any]:
    """Parse a file into specs."""
    source = Path(file).read_bytes()
    began = perf_counter()
    spec, _ = _parse(source)
    return {"seconds": perf_counter() - began, "elements": len(spec.task_specs)}


def _with_deep_recursion() -> None:
    """Its parser recurses once per node and its JSON once per task: Python's own limit stops it at a few hundred."""
    sys.setrecursionlimit(200_000)
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=serve, args=({"run": run, "rounds": rounds, "read": read},))
    thread.start()
    thread.join()


if __name__ == "__main__":
    _with_deep_recursion()
