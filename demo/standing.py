"""How does a case stand, and is it as a storyline says? Read from `GET /cases/{id}` alone."""

from collections.abc import Mapping
from typing import Any

Json = Any


def stands(case: Json) -> str:
    """Say how a case stands, in one sentence."""
    waits = ", ".join(f"{wait['step']} ({wait['of'] or wait['kind']})" for wait in case["waits"]) or "nothing"
    stopped = "; ".join(incident["reason"] for incident in case["incidents"])
    return f"is {case['status']} and waits for {waits}" + (f"; stopped by: {stopped}" if stopped else "")


def lacks(case: Json, expected: Mapping[str, Json]) -> str:
    """Say what is not as expected; empty when all is."""
    return "; ".join(f"{name} should be {value}" for name, value in expected.items() if not _is(case, name, value))


def _is(case: Json, name: str, value: Json) -> bool:
    match name:
        case "status":
            return bool(case["status"] == value)
        case "waiting":
            return {wait["step"] for wait in case["waits"]}.issuperset(value)
        case "message":
            return any(wait["name"] == value for wait in case["messages"])
        case "level":
            return bool(case["escalation_level"] >= value)
        case "incident":
            return bool(case["incidents"]) is value
        case _:
            raise ValueError(f"'{name}' says nothing about how a case stands: use status, waiting, message, …")
