"""Faults injected into what a network has answered: each takes an account's answers of one moment and
spoils them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from platforms.contract import Answer, Entity
from tests.warehouse.gates.histories import Seen
from tests.warehouse.gates.installation import body
from warehouse.gates.reading import at
from warehouse.gates.shapes import Form, Kind, Shape, shape_of

Answers = list[Answer]
Fault = Callable[[str, Seen, Seen], Answers]  # network, the account's answers, another account's


def doubled_page(network: str, own: Seen, _: Seen) -> Answers:
    """The second page of the posts holds the first one's once more."""
    pages = _pages(network, own)
    first = json.loads(pages[0].body)
    second = json.loads(pages[1].body)
    shape = _shape(network, pages[0])
    if isinstance(second, list):
        second = first
    else:
        _place(second, shape.items, at(first, shape.items))
    return _with(own, pages[1], body(pages[1], second))


def lost_page(network: str, own: Seen, _: Seen) -> Answers:
    """The middle page of the posts is not there; of two, the first."""
    pages = _pages(network, own)
    gone = pages[(len(pages) - 1) // 2]
    return [answer for answer in own.answers if answer is not gone]


def lost_last_page(network: str, own: Seen, _: Seen) -> Answers:
    """The list breaks off before its last page."""
    gone = _pages(network, own)[-1]
    return [answer for answer in own.answers if answer is not gone]


def lost_list(network: str, own: Seen, _: Seen) -> Answers:
    """No page of the posts is there."""
    gone = _pages(network, own)
    return [answer for answer in own.answers if answer not in gone]


def emptied_list(network: str, own: Seen, _: Seen) -> Answers:
    """The list of posts has come, and nothing is in it."""
    first, *others = _pages(network, own)
    document = json.loads(first.body)
    shape = _shape(network, first)
    if isinstance(document, list):
        document = []
    else:
        _place(document, shape.items, [])
        if shape.following and at(document, shape.following) is not None:
            _place(document, shape.following, None)
    return [
        body(first, document) if answer is first else answer for answer in own.answers if answer not in others
    ]


def missing_day(network: str, own: Seen, _: Seen) -> Answers:
    """A day in the middle of every series is not there."""
    return _on_days(network, own, lambda days: days[: len(days) // 2] + days[len(days) // 2 + 1 :])


def half_a_day(network: str, own: Seen, _: Seen) -> Answers:
    """The last days of every series have half of their numbers: the network was not done with them."""
    return _on_days(network, own, lambda days: [_scaled(day, 0.5) for day in days])


def negative(network: str, own: Seen, _: Seen) -> Answers:
    """One counter of one post is below zero."""
    return _on_counters(network, own, lambda number, place: -5 if place == 0 else number)


def unit(network: str, own: Seen, _: Seen) -> Answers:
    """Every counter of the posts is a thousand times as high."""
    return _on_counters(network, own, lambda number, _: number * 1000)


def zone(network: str, own: Seen, _: Seen) -> Answers:
    """Every post was published five hours later than before."""
    changed: Answers = []
    for answer in own.answers:
        shape = _shape(network, answer)
        if answer.entity is not Entity.POSTS or not shape.stamp:
            changed.append(answer)
            continue
        document = json.loads(answer.body)
        for item in _items(shape, document):
            for place in shape.stamp.split("|"):
                if (found := at(item, place)) is not None:
                    _place(item, place, _later(found))
        changed.append(body(answer, document))
    return changed


def swapped_columns(network: str, own: Seen, _: Seen) -> Answers:
    """Two counters of every post have changed places."""
    return [_swapped(network, answer) for answer in own.answers]


def truncated(network: str, own: Seen, _: Seen) -> Answers:
    """An answer breaks off in the middle; nothing was asked after it."""
    page = _pages(network, own)[0]
    torn = replace(page, body=page.body[: len(page.body) // 2])
    return [answer for answer in own.answers if answer.entity is not Entity.POSTS] + [torn]


def another_tenants_rows(_network: str, own: Seen, other: Seen) -> Answers:
    """The posts and their numbers are another account's."""
    theirs = (Entity.POSTS, Entity.POST_METRICS)
    return [a for a in own.answers if a.entity not in theirs] + [
        a for a in other.answers if a.entity in theirs
    ]


# Each fault: what injects it, the checks of which one has to tell of it, and networks of different shapes.
FAULTS: Final[Mapping[str, tuple[Fault, frozenset[str], tuple[str, ...]]]] = {
    "doubled page": (doubled_page, frozenset({"pages_once"}), ("facebook", "linkedin", "tiktok", "youtube")),
    "lost page": (
        lost_page,
        frozenset({"pages_follow", "posts_still_listed"}),
        ("instagram", "linkedin", "bluesky", "youtube", "mastodon"),
    ),
    "lost last page": (
        lost_last_page,
        frozenset({"pages_follow", "posts_still_listed"}),
        ("threads", "tiktok", "youtube"),
    ),
    "page lost after it came": (
        lost_last_page,
        frozenset({"pages_follow"}),
        ("mastodon", "youtube", "bluesky"),
    ),
    "list lost after it came": (lost_list, frozenset({"lists_came"}), ("x", "pinterest", "linkedin")),
    "emptied list": (
        emptied_list,
        frozenset({"posts_still_listed"}),
        ("x", "pinterest", "mastodon", "instagram", "tiktok"),
    ),
    "a day is missing": (missing_day, frozenset({"days_whole"}), ("facebook", "youtube", "pinterest")),
    "half a day": (half_a_day, frozenset({"days_whole"}), ("instagram", "linkedin", "youtube")),
    "negative number": (
        negative,
        frozenset({"not_negative"}),
        ("facebook", "threads", "youtube", "mastodon"),
    ),
    "unit change": (unit, frozenset({"units_kept"}), ("x", "instagram", "pinterest", "bluesky")),
    "zone shift": (zone, frozenset({"zones_kept"}), ("facebook", "linkedin", "tiktok", "pinterest")),
    "swapped columns": (
        swapped_columns,
        frozenset({"columns_kept"}),
        ("facebook", "instagram", "linkedin", "x"),
    ),
    "truncated JSON": (truncated, frozenset({"answers_readable"}), ("facebook", "bluesky")),
    "another tenant's rows": (
        another_tenants_rows,
        frozenset({"own_rows"}),
        ("facebook", "tiktok", "youtube", "threads"),
    ),
}
# What the network brought, and collecting landed, and what is not there when the gate looks.
LOST_HERE: Final = frozenset({"page lost after it came", "list lost after it came"})
CASES: Final = tuple((fault, network) for fault, (_, _, networks) in FAULTS.items() for network in networks)


OF_DAYS: Final = (missing_day, half_a_day)


def concerned(fault: Fault, answers: Sequence[Answer]) -> Answers:
    """The answers that a fault is about: the others would only make the test slower."""
    days = {Entity.ACCOUNT_METRICS}
    wanted = days if fault in OF_DAYS else {Entity.POSTS, Entity.POST_METRICS}
    return [answer for answer in answers if answer.entity in wanted]


# ---------------------------------------------------------------- hands
def _shape(network: str, answer: Answer) -> Shape:
    found = shape_of(network, answer.entity, str(answer.request["path"]))
    return found or Shape("", Kind.NOW)


def _pages(network: str, own: Seen) -> Answers:
    """The pages of the list of posts that has most of them."""
    pages = [
        a for a in own.answers if a.entity is Entity.POSTS and _items(_shape(network, a), json.loads(a.body))
    ]
    paths = [str(page.request["path"]) for page in pages]
    longest = max(paths, key=paths.count)
    return [page for page in pages if page.request["path"] == longest]


def _items(shape: Shape, document: Any) -> list[Any]:
    found = document if shape.items in ("", ".") else at(document, shape.items)
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _with(own: Seen, old: Answer, new: Answer) -> Answers:
    return [new if answer is old else answer for answer in own.answers]


def _place(document: Any, place: str, value: Any) -> None:
    *way, last = place.split(".")
    for key in way:
        document = document[int(key)] if isinstance(document, list) else document[key]
    document[last] = value


def _later(stamp: Any) -> Any:
    hours = timedelta(hours=5)
    if isinstance(stamp, int):
        return stamp + int(hours.total_seconds()) * (1000 if stamp > 10**11 else 1)
    return (datetime.fromisoformat(stamp) + hours).isoformat()


def _numbers(shape: Shape, document: Any) -> Iterator[tuple[Any, str, str]]:
    """The counters of an answer: (object, key, metric)."""
    if shape.form is Form.INSIGHTS:
        yield from _of_series(document.get("data", []))
        return
    for item in _items(shape, document):
        places = [(metric, one) for metric, where in shape.counters.items() for one in where.split("|")]
        for metric, place in places:
            way, _, last = place.rpartition(".")
            holder = at(item, way) if way else item
            if isinstance(holder, dict) and last in holder:
                yield holder, last, metric
        for group in shape.groups:
            found = at(item, group)
            if isinstance(found, dict):
                yield from ((found, key, key) for key, value in found.items() if isinstance(value, int))
            elif found:
                yield from _of_series(found)


def _of_series(found: Sequence[Any]) -> Iterator[tuple[Any, str, str]]:
    for series in found:
        total = [series["total_value"]] if "total_value" in series else []
        for point in [*series.get("values", []), *total]:
            if isinstance(point.get("value"), int):
                yield point, "value", series["name"]


def _on_counters(network: str, own: Seen, change: Callable[[int, int], int]) -> Answers:
    """All counters of posts changed; the change is told the place of each in the order of all."""
    changed: Answers = []
    place = 0
    for answer in own.answers:
        shape = _shape(network, answer)
        if shape.kind is not Kind.LIFETIME or shape.form is Form.TABLE:
            changed.append(answer)
            continue
        document = json.loads(answer.body)
        for holder, key, _ in _numbers(shape, document):
            old = holder[key]
            holder[key] = type(old)(change(int(old), place))
            place += 1
        changed.append(body(answer, document))
    return changed


SWAPS: Final = {
    "facebook": ("reactions", "post_media_view"),
    "instagram": ("likes", "views"),
    "x": ("like_count", "impression_count"),
    "linkedin": ("likeCount", "impressionCount"),
    "tiktok": ("like_count", "view_count"),
    "youtube": ("likeCount", "viewCount"),
    "pinterest": ("save", "impression"),
}


def _swapped(network: str, answer: Answer) -> Answer:
    shape = _shape(network, answer)
    if shape.kind is not Kind.LIFETIME or shape.form is Form.TABLE:
        return answer
    document = json.loads(answer.body)
    wanted = SWAPS[network]
    lists = [document] if shape.form is Form.INSIGHTS else [[item] for item in _items(shape, document)]
    for part in lists:
        whole = part if shape.form is Form.INSIGHTS else _wrapped(shape, part)
        found = {metric: (holder, key) for holder, key, metric in _numbers(shape, whole) if metric in wanted}
        if len(found) == 2:
            (a, first), (b, second) = found[wanted[0]], found[wanted[1]]
            a[first], b[second] = b[second], a[first]
    return body(answer, document)


def _wrapped(shape: Shape, items: Sequence[Any]) -> Any:
    """Items where the shape has its list."""
    if shape.items in ("", "."):
        return list(items)
    whole: Any = list(items)
    for key in reversed(shape.items.split(".")):
        whole = {key: whole}
    return whole


def _on_days(network: str, own: Seen, change: Callable[[list[Any]], list[Any]]) -> Answers:
    changed: Answers = []
    for answer in own.answers:
        shape = _shape(network, answer)
        if shape.kind is not Kind.DAY:
            changed.append(answer)
            continue
        document = json.loads(answer.body)
        if shape.form is Form.INSIGHTS:
            for series in document.get("data", []):
                if "values" in series:
                    series["values"] = change(series["values"])
        elif shape.form is Form.TABLE:
            document["rows"] = change(document.get("rows", []))
        else:
            _place(document, shape.items, change(at(document, shape.items)))
        changed.append(body(answer, document))
    return changed


def _scaled(value: Any, factor: float) -> Any:
    """All numbers of a day made smaller; what is no number stays."""
    if isinstance(value, dict):
        kept = ("timeRange", "date")
        return {key: part if key in kept else _scaled(part, factor) for key, part in value.items()}
    if isinstance(value, list):
        return [_scaled(part, factor) for part in value]
    return int(value * factor) if isinstance(value, int) and not isinstance(value, bool) else value
