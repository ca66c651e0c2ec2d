"""Which services are there, for the API? The same directory file as the worker's, read once."""

from functools import cache
from pathlib import Path

from activities.directory import Directory, read_directory
from api.surroundings import Surroundings


def directory_of(here: Surroundings) -> Directory:
    """Give the directory that the settings name; without one, it is empty.

    Raises:
        DirectoryError: the file is missing or malformed.
    """
    return _read(here.settings.directory)


@cache
def _read(path: Path | None) -> Directory:
    return read_directory(path)
