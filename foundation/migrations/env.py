"""Alembic's entry point; the connection is handed in by `foundation.migrate`."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="allin", transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
