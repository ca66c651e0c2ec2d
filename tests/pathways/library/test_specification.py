"""Is every pathway drawn as its specification says, and nothing else? Differences are listed with their reason.

A difference that is wanted stands in `beside_the_specification.yaml` in the pathway's folder: the message of the
difference (`*` for any text in it) and why. An entry that fits no difference any more fails here, too.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pathways.bpmn.model import Rung
from pathways.ladders import library_calendars, library_ladders
from tests.pathways.library.comparing_scopes import scope_differences
from tests.pathways.library.comparing_steps import PROCESSES, field_differences, step_differences
from tests.pathways.library.comparing_ways import added_ways, way_differences
from tests.pathways.library.drawn import LIBRARY, Drawn, drawn, library
from tests.pathways.library.specified import FOLDER, common, durations, field, specification, specified_folders

ALLOWED = "beside_the_specification.yaml"
needs_specification = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"The clinical specification is not part of the project; it is not at {FOLDER}."
)
pytestmark = needs_specification


@pytest.mark.parametrize("folder", specified_folders())
def test_pathway_is_drawn_as_specified(folder: str) -> None:
    got = drawn(LIBRARY / folder)
    if got is None:
        pytest.fail(f"pathways/library/{folder}: there is no pathway.bpmn that can be read", pytrace=False)
    wanted = specification(folder)
    ways = [*way_differences(wanted, got), *added_ways(wanted, got)]
    found = [*step_differences(wanted, got), *scope_differences(wanted, got), *ways]
    tell(folder, unexplained(found, LIBRARY / folder / ALLOWED))


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_common_exception_is_drawn_as_specified(name: str) -> None:
    got = library().get(PROCESSES[name])
    if got is None:
        pytest.fail(f"{name}: there is no process {PROCESSES[name]}", pytrace=False)
    asked = [step for step in common()["exceptions"][name]["flow"] if "user" in step]
    found = [difference for step in asked for difference in exception_differences(step, got)]
    tell(got.folder.name, unexplained(found, got.folder / ALLOWED))


def exception_differences(step: Mapping[str, Any], got: Drawn) -> Iterable[str]:
    """Where the task of a common exception differs from what it says."""
    at = f"user task {step['user']!r}"
    node = next((n for n in got.nodes.values() if n.type == "userTask" and n.name == step["user"]), None)
    if node is None or node.user is None:
        yield f"{at}: missing"
        return
    if step["role"] not in re.findall(r"\w+", node.user.candidate_groups or ""):
        yield f"{at}: role is {node.user.candidate_groups}, not {step['role']}"
    if durations(step["due"]) != durations(got.resolved(node.expected_duration)):
        yield f"{at}: due is {node.expected_duration}, not {step['due']}"
    if step.get("priority") == "stat" and node.user.priority != "100":
        yield f"{at}: priority is {node.user.priority}, not stat"
    yield from field_differences(tuple(map(field, step["form"])), got.fields(node), at)


def test_ladders_are_as_specified_rung_by_rung() -> None:
    found = list(ladder_differences(common()["ladders"]))
    tell("ladders.yaml", unexplained(found, LIBRARY / ALLOWED))


def ladder_differences(wanted: Mapping[str, list[Mapping[str, Any]]]) -> Iterable[str]:
    """Where the library's ladders differ."""
    got = library_ladders()
    yield from (f"ladder {name}: not in the specification" for name in sorted(got.keys() - wanted.keys()))
    for name, rungs in wanted.items():
        drawn_rungs = got[name].rungs if name in got else ()
        if len(drawn_rungs) != len(rungs):
            yield f"ladder {name}: has {len(drawn_rungs)} rungs, not {len(rungs)}"
        for rung, seen in zip(rungs, drawn_rungs, strict=False):
            at = f"ladder {name}, rung {rung['at']}"
            said = {"at": seen.at, "tell": list(seen.tell), "channel": list(seen.channel), "kind": seen.level}
            yield from (f"{at}: {key} is {said[key]}, not {rung[key]}" for key in said if said[key] != rung[key])
            yield from (f"{at}: does not {deed}" for deed in missing_deeds(str(rung.get("do", "")), seen))
            yield from (
                f"{at}: does not begin {each}" for each in [BEGUN.get(rung["kind"])] if each and seen.begin != each
            )


BEGUN = {"incident": "safety_incident", "phone_task": "phone_call"}
"""What a rung of this kind begins: a task is more than a message."""


def missing_deeds(text: str, rung: Rung) -> list[str]:
    """What a rung should do and does not; a deed may be more than telling."""
    done = {*rung.actions, f"begin {rung.begin}", f"flag {rung.flag}"}
    deeds = [deed.strip() for deed in text.split(";") if deed.strip()]
    known = {
        "set priority=stat": "priority_stat",
        "reassign acknowledgement to covering_clinician": "reassign_to_cover",
        "create task 'direct clinical intervention' for clinical_lead": "begin direct_intervention",
        "open safety incident record": "begin safety_incident",
        "case.flag=uncontactable": "flag uncontactable",
    }
    return [deed for deed in deeds if known.get(deed, deed) not in done]


def test_working_hours_are_as_specified() -> None:
    working = library_calendars()["working"]
    said = common()["calendars"]["working"]["desc"]
    assert (working.weekdays, f"{working.opens}-{working.closes}") == ((1, 2, 3, 4, 5), said.split()[1])


def unexplained(found: Iterable[str], allowed: Path) -> list[str]:
    """Differences that nobody has explained, and explanations of nothing."""
    reasons: Mapping[str, str] = (yaml.safe_load(allowed.read_text()) or {}) if allowed.exists() else {}
    patterns = {said: re.compile(".*".join(map(re.escape, said.split("*")))) for said in reasons}
    differences = list(dict.fromkeys(found))
    left = [one for one in differences if not any(p.fullmatch(one) for p in patterns.values())]
    stale = [said for said, pattern in patterns.items() if not any(map(pattern.fullmatch, differences))]
    silent = [said for said, reason in reasons.items() if not str(reason or "").strip()]
    return [
        *left,
        *(f"{allowed.name} explains what is no difference (any more): {said!r}" for said in stale),
        *(f"{allowed.name} gives no reason for {said!r}" for said in silent),
    ]


def tell(where: str, differences: list[str]) -> None:
    """Fail with one difference a line."""
    if differences:
        lines = "\n".join(f"  {line}" for line in differences)
        pytest.fail(f"{where}: {len(differences)} differences from the specification\n{lines}", pytrace=False)
