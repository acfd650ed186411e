"""Mastodon: the account's own numbers and its posts with their counters. There is no history of either.

Source: docs.joinmastodon.org "accounts".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from platforms.contract import Account, Answer, Entity
from platforms.errors import Rejected, TemporarilyRejected
from platforms.http import Reply
from platforms.mastodon.errors import LABEL
from platforms.mastodon.instances import Instances, id_of
from platforms.mastodon.listing import is_list, next_id, posts
from platforms.redaction import cut


class MastodonCollector:
    """Collects a Mastodon account. All that is known of a post stands in the listing."""

    entities: tuple[Entity, ...] = (Entity.ACCOUNT, Entity.POSTS)

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def collect(
        self,
        account: Account,
        entity: Entity,
        since: datetime | None,
        until: datetime,  # noqa: ARG002
        cursor: str | None,
    ) -> Iterator[Answer]:
        """Yield the answers of an entity; see `platforms.contract.Collector`.

        Mastodon can't be asked for a span: the last page has older posts too.
        """
        if entity is Entity.ACCOUNT:
            path = f"api/v1/accounts/{id_of(account)}"
            reply = self._instances.of(account).read(path, token=account.credentials.access_token)
            yield _answer(account, entity, path, {}, reply, None)
        elif entity is Entity.POSTS:
            yield from self._posts(account, since, cursor)
        else:
            raise Rejected(f"{LABEL} has no {entity.value}")

    def _posts(self, account: Account, since: datetime | None, cursor: str | None) -> Iterator[Answer]:
        path = f"api/v1/accounts/{id_of(account)}/statuses"
        following, first = cursor, True
        while following or first:
            params = {"limit": "40", "exclude_reblogs": "true"}
            params |= {"max_id": following} if following else {}
            reply = self._instances.of(account).read(
                path, params, token=account.credentials.access_token, accepts=is_list
            )
            asked, following = following, next_id(reply)
            if following and following == asked:
                raise TemporarilyRejected(f"{LABEL}'s list of posts does not go on")
            if since and _ends_before(reply, since):
                following = None
            yield _answer(account, Entity.POSTS, path, params, reply, following)
            first = False


def _ends_before(reply: Reply, since: datetime) -> bool:
    """Whether the last post of a page is older than `since` (aware UTC)."""
    listed = posts(reply)
    return bool(listed) and datetime.fromisoformat(listed[-1]["created_at"]).astimezone(UTC) < since


def _answer(
    account: Account,
    entity: Entity,
    path: str,
    params: Mapping[str, str],
    reply: Reply,
    following: str | None,
) -> Answer:
    return Answer(
        entity,
        {"path": path, "params": dict(params)},
        reply.requested_at,
        reply.status,
        cut(reply.body, account.credentials.access_token),
        following,
    )
