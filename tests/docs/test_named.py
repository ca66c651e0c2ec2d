"""Is everything there that the documents name: files, addresses of the API, commands?"""

import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from os.path import normpath
from pathlib import Path
from typing import Any

import typer
from fastapi import FastAPI

from api.app import assemble
from cli.app import command_line
from tests.api.conftest import settings
from tests.docs.test_documents import ROOT, documents

FILE = re.compile(r"[\w.-]+(/[\w.*-]+)*/?")
FILE_TYPES = (".py", ".md", ".yaml", ".toml", ".bpmn", ".dmn", ".form", ".sh", ".svg", ".lock")
REQUEST = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/(?:\{[^}]*\}|[^\s?{])*)")
COMMAND = re.compile(r"(?:^|`|\$ )pathways ((?:[a-z][a-z-]+ ?)+)", re.MULTILINE)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OF_EACH_PATHWAY = {"cases.yaml", "patient.yaml"}
MADE = {
    "bench/.venv",
    "bench/node_modules",
    "cells.yaml",
    "deploy/site",
    "deploy/site/directory.yaml",
    "deploy/site/pathways.env",
    "pathways/library/languages/pl.yaml",
}
"""What readers make themselves, following the text."""


def codes() -> Iterator[tuple[Path, str]]:
    """Each piece of code in a line of text, with its document."""
    for document in documents():
        for code in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)):
            yield document, code


@cache
def files() -> frozenset[str]:
    """Everything in the checkout that is not ignored, with its folders."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return frozenset({*found, *(str(above) for path in found for above in Path(path).parents)})


@cache
def tops() -> frozenset[str]:
    return frozenset(path.partition("/")[0] for path in files())


def test_every_file_that_is_named_is_there() -> None:
    named = {(document, word) for document, code in codes() for word in code.split() if is_a_file(word)}
    lost = [(str(document.relative_to(ROOT)), word) for document, word in sorted(named) if not is_there(document, word)]
    assert len(named) > 1000
    assert lost == []


def is_a_file(word: str) -> bool:
    inside = "/" in word and word.partition("/")[0] in tops()
    return bool(FILE.fullmatch(word)) and (inside or (word.endswith(FILE_TYPES) and not word.startswith(".")))


def is_there(document: Path, word: str) -> bool:
    """From the root, from the document's folder, or somewhere below that, as the tables of the packages name files."""
    here, name = document.parent.relative_to(ROOT), normpath(word)
    if "*" in name:
        return any(ROOT.glob(name)) or any(document.parent.rglob(name))
    return (
        name in OF_EACH_PATHWAY | MADE or not files().isdisjoint({name, normpath(here / name)}) or name in tails(here)
    )


@cache
def tails(folder: Path) -> frozenset[str]:
    """What the paths below a folder end with."""
    parts = [Path(path).parts for path in files() if Path(path).is_relative_to(folder)]
    return frozenset("/".join(each[start:]) for each in parts for start in range(len(each)))


def test_every_address_that_is_named_is_answered() -> None:
    there = {method: re.compile("|".join(shapes(method)) + "|/docs|/metrics") for method in METHODS}
    now = [(document, code) for document, code in codes() if document.name != "CHANGELOG.md"]
    named = {(m[1], m[2], str(document)) for document, code in now if (m := REQUEST.match(code))}
    assert len(named) > 100
    assert {each for each in named if not there[each[0]].fullmatch(each[1].rstrip("/"))} == set()


def shapes(method: str) -> Iterator[str]:
    for path, operations in described().items():
        if method.lower() in operations:
            yield re.sub(r"\{[^}]*\}", "[^/]+", path)


@cache
def described() -> dict[str, Any]:
    return dict(assemble(settings(), _nothing).openapi()["paths"])


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def test_every_command_that_is_named_is_there() -> None:
    named = {m[1].strip() for document in documents() for m in COMMAND.finditer(document.read_text("utf-8"))}
    assert len(named) > 50
    assert {words for words in named if not is_a_command(words.split())} == set()


def is_a_command(words: list[str]) -> bool:
    """As far as there are commands below commands, each word is one."""
    at: Any = typer.main.get_command(command_line())
    for word in words:
        if not hasattr(at, "commands"):
            return True
        if word not in at.commands:
            return False
        at = at.commands[word]
    return True
