"""What does a patient read about a step, and in which language?"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pathways import patient_texts
from pathways.bpmn.model import Definition, FlowNode
from pathways.bundle import read_bundle
from pathways.catalogue import library_folders
from pathways.ladders import library_calendars, library_ladders
from pathways.patient_texts import in_language, languages, step_reason, step_text, title, words

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


@pytest.mark.parametrize("folder", library_folders(), ids=lambda folder: folder.name)
def test_whatever_a_patient_reads_of_a_step_is_there_in_german_and_with_its_reason(folder: Path) -> None:
    definition = definition_in(folder)
    read = [node for node in definition.nodes.values() if node.properties.get("patientText")]
    english = [node.id for node in read if step_text(definition, node, "de") == node.properties["patientText"]]
    assert (english, [node.id for node in read if not step_reason(definition, node, "de")]) == ([], [])


def test_who_said_no_reads_what_is_waited_for_until_they_are_asked_again() -> None:
    review = definition_in(next(folder for folder in TRANSLATED if folder.name == "refusal_review"))
    day = review.nodes["day"]
    assert ("On the day you agreed" in step_text(review, day, "en"), step_reason(review, day, "en")) == (
        True,
        "You may change your mind at any time.",
    )


@pytest.fixture(scope="module")
def referral() -> Definition:
    return definition_in(next(folder for folder in TRANSLATED if folder.name == "00_closed_loop_referral"))


def step(definition: Definition, **properties: str) -> FlowNode:
    node = definition.nodes["triage"]
    return replace(node, properties={**node.properties, **properties})


def test_the_diagram_s_own_translation_comes_before_the_file_beside_it(referral: Definition) -> None:
    assert step_text(referral, step(referral, **{"patientText.de": "Eigener Text."}), "de") == "Eigener Text."


def test_a_designer_s_own_reason_comes_before_the_file_beside_it(referral: Definition) -> None:
    own = step(referral, **{"patientWhy": "To be sure.", "patientWhy.de": "Zur Sicherheit."})
    assert (step_reason(referral, own, "en"), step_reason(referral, own, "de")) == ("To be sure.", "Zur Sicherheit.")
    elsewhere = replace(referral, key="a_designer_s_own")
    assert step_reason(elsewhere, step(elsewhere), "en") == ""
    assert step_reason(elsewhere, step(elsewhere, patientWhy="To be sure."), "de") == "To be sure."


def test_a_language_that_nobody_has_written_is_read_in_english(referral: Definition) -> None:
    triage = referral.nodes["triage"]
    assert step_text(referral, triage, "pl") == triage.properties["patientText"]
    assert step_reason(referral, triage, "pl") == step_reason(referral, triage, "en") != ""
    assert (title(referral, "pl"), title(referral, "de")) == ("Your referral", "Ihre Überweisung")


POLISH = """
name: polski
step: Zespół zajmuje się Państwa sprawą.
roles: {patient: Państwo}
pathways:
  closed_loop_referral:
    title: Państwa skierowanie
    steps:
      triage: {text: Specjalista czyta skierowanie., why: Aby termin był odpowiedni.}
"""


def test_a_site_adds_a_language_by_adding_a_file(
    referral: Definition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    shutil.copytree(patient_texts.LIBRARY, library, ignore=shutil.ignore_patterns("*.bpmn", "*.svg", "*.form"))
    (library / "languages" / "pl.yaml").write_text(POLISH, encoding="utf-8")
    monkeypatch.setattr(patient_texts, "LIBRARY", library)
    triage = referral.nodes["triage"]
    assert (languages()["pl"].name, title(referral, "pl")) == ("polski", "Państwa skierowanie")
    assert step_text(referral, triage, "pl") == "Specjalista czyta skierowanie."
    assert step_reason(referral, triage, "pl") == "Aby termin był odpowiedni."
    assert in_language(words().roles["patient"], "pl") == "Państwo"
    assert in_language(words().roles["carer"], "pl") == "your carer"


def test_english_has_every_word_that_another_language_has() -> None:
    english = languages()["en"].model_dump(exclude={"name", "pathways"})
    for code, spoken in languages().items():
        for name, said in spoken.model_dump(exclude={"name", "pathways"}).items():
            keys = set(said) if isinstance(said, dict) else set()
            assert keys <= set(english[name]), f"{code}: {name}"
    assert all(english.values())


def test_german_leaves_no_word_out() -> None:
    english, german = (languages()[code].model_dump(exclude={"name", "pathways"}) for code in ("en", "de"))
    tables = [name for name, said in english.items() if isinstance(said, dict)]
    assert {name: set(english[name]) for name in tables} == {name: set(german[name]) for name in tables}
    assert all(german.values())


def test_a_step_without_words_is_silent_and_its_role_is_the_care_team(referral: Definition) -> None:
    assert step_text(referral, referral.nodes["attend"], "en") == ""
    assert in_language(words().roles["other"], "de") == "Ihr Behandlungsteam"
