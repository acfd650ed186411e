"""A lake of its own for each test, and hands to put accounts and answers into it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest
from sqlalchemy import text

from foundation.database import worker_session
from foundation.settings import Settings
from platforms.contract import Account, Credentials
from tests import lakes

NOW = datetime(2026, 10, 5, 14, 20, tzinfo=UTC)


@pytest.fixture
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A worker's connection to a fresh lake with its raw tables."""
    with lakes.fresh(settings) as connection:
        yield connection


def new_account(name: str = "Café Nord", network: str = "facebook", timezone: str = "Europe/Oslo") -> Account:
    """A connected account with a brand and an organization of its own, in PostgreSQL."""
    organization, brand, account = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    values = {"o": organization, "b": brand, "a": account, "name": name, "n": network, "tz": timezone}
    with worker_session() as session:
        session.execute(text("INSERT INTO organizations (id, name) VALUES (:o, :name)"), values)
        session.execute(
            text("INSERT INTO brands (id, organization_id, name, timezone) VALUES (:b, :o, :name, :tz)"),
            values,
        )
        session.execute(
            text(
                "INSERT INTO accounts (id, organization_id, brand_id, network, external_id, name, "
                "access_token) VALUES (:a, :o, :b, :n, '1000', :name, 'k.sealed')"
            ),
            values,
        )
    return Account(str(account), str(organization), network, "1000", name, Credentials("token"))


@pytest.fixture
def account(settings: Settings) -> Account:
    """One connected Facebook page."""
    assert settings
    return new_account()
