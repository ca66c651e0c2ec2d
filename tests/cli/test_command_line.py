"""Does the command line answer at once, and in a sentence?"""

import base64
import os
import subprocess
import sys

import pytest

from cli import QUICK
from cli.app import COMMANDS, GROUPS, command_line
from cli.batches import _foreseen

HEAVY = "temporalio", "sqlalchemy", "fastapi"


@pytest.mark.parametrize(
    "name", ["batches", "cases", "dead-letters", "deployments", "incidents", "messages", "migrate"]
)
def test_what_only_asks_the_api_reads_no_module_of_the_product(name: str) -> None:
    program = f"import sys, cli.app; cli.app.command_line('{name}'); print([m for m in {HEAVY} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_an_unknown_command_is_told_among_all() -> None:
    names = {each.name for each in command_line("nonsense").registered_commands}
    groups = {each.name for each in command_line("nonsense").registered_groups}
    assert names | groups == {*QUICK, *GROUPS, *COMMANDS}


def test_a_missing_setting_is_said_in_a_sentence() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PATHWAYS_")}
    said = subprocess.run(
        [sys.executable, "-m", "cli", "versions", "any"], capture_output=True, text=True, env=environment, check=False
    )
    assert said.returncode == 1
    assert said.stderr.startswith("No keys: set PATHWAYS_KEYS")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("command", [["versions", "any"], ["rollback", "any"]])
def test_a_database_that_is_away_is_said_in_a_sentence(command: list[str]) -> None:
    key = base64.b64encode(bytes(32)).decode()
    away = {"PATHWAYS_DATABASE": "postgresql://postgres@/any?host=/nowhere", "PATHWAYS_KEYS": f"one:{key}"}
    said = subprocess.run(
        [sys.executable, "-m", "cli", *command], capture_output=True, text=True, env=os.environ | away, check=False
    )
    assert said.returncode == 1
    assert said.stderr.startswith("The database does not answer")
    assert "Traceback" not in said.stderr


def test_a_dry_run_that_looked_at_some_only_says_so() -> None:
    foresight = {"kind": "case.cancel", "selected": 2_500, "foreseen": 2_000, "reasons": []}
    assert _foreseen(foresight, dry_run=True)[0] == (
        "case.cancel: 2500 selected, 2000 of them looked at; nothing was changed"
    )
