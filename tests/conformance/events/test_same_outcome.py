"""Is the outcome of a case the same for the real command, and for a file whose XML is written the other way round?"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.events import (
    test_boundary_events,
    test_compensation,
    test_end_events,
    test_errors,
    test_escalations,
    test_event_gateways,
    test_event_sub_processes,
    test_incidents,
    test_intermediate_events,
    test_messages,
    test_rare_events,
    test_scopes_and_events,
    test_signals,
    test_start_events,
    test_timers,
    test_transactions,
)
from tests.conformance.events.expectation import Case

GROUPS = [
    test_boundary_events.CASES,
    test_compensation.CASES,
    test_end_events.CASES,
    test_errors.CASES,
    test_escalations.CASES,
    test_event_gateways.CASES,
    test_event_sub_processes.CASES,
    test_incidents.CASES,
    test_intermediate_events.CASES,
    test_messages.CASES,
    test_rare_events.CASES,
    test_scopes_and_events.CASES,
    test_signals.CASES,
    test_start_events.CASES,
    test_timers.CASES,
    test_transactions.CASES,
]
COMMAND = Path(sys.executable).with_name("pathways")


def outcome(code: int, result: dict[str, Any]) -> dict[str, Any]:
    """What must not change: all but the trace, and in which order concurrent paths end."""
    if code:
        return {"code": code, "rules": sorted(each["rule"] for each in result["findings"])}
    return {
        "status": result["status"],
        "variables": result["variables"],
        "ended": sorted(result["ended"]),
        "waiting": sorted(each["element"] for each in result["waiting"]),
        "incidents": sorted((each["element"], each["kind"]) for each in result["incidents"]),
    }


@pytest.mark.parametrize("case", [case for cases in GROUPS for case in cases], ids=str)
def test_order_of_the_xml_changes_no_outcome(case: Case, tmp_path: Path) -> None:
    assert outcome(*case.run(tmp_path)) == outcome(*case.run(tmp_path, order="reversed"))


@pytest.mark.parametrize("case", [cases[0] for cases in GROUPS] + [test_incidents.CASES[-1]], ids=str)
def test_the_real_command_gives_what_is_expected(case: Case, tmp_path: Path) -> None:
    command = [str(COMMAND), "simulate", *case.arguments(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    case.compare(run.returncode, json.loads(run.stdout))


def test_names_of_cases_are_their_own() -> None:
    names = Counter(case.name for cases in GROUPS for case in cases)
    assert [name for name, count in names.items() if count > 1] == []
