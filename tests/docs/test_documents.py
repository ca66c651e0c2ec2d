"""Do the documents lead somewhere, and is every setting told?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "activities",
    "api",
    "bench",
    "cli",
    "docs",
    "interop",
    "pathways",
    "policy",
    "records",
    "tests",
    "tools",
    "workflows",
)
FOREIGN = {".venv", "node_modules"}
PROGRAMS = ("activities", "api", "cli", "records", "workflows", "worker.py")


def documents() -> list[Path]:
    below = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md"))]
    return [*sorted(ROOT.glob("*.md")), *(path for path in below if not FOREIGN.intersection(path.parts))]


def test_every_link_leads_somewhere() -> None:
    links = [(path, link) for path in documents() for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8"))]
    lost = [(place.relative_to(ROOT).as_posix(), link) for place, link in links if not leads_somewhere(place, link)]
    assert len(links) > 300
    assert lost == []


def leads_somewhere(document: Path, link: str) -> bool:
    if "://" in link:
        return True
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_target_that_a_document_names_is_in_the_makefile() -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {name for document in documents() for name in re.findall(r"`make ([a-z-]+)", document.read_text("utf-8"))}
    assert named - there == set()


def test_every_setting_is_documented() -> None:
    told = "\n".join(document.read_text("utf-8") for document in documents())
    assert {name for name in settings() if name.removesuffix("_FILE") not in told} == set()


def settings() -> Iterator[str]:
    for program in PROGRAMS:
        for path in sorted((ROOT / program).rglob("*.py")) if (ROOT / program).is_dir() else [ROOT / program]:
            yield from re.findall(r"PATHWAYS_[A-Z_]+[A-Z]", path.read_text("utf-8"))


@pytest.mark.parametrize("document", ["README.md", "docs/demo.md"])
def test_the_demo_has_as_many_patients_as_is_said(document: str) -> None:
    patients = sum(len(yaml.safe_load(path.read_text("utf-8"))) for path in (ROOT / "demo/storylines").glob("*.yaml"))
    assert f"{patients} synthetic patients of six organisations" in " ".join(
        (ROOT / document).read_text("utf-8").split()
    )
