"""`pathways diff`: what changed between two versions of a pathway, published or not?"""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.check import printable
from cli.versions import NoSuchVersion, database, published
from pathways import codec
from pathways.bpmn.findings import DefinitionError
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.bundle import read_bundle
from pathways.diff import DefinitionDiff, diff
from pathways.diff_text import readable
from pathways.ladders import library_calendars, library_ladders
from records.queries.library import forms_of, parsed

Version = Annotated[str, typer.Argument(help="a BPMN file, a pathway's folder, or KEY@VERSION from the database")]
SAME, DIFFERENT, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Loaded:
    """One side of the comparison. Called processes are pinned only once it is published."""

    definition: Definition
    forms: Mapping[str, dict[str, Any]]
    is_published: bool = False


def diff_command(
    a: Version, b: Version, as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False
) -> None:
    """Compare two versions of a pathway; exit status 0: they run equally, 1: they differ, 2: one is not readable."""
    try:
        found = _compare(_loaded(a), _loaded(b))
    except (DefinitionError, NoSuchVersion, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(UNREADABLE) from error
    text = json.dumps(json.loads(codec.dump(found)), indent=2, ensure_ascii=False) if as_json else readable(found)
    sys.stdout.write(printable(f"{text}\n"))
    raise typer.Exit(SAME if found.same else DIFFERENT)


def _compare(old: Loaded, new: Loaded) -> DefinitionDiff:
    if not (old.is_published and new.is_published):
        old, new = (replace(side, definition=replace(side.definition, calls={})) for side in (old, new))
    return diff(old.definition, new.definition, old_forms=old.forms, new_forms=new.forms)


def _loaded(version: str) -> Loaded:
    path = Path(version)
    key, at, number = version.rpartition("@")
    if at and number.isdecimal() and not path.exists():
        return asyncio.run(_from_database(key, int(number)))
    return _from_folder(path) if path.is_dir() else _from_file(path)


async def _from_database(key: str, version: int) -> Loaded:
    async with database() as opened:
        definition = parsed(await published(opened, key, version))
        async with opened.reader() as session:
            forms = await forms_of(session, definition)
    return Loaded(definition, {name: json.loads(form.form_schema) for name, form in forms.items()}, is_published=True)


def _from_folder(folder: Path) -> Loaded:
    bundle = read_bundle(folder, ladders=library_ladders(), calendars=library_calendars())
    if bundle.definition is None:
        raise DefinitionError(bundle.findings)
    return Loaded(replace(bundle.definition, forms=dict(bundle.form_digests)), bundle.forms)


def _from_file(path: Path) -> Loaded:
    read = read_bpmn(path.read_bytes(), file=str(path), ladders=library_ladders(), calendars=library_calendars())
    if read.definition is None:
        raise DefinitionError(read.findings)
    return Loaded(read.definition, {})
