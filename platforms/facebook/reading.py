"""Posts, videos and stories as the Graph API shows them, read into what the rest of AllIN knows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from platforms.contract import Account, Published
from platforms.meta.listing import moment, moment_of
from platforms.redaction import for_people

SITE = "https://www.facebook.com"
POST_FIELDS = "id,message,created_time,permalink_url"
VIDEO_FIELDS = "status,post_id,permalink_url,created_time"
# A video's post shows up some time after the video; later than this nobody waits for it any more.
POST_PATIENCE = timedelta(hours=1)
FAILED = frozenset({"error", "expired", "upload_failed"})
PHASES = ("uploading_phase", "processing_phase", "publishing_phase")


def as_published(post: Mapping[str, Any]) -> Published:
    """A post of the page."""
    return Published(str(post["id"]), post.get("permalink_url"), moment_of(post))


def as_story(account: Account, story: Mapping[str, Any]) -> Published:
    """An entry of ``GET /{page}/stories``."""
    return Published(post_id(account, story["post_id"]), story.get("url"), moment_of(story))


def post_id(account: Account, given: object) -> str:
    """A post's id in its whole form PAGEID_POSTID; some answers leave the page out."""
    text = str(given)
    return text if "_" in text else f"{account.external_id}_{text}"


@dataclass(frozen=True)
class Video:
    """A video's state, from ``GET /{video}`` with `VIDEO_FIELDS`."""

    id: str
    document: Mapping[str, Any]

    @property
    def failure(self) -> str | None:
        """What went wrong with it for good, in Meta's words; None while nothing has."""
        status = self._status
        phases = [status.get(name) or {} for name in PHASES]
        if status.get("video_status") not in FAILED and all(p.get("status") != "error" for p in phases):
            return None
        errors = [str(e.get("message")) for p in phases for e in p.get("errors") or [] if e.get("message")]
        return for_people("; ".join(errors) or str(status.get("video_status")))

    @property
    def received(self) -> int | None:
        """How many bytes Meta has of it; None where it does not say. Documents and SDK spell it apart."""
        phase = self._phase("uploading_phase")
        given = phase.get("bytes_transferred", phase.get("bytes_transfered"))
        return int(given) if isinstance(given, int | str) and str(given).isdecimal() else None

    @property
    def whole(self) -> bool:
        """Whether all of it has arrived."""
        return self._phase("uploading_phase").get("status") == "complete"

    @property
    def public(self) -> bool:
        """Whether it is published."""
        phase = self._phase("publishing_phase")
        if not phase:
            return self._status.get("video_status") == "ready"
        return phase.get("status") == "complete" and phase.get("publish_status") in (None, "published")

    @property
    def finishing(self) -> bool:
        """Whether Meta was told to publish it."""
        return self.public or self._phase("publishing_phase").get("status") == "in_progress"

    @property
    def spoilt(self) -> bool:
        """Whether it failed after Meta was told to publish it: while it was processed or published."""
        return any(self._phase(name).get("status") == "error" for name in PHASES[1:])

    @property
    def untouched(self) -> bool:
        """Whether Meta says that neither processing nor publishing has begun."""
        return all(self._phase(name).get("status") == "not_started" for name in PHASES[1:])

    @property
    def is_reel(self) -> bool:
        """Whether it stands among the page's reels, under its own id, and not among the posts."""
        return "/reel/" in str(self.document.get("permalink_url") or "")

    def published(self, account: Account, now: datetime) -> Published:
        """It as a post: a reel under its own id, another under its post's as soon as that is known."""
        at = moment(self._phase("publishing_phase").get("publish_time"))
        at = at or (moment(self.document.get("created_time")) if self.public else None)
        path = self.document.get("permalink_url")
        link = f"{SITE}{path}" if path and str(path).startswith("/") else path
        known = self.document.get("post_id")
        if self.public and self.is_reel:
            return Published(self.id, link, at)
        if self.public and known:
            return Published(post_id(account, known), link, at)
        waited = at is not None and now - at > POST_PATIENCE
        return Published(self.id, link if self.public else None, at, settled=self.public and waited)

    @property
    def _status(self) -> Mapping[str, Any]:
        status = self.document.get("status")
        return status if isinstance(status, dict) else {}

    def _phase(self, name: str) -> Mapping[str, Any]:
        phase = self._status.get(name)
        return phase if isinstance(phase, dict) else {}
