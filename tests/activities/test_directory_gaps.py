"""Is said of a directory which service has no deputy, and which role of a pathway no people?"""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from activities.directory import Directory, Service
from activities.directory_gaps import gaps
from activities.reviewers import reviewer
from cli.app import command_line
from pathways.bpmn.findings import Finding
from tests.host.diagrams import ONE_TASK

ROOT = Path(__file__).parents[2]
WHOLE = Service(name="Clinic", named_contact="dr.owl", deputy="dr.heron")


def test_a_service_with_contact_and_deputy_is_no_gap() -> None:
    assert gaps(Directory(services={"clinic": WHOLE}), "d.yaml") == []


def test_nobody_is_the_deputy_of_themselves_and_no_deputy_is_none() -> None:
    services = {
        "alone": WHOLE.model_copy(update={"deputy": ""}),
        "twice": WHOLE.model_copy(update={"deputy": "dr.owl"}),
        "nobody": WHOLE.model_copy(update={"named_contact": ""}),
    }
    found = gaps(Directory(services=services), "d.yaml")
    assert [(each.rule, each.element) for each in found] == [
        ("service-without-deputy", "alone"),
        ("service-without-deputy", "twice"),
        ("service-without-contact", "nobody"),
    ]


def test_a_role_to_which_tasks_are_offered_has_people_once_the_directory_says_who_does_what() -> None:
    known = Directory(roles={"ent_surgeon": ("hospital",)})
    assert [each.element for each in _of_roles(known)] == ["dentist"]
    assert _of_roles(Directory(roles={"dentist": ("hospital",)})) == []
    assert gaps(Directory(), "d.yaml", [ONE_TASK]) == []


def _of_roles(directory: Directory) -> list[Finding]:
    return [each for each in gaps(directory, "d.yaml", [ONE_TASK]) if each.rule == "role-without-people"]


def test_a_specialty_that_a_step_needs_has_people() -> None:
    task = replace(ONE_TASK.nodes["examine"], properties={"specialty": "oral_radiology, endodontics"})
    drawn = [replace(ONE_TASK, nodes={**ONE_TASK.nodes, "examine": task})]
    found = gaps(Directory(specialties={"endodontics": ("dr.owl",)}), "d.yaml", drawn)
    assert [(each.rule, each.severity, each.element) for each in found] == [
        ("specialty-without-people", "warning", "oral_radiology")
    ]
    services = {"clinic": WHOLE.model_copy(update={"specialty": ("oral_radiology",)})}
    known = Directory(services=services, specialties={"endodontics": ("dr.owl",)})
    assert gaps(known, "d.yaml", drawn) == []
    assert known.specialists("oral_radiology") == ("dr.owl", "dr.heron")


def test_an_address_of_ours_for_a_role_that_only_others_do_reaches_nobody() -> None:
    others = Directory(
        organisation="hospital", roles={"ent_surgeon": ("clinic",)}, pager={"ent_surgeon": "1@p.example"}
    )
    found = [(each.rule, each.element) for each in gaps(others, "d.yaml") if each.rule == "address-of-others"]
    assert found == [("address-of-others", "ent_surgeon")]
    theirs = others.model_copy(update={"pager": {"ent_surgeon": {"clinic": "1@p.example", "north": "2@p.example"}}})
    assert not [each for each in gaps(theirs, "d.yaml") if each.rule == "address-of-others"]
    assert theirs.others == ("clinic", "north")


def test_pathways_check_warns_of_the_gaps_of_a_directory(tmp_path: Path) -> None:
    directory = tmp_path / "directory.yaml"
    directory.write_text("services: {clinic: {name: Clinic, named_contact: dr.owl, deputy: ''}}\n")
    folder = ROOT / "pathways" / "library" / "concern"
    said = CliRunner().invoke(command_line(), ["check", str(folder), "--directory", str(directory)])
    assert (said.exit_code, "service-without-deputy [clinic]" in said.output) == (0, True), said.output
    directory.write_text("services: [")
    assert CliRunner().invoke(command_line(), ["check", str(folder), "--directory", str(directory)]).exit_code == 2


def test_the_directory_of_the_demo_has_no_gap_and_says_whose_reviews_the_hospital_does() -> None:
    from activities.directory import read_directory

    directory = read_directory(ROOT / "deploy" / "demo" / "directory.yaml")
    found = gaps(directory, "demo")
    assert {(each.rule, each.severity) for each in found} == {("organisation-without-privacy-officer", "info")}
    assert [each.element for each in found] == [name for name in directory.others if name != "hazel_practice"]
    assert all("the privacy officer of 'riverside_hospital' reviews" in each.message for each in found)


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        pytest.param({}, {}, id="nothing is said of roles"),
        pytest.param({"privacy_officer": ("home", "clinic")}, {}, id="everybody has one"),
        pytest.param({"privacy_officer": ("home",)}, {"clinic": "info"}, id="the network's stands in"),
        pytest.param(
            {"privacy_officer": ("home",), "admin": ("clinic",)}, {"clinic": "info"}, id="its administrator stands in"
        ),
        pytest.param({"dentist": ("clinic",)}, {"home": "warning", "clinic": "warning"}, id="nobody reviews"),
    ],
)
def test_it_is_said_who_reviews_a_broken_glass_where_there_is_no_privacy_officer(
    roles: dict[str, tuple[str, ...]], found: dict[str, str]
) -> None:
    services = {"far": WHOLE.model_copy(update={"organisation": "clinic"})}
    known = gaps(Directory(organisation="home", services=services, roles=roles), "d.yaml")
    assert {each.element: each.severity for each in known} == found


@pytest.mark.parametrize(
    ("roles", "reviews"),
    [
        ({"privacy_officer": ("clinic", "home"), "admin": ("clinic",)}, ("privacy_officer", "clinic")),
        ({"privacy_officer": ("home",), "admin": ("clinic",)}, ("admin", "clinic")),
        ({"privacy_officer": ("far", "home")}, ("privacy_officer", "home")),
        ({"privacy_officer": ("far",)}, ("privacy_officer", "far")),
        ({"dentist": ("clinic",)}, ("privacy_officer", "home")),
        ({}, ("privacy_officer", "clinic")),
    ],
)
def test_the_first_reviews_whom_the_directory_names(
    roles: dict[str, tuple[str, ...]], reviews: tuple[str, str]
) -> None:
    found = reviewer(Directory(organisation="home", roles=roles), "clinic")
    assert (found.role, found.organisation) == reviews
    assert bool(found.why) == (reviews != ("privacy_officer", "clinic"))
