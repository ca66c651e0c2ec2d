"""What does a patient read about a step, and in which language?"""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pathways.bpmn.model import Definition, FlowNode
from pathways.bundle import read_bundle
from pathways.catalogue import library_folders
from pathways.ladders import library_calendars, library_ladders
from pathways.patient_texts import in_language, step_reason, step_text, title, words

TRANSLATED = [folder for folder in library_folders() if (folder / "patient.yaml").exists()]


def definition_in(folder: Path) -> Definition:
    found = read_bundle(folder, ladders=library_ladders(), calendars=library_calendars()).definition
    assert found is not None
    return found


@pytest.mark.parametrize("folder", TRANSLATED, ids=lambda folder: folder.name)
def test_what_is_translated_is_a_step_that_patients_read(folder: Path) -> None:
    definition, texts = definition_in(folder), yaml.safe_load((folder / "patient.yaml").read_text())
    nodes = [definition.nodes.get(element) for element in texts if element != definition.key]
    assert nodes
    for node in nodes:
        assert node is not None
        assert step_text(definition, node, "de") != step_text(definition, node, "en") != ""


@pytest.fixture(scope="module")
def referral() -> Definition:
    return definition_in(next(folder for folder in TRANSLATED if folder.name == "00_closed_loop_referral"))


def step(definition: Definition, **properties: str) -> FlowNode:
    node = definition.nodes["triage"]
    return replace(node, properties={**node.properties, **properties})


def test_the_diagram_s_own_translation_comes_before_the_file_beside_it(referral: Definition) -> None:
    assert step_text(referral, step(referral, **{"patientText.de": "Eigener Text."}), "de") == "Eigener Text."


def test_a_language_that_nobody_has_written_is_read_in_english(referral: Definition) -> None:
    triage = referral.nodes["triage"]
    assert step_text(referral, triage, "pl") == triage.properties["patientText"]
    assert step_reason(referral, triage, "pl") == step_reason(referral, triage, "en") != ""
    assert (title(referral, "pl"), title(referral, "de")) == ("Your referral", "Ihre Überweisung")


def test_a_step_without_words_is_silent_and_its_role_is_the_care_team(referral: Definition) -> None:
    assert step_text(referral, referral.nodes["attend"], "en") == ""
    assert in_language(words().roles["other"], "de") == "Ihr Behandlungsteam"
