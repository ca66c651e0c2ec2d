"""Is the log what SARIF 2.1.0 asks for (OASIS standard, §3.13 to §3.50)?"""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pathways.bpmn.findings import Finding
from pathways.rules.registry import RULES
from pathways.rules.sarif import sarif

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
PHYSICAL = {
    "type": "object",
    "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "pattern": r"^[^\s\\]+$"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "properties": {"startLine": {"type": "integer", "minimum": 1}},
        },
    },
}
LOCATION = {
    "type": "object",
    "properties": {
        "physicalLocation": PHYSICAL,
        "logicalLocations": {"type": "array", "items": {"properties": {"name": {"type": "string"}}}},
    },
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level"],
    "properties": {
        "message": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "locations": {"type": "array", "items": LOCATION},
    },
}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "shortDescription": TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}},
    },
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "rules": {"type": "array", "items": RULE, "uniqueItems": True}},
}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "results": {"type": "array", "items": RESULT},
    },
}
LOG = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}},
}
FINDINGS = [
    Finding("silent-wait", "error", "my pathways/a.bpmn", 12, "wait", "It waits.", "Add a timer."),
    Finding("dangling-flow", "error", "a.bpmn", 3, "f", "It dangles.", "Connect it."),
    Finding("feel-syntax", "error", str(Path("/tmp/b.bpmn")), 0, None, "No FEEL."),
    Finding("name-missing", "info", "a.bpmn", 7, "t", "No name.", "Name it."),
]


def driver_and_results(log: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    (run,) = log["runs"]
    return run["tool"]["driver"], run["results"]


@pytest.mark.parametrize("findings", [FINDINGS, []])
def test_the_log_keeps_to_the_standard(findings):
    Draft202012Validator(LOG).validate(sarif(findings))


def test_every_result_points_to_its_rule():
    driver, results = driver_and_results(sarif(FINDINGS))
    assert [driver["rules"][result["ruleIndex"]]["id"] for result in results] == [f.rule for f in FINDINGS]
    assert {rule["id"] for rule in driver["rules"]} >= set(RULES)
    assert all("shortDescription" in rule for rule in driver["rules"] if rule["id"] != "feel-syntax")


def test_levels_lines_and_places_are_kept():
    _, results = driver_and_results(sarif(FINDINGS))
    assert [result["level"] for result in results] == ["error", "error", "error", "note"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert [place.get("region", {}).get("startLine") for place in places] == [12, 3, None, 7]
    assert [place["artifactLocation"]["uri"] for place in places[:3]] == [
        "my%20pathways/a.bpmn",
        "a.bpmn",
        "file:///tmp/b.bpmn",
    ]
    assert results[0]["message"]["text"] == "It waits. Add a timer."
