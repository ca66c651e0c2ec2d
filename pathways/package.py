"""How does a pathway travel to another installation? As one file: its sources, what it calls, and a hash over all.

The file is JSON: `{"format", "sha256", "pathways", "files", "about"}`. `files` are BPMN, DMN and forms by folder, as
`POST /pathways` takes them, so that the file can be sent there as it is; `about` holds the README of each folder;
`pathways` says key, name, tag and version (sha256) of each where it was packed. It is not signed: whoever takes it has
to know from whom. Publishing proves it anew; where a site has other ladders or calendars, the version is another one.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeGuard

from pathways.bundle import DIAGRAM, is_bundle
from pathways.catalogue import Publication, publish, read_bundles

FORMAT = "referral-pathways-package/1"
README = "README.md"
_FILE = r"[A-Za-z0-9][\w.-]{0,99}\.(?:bpmn|dmn|form)"
FILE_NAME = re.compile(rf"(?:(?!{_FILE}/)[A-Za-z0-9][\w.-]{{0,99}}/)?{_FILE}", re.ASCII)
"""How files of a publication are called: with at most one folder before them."""


class PackageError(Exception):
    """It is no package, was changed after it was packed, or cannot be packed; the message says which."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was read. `versions`: by key of a pathway, its version where it was packed."""

    files: Mapping[str, str]
    versions: Mapping[str, str]

    def unpack(self, place: Path) -> list[Path]:
        """Write the files into a folder that is empty; give the folders of the pathways."""
        for name, text in self.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, encoding="utf-8")
        return sorted({(place / name).parent for name in self.files})

    def otherwise(self, key: str, version: str) -> bool:
        """Whether a pathway is another version here than where it was packed."""
        return self.versions.get(key, version) != version


def pack(folders: Iterable[Path]) -> str:
    """Give the text of a package of these folders and of those beside them that they call.

    Raises:
        DefinitionError: they cannot be published, or call what is in no folder beside them.
        PackageError: a file is not UTF-8.
    """
    whole = with_called([folder.resolve() for folder in folders])
    published = publish(whole)
    files = {f"{folder.name}/{path.name}": _text(path) for folder in whole for path in _sources(folder)}
    about = {each.name: _text(each / README) for each in whole if (each / README).is_file()}
    said = {"format": FORMAT, "sha256": _digest(files, about), "pathways": [_said(each) for each in published]}
    return json.dumps({**said, "files": files, "about": about}, ensure_ascii=False, indent=1) + "\n"


def read_package(text: str | bytes) -> Package:
    """Read the text of a package.

    Raises:
        PackageError: it is no package, or was changed.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PackageError("The file is no JSON: give the file that `pathways pack` has written.") from error
    if not isinstance(content, dict) or not is_package(content):
        raise PackageError(f"The file is no package: its `format` is not '{FORMAT}'.")
    return opened(content)


def is_package(content: Mapping[str, Any]) -> bool:
    """Whether the content of a JSON file says that it is a package."""
    return content.get("format") == FORMAT


def opened(content: Mapping[str, Any]) -> Package:
    """Give the package of the content of its file.

    Raises:
        PackageError: it is none, or was changed.
    """
    files, about, listed = (content.get(name) for name in ("files", "about", "pathways"))
    if not _texts(files) or not _texts(about) or not isinstance(listed, list):
        raise PackageError("The package is incomplete: it has `files`, `about` and `pathways`.")
    wrong = next((name for name in files if not FILE_NAME.fullmatch(name)), None)
    if wrong is not None:
        raise PackageError(f"The package holds a file that is none of a pathway: '{wrong[:100]}'.")
    if content.get("sha256") != _digest(files, about):
        raise PackageError("The package was changed after it was packed: its hash does not fit. Ask for it again.")
    return Package(files, {str(each.get("key")): str(each.get("sha256")) for each in listed if isinstance(each, dict)})


def with_called(folders: Iterable[Path]) -> list[Path]:
    """Give these folders, and of those beside them the ones that they call, and what these call."""
    wanted = list(dict.fromkeys(folders))
    beside = sorted({each for folder in wanted for each in folder.parent.iterdir() if is_bundle(each)})
    drawn = {each.folder: each.definition for each in read_bundles([*wanted, *beside]) if each.definition}
    home = {process.id: folder for folder, definition in drawn.items() for process in definition.processes}
    for folder in wanted:  # grows while it is gone through
        nodes = drawn[folder].nodes.values() if folder in drawn else ()
        called = {home[node.call.process_id] for node in nodes if node.call and node.call.process_id in home}
        wanted.extend(sorted(called.difference(wanted)))
    return sorted(wanted)


def _sources(folder: Path) -> list[Path]:
    return sorted((folder / DIAGRAM, *folder.glob("*.form"), *folder.glob("*.dmn")))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise PackageError(f"{path} is not UTF-8: save it as UTF-8.") from error


def _said(published: Publication) -> dict[str, str]:
    tag = published.definition.version_tag
    return {"key": published.key, "name": published.name, "version_tag": tag, "sha256": published.sha256}


def _digest(files: Mapping[str, str], about: Mapping[str, str]) -> str:
    return sha256(json.dumps([files, about], sort_keys=True).encode()).hexdigest()


def _texts(found: object) -> TypeGuard[dict[str, str]]:
    return isinstance(found, dict) and all(isinstance(text, str) for text in found.values())
