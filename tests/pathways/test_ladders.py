"""Which ladders and calendars exist, and how is one written on a step?"""

from pathlib import Path

import pytest
import yaml

from pathways.bpmn.model import Rung
from pathways.catalogue import library_folders, publish
from pathways.ladders import (
    LadderSyntaxError,
    library_calendars,
    library_ladders,
    parse_inline,
    read_calendars,
    read_ladders,
)

DESIGN = Path("/work/shared/design/pathways/_common.yaml")


def test_the_library_has_the_ladders_of_the_design():
    if not DESIGN.exists():
        pytest.skip("the shared design is not on this machine")
    designed = yaml.safe_load(DESIGN.read_text())["ladders"]
    in_our_words = {"requester": "assignee"}  # who asked for a result holds the task of acknowledging it
    ours = {name: ladder for name, ladder in library_ladders().items() if name != "LAD-UNSENT"}  # EXC-DOWNSTREAM-DOWN
    assert {
        name: [
            (
                rung["at"],
                tuple(in_our_words.get(role, role) for role in rung["tell"]),
                tuple(rung["channel"]),
                rung["kind"],
            )
            for rung in rungs
        ]
        for name, rungs in designed.items()
    } == {
        name: [(rung.at, rung.tell, rung.channel, rung.level) for rung in ladder.rungs] for name, ladder in ours.items()
    }


def test_a_breach_of_a_red_flag_step_goes_back_to_the_pool_as_stat():
    breach = library_ladders()["LAD-RED"].rungs[2]
    assert (breach.at, breach.actions) == ("d", ("reassign_to_pool", "priority_stat"))


def test_what_a_rung_begins_is_a_process_of_the_library_whose_own_ladder_begins_nothing():
    begun = {rung.begin for ladder in library_ladders().values() for rung in ladder.rungs if rung.begin}
    assert begun == {"direct_intervention", "safety_incident", "phone_call", "unsent"}
    for drawn in publish([folder for folder in library_folders() if folder.name in begun]):
        tasks = [node for node in drawn.definition.nodes.values() if node.type == "userTask"]
        assert {rung.begin for task in tasks for rung in task.rungs} == {""}


def test_what_cannot_be_sent_is_soon_somebodys_task_in_every_pathway():
    """EXC-DOWNSTREAM-DOWN: after half an hour when urgent, four when routine; a death within one, by LAD-RED."""
    sending = {
        (drawn.definition.key, node.id): node
        for drawn in publish(library_folders())
        for node in drawn.definition.nodes.values()
        if node.work is not None and node.work.task_type == '"referral.send"'
    }
    assert len(sending) > 30
    ladders = {step: node.rungs for step, node in sending.items() if step != ("patient_died", "cancel")}
    assert set(ladders.values()) == {library_ladders()["LAD-UNSENT"].rungs}
    assert all(node.expected_duration for node in sending.values())


def test_the_working_calendar_is_in_the_library():
    assert library_calendars()["working"].opens == "08:30"


@pytest.mark.parametrize("arrow", ["→", "->"])
def test_rungs_may_be_written_on_the_step(arrow):
    ladder = parse_inline(f"PT24H {arrow} coordinator; d-PT4H {arrow} assignee, clinical_lead;")
    assert ladder.rungs == (
        Rung("c+PT24H", ("coordinator",), level="escalation"),
        Rung("d-PT4H", ("assignee", "clinical_lead"), level="escalation"),
    )


@pytest.mark.parametrize("text", ["", ";", "LAD-NONE", "PT24H →", "PT24H → a → b", "soon → a", "→ a"])
def test_text_that_is_no_ladder_is_refused(text):
    with pytest.raises(LadderSyntaxError):
        parse_inline(text)


def test_a_ladder_file_with_a_wrong_offset_is_refused():
    with pytest.raises(LadderSyntaxError, match="soon"):
        read_ladders("L: [{at: soon, tell: [a]}]")


@pytest.mark.parametrize(
    "wrong", ["zone: Mars/Olympus", "weekdays: []", 'opens: "18:00"', 'closes: "late"'], ids=lambda text: text[:8]
)
def test_a_calendar_that_cannot_be_used_is_refused(wrong):
    good = yaml.safe_load('{zone: Europe/London, weekdays: [1], opens: "08:30", closes: "17:30"}')
    with pytest.raises(ValueError, match=r"."):
        read_calendars(yaml.safe_dump({"site": good | yaml.safe_load(wrong)}))
