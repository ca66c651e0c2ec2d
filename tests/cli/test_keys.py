"""Can an operator change the key-encryption key, and see where it stands, from the command line?"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from cli.keys import app
from records.database import Database
from records.tables import Audit
from workflows.host.keys import DataKeys
from workflows.host.keys_wrapping import KeyRing, new_key

OLD = new_key("2025")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with data keys of three cases, wrapped by the key of 2025."""
    url = f"sqlite:///{tmp_path / 'records.sqlite'}"

    async def begin() -> None:
        database = Database(url)
        await database.migrate()
        keys = DataKeys(database, KeyRing.parse(OLD))
        for number in range(3):
            await keys.sealing(f"case-{number}")
        await database.close()

    asyncio.run(begin())
    return url


def run(url: str, ring: str, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments, env={"PATHWAYS_KEYS": ring, "PATHWAYS_DATABASE": url})
    return done.exit_code, done.output


async def rows_of(url: str) -> list[tuple[str, dict[str, Any]]]:
    database = Database(url)
    async with database.reader() as session:
        rows = [(row.action, row.detail) for row in await session.exec(select(Audit))]
    await database.close()
    return rows


def test_a_new_key_is_put_first_wraps_everything_and_lets_the_old_one_go(url: str) -> None:
    status, made = run(url, OLD, "new", "2026")
    assert (status, KeyRing.parse(made).active) == (0, "2026")
    ring = f"{made.strip()},{OLD}"
    assert "2026  0 data keys  active\n2025  3 data keys  only reads" in run(url, ring, "list")[1]
    assert run(url, ring, "rotate")[0] == 0
    assert asyncio.run(rows_of(url)) == [("keys.rotated", {"kek": "2026"})]
    assert "2026  3 data keys  active\n2025  0 data keys  only reads" in run(url, ring, "list")[1]
    assert "0 data keys were wrapped anew" in run(url, ring, "rotate")[1]
    assert run(url, made, "list") == (0, "2026  3 data keys  active\n")


def test_a_ring_that_lacks_a_key_is_told_which(url: str) -> None:
    ring = new_key("2026")
    assert "2025  3 data keys  MISSING from the ring" in run(url, ring, "list")[1]
    status, said = run(url, ring, "rotate")
    assert (status, "is wrapped by '2025'" in said) == (1, True)


def test_erasing_asks_first(url: str) -> None:
    status, said = run(url, OLD, "erase", "case-0", "--reason", "a test")
    assert (status, "Nobody will ever read the history of case-0 again" in said) == (1, True)
    assert "case-0  erased" not in run(url, OLD, "list")[1]
