"""Is said of a directory which service has no deputy, and which role of a pathway no people?"""

from pathlib import Path

from typer.testing import CliRunner

from activities.directory import Directory, Service
from activities.directory_gaps import gaps
from cli.app import command_line
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
    assert [each.element for each in gaps(known, "d.yaml", [ONE_TASK])] == ["dentist"]
    assert gaps(Directory(roles={"dentist": ("hospital",)}), "d.yaml", [ONE_TASK]) == []
    assert gaps(Directory(), "d.yaml", [ONE_TASK]) == []


def test_pathways_check_warns_of_the_gaps_of_a_directory(tmp_path: Path) -> None:
    directory = tmp_path / "directory.yaml"
    directory.write_text("services: {clinic: {name: Clinic, named_contact: dr.owl, deputy: ''}}\n")
    folder = ROOT / "pathways" / "library" / "concern"
    said = CliRunner().invoke(command_line(), ["check", str(folder), "--directory", str(directory)])
    assert (said.exit_code, "service-without-deputy [clinic]" in said.output) == (0, True), said.output
    directory.write_text("services: [")
    assert CliRunner().invoke(command_line(), ["check", str(folder), "--directory", str(directory)]).exit_code == 2


def test_the_directory_of_the_demo_has_no_gap() -> None:
    from activities.directory import read_directory

    assert gaps(read_directory(ROOT / "deploy" / "demo" / "directory.yaml"), "demo") == []
