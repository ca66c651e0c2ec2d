"""Does a pathway travel to another installation as one file, whole and unchanged?"""

import json
import shutil
from pathlib import Path

import pytest

from pathways.catalogue import publish
from pathways.package import PackageError, pack, read_package, with_called
from tests.cli.test_versions import LIBRARY, place, run

__all__ = ["place"]
FOLDER = LIBRARY / "02_case_conference"


@pytest.fixture(scope="module")
def packed() -> str:
    return pack([LIBRARY / "no_show"])


def changed(text: str, old: str, new: str) -> str:
    """The package with its text changed, inside the JSON."""
    assert old in text
    return text.replace(old, new)


def test_a_package_is_published_elsewhere_as_the_version_that_was_packed(place: Path) -> None:
    told = run("pack", FOLDER, "--to", place / "conference.json").output
    assert [line.split()[0] for line in told.splitlines()] == ["case_conference", "consent_withdrawn", "red_flag"]
    done = run("publish", place / "conference.json").output
    assert "case_conference version 1 published" in done
    assert "another version than where it was packed" not in done
    assert "case_conference version 1 unchanged" in run("publish", FOLDER, LIBRARY / "red_flag").output


def test_what_was_changed_after_it_was_packed_is_refused(place: Path, packed: str) -> None:
    file = place / "package.json"
    for text, said in (
        (changed(packed, "Clinical review of", "Clinical look at"), "was changed after it was packed"),
        (changed(packed, "referral-pathways-package/1", "something/2"), "is no package"),
        ("{", "is no JSON"),
        ("[]", "is no package"),
        (json.dumps({**json.loads(packed), "about": None}), "is incomplete"),
    ):
        file.write_text(text)
        assert said in run("publish", file, status=1).output


@pytest.mark.parametrize("name", ["../../evil.bpmn", "/etc/evil.form", "a/b/c.dmn", "a/evil.sh", "a.bpmn/evil.bpmn"])
def test_a_package_writes_nowhere_else(packed: str, name: str) -> None:
    content = json.loads(packed)
    with pytest.raises(PackageError, match="none of a pathway"):
        read_package(json.dumps({**content, "files": {**content["files"], name: "x"}}))


def test_what_is_read_is_what_was_packed(packed: str, tmp_path: Path) -> None:
    package = read_package(packed)
    (found,) = publish(package.unpack(tmp_path))
    assert not package.otherwise(found.key, found.sha256)
    assert package.otherwise(found.key, "another")
    for path in tmp_path.glob("no_show/*"):
        assert path.read_bytes() == (LIBRARY / "no_show" / path.name).read_bytes()
    assert json.loads(packed)["about"]["no_show"] == (LIBRARY / "no_show" / "README.md").read_text("utf-8")
    assert pack([LIBRARY / "no_show"]) == packed, "the same sources are the same file"


def test_what_is_called_comes_along_from_beside_and_what_is_not_there_is_named(place: Path) -> None:
    called = {folder.name for folder in with_called([LIBRARY / "d_odontogenic_sinusitis"])}
    assert {"00_closed_loop_referral", "b_ent_imaging_oncology", "patient_died"} <= called
    shutil.copytree(FOLDER, place / "alone")
    assert "missing-process" in run("pack", place / "alone", "--to", place / "x.json", status=1).output
    assert not (place / "x.json").exists()


def test_a_file_that_is_not_utf_8_is_named(place: Path) -> None:
    shutil.copytree(LIBRARY / "no_show", place / "no_show")
    (place / "no_show" / "README.md").write_bytes(b"\xff")
    assert "README.md is not UTF-8" in run("pack", place / "no_show", "--to", place / "x.json", status=1).output
