"""Mastodon: publish a post under an idempotency key, and find it again when the answer was lost.

Source: docs.joinmastodon.org "statuses". A server keeps a key for an hour, in which the same key answers with
the post it made.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from platforms import checks
from platforms.contract import Account, Found, Published
from platforms.errors import Ambiguous, NetworkError, Rejected
from platforms.looking import BEFORE, Candidate, plain, verdict
from platforms.mastodon import limits
from platforms.mastodon.capabilities import CAPABILITIES, LANGUAGE, LONG, LONG_LIMIT, WARNING
from platforms.mastodon.errors import LABEL, NOT_FOUND
from platforms.mastodon.instances import Instances, id_of
from platforms.mastodon.listing import is_list, next_id, posts
from platforms.mastodon.text import length, whole_text
from platforms.mastodon.upload import Uploads, media_ids
from platforms.message import Message

STATUSES: Final = "api/v1/statuses"
FIND_PAGES: Final = 5
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


class MastodonPublisher:
    """Publishes through ``POST /api/v1/statuses``, after the media."""

    def __init__(self, instances: Instances) -> None:
        self._instances, self._uploads = instances, Uploads(instances)

    def check(self, message: Message) -> list[str]:
        """Problems of text, link, media and options, in words; empty when most servers would take them."""
        capabilities = CAPABILITIES
        if message.options.get(LONG.key) is True:
            longer = tuple(replace(rule, text_limit=LONG_LIMIT) for rule in CAPABILITIES.kinds)
            capabilities = replace(CAPABILITIES, kinds=longer)
        found = checks.problems(LABEL, capabilities, message, self.length(message))
        language = message.options.get(LANGUAGE.key)
        if language and not _LANGUAGE.fullmatch(str(language)):
            found.append(f"{LABEL} takes a language code, like en or de.")
        return found

    def length(self, message: Message) -> int:
        """Characters of the text with its link and its warning, an address counting 23."""
        return length(whole_text(message) + str(message.options.get(WARNING.key) or ""))

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Look at the server's own limits, choose the key, and upload the media.

        Raises:
            Rejected: the server would not take the message.
        """
        kept = dict(prepared)
        if not kept.get("key"):
            own = limits.read(self._instances.of(account), account.credentials.access_token)
            found = list(limits.problems(own, message))
            if found:
                raise Rejected(" ".join(found))
            kept["key"] = str(uuid.uuid4())
            yield dict(kept)
        for media in self._uploads.prepare(account, message, list(kept.get("media", ()))):
            kept["media"] = media
            yield dict(kept)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``POST /api/v1/statuses``, once, under the key that was chosen."""
        if not prepared.get("key"):
            raise Rejected(f"The post was not prepared for {LABEL}; nothing was published. Send it again")
        reply = self._instances.of(account).write(
            STATUSES,
            token=account.credentials.access_token,
            json_body=_body(message, prepared),
            headers={"Idempotency-Key": str(prepared["key"])},
        )
        status = reply.document or {}
        if not status.get("id"):
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        return _published(status)

    def confirm(self, account: Account, external_id: str) -> Published:
        """``GET /api/v1/statuses/{id}``.

        Raises:
            Rejected: it is not there, or a moderator has taken it down.
        """
        path = f"{STATUSES}/{external_id}"
        return _published(
            self._instances.of(account).read(path, token=account.credentials.access_token).document or {}
        )

    def find(
        self, account: Account, message: Message, sent_at: datetime, prepared: Mapping[str, Any]
    ) -> Found:
        """Look through the account's posts since shortly before `sent_at` (aware UTC)."""
        params = {"limit": "40", "exclude_reblogs": "true"}
        candidates: list[Candidate] = []
        for _ in range(FIND_PAGES):
            reply = self._instances.of(account).read(
                f"api/v1/accounts/{id_of(account)}/statuses",
                params,
                token=account.credentials.access_token,
                accepts=is_list,
            )
            for status in posts(reply):
                if _moment(status) < sent_at - BEFORE:
                    return verdict(candidates, sent_at, complete=True)
                one = self._candidate(account, status, message, prepared)
                candidates += [one] if one else []
            following = next_id(reply)
            if following is None:
                return verdict(candidates, sent_at, complete=True)
            params["max_id"] = following
        return verdict(candidates, sent_at, complete=False)

    def _candidate(
        self, account: Account, status: Mapping[str, Any], message: Message, prepared: Mapping[str, Any]
    ) -> Candidate | None:
        """The post as a candidate for the message; None if it is another one.

        A file of ours proves it, because an upload is used once. Else the text decides, as it was written:
        what is shown is HTML.
        """
        ours = {str(one.get("id")) for one in prepared.get("media", ())}
        shown = {str(one.get("id")) for one in status.get("media_attachments") or ()}
        if ours & shown:
            return Candidate(_published(status))
        parent = message.reply_to.parent if message.reply_to else None
        if ours or shown or status.get("in_reply_to_id") != parent:
            return None
        reply = self._instances.of(account).read(
            f"{STATUSES}/{status['id']}/source",
            token=account.credentials.access_token,
            tolerated=_is_gone,
        )
        if reply.refused:
            return Candidate(_published(status), certain=False)
        source = reply.document or {}
        same = plain(str(source.get("text") or "")) == plain(whole_text(message))
        return Candidate(_published(status)) if same else None


def _body(message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """What is posted. Raises Rejected when its files were not uploaded."""
    media = media_ids(list(prepared.get("media", ())))
    if len(media) < len(message.media):
        raise Rejected(f"The files were not uploaded to {LABEL}; nothing was published. Send it again")
    body: dict[str, Any] = {
        "status": whole_text(message),
        "media_ids": media,
        "in_reply_to_id": message.reply_to.parent if message.reply_to else None,
    }
    body |= {key: value for key, value in message.options.items() if key != LONG.key}
    return {name: value for name, value in body.items() if value}


def _is_gone(error: NetworkError) -> bool:
    return isinstance(error, Rejected) and error.code == NOT_FOUND


def _published(status: Mapping[str, Any]) -> Published:
    url = status.get("url") or status.get("uri")
    return Published(str(status["id"]), str(url) if url else None, _moment(status))


def _moment(status: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(status["created_at"])).astimezone(UTC)
