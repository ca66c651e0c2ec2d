"""Does everything that is open stop when the patient wants none of it, in every pathway that hears of a refusal?"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from typing import Any

import pytest

from api.declined_steps import DECLINED as STEP
from pathways.bpmn.model import Definition, FlowNode, MessageTrigger
from pathways.catalogue import library_folders
from tests.library import definitions
from tests.pathways.library.test_ends import ANSWERS_ITSELF, ends
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

DECLINED, REFUSAL, STOP = "patient.declined", "informed_refusal", "may_stop"


def lets_stop(definition: Definition) -> bool:
    """Whether it lets the key worker stop everything with the refusal."""
    nodes = definition.nodes.values()
    return any(_calls(node) and STOP in [each.target for each in node.inputs] for node in nodes)


def _calls(node: FlowNode) -> bool:
    return node.call is not None and node.call.process_id == REFUSAL


STOPPABLE = [key for key, definition in definitions().items() if lets_stop(definition)]


def _declines(step: Mapping[str, Any], case: Case) -> bool:
    """Whether the patient declines something of this very pathway, not of a referral that it made."""
    return step.get("message") == DECLINED and step.get("correlationKey") == case.start.get("referral_id")


def told_no(key: str) -> Case:
    """The library's case in which the patient declines, up to the conversation; there everything is stopped."""
    folder = next(folder for folder in library_folders() if folder.name.endswith(key))
    cases = read_cases((folder / "cases.yaml").read_text(encoding="utf-8"))
    case = next(each for each in cases if any(_declines(step, each) for step in each.steps))
    said = next(step for step in case.steps if step.get("complete") == "refusal")
    stopped: Mapping[str, Any] = {**said, "variables": {**said["variables"], "stop_pathway": True}}
    before = takewhile(lambda step: step is not said, case.steps)
    after = {"expect": {"status": "completed", "facts": [{"fact": "completed", "element": "end_stopped"}]}}
    return replace(case, steps=(*before, stopped, after))


def test_every_pathway_that_hears_of_a_refusal_beside_its_steps_lets_everything_be_stopped() -> None:
    assert len(STOPPABLE) == 9


@pytest.mark.parametrize("key", [key for key in STOPPABLE if key in ANSWERS_ITSELF])
def test_a_referral_whose_patient_wants_none_of_it_is_cancelled(key: str) -> None:
    definition = definitions()[key]
    assert set(ends(definition, [definition.nodes["stopped"]])) == set()


@pytest.mark.parametrize("key", STOPPABLE)
async def test_everything_stops_when_the_patient_wants_none_of_it(key: str) -> None:
    await play_on_engine(told_no(key), Simulation(definitions()), key)


def test_every_step_that_may_be_declined_is_known_by_a_key_of_its_own_and_leads_on() -> None:
    drawn = [(key, node) for key, each in definitions().items() for node in each.nodes.values() if hears_a_no(node)]
    known = {f"{key} {node.attached_to}": key_of(node) for key, node in drawn}
    assert known == {step: f'referral_id + ":{step.partition(" ")[2]}"' for step in known}
    assert len(known) == len(drawn) == 17
    assert all(node.interrupting and node.outgoing for _, node in drawn)


def hears_a_no(node: FlowNode) -> bool:
    return isinstance(node.trigger, MessageTrigger) and node.trigger.name == STEP


def key_of(node: FlowNode) -> str | None:
    return node.trigger.correlation_key if isinstance(node.trigger, MessageTrigger) else None
