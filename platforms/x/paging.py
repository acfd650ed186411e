"""What is asked of an X account, page by page: positions of a collection, and their parameters. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

USER_FIELDS = "created_at,description,name,protected,public_metrics,url,username,verified"
POST_FIELDS = (
    "attachments,author_id,conversation_id,created_at,entities,id,in_reply_to_user_id,lang,note_tweet,"
    "public_metrics,referenced_tweets,text"
)
MEDIA = {"expansions": "attachments.media_keys", "media.fields": "media_key,type"}
# Private metrics exist for 30 days only, and asking for them on older posts withholds those posts whole.
PRIVATE_FIELDS = f"{POST_FIELDS},non_public_metrics"
PRIVATE = timedelta(days=29)
# What neither the public nor the private metrics say.
ANALYTICS = (
    "engagements,impressions,url_clicks,user_profile_clicks,detail_expands,media_views,follows,"
    "hashtag_clicks,permalink_clicks"
)


@dataclass(frozen=True)
class PostsPosition:
    """Where a collection of posts stands: first the young ones with private metrics, then the older ones.

    `boundary` parts the two; `since` is where to stop (None: as far back as X gives). Both are as X writes
    times, and are kept with the page's `token`, which is good only for the same bounds.
    """

    boundary: str
    since: str | None = None
    young: bool = True
    token: str | None = None

    @classmethod
    def start(cls, since: datetime | None, until: datetime, cursor: str | None) -> PostsPosition:
        """The position of a cursor, or the first one for posts since `since`."""
        if cursor is not None:
            return cls(**json.loads(cursor))
        boundary = until - PRIVATE
        if since is not None:
            boundary = max(boundary, since)
        return cls(written(boundary), written(since) if since else None)

    def params(self, *, private: bool = True) -> dict[str, str]:
        """Parameters of ``GET /2/users/{id}/tweets``; young posts with their private metrics, if wanted."""
        fields = PRIVATE_FIELDS if self.young and private else POST_FIELDS
        return {**self.bare(), **MEDIA, "tweet.fields": fields}

    def bare(self) -> dict[str, str]:
        """The same for ids and times only. Reposts are other people's posts and are left out."""
        params = {"max_results": "100", "exclude": "retweets", "tweet.fields": "created_at"}
        if self.young:
            params["start_time"] = self.boundary
        else:
            params["end_time"] = self.boundary
            if self.since:
                params["start_time"] = self.since
        if self.token:
            params["pagination_token"] = self.token
        return params

    def following(self, document: dict[str, Any]) -> PostsPosition | None:
        """The next position; after the last young page the first older one, if older ones are wanted."""
        token = (document.get("meta") or {}).get("next_token")
        if token:
            return replace(self, token=str(token))
        if self.young and self.since != self.boundary:
            return replace(self, young=False, token=None)
        return None


def as_cursor(position: PostsPosition | None) -> str | None:
    """A position as the text to keep; `PostsPosition.start` reads it again."""
    return json.dumps(asdict(position)) if position else None


def written(moment: datetime) -> str:
    """A moment as X writes times: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
