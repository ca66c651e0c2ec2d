"""What does the library publish? Proved and pinned once for all tests of a process: that takes seconds."""

import functools
from collections.abc import Mapping
from pathlib import Path

from pathways.bpmn.model import Definition
from pathways.catalogue import Known, Publication, library_folders, publish


@functools.cache
def published_library() -> Mapping[str, Publication]:
    """The library, published as one, by the keys of its pathways."""
    return {publication.key: publication for publication in publish(library_folders())}


def published_beside_it(*folders: Path) -> tuple[Publication, ...]:
    """Publish pathways after the library, which they may call."""
    there = {key: Known(publication.definition.sha256) for key, publication in published_library().items()}
    return tuple(publish(folders, published=there))


def definitions() -> dict[str, Definition]:
    """The definitions of the library by their keys."""
    return {key: publication.definition for key, publication in published_library().items()}
