"""Are the texts that help patients well formed, signed or marked as a template, and about steps that exist?"""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from pathways import patient_texts
from pathways.bundle import read_bundle
from pathways.catalogue import library_folders
from pathways.education import Piece, fitting, pieces
from pathways.ladders import library_calendars, library_ladders
from pathways.patient_texts import languages

ENGLISH = {"title": "Which?", "body": ["Both."], "options": []}
AID = {"kind": "decision_aid", "steps": {"a_pathway": ["choose"]}, "texts": {"en": ENGLISH}}
OPTION = {"name": "This", "for": ["It helps."], "against": ["It takes time."]}


def test_every_shipped_text_is_about_steps_of_the_library_in_every_language() -> None:
    found = [
        read_bundle(folder, ladders=library_ladders(), calendars=library_calendars()) for folder in library_folders()
    ]
    nodes = {each.definition.key: each.definition.nodes for each in found if each.definition}
    unknown = [
        (name, key, element)
        for name, piece in pieces().items()
        for key, elements in piece.steps.items()
        for element in elements or ("",)
        if key not in nodes or (element and element not in nodes[key])
    ]
    assert unknown == []
    assert {name for name, piece in pieces().items() if set(piece.texts) != set(languages())} == set()
    assert {piece.kind for piece in pieces().values()} == {"education", "decision_aid", "local_resource"}


def test_no_shipped_text_says_that_somebody_has_signed_it_off() -> None:
    assert [name for name, piece in pieces().items() if piece.signed_off] == []


def test_a_text_fits_where_the_patient_is_before_where_they_come_to() -> None:
    now = fitting({("pre_rt_dental_clearance", "assess"): "now", ("pre_rt_dental_clearance", "extract"): "later"})
    assert [(name, fits) for name, _, fits in now] == [
        ("mouth_before_radiotherapy", "now"),
        ("tooth_with_a_poor_outlook", "now"),
        ("your_language_and_customs", "always"),
    ]
    assert [name for name, _, _ in fitting({})] == ["your_language_and_customs"]


@pytest.mark.parametrize(("options", "kind"), [(1, "decision_aid"), (0, "decision_aid"), (2, "education")])
def test_options_belong_to_a_decision_and_are_more_than_one(options: int, kind: str) -> None:
    text = {**ENGLISH, "options": [OPTION] * options}
    with pytest.raises(ValidationError, match="two to nine options"):
        Piece.model_validate({**AID, "kind": kind, "texts": {"en": text}})


def test_a_malformed_file_of_a_site_is_refused_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "education").mkdir()
    wrong = {**AID, "stps": {}}
    (tmp_path / "education" / "our_own.yaml").write_text(yaml.safe_dump(wrong), encoding="utf-8")
    monkeypatch.setattr(patient_texts, "LIBRARY", tmp_path)
    with pytest.raises(ValidationError, match=r"our_own\.stps"):
        pieces()
