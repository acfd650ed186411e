"""The list of releases, as a table."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from app.views.html import joined, markup
from app.views.times import moment
from warehouse.releases import Release


def table(found: list[Release], current: Release, zone: ZoneInfo, *, names: bool) -> Markup:
    """A row for each, newest first; `names` says whether to show who went back."""
    return markup(
        '<div class="trail"><table class="data"><thead><tr><th>Release</th><th>Since</th>'
        "<th>What it is</th></tr></thead><tbody>{rows}</tbody></table></div>",
        rows=joined([_row(one, current, zone, names=names) for one in found]),
    )


def _row(one: Release, current: Release, zone: ZoneInfo, *, names: bool) -> Markup:
    return markup(
        "<tr><td>{id}</td><td>{at}</td><td>{what} {state}</td></tr>",
        id=one.id,
        at=moment(one.released_at, zone),
        what=what(one, names=names),
        state=_state(one, current),
    )


def what(one: Release, *, names: bool) -> str:
    """What a release is, in a line."""
    if one.origin_id is None:
        return one.note or "New numbers that passed their checks"
    by = f" by {one.made_by}" if names else ""
    return f"Back to release {one.origin_id}{by}: {one.note}"


def _state(one: Release, current: Release) -> Markup:
    if one.id == current.id:
        return Markup('<span class="chip good">what people see</span>')
    if one.id == current.origin_id:
        return Markup('<span class="chip wait">shown again</span>')
    if one.expired_at is None:
        return Markup()
    return markup('<div class="sub">no longer kept: {because}</div>', because=one.expired_because)
