"""Does a vulnerability of a dependency fail, and what was not audited never pass for audited?"""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.audit import FAILED, WELL, judged, main

SOUND: dict[str, Any] = {"name": "anyio", "version": "4.16.0", "vulns": []}
OPEN: dict[str, Any] = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"]}, {"id": "GHSA-1", "fix_versions": []}],
}
UNKNOWN: dict[str, Any] = {"name": "ours", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("found", "where_told", "status"),
    [
        ([SOUND], False, WELL),
        ([SOUND, UNKNOWN], False, FAILED),
        ([SOUND, UNKNOWN], True, WELL),
        ([UNKNOWN, OPEN], True, FAILED),
        ([], False, FAILED),
        ([], True, WELL),
    ],
)
def test_what_is_vulnerable_fails_and_what_is_unknown_fails_where_it_can_be_asked(
    found: list[dict[str, Any]], where_told: bool, status: int
) -> None:
    assert judged(found, where_told=where_told)[1] == status


def test_each_vulnerability_is_named_with_the_version_that_mends_it_and_what_was_not_audited_too() -> None:
    assert judged([SOUND, OPEN, UNKNOWN], where_told=True)[0] == [
        "jinja2 2.4.1: PYSEC-2014-8, mended in 2.7.2",
        "jinja2 2.4.1: GHSA-1, mended in no version yet",
        "2 dependencies audited, 2 known vulnerabilities.",
        "NOT audited, for the service does not know them or cannot be reached from here: ours.",
    ]
    assert judged([], where_told=True)[0] == ["NOTHING was audited."]


def test_what_the_program_finds_among_the_pinned_ones_is_the_exit_status(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "found.json"
    program = tmp_path / "pip-audit"
    program.write_text(f'#!/bin/sh\ncase "$*" in *requirements.lock*) cat {found};; esac\n')
    program.chmod(0o755)
    found.write_text(json.dumps({"dependencies": [OPEN]}))
    assert main(str(program), "--where-told") == FAILED
    found.write_text(json.dumps({"dependencies": [SOUND]}))
    assert main(str(program)) == WELL
    found.write_text("no such service")
    assert main(str(program)) == FAILED
    assert "NOTHING was audited." in capfd.readouterr().out
    assert main(str(tmp_path / "not-there")) == FAILED
    assert "is not installed" in capfd.readouterr().err
