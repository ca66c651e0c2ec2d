"""How does alembic run here? On the connection that `Database.migrate` holds, inside its transaction."""

from alembic import context
from sqlmodel import SQLModel

import records.tables  # noqa: F401 -- fills the metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
