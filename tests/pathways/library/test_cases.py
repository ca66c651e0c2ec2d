"""Every case of every pathway, on the pure engine in milliseconds."""

from pathlib import Path

import pytest

from pathways.bpmn.model import Definition
from pathways.catalogue import library_folders
from tests.library import definitions
from workflows.proof.scenario import Case, play_on_engine, read_cases
from workflows.proof.simulation import Simulation

CASES = [
    pytest.param(folder.name, case, id=f"{folder.name}:{case.id}")
    for folder in library_folders()
    if (folder / "cases.yaml").exists()
    for case in read_cases((folder / "cases.yaml").read_text())
]


@pytest.fixture(scope="module")
def published() -> dict[str, Definition]:
    """The library, published as one."""
    return definitions()


def key_of(folder: str, published: dict[str, Definition]) -> str:
    """The process id is the folder's name without its number or letter."""
    return next(key for key in published if folder.endswith(key))


@pytest.mark.parametrize(("folder", "case"), CASES)
async def test_case(folder: str, case: Case, published: dict[str, Definition]) -> None:
    await play_on_engine(case, Simulation(published), key_of(folder, published))


def test_every_pathway_has_cases_a_readme_and_a_picture() -> None:
    missing = [
        f"{folder.name}/{name}"
        for folder in library_folders()
        for name in ("cases.yaml", "README.md", "picture.svg")
        if not (folder / name).exists()
    ]
    assert missing == []


def test_every_readme_says_that_the_content_needs_local_sign_off() -> None:
    silent = [folder.name for folder in library_folders() if "sign-off" not in _text(folder / "README.md")]
    assert silent == []


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
