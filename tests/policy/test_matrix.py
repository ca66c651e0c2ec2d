"""Does the table say what the specification says, cell by cell, and does it open nothing else?"""

from itertools import product
from pathlib import Path

import pytest
import yaml

from policy.matrix import EVERYTHING, MatrixError, matrix
from policy.matrix import TABLE as FILE

SPECIFICATION = Path("/work/shared/design/pathways/_common.yaml")
DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
TABLE = matrix()
TREATING, MANAGING, OPERATING, OWN = ("TREAT", "CAREMGT"), ("CAREMGT", "HOPERAT"), ("HOPERAT",), ("PATRQT",)
ASKS_FOR = {
    "clinician": TREATING,
    "admin": MANAGING,
    "manager": OPERATING,
    "system": OPERATING,
    "patient": OWN,
}
"""For which purposes a type of role gets what it sees; every other cell of the table is empty without a grant."""

EMERGENCIES = ("ETREAT", "BTG")
NEVER_CLINICAL = {"audit", "incidents", "aggregate", "consent"}


def cells() -> list[tuple[str, str, str]]:
    return list(product(TABLE.roles, TABLE.classes, TABLE.purposes))


def expected(role: str, data_class: str, purpose: str) -> bool:
    """What a cell must say, told another way than the code tells it."""
    known = TABLE.roles[role]
    if purpose == "HRESCH":
        return known.type == "manager" and data_class == "aggregate" and data_class in known.sees
    if purpose not in ASKS_FOR[known.type]:
        return False
    if known.type == "clinician" and data_class in ("demographics", "status", "dates", "task_titles"):
        return True
    if EVERYTHING in known.sees and data_class in TABLE.groups["clinical"]:
        return True
    held = {name for each in known.sees for name in TABLE.holds.get(each, ())}
    return data_class in known.sees or data_class in held


def test_every_cell_of_the_table_says_what_the_rules_say() -> None:
    wrong = [cell for cell in cells() if TABLE.allows(*cell) is not expected(*cell)]
    assert wrong == []
    assert len(cells()) == len(TABLE.roles) * len(TABLE.classes) * len(TABLE.purposes) > 5_000


def test_a_broken_glass_opens_clinical_and_administrative_data_to_clinicians_only() -> None:
    for role, data_class, purpose in cells():
        if purpose in EMERGENCIES:
            open_to = TABLE.roles[role].type == "clinician"
            is_record = data_class in (*TABLE.groups["clinical"], *TABLE.groups["administrative"])
            assert TABLE.allows(role, data_class, purpose, granted=True) is (open_to and is_record)
            assert not TABLE.allows(role, data_class, purpose), "asking for it in the token opens nothing"


def test_a_grant_changes_nothing_for_any_other_purpose() -> None:
    for role, purpose in product(TABLE.roles, TABLE.purposes):
        if purpose not in EMERGENCIES:
            assert TABLE.sees(role, purpose, granted=True) == TABLE.sees(role, purpose)


def test_the_whole_episode_is_never_audit_incidents_figures_or_consent() -> None:
    assert TABLE.expanded([EVERYTHING]) == frozenset(TABLE.groups["clinical"])
    assert not NEVER_CLINICAL & set(TABLE.groups["clinical"])
    for role in TABLE.roles.values():
        if EVERYTHING in role.sees:
            assert not NEVER_CLINICAL & TABLE.sees(role.name)


def test_who_answers_for_the_whole_episode_knows_what_is_booked_and_no_other_clinician_does() -> None:
    clinicians = {name for name, role in TABLE.roles.items() if role.type == "clinician"}
    knowing = {name for name in clinicians if "appointment" in TABLE.sees(name)}
    assert knowing == {name for name in clinicians if EVERYTHING in TABLE.roles[name].sees}
    assert "key_worker" in knowing


def test_research_sees_figures_and_nothing_of_anybody() -> None:
    assert {name for role in TABLE.roles for name in TABLE.sees(role, "HRESCH")} == {"aggregate"}


def test_carers_see_nothing_without_a_grant_of_the_patient() -> None:
    assert TABLE.sees("carer") == {"per_proxy_consent"}


def test_who_and_what_is_not_in_the_table_sees_nothing() -> None:
    assert TABLE.sees("somebody") == TABLE.sees("ent_surgeon", "TPAYMT") == frozenset()
    assert TABLE.seen_by(["somebody", "gdp"]) == TABLE.sees("gdp")


def test_the_table_is_the_one_of_the_specification_both_ways() -> None:
    if not SPECIFICATION.exists():
        pytest.skip(f"the specification is not on this machine: {SPECIFICATION}")
    roles = yaml.safe_load(SPECIFICATION.read_text())["roles"]
    theirs = {name: (role["type"], tuple(role["sees"])) for name, role in roles.items()}
    ours = {r.name: (r.type, r.sees) for r in TABLE.roles.values() if r.name not in TABLE.installation_roles}
    assert ours == theirs
    known = {name for _, sees in theirs.values() for name in sees}
    assert known <= set(TABLE.classes)


def test_the_guide_shows_the_table_as_it_is() -> None:
    shown = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| `")]
    for role in TABLE.roles.values():
        assert f"| `{role.name}` | {role.type} | {', '.join(role.sees)} |" in shown


def test_a_table_that_names_what_it_does_not_define_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_text(FILE.read_text().replace("sees: [order, airway]", "sees: [gossip]"))
    with pytest.raises(MatrixError, match="gossip"):
        matrix(path)
