"""Which pathways does an upload hold? BPMN, DMN and form files, as JSON or multipart, read together and published.

JSON may be a package (`pathways/package.py`): one that was changed after it was packed is refused.

One folder is one pathway: `no_show/pathway.bpmn`, `no_show/contact.form`; without folders there is one pathway.
Publishing proves every diagram, which takes the processor for a while: it is done in a thread of its own.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import Request
from fastapi.encoders import jsonable_encoder

from api.problems import Problem
from api.routes.bodies import json_body
from api.shapes.pathways import FindingView
from pathways.bpmn.findings import DefinitionError, Finding
from pathways.bundle import DIAGRAM
from pathways.catalogue import Known, Publication, publish
from pathways.package import FILE_NAME, PackageError, is_package, opened

MOST_FILES = 1_000
Files = Mapping[str, bytes]


async def files_of(request: Request) -> Files:
    """Read the files of an upload.

    Raises:
        Problem: it is neither JSON `{"files": {name: text}}` nor multipart, or holds something else than our files.
    """
    said = request.headers.get("content-type", "")
    is_multipart = said.lower().startswith("multipart/form-data")
    if is_multipart:
        files = await asyncio.to_thread(_parts, said, await request.body())
    else:
        files = _members((await json_body(request))[1])
    wrong = sorted(name for name in files if not FILE_NAME.fullmatch(name))
    if wrong or not files or len(files) > MOST_FILES:
        what = f"'{wrong[0][:100]}' is no such name" if wrong else f"there are {len(files)} files"
        raise Problem("malformed", f"Send `folder/name.bpmn`, `.dmn` and `.form` files, at most {MOST_FILES}: {what}.")
    return files


def _members(content: object) -> Files:
    if isinstance(content, dict) and is_package(content):
        return _packed(content)
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise Problem("malformed", 'Send `{"files": {"folder/pathway.bpmn": "<text>", …}}`.')
    return {name: text.encode() for name, text in files.items()}


def _packed(content: dict[str, Any]) -> Files:
    try:
        return {name: text.encode() for name, text in opened(content).files.items()}
    except PackageError as error:
        raise Problem("malformed", str(error)) from error


def _parts(content_type: str, body: bytes) -> Files:
    """The parts by file name. What Python's reader of headers stumbles over, or is nested without end, is refused."""
    try:
        return _read_parts(content_type, body)
    except (LookupError, ValueError, RecursionError) as error:
        raise Problem("malformed", "The multipart body cannot be read: the header of a part is malformed.") from error


def _read_parts(content_type: str, body: bytes) -> Files:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart():
        raise Problem("malformed", "The multipart body cannot be read: its boundary is missing or never comes.")
    found: dict[str, bytes] = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        found[part.get_filename() or ""] = content if isinstance(content, bytes) else b""
    return found


async def publications_of(files: Files, *, published: Mapping[str, Known], undone: str) -> list[Publication]:
    """Read, prove and pin what was sent; `published`: processes that it may call.

    Raises:
        Problem: some finding is an error; it lists them all, and says what was not done (`undone`).
    """
    return await asyncio.to_thread(_read, files, published, undone)


def _read(files: Files, published: Mapping[str, Known], undone: str) -> list[Publication]:
    with TemporaryDirectory(prefix="pathways-") as directory:
        root = Path(directory)
        for name, content in files.items():
            place = root / name
            place.parent.mkdir(exist_ok=True)
            (place.parent / DIAGRAM if _is_only_diagram(name, files) else place).write_bytes(content)
        folders = sorted({(root / name).parent for name in files})
        try:
            found = publish(folders, published=published)
        except DefinitionError as error:
            raise not_publishable((_as_sent(each, root, files) for each in error.findings), undone) from error
    return [replace(one, findings=tuple(_as_sent(each, root, files) for each in one.findings)) for one in found]


def not_publishable(findings: Iterable[Finding], undone: str) -> Problem:
    """Say why pathways are refused, with every finding by file and line, and that something was not done."""
    shown = [FindingView.model_validate(finding) for finding in findings]
    errors = sum(finding.severity == "error" for finding in shown)
    counted = "1 error" if errors == 1 else f"{errors} errors"
    return Problem("not-publishable", f"{counted}; {undone}.", findings=jsonable_encoder(shown))


def _is_only_diagram(name: str, files: Files) -> bool:
    """Whether a diagram is the only one of its folder: then its name does not matter."""
    folder = Path(name).parent
    return name.endswith(".bpmn") and sum(Path(n).parent == folder and n.endswith(".bpmn") for n in files) == 1


def _as_sent(finding: Finding, root: Path, files: Files) -> Finding:
    path = Path(finding.file)
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else finding.file
    diagrams = [file for file in files if Path(file).parent == Path(name).parent and file.endswith(".bpmn")]
    sent = diagrams[0] if Path(name).name == DIAGRAM and len(diagrams) == 1 else name
    return replace(finding, file=sent)
