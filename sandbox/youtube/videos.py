"""Videos of a channel: the world's own, and those that came through the interface, hidden ones too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sandbox import objects
from sandbox.ids import video_id
from sandbox.model import Account, Post
from sandbox.objects import Thing
from sandbox.services import Services

NETWORK: Final = "youtube"
VIDEO = "video"
PROCESSING_S = 5.0
"""Seconds from the last byte until a video is processed, or refused."""
REFUSED_WORDS = "#rejected"
TITLE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Video:
    """A video at a moment. `listed_at` is when it came into the list of uploads; times are UTC."""

    id: str
    snippet: dict[str, Any]
    status: dict[str, Any]
    listed_at: datetime
    published_at: datetime
    post: Post | None
    has_cover: bool = False

    @property
    def privacy(self) -> str:
        """Who can see it."""
        return str(self.status["privacyStatus"])


def add(sandbox: Services, account: Account, parts: dict[str, Any], file: dict[str, Any]) -> str:
    """Keep a new video whose last byte has come; its id. Without a word on it, it is public at once."""
    now, sequence = sandbox.clock.now(), 64
    while objects.get(sandbox, NETWORK, VIDEO, found := video_id(account.id, now, sequence)):
        sequence += 1
    data = {**parts, "done_at": now.timestamp(), "published_at": now.timestamp(), **file}
    data["refused"] = _refused(sandbox, account, data)
    _keep(sandbox, account, found, data)
    return found


def update(sandbox: Services, account: Account, thing: Thing, parts: dict[str, Any]) -> None:
    """Put parts in the place of those there were. Who is let see it first, makes it a post."""
    hidden = thing.data["status"]["privacyStatus"] == "private"
    data = {**thing.data, **parts}
    if hidden and data["status"]["privacyStatus"] != "private":
        data["published_at"] = sandbox.clock.now().timestamp()
    _keep(sandbox, account, thing.id, data)


def of_channel(
    sandbox: Services, account: Account, now: datetime
) -> list[tuple[datetime, str, Post | Thing]]:
    """(when published, id, what it is made from), newest first."""
    things = {thing.id: thing for thing in objects.of_account(sandbox, NETWORK, VIDEO, account.id)}
    found: list[tuple[datetime, str, Post | Thing]] = [
        (post.created_at, post.id, post)
        for post in sandbox.timeline.posts(account, now)
        if post.id not in things
    ]
    if not things:
        return found[::-1]  # the timeline is in order already
    found += [(_at(thing.data["published_at"]), thing.id, thing) for thing in things.values()]
    return sorted(found, key=lambda entry: entry[:2], reverse=True)


def several(
    sandbox: Services, account: Account, wanted: list[str], now: datetime
) -> list[tuple[Account, Video]]:
    """Videos by their ids, left out where there is none; quick for the account's own."""
    own = {post.id: post for post in sandbox.timeline.posts(account, now)}
    found = []
    for name in wanted:
        if name in own and objects.get(sandbox, NETWORK, VIDEO, name) is None:
            found.append((account, shown(sandbox, account, own[name], now)))
        elif pair := find(sandbox, name, now):
            found.append(pair)
    return found


def find(sandbox: Services, wanted: str, now: datetime) -> tuple[Account, Video] | None:
    """A video by its id, or None."""
    thing = objects.get(sandbox, NETWORK, VIDEO, wanted)
    if thing is not None:
        account = sandbox.timeline.accounts[thing.account]
        return account, shown(sandbox, account, thing, now)
    found = sandbox.timeline.find(wanted, NETWORK, now)
    return (found[0], shown(sandbox, found[0], found[1], now)) if found else None


def shown(sandbox: Services, account: Account, source: Post | Thing, now: datetime) -> Video:
    """What a video is made from, as a video."""
    if isinstance(source, Post):
        title = source.text.splitlines()[0] if source.text else account.name
        snippet = {"title": title[:TITLE_LIMIT], "description": source.text, "categoryId": "22"}
        status = {"privacyStatus": "public", "uploadStatus": "processed"}
        return Video(source.id, snippet, status, source.created_at, source.created_at, source)
    data = source.data
    found = sandbox.timeline.find(source.id, NETWORK, now) if data.get("accepted") else None
    status = {**data["status"], **_state(data, now)}
    listed, published = _at(data["done_at"]), _at(data["published_at"])
    post = found[1] if found else None
    return Video(source.id, data["snippet"], status, listed, published, post, bool(data.get("has_cover")))


def set_cover(sandbox: Services, thing: Thing) -> None:
    """Note that a video has a cover of its own."""
    objects.put(sandbox, NETWORK, VIDEO, thing.id, thing.account, {**thing.data, "has_cover": True})


def _keep(sandbox: Services, account: Account, wanted: str, data: dict[str, Any]) -> None:
    """Keep a video, and take it for a post when others are first let see it."""
    privacy, snippet = data["status"]["privacyStatus"], data["snippet"]
    if privacy != "private" and not data.get("accepted"):
        text = f"{snippet['title']}\n{snippet.get('description', '')}"
        payload = {"snippet": snippet, "status": data["status"], "sha256": data["sha256"]}
        sandbox.timeline.accept(
            account,
            sandbox.clock.now(),
            text,
            "short" if "#shorts" in text.lower() else "video",
            payload,
            published=privacy == "public",
            own_id=wanted,
            refuse_duplicates=False,
        )
        data = {**data, "accepted": True}
    objects.put(sandbox, NETWORK, VIDEO, wanted, account.id, data)


def _refused(sandbox: Services, account: Account, data: dict[str, Any]) -> dict[str, str] | None:
    """How processing and review will end, where not well."""
    snippet = data["snippet"]
    if not data["is_video"]:
        return {"uploadStatus": "failed", "failureReason": "invalidFile"}
    if REFUSED_WORDS in f"{snippet['title']} {snippet.get('description', '')}":
        return {"uploadStatus": "rejected", "rejectionReason": "inappropriate"}
    for thing in objects.of_account(sandbox, NETWORK, VIDEO, account.id):
        # The same file with other words passes here, so that one file does for many trials.
        same = (thing.data["sha256"], thing.data["snippet"]) == (data["sha256"], snippet)
        if same and not thing.data["refused"]:
            return {"uploadStatus": "rejected", "rejectionReason": "duplicate"}
    return None


def _state(data: dict[str, Any], now: datetime) -> dict[str, str]:
    if now.timestamp() < data["done_at"] + PROCESSING_S:
        return {"uploadStatus": "uploaded"}
    return data["refused"] or {"uploadStatus": "processed"}


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
