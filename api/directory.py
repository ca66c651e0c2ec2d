"""Which services are there, for the API? The same directory file as the worker's, read once."""

from datetime import date
from functools import cache
from pathlib import Path

from activities.directory import Directory, read_directory
from api.surroundings import Surroundings
from policy.agreements import agreed


def directory_of(here: Surroundings) -> Directory:
    """Give the directory that the settings name; without one, it is empty."""
    return directory_at(here.settings.directory)


def agreed_services(directory: Directory, organisation: str, *, on: date) -> tuple[str, ...] | None:
    """Give of another organisation's services (`service:…`) those with which an agreement stands on a day.

    None: one stands with all of it, none are kept, or it is our own.
    """
    ours = directory.organisation

    def stands(name: str) -> bool:
        return agreed(directory.agreements, sender=ours, recipients=(name,), on=on) is not None

    if organisation in ("", ours) or stands(organisation):
        return None
    theirs = (id_ for id_, service in directory.services.items() if service.organisation == organisation)
    return tuple(f"service:{id_}" for id_ in theirs if stands(id_))


@cache
def directory_at(path: Path | None) -> Directory:
    """Give the directory in a file, read when the API is made: with a malformed one it does not start.

    Raises:
        DirectoryError: the file is missing or malformed.
    """
    return read_directory(path)
