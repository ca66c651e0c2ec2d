"""How does alembic run here? On the connection that `Database.migrate` holds, inside its transaction."""

from alembic import context

from records.tables import Case

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Case.metadata,  # of all tables
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
