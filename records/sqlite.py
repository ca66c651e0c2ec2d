"""How is SQLite asked without a thread in between? In place: a question takes microseconds, only for a lock one waits.

SQLAlchemy's own way, aiosqlite, hands every statement, its rows and its end to a thread and back. A projected step is a
dozen statements, and each hand-over waits for the interpreter's lock: under load that was most of the time from
"complete" to "visible". Here a transaction that awaits nothing else runs in one go, so the writers of one process take
turns by themselves; those of another are waited for with pauses, never in the way of the event loop.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

BUSY_SECONDS = 30.0
"""How long another process may hold the write lock before that is an error."""

_PAUSES = (0.001, 0.002, 0.004, 0.008)


async def connect(path: str) -> "Connection":
    """Open a database file. Transactions begin and end only where they are told to."""
    return Connection(sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False))


class Connection:
    """What SQLAlchemy's dialect for aiosqlite asks of a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection

    @property
    def open(self) -> sqlite3.Connection:
        """The connection of the standard library.

        Raises:
            ValueError: it was closed; the dialect knows these words.
        """
        if self._connection is None:
            raise ValueError("Connection closed")
        return self._connection

    def cursor(self) -> "Cursor":
        """Give a cursor."""
        return Cursor(self.open.cursor())

    async def commit(self) -> None:
        """End the transaction that is open, if one is."""
        await _when_free(self.open.commit)

    async def rollback(self) -> None:
        """Undo the transaction that is open, if one is."""
        self.open.rollback()

    async def create_function(self, *args: Any, **options: Any) -> None:
        """Add a function of ours to SQL."""
        self.open.create_function(*args, **options)

    async def close(self) -> None:
        """Close it."""
        self.stop()

    def stop(self) -> None:
        """Close it at once."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Cursor:
    """What SQLAlchemy's dialect for aiosqlite asks of a cursor."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement. Before a transaction begins, others have their turn."""
        if statement.startswith("BEGIN"):
            await asyncio.sleep(0)
        await _when_free(lambda: self._cursor.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement once per row of parameters."""
        await _when_free(lambda: self._cursor.executemany(statement, parameters))

    async def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Close it."""
        self._cursor.close()

    @property
    def description(self) -> Any:
        """The columns of the rows."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows a statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The id of the row that was inserted last."""
        return self._cursor.lastrowid


async def _when_free(do: Callable[[], T]) -> T:
    """Do it; while another process has the lock, pause and try again.

    Raises:
        sqlite3.OperationalError: the lock was not given in time, or something else is wrong.
    """
    waited, turn = 0.0, 0
    while True:
        try:
            return do()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or waited >= BUSY_SECONDS:
                raise
        pause = _PAUSES[min(turn, len(_PAUSES) - 1)]
        await asyncio.sleep(pause)
        waited, turn = waited + pause, turn + 1
