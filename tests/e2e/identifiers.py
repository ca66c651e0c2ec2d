"""Which words say who a patient is, and where are they found? A thousand made-up ones, and a search that sees them.

The search is `grep`, in bytes, without regard to case. It also sees what is written in base64 or compressed with zstd:
only what is encrypted stays hidden from it.
"""

import base64
import os
import random
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import zstandard

PEOPLE, EACH = 25, 40
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ENDINGS = ("wren", "mere", "thorpe", "quist", "bryde", "fjeld", "zoltan", "ovska", "inaud", "ehlers")
_STREETS = ("Crescent", "Gardens", "Terrace", "Hollow", "Rise")
_WORDS = ("gardener of", "twin sister of", "formerly at", "works with", "owns the dog")


@dataclass(frozen=True)
class Person:
    """A patient and those around them, all made up: forty words that say who they are."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    births: tuple[str, ...]
    phones: tuple[str, ...]
    addresses: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything that says who it is."""
        return (*self.names, *self.numbers, *self.births, *self.phones, *self.addresses, *self.words)

    @property
    def free_text(self) -> str:
        """A note by somebody who writes down everything."""
        return "; ".join(self.identifiers)

    @property
    def patient(self) -> dict[str, Any]:
        """The patient of a referral."""
        return {
            "name": " ".join(self.names[:2]),
            "identifiers": [{"value": number} for number in self.numbers],
            "birth_date": self.births[0],
            "telecom": [{"value": phone, "system": "phone"} for phone in self.phones],
        }


def people(seed: int) -> tuple[Person, ...]:
    """Make the people; no two share an identifier."""
    chance = random.Random(seed)
    codes = _distinct(chance, 26**5)
    births = (str(date(1921, 3, 1) + timedelta(days=number)) for number in _distinct(chance, 27_000))
    return tuple(_person(chance, codes, births) for _ in range(PEOPLE))


def _person(chance: random.Random, codes: Iterator[int], births: Iterator[str]) -> Person:
    def letters() -> str:
        number, made = next(codes), ""
        for _ in range(5):
            number, letter = divmod(number, 26)
            made += chr(ord("a") + letter)
        return made

    return Person(
        names=tuple(f"{letters().capitalize()}{chance.choice(_ENDINGS)}" for _ in range(12)),
        numbers=tuple(f"MRN-{next(codes):09}" for _ in range(6)),
        births=tuple(next(births) for _ in range(6)),
        phones=tuple(f"07700 {next(codes):08}" for _ in range(6)),
        addresses=tuple(f"{chance.randint(2, 98)} {letters()} {chance.choice(_STREETS)}" for _ in range(4)),
        words=tuple(f"{chance.choice(_WORDS)} {letters()}{chance.choice(_ENDINGS)}" for _ in range(6)),
    )


def _distinct(chance: random.Random, limit: int) -> Iterator[int]:
    return iter(chance.sample(range(limit), k=PEOPLE * EACH))


def found_in(searched: Iterable[bytes], identifiers: Iterable[str]) -> set[str]:
    """Give the identifiers that are found: as they are, in base64, or in what zstd compressed."""
    plain = {identifier.lower(): identifier for identifier in identifiers}
    coded = {form: identifier for identifier in plain.values() for form in _in_base64(identifier)}
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "searched")
        with file.open("wb") as written:
            for raw in searched:
                written.writelines([raw, b"\n", *_decompressed(raw)])
        return {plain[line] for line in _grep(file, plain, "-i")} | {coded[line] for line in _grep(file, coded)}


def _in_base64(text: str) -> Iterator[str]:
    """However the text lies between others, two of three letters of base64 at most depend on its neighbours."""
    for offset in range(3):
        written = base64.b64encode(b"\x00" * offset + text.encode()).decode().rstrip("=")
        yield written[(0, 2, 3)[offset] : len(written) - 1]


def _decompressed(raw: bytes) -> Iterator[bytes]:
    at = raw.find(ZSTD_MAGIC)
    while at >= 0:
        with suppress(zstandard.ZstdError):  # four bytes may be there by chance
            yield zstandard.ZstdDecompressor().decompressobj().decompress(raw[at:]) + b"\n"
        at = raw.find(ZSTD_MAGIC, at + 1)


def _grep(file: Path, wanted: Mapping[str, str], *options: str) -> set[str]:
    patterns = file.with_name("patterns")
    patterns.write_text("\n".join(wanted), encoding="ascii")
    command = ["grep", "--text", "--only-matching", "--fixed-strings", *options, "--file", str(patterns), str(file)]
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.decode("ascii").splitlines()
    return {line.lower() if "-i" in options else line for line in lines}


def database_file(path: Path) -> Iterator[bytes]:
    """Give a SQLite file with its log as they lie on the disk, and every value in it: pages may cut a word in two."""
    for file in sorted(path.parent.glob(f"{path.name}*")):
        yield file.read_bytes()
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    finally:
        database.close()
