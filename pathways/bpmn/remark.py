"""What does a rule say about one place, before the rule's name and the file are known?"""

from dataclasses import dataclass

from pathways.bpmn.findings import Severity
from pathways.bpmn.model import FlowNode, Process, SequenceFlow

Place = FlowNode | SequenceFlow | Process


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a rule has to say."""

    severity: Severity
    about: Place
    message: str
    remedy: str


def error(about: Place, message: str, remedy: str) -> Remark:
    """Say what cannot be executed."""
    return Remark("error", about, message, remedy)


def warning(about: Place, message: str, remedy: str) -> Remark:
    """Say what is executed, but probably not meant."""
    return Remark("warning", about, message, remedy)
