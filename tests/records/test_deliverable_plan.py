"""Does a sweep find what is still to be delivered without reading all messages that ever came?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from records.database import Database
from records.queries.routing import deliverable
from records.tables import Message
from tests.records.story import MONDAY

Asked = list[tuple[str, Any]]
READ_WHOLE = ("SCAN message_log", "Seq Scan on message_log")
"""How SQLite and PostgreSQL say that they read a table from one end to the other."""


@contextmanager
def overheard() -> Iterator[Asked]:
    """Note the statements that any database is asked, with their values."""
    asked: Asked = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: Any) -> None:
        asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_what_is_deliverable_is_found_by_an_index(database: Database) -> None:
    done: dict[str, Any] = {"name": "result", "status": "delivered", "handled": "delivered", "received_at": MONDAY}
    async with database.session() as session:
        session.add_all(Message(message_id=f"m-{n}", correlation_key=f"K-{n}", **done) for n in range(3_000))
    with overheard() as asked:
        async with database.reader() as session:
            assert await deliverable(session, died_before=MONDAY) == ()
    (found,) = [each for each in asked if "message_log" in each[0]]
    assert [line for line in await plan(database, *found) if line.strip(" ->").startswith(READ_WHOLE)] == []


async def plan(database: Database, statement: str, values: Any) -> list[str]:
    """Give how the database would answer, in its words."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    how = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    async with database.engine.connect() as connection:
        if not is_sqlite:  # SQLite is never asked for statistics by us; PostgreSQL makes them by itself
            await connection.exec_driver_sql("ANALYZE")
        lines = await connection.exec_driver_sql(f"{how} {statement}", values)
        return [str(line[-1]) for line in lines]
