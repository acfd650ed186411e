"""LinkedIn: an organization's posts with their numbers, its days and followers; of a person only totals.

Sources: Microsoft Learn "Share Statistics", "Follower Statistics", "Page Statistics", "Organization Network
Size", "Member Post Statistics". Numbers go back 12 months.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.contract import Account, Answer, Entity
from platforms.errors import NeedsPerson, NetworkError, Rejected
from platforms.http import Reply
from platforms.linkedin.connect import ORGANIZATION, has_more
from platforms.linkedin.finding import POSTS, listing
from platforms.linkedin.rest import FINDER, Rest, as_answer, encoded, urns

HISTORY = timedelta(days=364)
STATISTICS = "rest/organizationalEntityShareStatistics"
FOLLOWERS = "rest/organizationalEntityFollowerStatistics"
PAGE_VIEWS = "rest/organizationPageStatistics"
MEMBER = "rest/memberCreatorPostAnalytics"
# LinkedIn knows no people reached by day.
MEMBER_METRICS = ("IMPRESSION", "MEMBERS_REACHED", "RESHARE", "REACTION", "COMMENT")
UNDATED = frozenset({"MEMBERS_REACHED"})
BATCH = 50  # URNs in one address

Query = dict[str, str]


@dataclass(frozen=True)
class _Page:
    """A page of the list of posts; `posts` are the URNs wanted of it, `here` and `following` cursors."""

    query: Query
    reply: Reply
    posts: list[str]
    here: str
    following: str | None


class LinkedInCollector:
    """Collects an organization; of a person what the granted scopes give."""

    entities: tuple[Entity, ...] = (
        Entity.ACCOUNT,
        Entity.POSTS,
        Entity.POST_METRICS,
        Entity.ACCOUNT_METRICS,
        Entity.DEMOGRAPHICS,
    )

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def collect(
        self, account: Account, entity: Entity, since: datetime | None, until: datetime, cursor: str | None
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        People's posts are shown to no app (r_member_social is closed), so a person has none here.
        """
        is_person = not account.external_id.startswith(ORGANIZATION)
        if entity is Entity.ACCOUNT:
            yield from self._calls(account, entity, _of_person(account) if is_person else _of_page(account))
        elif entity is Entity.ACCOUNT_METRICS:
            first = max(since or until - HISTORY, until - HISTORY)
            calls = _person_days(account, first, until) if is_person else _page_days(account, first, until)
            yield from self._calls(account, entity, calls)
        elif is_person:
            return
        elif entity is Entity.POSTS:
            yield from self._posts(account, since, cursor)
        elif entity is Entity.POST_METRICS:
            yield from self._statistics(account, since, cursor)
        elif entity is Entity.DEMOGRAPHICS:
            yield from self._calls(account, entity, [(FOLLOWERS, _about(account))])

    def _calls(self, account: Account, entity: Entity, calls: list[tuple[str, Query]]) -> Iterator[Answer]:
        """Each call's answer; one that LinkedIn refuses for good loses only itself, and says so.

        Raises:
            NetworkError: LinkedIn refuses them all.
        """
        refusals: list[NetworkError] = []

        def loses_itself(error: NetworkError) -> bool:
            """Whether it is about this one call, and not about the account, the app or the API's version."""
            forbidden = isinstance(error, NeedsPerson) and error.status == 403
            if forbidden or isinstance(error, Rejected):
                refusals.append(error)
                return True
            return False

        for path, query in calls:
            reply = self._rest.read(account, path, query, tolerated=loses_itself)
            if len(refusals) == len(calls):
                raise refusals[0]
            yield as_answer(account, entity, path, query, reply)

    def _posts(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[Answer]:
        for page in self._listed(account, since, cursor):
            yield as_answer(account, Entity.POSTS, POSTS, page.query, page.reply, page.following)

    def _statistics(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[Answer]:
        """Numbers of the listed posts. A page's last answer names the next page, the others their own."""
        pages = (page for page in self._listed(account, since, cursor) if page.posts)
        current = next(pages, None)
        while current is not None:
            following = next(pages, None)
            answers = list(self._of_posts(account, current.posts))
            for number, (query, posts, reply) in enumerate(answers, 1):
                place = current if number < len(answers) else following
                yield as_answer(
                    *(account, Entity.POST_METRICS, STATISTICS, query, reply, place.here if place else None),
                    posts=posts,
                )
            current = following

    def _of_posts(self, account: Account, posts: list[str]) -> Iterator[tuple[Query, list[str], Reply]]:
        for name in ("share", "ugcPost"):
            of_kind = [urn for urn in posts if urn.startswith(f"urn:li:{name}:")]
            for place in range(0, len(of_kind), BATCH):
                yield from self._batch(account, f"{name}s", of_kind[place : place + BATCH])

    def _batch(
        self, account: Account, name: str, posts: list[str]
    ) -> Iterator[tuple[Query, list[str], Reply]]:
        """One post that LinkedIn has no numbers of refuses the whole call: then halves are asked."""
        query = {**_about(account), name: urns(posts)}
        reply = self._rest.read(account, STATISTICS, query, tolerated=_is_rejected)
        if not reply.refused or len(posts) == 1:
            yield query, posts, reply
            return
        middle = len(posts) // 2
        yield from self._batch(account, name, posts[:middle])
        yield from self._batch(account, name, posts[middle:])

    def _listed(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[_Page]:
        start: int | None = json.loads(cursor)["start"] if cursor else 0
        while start is not None:
            here, query = start, listing(account, start)
            reply = self._rest.read(account, POSTS, query, headers=FINDER)
            document = reply.document or {}
            posts = document.get("elements") or []
            wanted = [str(post["id"]) for post in posts if since is None or _at(post) >= since]
            over = not posts or len(wanted) < len(posts) or not has_more(document)
            start = None if over else start + len(posts)
            yield _Page(query, reply, wanted, _cursor(here), None if start is None else _cursor(start))


def _of_page(account: Account) -> list[tuple[str, Query]]:
    urn = encoded(account.external_id)
    number = account.external_id.removeprefix(ORGANIZATION)
    return [
        (f"rest/organizations/{number}", {}),
        (f"rest/networkSizes/{urn}", {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"}),
    ]


def _of_person(account: Account) -> list[tuple[str, Query]]:
    calls: list[tuple[str, Query]] = [("v2/userinfo", {})]
    if "r_member_profileAnalytics" in (account.credentials.scopes or ()):
        calls.append(("rest/memberFollowersCount", {"q": "me"}))
    return calls


def _page_days(account: Account, first: datetime, until: datetime) -> list[tuple[str, Query]]:
    """An organization's days: what its posts, its followers and its page had."""
    start = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    times = f"(timeRange:(start:{_ms(start)},end:{_ms(until)}),timeGranularityType:DAY)"
    about_page = {"q": "organization", "organization": encoded(account.external_id)}
    return [
        (STATISTICS, {**_about(account), "timeIntervals": times}),
        (FOLLOWERS, {**_about(account), "timeIntervals": times}),
        (PAGE_VIEWS, {**about_page, "timeIntervals": times}),
    ]


def _person_days(account: Account, first: datetime, until: datetime) -> list[tuple[str, Query]]:
    if "r_member_postAnalytics" not in (account.credentials.scopes or ()):
        return []
    end = until + timedelta(days=1)
    dates = f"(start:{_date(first)},end:{_date(end)})"
    return [
        (
            MEMBER,
            {
                "q": "me",
                "queryType": metric,
                "aggregation": "TOTAL" if metric in UNDATED else "DAILY",
                "dateRange": dates,
            },
        )
        for metric in MEMBER_METRICS
    ]


def _about(account: Account) -> Query:
    return {"q": "organizationalEntity", "organizationalEntity": encoded(account.external_id)}


def _at(post: Mapping[str, Any]) -> datetime:
    at = post.get("publishedAt") or post.get("createdAt") or 0
    return datetime.fromtimestamp(at / 1000, UTC)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _date(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"(day:{day.day},month:{day.month},year:{day.year})"


def _cursor(start: int) -> str:
    return json.dumps({"start": start})


def _is_rejected(error: NetworkError) -> bool:
    return isinstance(error, Rejected)
