"""Does the code keep to the architecture? Layers, words, sizes, and a README with a "where is X" table per package."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workflows.engine import elements
from workflows.engine.registry import BEHAVIOURS

ROOT = Path(__file__).parents[2]
PACKAGES = ("pathways", "policy", "workflows", "activities", "records", "interop", "api", "cli")
DOCUMENTED = (
    "pathways",
    "pathways/bpmn",
    "pathways/dmn",
    "pathways/feel",
    "pathways/rules",
    "policy",
    "workflows",
    "workflows/engine",
    "workflows/host",
    "activities",
    "records",
    "interop",
    "api",
    "cli",
)
FORBIDDEN = re.compile(r"(^|_)(managers?|helpers?|utils?|wf)($|_)", re.IGNORECASE)
LONGEST_FILE = 360
ENGINE_FUNCTION = 25


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_layers_are_kept() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_names_say_what_a_thing_is(path: Path) -> None:
    vague = [name for name in (path.stem, *_defined(ast.parse(path.read_text()))) if FORBIDDEN.search(_snake(name))]
    assert not vague, f"{vague} say nothing: name what it is in the words of the standard"


def _defined(tree: ast.Module) -> Iterator[str]:
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return (node.name for node in ast.walk(tree) if isinstance(node, definitions))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


@pytest.mark.parametrize("package", DOCUMENTED)
def test_package_says_where_things_are(package: str) -> None:
    readme = ROOT / package / "README.md"
    assert readme.exists(), f"write {package}/README.md with a table `where is X`"
    assert "|" in readme.read_text(), f"{package}/README.md has no table"


@pytest.mark.parametrize("package", DOCUMENTED)
def test_files_that_a_readme_names_exist(package: str) -> None:
    folder = ROOT / package
    named = re.findall(r"`(\w[\w/]*\.py)`", (folder / "README.md").read_text())
    missing = [name for name in named if not any((base / name).exists() for base in (folder, folder.parent, ROOT))]
    assert not missing, f"{package}/README.md names files that do not exist: {missing}"


@pytest.mark.parametrize("path", [p for p in sources() if "workflows/engine" in name_of(p)], ids=name_of)
def test_engine_stays_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE, "split the file: one question per file"
    long = [name for name, lines in _functions(ast.parse(text)) if lines > ENGINE_FUNCTION and name not in LISTS]
    assert not long, f"{long} are longer than {ENGINE_FUNCTION} lines"


LISTS = frozenset({"_apply", "freeze", "thaw", "enter", "_start"})
"""Functions that only list cases or fields one below the other."""


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno


def test_every_element_module_is_registered() -> None:
    folder = Path(str(elements.__file__)).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {behaviour.enter.__module__.rpartition(".")[2] for behaviour in BEHAVIOURS.values()}
