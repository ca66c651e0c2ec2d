import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator

from interop.fhir.audit_event import CREATES, DELETES, READS, RUNS, audit_event, interaction_of

ROOT = Path(__file__).parents[2]
VALID = Draft6Validator(json.loads((Path(__file__).parent / "audit_event.schema.json").read_text(encoding="utf-8")))
CONTEXT = {
    "roles": ["key_worker"],
    "purposes": ["TREAT"],
    "network": "192.0.2.7",
    "method": "GET",
    "route": "/tasks",
    "asked": ["owner"],
}
UPDATES = re.compile(
    "acknowledged|activated|added|amended|answered|back|basis|cancelled|changed|claimed|closed|completed|corrected|correlated|"
    "delegated|delivered|ended|left|moved|over|printed|redirected|released|removed|reopened|resolved|retried|rotated|said|saved|sealed|settled|signed|"
    "skipped|listed|unlisted|unmerged|unsealed|withdrawn"
)
"""What the actions end in that change something that was there."""


def row(action: str, **changed: Any) -> dict[str, Any]:
    """A row as the table has it, of a person who asked over HTTP about a case."""
    given = {"id": 7, "at": "2026-11-22T10:00:00+00:00", "actor": "dr.oak", "action": action, "outcome": "0"}
    about = {"case_id": "case-1", "organisation": "north", "detail": {"request_id": "r-1"}, "context": CONTEXT}
    return {**given, **about, **changed}


def event(action: str, *, patient: str = "", **changed: Any) -> dict[str, Any]:
    found: Any = audit_event(row(action, **changed), base_url="https://api.example", patient=patient)
    assert [error.message for error in VALID.iter_errors(found)] == []
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("action", "letter", "profile", "client", "server", "user"),
    [
        ("task.read", "R", "PatientRead", "110152", "110153", "IRCP"),
        ("referral.received", "C", "PatientCreate", "110153", "110152", "AUT"),
        ("task.completed", "U", "PatientUpdate", "110153", "110152", "AUT"),
        ("case.key_erased", "D", "PatientDelete", "110150", "custodian", "AUT"),
    ],
)
def test_each_interaction_meets_its_balp_pattern(
    action: str, letter: str, profile: str, client: str, server: str, user: str
) -> None:
    found = event(action, patient="P-1")
    assert found["meta"]["profile"] == [
        f"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.{profile}"
    ]
    assert (found["type"]["code"], found["action"], found["outcome"]) == ("rest", letter, "0")
    types = [agent["type"]["coding"][0]["code"] for agent in found["agent"]]
    assert types == [user, "PROV", client, server]
    assert [agent["requestor"] for agent in found["agent"]] == [True, False, False, False]
    assert all("network" in agent for agent in found["agent"][2:])
    kinds = [entity["type"]["code"] for entity in found["entity"]]
    assert kinds == ["2", "XrequestId", "1"]
    assert found["entity"][2]["what"] == {"reference": "Patient/P-1"}


def test_who_asked_in_which_role_for_which_organisation_and_purpose() -> None:
    user, organisation = event("task.read")["agent"][:2]
    assert user["who"]["identifier"]["value"] == "dr.oak"
    assert user["role"][0]["coding"][0]["code"] == "key_worker"
    assert user["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert organisation["who"]["identifier"]["value"] == "north"


def test_a_list_is_a_query_that_names_its_parameters_and_no_values() -> None:
    found = event("tasks.read", case_id="", detail={"cases": ["case-1", "case-2"]})
    assert (found["action"], found["meta"]["profile"][0].rpartition(".")[2]) == ("E", "Query")
    query, *listed = found["entity"]
    assert base64.b64decode(query["query"]).decode() == "/tasks?owner="
    assert [each["what"]["identifier"]["value"] for each in listed] == ["case-1", "case-2"]


def test_a_refusal_is_a_failure_and_claims_no_pattern() -> None:
    found = event("access.refused", outcome="4", detail={"problem": "forbidden", "status": 403})
    assert (found["outcome"], found["outcomeDesc"], "meta" in found) == ("4", "forbidden", False)


def test_of_what_never_came_to_its_end_it_is_said_that_nobody_knows() -> None:
    found = event("access.unfinished", outcome="8", detail={"request_id": "r-1", "begun_at": "2026-11-22T10:00:00"})
    assert (found["outcome"], found["action"], "meta" in found) == ("8", "E", False)
    assert "nobody knows whether it was done" in found["outcomeDesc"]


def test_reading_under_a_broken_glass_has_that_purpose() -> None:
    found = event("case.read", detail={"purpose": "BTG"})
    assert found["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"


def test_what_the_system_did_by_itself_has_no_client_and_claims_no_pattern() -> None:
    found = event("watchdog.rebuilt", actor="watchdog", context={}, organisation="")
    assert (found["type"]["code"], len(found["agent"]), "meta" in found) == ("110100", 1, False)


@pytest.mark.parametrize(("action", "code"), [("access.unauthenticated", "110114"), ("access.throttled", "110113")])
def test_who_was_turned_away_is_an_event_of_security_that_names_nobody(action: str, code: str) -> None:
    nobody = {"actor": "", "organisation": "", "case_id": "", "outcome": "4"}
    found: Any = audit_event(row(action, **nobody), base_url="https://api.example")
    assert [error.message for error in VALID.iter_errors(found)] == []
    assert (found["type"]["code"], [each["code"] for each in found["subtype"]]) == (code, [action])
    assert "who" not in found["agent"][0]
    assert "meta" not in found


def test_every_action_that_is_written_is_of_a_kind_that_somebody_chose() -> None:
    """An action with a new word at its end is put into the table of kinds, or here into the updates."""
    known = READS | CREATES | DELETES | RUNS
    words = {re.split(r"[._]", action)[-1] for action in written()}
    assert {word for word in words - known if not UPDATES.fullmatch(word)} == set()
    assert len(words) > 20


def written() -> set[str]:
    """The actions that stand as plain text in the code that writes the audit."""
    files = [path for part in ("api", "activities", "cli") for path in (ROOT / part).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    calls = re.findall(r'(?:audit\((?:session, )?|\.read\(|action=|case_for\([^"()]*)"([a-z_.]+)"', code)
    return {action for action in calls if "." in action}


def test_the_kind_of_a_row_does_not_depend_on_who_reads_it() -> None:
    assert interaction_of(row("case.read")) == "read"
    assert interaction_of(row("consent.withdrawn", actor="case:case-1", context={})) == "operation"
