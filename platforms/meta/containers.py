"""Publishing by containers, as Instagram and Threads do it: make, wait until it is finished, publish once.

A container makes nothing public, and one container can be published once only: its state tells whether
a call whose answer was lost took effect. It lives 24 hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.contract import Found
from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NetworkError,
    NotReady,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.http import Api
from platforms.looking import Candidate, verdict
from platforms.message import Media
from platforms.meta.listing import posts_of

IN_PROGRESS, FINISHED, PUBLISHED, EXPIRED, ERROR = "IN_PROGRESS", "FINISHED", "PUBLISHED", "EXPIRED", "ERROR"
QUOTA_PAUSE = timedelta(hours=1)  # a sliding day: the next place can be free at any time
GONE = "GONE"  # ours: the network does not show the container


def unreachable(label: str) -> str:
    """In words, that a network could not fetch a file by its address."""
    return (
        f"{label} could not fetch the file from this installation; its public address (ALLIN_PUBLIC_URL) "
        "has to be reachable from the internet"
    )


def address_of(label: str, media: Media) -> str:
    """Where a network fetches a file itself. Raises NeedsPerson where this installation has no address."""
    if media.url is None:
        words = f"{label} fetches files from this installation, which has no public address"
        raise NeedsPerson(f"{words}; set ALLIN_PUBLIC_URL")
    return media.url


@dataclass(frozen=True)
class Way:
    """How a network words it: edges to make, to publish and to ask for the quota; fields of the answers."""

    label: str
    make: str
    publish: str
    status: str
    reason: str
    quota: str
    used: str = "quota_usage"
    allowed: str = "config"


@dataclass(frozen=True)
class Draft:
    """A container to be made. `upload` is the file whose bytes are sent to it; `pause` how often to ask."""

    form: Mapping[str, str]
    pause: timedelta
    upload: Media | None = None


@dataclass(frozen=True)
class State:
    """What the network says of a container; `reason` are its words about a failure."""

    code: str
    reason: str = ""


@dataclass
class Progress:
    """What is prepared so far. `parts` are the containers of a carousel's files, in order."""

    parts: list[str] = field(default_factory=list)
    container: str | None = None
    uploaded: list[str] = field(default_factory=list)
    published: bool = False

    @classmethod
    def of(cls, prepared: Mapping[str, Any]) -> Progress:
        """Read what was kept."""
        return cls(
            list(prepared.get("parts") or ()),
            prepared.get("container"),
            list(prepared.get("uploaded") or ()),
            bool(prepared.get("published")),
        )

    def kept(self) -> dict[str, Any]:
        """What is to be kept."""
        return {
            "parts": list(self.parts),
            "container": self.container,
            "uploaded": list(self.uploaded),
            "published": self.published,
        }

    def clear(self) -> None:
        """Begin anew: none of the containers can become public any more."""
        self.parts, self.container, self.uploaded, self.published = [], None, [], False


class Containers:
    """The containers of one account, under its `owner` node. `upload` sends a file's bytes to a container."""

    def __init__(
        self,
        api: Api,
        way: Way,
        owner: str,
        token: str,
        *,
        failure: Callable[[State], NetworkError],
        upload: Callable[[str, Media], None] | None = None,
    ) -> None:
        self._api, self._way, self._owner, self._token = api, way, owner, token
        self._failure, self._upload = failure, upload

    def prepare(
        self, parts: Sequence[Draft], whole: Callable[[Sequence[str]], Draft], prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Make the parts, then the whole of them, and see that they are finished; goes on from `prepared`.

        Raises:
            NotReady: one of them is still worked on.
            RateLimited: the account has used up its posts of the day; nothing is begun.
            NetworkError: one of them failed; what was kept is cleared, so that the next call begins anew.
        """
        progress = Progress.of(prepared)
        if progress == Progress():
            self._see_that_there_is_room()
        if progress.container is None:
            for draft in parts[len(progress.parts) :]:
                progress.parts.append(self._make(draft))
                yield progress.kept()
            for draft, part in zip(parts, progress.parts, strict=True):
                yield from self._finish(progress, draft, part)
            progress.container = self._make(whole(progress.parts))
            yield progress.kept()
        yield from self._finish(progress, whole(progress.parts), progress.container)

    def state(self, container: str) -> State:
        """``GET /{container}``: where it stands; GONE where the network does not show it."""
        fields = f"{self._way.status},{self._way.reason}"
        reply = self._api.read(container, {"fields": fields}, token=self._token, tolerated=_is_missing)
        if reply.refused:
            return State(GONE)
        document = reply.document or {}
        return State(str(document.get(self._way.status)), str(document.get(self._way.reason) or ""))

    def publish(self, prepared: Mapping[str, Any]) -> str:
        """Publish the prepared container, once; the id of the post.

        Raises:
            Duplicate: the network said already that it is public.
            Ambiguous: no whole answer came.
        """
        label, progress = self._way.label, Progress.of(prepared)
        if progress.published:
            raise Duplicate(f"{label} says this post is public already", code=PUBLISHED)
        if progress.container is None:
            raise TemporarilyRejected(f"This post is not prepared for {label} yet; nothing was sent")
        reply = self._api.write(
            f"{self._owner}/{self._way.publish}",
            token=self._token,
            form={"creation_id": progress.container},
        )
        post_id = (reply.document or {}).get("id")
        if not isinstance(post_id, str) or not post_id:
            raise Ambiguous(f"{label} answered without naming the post", status=reply.status)
        return post_id

    def found(
        self,
        prepared: Mapping[str, Any],
        candidates: Sequence[Candidate],
        sent_at: datetime,
        *,
        complete: bool,
    ) -> Found:
        """What container and listing prove together; `complete`: all since `sent_at` was listed."""
        container = Progress.of(prepared).container
        code = self.state(container).code if container else ERROR
        if code == PUBLISHED:  # it is there, whether or not it can be told which one it is
            return verdict(candidates, sent_at, complete=False)
        if code == GONE:
            return verdict(candidates, sent_at, complete=False)
        unsure = [Candidate(candidate.post, certain=False) for candidate in candidates]
        return verdict(unsure, sent_at, complete=complete)

    def _see_that_there_is_room(self) -> None:
        """``GET /{owner}/{quota}``: what an account may publish, the network's documents give differently."""
        way, fields = self._way, f"{self._way.used},{self._way.allowed}"
        path = f"{self._owner}/{way.quota}"
        # It is asked to know early: where it is refused, the publishing call tells.
        reply = self._api.read(path, {"fields": fields}, token=self._token, tolerated=lambda _: True)
        for row in posts_of(reply.document or {}):
            used, allowed = row.get(way.used), (row.get(way.allowed) or {}).get("quota_total")
            if isinstance(used, int) and isinstance(allowed, int) and used >= allowed:
                words = f"The account has used up its {allowed} posts of the day on {way.label}"
                raise RateLimited(words, until=datetime.now(UTC) + QUOTA_PAUSE)

    def _make(self, draft: Draft) -> str:
        reply = self._api.upload(f"{self._owner}/{self._way.make}", token=self._token, form=draft.form)
        container = (reply.document or {}).get("id")
        if not isinstance(container, str) or not container:
            raise TemporarilyRejected(f"{self._way.label} answered without naming what it prepared")
        return container

    def _finish(self, progress: Progress, draft: Draft, container: str) -> Iterator[dict[str, Any]]:
        """See that a container is finished, with its bytes sent where it waits for them."""
        if draft.upload and self._upload and container not in progress.uploaded:
            self._upload(container, draft.upload)
            progress.uploaded.append(container)
            yield progress.kept()
        state, label = self.state(container), self._way.label
        if state.code == FINISHED:
            return
        if state.code == PUBLISHED:
            progress.published = container == progress.container
            yield progress.kept()
        elif state.code in (EXPIRED, ERROR, GONE):
            progress.clear()
            yield progress.kept()
            if state.code == ERROR:
                raise self._failure(state)
            raise TemporarilyRejected(f"{label} no longer has what was prepared; it is made anew")
        else:
            until = datetime.now(UTC) + draft.pause
            raise NotReady(f"{label} is still processing the file", until=until)


def _is_missing(error: NetworkError) -> bool:
    """Whether the network has no such object: Graph's 100/33, or 24 of the publishing edges."""
    code, _, subcode = (error.code or "").partition("/")
    return isinstance(error, Rejected) and (code == "24" or (code, subcode) == ("100", "33"))
