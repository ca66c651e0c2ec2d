"""`pathways pack`: one file of pathways, which another installation publishes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from pathways.bpmn.findings import DefinitionError
from pathways.package import Package, PackageError, pack, read_package

Folders = Annotated[list[Path], typer.Argument(exists=True, file_okay=False, help="folders of pathways")]
To = Annotated[Path, typer.Option("--to", help="the file to write")]


def pack_command(folders: Folders, to: To = Path("pathways.json")) -> None:
    """Write pathways, with what they call, into one file; who publishes it sees that nobody changed it."""
    try:
        text = pack(folders)
    except (DefinitionError, PackageError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    to.write_text(text, encoding="utf-8")
    for key, version in read_package(text).versions.items():
        typer.echo(f"{key} {version[:12]}")


def packaged(file: Path) -> Package:
    """Read a package for a command; one that is none ends the command."""
    try:
        return read_package(file.read_bytes())
    except PackageError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def unpacked(paths: Sequence[Path]) -> Iterator[tuple[list[Path], list[Package]]]:
    """Give folders for these folders and packages, as long as one works with them, and the packages."""
    packages = [packaged(path) for path in paths if path.is_file()]
    with TemporaryDirectory(prefix="pathways-") as directory:
        places = [Path(directory) / str(number) for number in range(len(packages))]
        inside = [folder for package, place in zip(packages, places, strict=True) for folder in package.unpack(place)]
        yield [*(path for path in paths if not path.is_file()), *inside], packages


def remark(package: Package, key: str, version: str) -> str | None:
    """Say that a pathway runs otherwise here than where it was packed; None when it does not."""
    if not package.otherwise(key, version):
        return None
    return f"{key}: another version than where it was packed: ladders, calendars or a called pathway differ here."
