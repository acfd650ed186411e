"""A brand's month out of one release: what the report is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import select

from foundation.database import Tenant, worker_session
from foundation.settings import Settings
from identity.models import Brand, Organization
from platforms.registry import network
from reporting.data import BrandStyle, Change, Kpi, MonthlyReport, ReportError
from reporting.monthly import ReportFiles, write_report
from warehouse import releases
from warehouse.catalogue import Break, Subject, groups
from warehouse.reads import PostOrder, Reader
from warehouse.reads.breaks import sentence, within

TOP_POSTS = 10
HEADLINES = ("followers", "views", "engagement", "posts")
# Followers are the account's, the rest adds up over posts.
SUBJECTS = {metric: Subject.ACCOUNT if metric == "followers" else Subject.POST for metric in HEADLINES}


def write_month(
    brand_name: str, month: date, folder: Path, *, organization: str | None = None, settings: Settings
) -> ReportFiles:
    """Write the PDF and CSV of a brand's month from the current release.

    Args:
        brand_name: exactly as in the app, whatever its case.
        month: any day of the month.
        folder: made if it is not there.
        organization: its name, needed where brands of several organizations share a name.

    Raises:
        ReportError: no such brand, more than one, nothing released, or the folder can't be written.
    """
    release = releases.current(settings)
    if release is None:
        raise ReportError("nothing is released yet: run `allin build`, or wait for the first numbers")
    owner, brand = _find(brand_name, organization, settings)
    first, last = bounds(month)
    before = bounds(first - timedelta(days=1))
    with Reader(Tenant(brand.organization_id), release, settings) as reader:
        accounts = reader.accounts().filter(brand_id=str(brand.id))
        present, previous = reader.overview(first, last, brand.id), reader.overview(*before, brand.id)
        waiting = reader.freshness().filter("is_waiting", pl.col("account_id").is_in(accounts["account_id"]))
        report = MonthlyReport(
            brand=BrandStyle(brand.name, brand.timezone, brand.colour, brand.logo),
            month=first,
            release_id=release.id,
            released_at=release.released_at,
            organization_name=owner.name,
            totals=headlines(present, previous, before[0], last),
            daily=_named(reader.daily(first, last, brand.id), accounts),
            top_posts=_listed(reader.posts(first, last, brand.id, TOP_POSTS, PostOrder.ENGAGEMENT), brand),
            definitions={group.label: group.definition for group in groups() if group.key in HEADLINES},
            changes=changes(set(accounts["network"]), first, last),
            remarks=tuple(
                f"{name}: its newest numbers wait to be looked at; these are the last good ones."
                for name in waiting["account_name"]
            ),
        )
    return write_report(report, folder)


def bounds(month: date) -> tuple[date, date]:
    """First and last day of the month a day lies in."""
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def changes(networks: set[str], first: date, last: date) -> tuple[Change, ...]:
    """The days of the month on which a number of these networks began to mean something else."""
    return tuple(
        Change(each.date, network(each.network).label, metric, f"{_sentence(each)}: {each.note}")
        for metric in HEADLINES
        for each in within(networks, metric, first, last, SUBJECTS[metric])
    )


def headlines(present: pl.DataFrame, previous: pl.DataFrame, since: date, last: date) -> list[Kpi]:
    """The month's numbers beside the month before, which begins on `since`; one row an account in each frame.

    A sum is compared only when the same accounts are known in both months, and nothing is across a change of
    its definition; otherwise the month before is left unknown and the note says so.
    """
    labels = {group.key: group.label for group in groups()}
    return [
        _headline(
            labels[metric],
            metric,
            present,
            previous,
            within(set(present["network"]), metric, since, last, SUBJECTS[metric]),
        )
        for metric in HEADLINES
    ]


def _headline(
    label: str, metric: str, present: pl.DataFrame, previous: pl.DataFrame, broken: Sequence[Break]
) -> Kpi:
    now = present.filter(pl.col(metric).is_not_null())
    then = previous.filter(pl.col(metric).is_not_null())
    silent = present.height - now.height
    if broken:
        return Kpi(label, _sum(now, metric), None, broken=f"n/a: {sentence(broken[-1])}")
    note = f"{silent} of {present.height} accounts give none" if silent and now.height else ""
    if set(now["account_id"]) != set(then["account_id"]):
        return Kpi(label, _sum(now, metric), None, note=note or "the month before is not wholly known")
    return Kpi(label, _sum(now, metric), _sum(then, metric), note=note)


def _sentence(found: Break) -> str:
    said = sentence(found)
    return said[:1].upper() + said[1:]


def _sum(frame: pl.DataFrame, metric: str) -> float | None:
    return float(frame[metric].sum()) if frame.height else None


def _find(name: str, organization: str | None, settings: Settings) -> tuple[Organization, Brand]:
    query = select(Organization, Brand).join(Brand, Brand.organization_id == Organization.id)
    with worker_session(settings) as session:
        rows = session.execute(query.order_by(Brand.name)).tuples().all()
    found = [(owner, brand) for owner, brand in rows if brand.name.casefold() == name.strip().casefold()]
    if organization is not None:
        found = [pair for pair in found if pair[0].name.casefold() == organization.strip().casefold()]
    if not found:
        known = ", ".join(dict.fromkeys(brand.name for _, brand in rows)) or "none yet"
        raise ReportError(f"no brand is called {name!r}; there are: {known}")
    if len(found) > 1:
        owners = ", ".join(owner.name for owner, _ in found)
        raise ReportError(
            f"{name!r} is a brand of several organizations ({owners}): name one with --organization"
        )
    return found[0]


def _named(daily: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """The daily rows with the names people know."""
    names = accounts.select("account_id", account="account_name", network=_labels(accounts))
    return daily.join(names, on="account_id").sort("date", "network", "account")


def _listed(posts: pl.DataFrame, brand: Brand) -> pl.DataFrame:
    """The best posts as the report prints them: times in the brand's zone, rates by views."""
    known = posts.filter(pl.col("engagement").is_not_null())
    return known.select(
        published_at=pl.col("published_at").dt.convert_time_zone(brand.timezone).dt.strftime("%d %b %H:%M"),
        network=_labels(known),
        account="account_name",
        text=pl.col("text").fill_null(""),
        url=pl.col("permalink").fill_null(""),
        views="views",
        engagement="engagement",
        engagement_rate="engagement_rate_by_views",
    )


def _labels(frame: pl.DataFrame) -> pl.Series:
    return pl.Series("network", [network(key).label for key in frame["network"]], dtype=pl.String)
