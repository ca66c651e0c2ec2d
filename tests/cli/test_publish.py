"""What does `pathways publish` say of what may be right later, and of what can never run?"""

import base64
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.app import command_line
from tests.pathways.test_catalogue import bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pathway with a role that is in no table, which somebody may have all the same."""
    return bundle(tmp_path, "small")


def published(folder: Path, database: Path) -> Result:
    key = base64.b64encode(bytes(32)).decode()
    surroundings = {"PATHWAYS_DATABASE": f"sqlite:///{database}", "PATHWAYS_KEYS": f"test:{key}"}
    return CliRunner().invoke(command_line(), ["publish", str(folder)], env=surroundings)


def test_what_may_be_right_later_is_told_beside_what_was_published(folder: Path, tmp_path: Path) -> None:
    said = published(folder, tmp_path / "read.sqlite")
    assert (said.exit_code, said.stdout) == (0, "small version 1 published\n"), said.output
    assert f"{folder}/pathway.bpmn:1: warning unknown-role [t]: 't' names the role 'nurse'" in said.stderr


def test_what_can_never_run_is_refused_by_line_with_what_was_meant(folder: Path, tmp_path: Path) -> None:
    diagram = folder / "pathway.bpmn"
    diagram.write_text(diagram.read_text().replace('"nurse"', '"coordinatr"'))
    said = published(folder, tmp_path / "read.sqlite")
    assert (said.exit_code, said.stdout) == (1, "")
    assert f"{diagram}:1: error misspelt-role [t]: 't' names the role 'coordinatr'" in said.stderr
    assert "Did you mean 'coordinator'?" in said.stderr
