"""Reading an answer lightly, by its shape: who is in it, what was counted, and where it goes on. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from warehouse.gates.shapes import Form, Kind, Shape, shape_of

ACCOUNT: Final = "account"  # the subject of figures about the account itself
# Shares and averages rise and fall as they like: nothing is expected of them.
RATIO: Final = re.compile(r"(?i)rate|avg|average|percent|^engagement$")
_DIGITS: Final = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Figure:
    """One number of a post, a day or the account; without a metric it only says that the subject is there.

    `stamp` (aware UTC): when a post was published, or the day's stamp as the network wrote it. `owner` is the
    account that the network says it belongs to, as the registry would call it; None where it does not say.
    """

    subject: str
    stamp: datetime | None = None
    owner: str | None = None
    metric: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class Page:
    """What an answer holds. Not `readable`: it is no JSON document. `kind` is None where nothing is read of
    it."""

    readable: bool
    kind: Kind | None = None
    figures: tuple[Figure, ...] = ()
    asked: str | None = None
    following: str | None = None
    ends: bool = False
    whole: bool = False
    listed: bool = True  # the list is where it is expected


def read(network: str, entity: str, request: str, body: str) -> Page:
    """Read one answer of status 200; `request` and `body` are JSON as the lake keeps them."""
    document, asked = _json(body), _json(request) or {}
    if not isinstance(document, dict | list):
        return Page(readable=False)
    shape = shape_of(network, entity, str(asked.get("path", "")))
    if shape is None or ("error" in document and "data" not in document):
        return Page(readable=True)
    cursor, following = _cursors(shape, asked, document)
    found = tuple(_figures(shape, asked, document))
    listed = bool(found) or shape.form is not Form.ITEMS or _list(shape, document) is not None
    return Page(True, shape.kind, found, cursor, following, shape.ends, shape.whole, listed)


def at(document: Any, place: str) -> Any:
    """What stands at a place; None where there is nothing. See `warehouse.gates.shapes` for places."""
    for one in place.split("|"):
        found = document
        for key in one.split("."):
            found = _child(found, key)
        if found is not None:
            return found
    return None


def _child(found: Any, key: str) -> Any:
    if isinstance(found, Mapping):
        return found.get(key)
    if isinstance(found, list) and re.fullmatch(r"-?\d+", key):
        return found[int(key)] if -len(found) <= int(key) < len(found) else None
    return None


def _figures(shape: Shape, asked: Any, document: Any) -> Iterator[Figure]:
    if shape.form is Form.INSIGHTS:
        yield from _insights(shape, asked, document)
    elif shape.form is Form.TABLE:
        yield from _table(shape, document)
    else:
        for item in _list(shape, document) or []:
            if isinstance(item, Mapping) and not (shape.skipped and at(item, shape.skipped)):
                yield from _item(shape, item)


def _list(shape: Shape, document: Any) -> list[Any] | None:
    """The items; an object in their place is one item. None: there is no such place."""
    found = document if shape.items in ("", ".") else at(document, shape.items)
    if isinstance(found, list):
        return found
    if isinstance(found, Mapping):
        return [found]
    # X leaves `data` out of an empty page.
    return [] if isinstance(document, Mapping) and isinstance(document.get("meta"), Mapping) else None


def _item(shape: Shape, item: Mapping[str, Any]) -> Iterator[Figure]:
    stamp = moment(at(item, shape.stamp)) if shape.stamp else None
    subject = ACCOUNT if shape.kind is Kind.NOW else str(at(item, shape.id))
    owner = at(item, shape.owner) if shape.owner else None
    if owner is not None and shape.owner_of.endswith("_*"):
        owner = str(owner).partition("_")[0]
    elif owner is not None:
        owner = str(owner) if ":" in str(owner) else shape.owner_of.format(owner)
    yield Figure(subject, stamp, owner)
    place, wanted = shape.final
    if place and at(item, place) != wanted:
        return
    for metric, number in _numbers(shape, item):
        yield Figure(subject, stamp, owner, metric, number)


def _numbers(shape: Shape, item: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for metric, where in shape.counters.items():
        yield from _number(metric, at(item, where))
    for group in shape.groups:
        found = at(item, group)
        if isinstance(found, list):
            for series in found:
                yield from _number(str(series.get("name")), at(series, "values.0.value"))
        elif isinstance(found, Mapping):
            for metric, value in found.items():
                yield from _number(metric, value)


def _number(metric: str, value: Any) -> Iterator[tuple[str, float]]:
    """The number, or those below it; nothing for a ratio or for what is no number."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _number(f"{metric}.{name}", part)
    elif isinstance(value, str) and _DIGITS.fullmatch(value):
        yield from _number(metric, float(value))
    elif isinstance(value, bool) or RATIO.search(metric):
        return
    elif isinstance(value, int | float) and math.isfinite(value):
        yield metric, float(value)


def _insights(shape: Shape, asked: Any, document: Any) -> Iterator[Figure]:
    """Meta's metrics: of a post (named in the request), of days (each value has its end), of the account."""
    posts = asked.get("posts") or [asked.get("post")]
    of_post = str(posts[0] or str(asked.get("path", "")).partition("/")[0])
    day = moment(at(asked, "params.since"))
    for series in at(document, "data") or []:
        metric, total = str(series.get("name")), at(series, "total_value.value")
        if shape.kind is Kind.DAY and total is not None and day is not None:
            for name, number in _number(f"total {metric}", total):
                yield Figure(f"since {day.isoformat()}", None, None, name, number)
        elif shape.kind is Kind.NOW:
            for name, number in _number(metric, total):
                yield Figure(ACCOUNT, None, None, name, number)
        for point in series.get("values") or []:
            yield from _point(shape, metric, point, of_post)


def _point(shape: Shape, metric: str, point: Mapping[str, Any], of_post: str) -> Iterator[Figure]:
    end = moment(point.get("end_time")) if shape.kind is Kind.DAY else None
    if shape.kind is Kind.DAY and end is None:
        return
    for name, number in _number(metric, point.get("value")):
        yield Figure(end.isoformat() if end else of_post, end, None, name, number)


def _table(shape: Shape, document: Any) -> Iterator[Figure]:
    """YouTube's report: the first column says of which video or day a row is."""
    names = [str(column.get("name")) for column in at(document, "columnHeaders") or []]
    for row in at(document, "rows") or []:
        stamp = moment(row[0]) if shape.kind is Kind.DAY else None
        subject = stamp.isoformat() if stamp else str(row[0])
        for name, value in zip(names[1:], row[1:], strict=False):
            for metric, number in _number(name, value):
                yield Figure(subject, stamp, None, metric, number)


def _cursors(shape: Shape, asked: Any, document: Any) -> tuple[str | None, str | None]:
    """The cursor that was asked with, and the one that comes next; None at the start and at the end."""
    if not shape.asked:
        return None, None
    cursor = at(asked, shape.asked)
    more = at(document, shape.more) if shape.more else True
    if isinstance(more, list):
        more = any(isinstance(link, Mapping) and link.get("rel") == "next" for link in more)
    following: Any = None
    if more:
        items = _list(shape, document) or []
        following = at(document, shape.following) if shape.following else int(cursor or 0) + len(items)
    return _text(cursor), _text(following)


def _text(cursor: Any) -> str | None:
    return None if cursor in (None, "", 0, "0") else str(cursor)


def moment(value: Any) -> datetime | None:
    """Aware UTC from ISO text (without offset: UTC), a date, or Unix seconds or milliseconds; else None."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) > 10**11 else value, UTC)
        if isinstance(value, str) and len(value) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
        found = datetime.fromisoformat(str(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    if found is None:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
