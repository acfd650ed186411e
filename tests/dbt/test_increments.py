"""An increment comes to exactly what a whole build does, whatever has landed since."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from foundation.database import utc_now
from platforms.contract import Entity
from platforms.registry import NETWORK_KEYS
from tests.dbt.lakes import Warehouse, facebook_post, series, utc, x_post, x_user
from warehouse import landing

MODELS_ONLY: Final = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
# The networks that have no account here.
OTHERS: Final = tuple(f"staging.{key}" for key in NETWORK_KEYS if key not in ("facebook", "x"))
EXACT: Final = "{landing_overlap: 0 seconds}"  # nothing is looked at twice by chance
IN_PARTS: Final = "{landing_overlap: 0 seconds, part_share: 0.000001}"  # each of 2,400 bytes
STAGED: Final = 8  # models of answers of the two networks
PARTED_MARTS: Final = 4
GONE: Final = "SELECT post_key FROM lake.marts.dim_posts WHERE is_deleted"
POSTS: Final = 14
HIDDEN: Final = -20  # the number of a post that was there two months before
FIRST: Final = utc("2026-02-20T00:00")


class History:
    """Two pages and two X accounts in four zones, whose posts are seen at random, with random numbers."""

    def __init__(self, lake: Warehouse, seed: int) -> None:
        self.lake = lake
        self.random = random.Random(seed)
        self.is_shown = False  # whether the hidden post was made public: its time is that of then
        self.accounts = {
            name: lake.account(name, network, zone, organization="o", external_id=name)
            for name, network, zone in (
                ("page", "facebook", "America/New_York"),
                ("shop", "facebook", "Asia/Kolkata"),
                ("x", "x", "Pacific/Auckland"),
                ("y", "x", "America/Los_Angeles"),
            )
        }

    def land(self, name: str, day: int, hour: int, *, back: int = 99) -> None:
        """What an account answers: its own numbers, and its posts of so many days `back`, some left out."""
        account = self.accounts[name]
        moment = FIRST + timedelta(days=day, hours=hour, minutes=self.random.randrange(60))
        at = moment.strftime("%Y-%m-%dT%H:%M")
        since = moment - timedelta(days=back)
        seen = [n for n in range(POSTS) if since < self.published(n) < moment and self.random.random() < 0.7]
        if name == "y" and since < self.published(HIDDEN):
            seen.append(HIDDEN)
        make = self.tweet if account.network == "x" else self.post
        self.lake.land(account, Entity.POSTS, at, {"data": [make(n) for n in seen]})
        if account.network == "x":
            self.lake.land(account, Entity.ACCOUNT, at, x_user(self.random.randrange(900, 1000)))
            return
        ends = {
            (moment - timedelta(days=back)).strftime("%Y-%m-%dT05:00"): self.random.randrange(900, 1000)
            for back in range(1, 4)
        }
        self.lake.land(account, Entity.ACCOUNT_METRICS, at, {"data": [series("page_follows", ends)]})

    def published(self, number: int) -> datetime:
        """When a post appeared: every third day, at any hour."""
        if number == HIDDEN and self.is_shown:
            return FIRST + timedelta(days=36)
        return FIRST + timedelta(days=number * 3, hours=number * 7 % 24)

    def views(self) -> int:
        """Any number: it grows, is revised, or starts anew."""
        return self.random.choice([0, 3, 8, 40, 90, 200, 450])

    def tweet(self, number: int) -> dict[str, object]:
        """One of the X account's posts."""
        created = self.published(number).strftime("%Y-%m-%dT%H:%M:%S")
        return x_post(f"t{number}", created, impression_count=self.views(), like_count=self.views())

    def post(self, number: int) -> dict[str, object]:
        """One of the page's posts."""
        created = self.published(number).strftime("%Y-%m-%dT%H:%M:%S")
        return facebook_post(f"100_{number}", created, reactions=self.views(), comments=self.views())

    def days(self, first: int, last: int, *, back: int = 99) -> None:
        """Land days `first` to `last`, with gaps."""
        for day in range(first, last):
            for name in self.accounts:
                if self.random.random() < 0.8:
                    self.land(name, day, self.random.randrange(24), back=back)


def build(lake: Warehouse, *arguments: str, variables: str = EXACT) -> None:
    lake.build(*arguments, *MODELS_ONLY, "--exclude", *OTHERS, "--vars", variables)


def test_increments_come_to_what_a_whole_build_does(empty: Warehouse) -> None:
    history = History(empty, seed=1)
    history.days(0, 36)
    build(empty)

    history.is_shown = True  # in the marts it has a day that nothing else of this build goes back to
    history.days(36, 40, back=10)  # the days that come to it
    history.land("y", 34, 3, back=10)  # an answer that was late, of a day that is over
    history.land("y", 39, 13, back=10)  # and two in a day
    history.land("y", 39, 21, back=10)
    leave_out(empty, "shop", "100_2", 37)
    build(empty)
    assert empty.rows(GONE) == [("shop:100_2",)]
    history.land("shop", 40, 11)
    hold(empty, "posts", 30)  # a batch that was read is held, and its numbers go
    rezone(empty, "x", "Europe/Berlin")  # all days of the account are others now
    publish(empty)
    misread(empty, 5, 7)
    build(empty)
    found = empty.contents()
    assert all(rows for name, rows in found.items() if name.startswith("marts.") or "posts" in name)

    empty.connection.execute("DELETE FROM lake.intermediate.built")  # nothing to go on from
    build(empty)
    whole = empty.contents()
    for name, rows in found.items():
        assert rows == whole[name], name

    empty.connection.execute("CALL ducklake_flush_inlined_data('lake')")
    for arguments in (("--full-refresh",), ()):  # tables made anew, and tables that are there
        before = {column: parts_made(empty, column) for column in ("observed_hour", "account_id")}
        empty.connection.execute("DELETE FROM lake.intermediate.built")
        build(empty, *arguments, variables=IN_PARTS)
        assert parts_made(empty, "observed_hour") - before["observed_hour"] > 2 * STAGED
        assert parts_made(empty, "account_id") - before["account_id"] > 2 * PARTED_MARTS
        parts = empty.contents()
        for name, rows in whole.items():
            assert parts[name] == rows, (name, arguments)


def parts_made(lake: Warehouse, column: str) -> int:
    """How many parts the builds so far went over, of models that go by a column."""
    return (lake.work / "logs" / "dbt.log").read_text().count(f"set variable {column}_from")


def leave_out(lake: Warehouse, account_id: str, external_id: str, day: int) -> None:
    """Say of a post that the list of a day left it out."""
    values = ["o", account_id, external_id, FIRST + timedelta(days=day), utc_now()]
    lake.connection.execute("INSERT INTO lake.raw.gone_posts VALUES (?, ?, 'facebook', ?, ?, ?)", values)


def hold(lake: Warehouse, entity: str, day: int) -> None:
    """Put an answer of the page that was read already into quarantine."""
    lake.connection.execute(
        "INSERT INTO lake.raw.quarantine SELECT answer_id, organization_id, account_id, network, entity, "
        "'check', 'reason', 'run', now(), NULL, NULL FROM lake.raw.answers "
        "WHERE account_id = 'page' AND entity = ? AND observed_hour >= ? ORDER BY observed_hour LIMIT 1",
        [entity, FIRST + timedelta(days=day)],
    )


def rezone(lake: Warehouse, account_id: str, timezone: str) -> None:
    """Give an account another time zone."""
    lake.accounts = [
        replace(row, timezone=timezone) if row.account_id == account_id else row for row in lake.accounts
    ]
    landing.land_registry(lake.connection, lake.accounts)


def publish(lake: Warehouse) -> None:
    """Say of an old post that it is ours."""
    values = ["p1", "o", "page", "100_1", ["news"], "Launch", FIRST, utc_now()]
    lake.connection.execute("INSERT INTO lake.raw.publications VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def misread(lake: Warehouse, first: int, last: int) -> None:
    """Make posts wrong that were read on these days, as by a model since mended; their replay was killed."""
    days = [(FIRST + timedelta(days=day)).date() for day in (first, last)]
    changed = lake.connection.execute(
        "UPDATE lake.staging.stg_x__posts SET views = 7 "
        "WHERE CAST(observed_hour AS DATE) BETWEEN ? AND ? AND views <> 7",
        days,
    ).fetchone()
    assert changed
    assert changed[0] > 0
    lake.connection.execute("INSERT INTO lake.intermediate.replays VALUES (?, ?, 'x')", days)
