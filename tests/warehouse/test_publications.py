"""What was published through AllIN reaches the lake with its labels; only what changed is written."""

from __future__ import annotations

import uuid

import duckdb
from sqlalchemy import text

from foundation.database import worker_session
from platforms.contract import Account
from tests.warehouse.conftest import NOW
from warehouse import lake
from warehouse.publications import land_publications, published

ROWS = "SELECT external_id, labels, campaign, published_at FROM lake.raw.publications ORDER BY external_id"


def publication(
    account: Account, external_id: str, *, state: str = "published", campaign: str | None = None
) -> None:
    """A post with two labels on an account, in PostgreSQL."""
    values = {
        "post": uuid.uuid4(), "publication": uuid.uuid4(), "campaign": uuid.uuid4() if campaign else None,
        "organization": account.organization_id, "account": account.id, "name": campaign,
        "external_id": external_id, "state": state, "at": NOW,
    }  # fmt: skip
    brand = "(SELECT brand_id FROM accounts WHERE id = :account)"
    with worker_session() as session:
        if campaign:
            session.execute(
                text(
                    "INSERT INTO campaigns (id, organization_id, brand_id, name) "
                    f"VALUES (:campaign, :organization, {brand}, :name)"
                ),
                values,
            )
        session.execute(
            text(
                "INSERT INTO posts (id, organization_id, brand_id, text, labels, campaign_id) "
                f"VALUES (:post, :organization, {brand}, 'hello', ARRAY['spring', 'news'], :campaign)"
            ),
            values,
        )
        session.execute(
            text(
                "INSERT INTO publications (id, organization_id, post_id, account_id, network, state, "
                "published_at, external_id) "
                "VALUES (:publication, :organization, :post, :account, 'facebook', :state, :at, :external_id)"
            ),
            values,
        )


def land(connection: duckdb.DuckDBPyConnection) -> int:
    with worker_session() as session:
        found = published(session)
    return land_publications(connection, found)


def test_what_is_public_lands_with_its_labels_and_campaign(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    publication(account, "1000_1", campaign="Launch")
    publication(account, "1000_2")
    publication(account, "1000_3", state="failed")
    assert land(connection) == 2
    assert connection.execute(ROWS).fetchall() == [
        ("1000_1", ["news", "spring"], "Launch", NOW),
        ("1000_2", ["news", "spring"], None, NOW),
    ]


def test_nothing_is_written_until_something_changes(
    connection: duckdb.DuckDBPyConnection, account: Account
) -> None:
    publication(account, "1000_1", campaign="Launch")
    publication(account, "1000_2")
    land(connection)
    snapshot = lake.current_snapshot(connection)
    assert land(connection) == 0
    assert lake.current_snapshot(connection) == snapshot

    with worker_session() as session:
        session.execute(text("UPDATE campaigns SET name = 'Relaunch'"))
    before = connection.execute("SELECT max(landed_at) FROM lake.raw.publications").fetchone()
    assert land(connection) == 1
    assert [row[2] for row in connection.execute(ROWS).fetchall()] == ["Relaunch", None]
    # The one that changed is stamped anew, so that the models see it.
    newest = "SELECT external_id FROM lake.raw.publications WHERE landed_at > ?"
    assert connection.execute(newest, list(before or ())).fetchall() == [("1000_1",)]


def test_an_empty_installation_lands_nothing(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    assert account
    assert land(connection) == 0
