"""What must survive a restart, in one SQLite file per world: the anchor, posts, tokens, faults, mail.

Write-ahead logging, and every change is committed before the caller answers, so that a killed process loses
nothing it has said yes to. Used from the event loop's thread only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS posts (
    id TEXT PRIMARY KEY, network TEXT NOT NULL, account TEXT NOT NULL, text TEXT NOT NULL, kind TEXT NOT NULL,
    link TEXT, reply_to TEXT, quote_of TEXT, published INTEGER NOT NULL, created_at TEXT NOT NULL,
    accepted_at TEXT NOT NULL, payload TEXT NOT NULL, deleted_at TEXT);
CREATE INDEX IF NOT EXISTS posts_of_account ON posts (account, text);
CREATE TABLE IF NOT EXISTS deleted_native (id TEXT PRIMARY KEY, deleted_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, network TEXT NOT NULL, client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    subject TEXT NOT NULL, scope TEXT NOT NULL, challenge TEXT, method TEXT, expires_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS facebook_tokens (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, parent TEXT, issued_at REAL NOT NULL,
    expires_at REAL NOT NULL, data_expires_at REAL NOT NULL, subcode INTEGER);
CREATE TABLE IF NOT EXISTS x_tokens (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, family TEXT NOT NULL, account TEXT NOT NULL,
    client_id TEXT NOT NULL, scope TEXT NOT NULL, expires_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS x_family ON x_tokens (family);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, network TEXT NOT NULL, kind TEXT NOT NULL, family TEXT NOT NULL,
    subject TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, issued_at REAL NOT NULL,
    expires_at REAL, used_at REAL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS token_family ON tokens (family);
CREATE TABLE IF NOT EXISTS objects (
    network TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
    made_at REAL NOT NULL, data TEXT NOT NULL, PRIMARY KEY (network, kind, id));
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, spec TEXT NOT NULL, remaining INTEGER,
    draws INTEGER NOT NULL DEFAULT 0, hits INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, sender TEXT NOT NULL,
    subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, headers TEXT NOT NULL,
    received_at TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A post accepted through the API. Times are UTC; `created_at` is when it becomes (or became) public."""

    id: str
    network: str
    account: str
    text: str
    kind: str
    link: str | None
    reply_to: str | None
    quote_of: str | None
    published: bool
    created_at: datetime
    accepted_at: datetime
    payload: dict[str, Any]
    deleted_at: datetime | None = None


class Store:
    """The sandbox's SQLite file. `version` changes with every change of posts."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; raises OSError or sqlite3.Error when that is impossible."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self.version = 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is committed at the end, or undone when the block raises."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, *values: object) -> int:
        """Run one statement, committed; the number of rows changed."""
        return self._db.execute(sql, values).rowcount

    def remember(self, key: str, value: str) -> str:
        """The value kept under `key`; `value` is kept, and returned, when there is none yet."""
        self.run("INSERT OR IGNORE INTO meta VALUES (?, ?)", key, value)
        row = self.row("SELECT value FROM meta WHERE key = ?", key)
        return value if row is None else str(row["value"])

    def replace(self, key: str, value: str) -> None:
        """Keep `value` under `key`, whatever was there."""
        self.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            value,
        )

    def accept(self, post: Accepted) -> None:
        """Keep a new post; raises sqlite3.IntegrityError when its id is taken."""
        self.run(
            "INSERT INTO posts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,NULL)",
            *(
                post.id,
                post.network,
                post.account,
                post.text,
                post.kind,
                post.link,
                post.reply_to,
                post.quote_of,
            ),
            *(post.published, _iso(post.created_at), _iso(post.accepted_at), json.dumps(post.payload)),
        )
        self.version += 1

    def accepted(self, network: str | None = None, account: str | None = None) -> list[Accepted]:
        """Accepted posts, oldest first, deleted ones included."""
        found = self.rows(
            "SELECT * FROM posts WHERE (?1 IS NULL OR network = ?1) AND (?2 IS NULL OR account = ?2)"
            " ORDER BY accepted_at, id",
            network,
            account,
        )
        return [_accepted(row) for row in found]

    def alike(self, post: Accepted) -> list[Accepted]:
        """What the account has that says the same and is not deleted, oldest first."""
        found = self.rows(
            "SELECT * FROM posts WHERE account = ? AND text = ? AND link IS ? AND reply_to IS ?"
            " AND deleted_at IS NULL ORDER BY accepted_at, id",
            *(post.account, post.text, post.link, post.reply_to),
        )
        return [_accepted(row) for row in found]

    def account_of(self, post_id: str) -> str | None:
        """Whose an accepted post is, a deleted one too; None: no such post was accepted."""
        row = self.row("SELECT account FROM posts WHERE id = ?", post_id)
        return str(row["account"]) if row is not None else None

    def delete(self, post_id: str, at: datetime) -> None:
        """Mark a post deleted, accepted or native."""
        if not self.run("UPDATE posts SET deleted_at = ? WHERE id = ?", _iso(at), post_id):
            self.run("INSERT OR IGNORE INTO deleted_native VALUES (?, ?)", post_id, _iso(at))
        self.version += 1

    def deleted_native(self) -> set[str]:
        """Ids of native posts that were deleted."""
        return {str(row["id"]) for row in self.rows("SELECT id FROM deleted_native")}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _accepted(row: sqlite3.Row) -> Accepted:
    values = dict(row)
    values["published"] = bool(values["published"])
    values["payload"] = json.loads(values["payload"])
    for name in ("created_at", "accepted_at", "deleted_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return Accepted(**values)
