"""Which services are there, for the API? The same directory file as the worker's, read once."""

from functools import cache
from pathlib import Path

from activities.directory import Directory, read_directory
from api.surroundings import Surroundings


def directory_of(here: Surroundings) -> Directory:
    """Give the directory that the settings name; without one, it is empty."""
    return directory_at(here.settings.directory)


@cache
def directory_at(path: Path | None) -> Directory:
    """Give the directory in a file, read when the API is made: with a malformed one it does not start.

    Raises:
        DirectoryError: the file is missing or malformed.
    """
    return read_directory(path)
