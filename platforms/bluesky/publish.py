"""Bluesky: publish a post under a key chosen before, so that sending it twice changes nothing.

Sources: the lexicons com.atproto.repo.putRecord and app.bsky.feed.post, atproto.com "Record keys" (TID).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from foundation.database import utc_now
from platforms import checks, graphemes
from platforms.bluesky.capabilities import BYTES, CAPABILITIES, DESCRIPTION, LANGUAGE, LANGUAGES, WARNING
from platforms.bluesky.errors import LABEL, NOT_FOUND
from platforms.bluesky.hosts import Hosts
from platforms.bluesky.text import facets, handles, whole_text
from platforms.bluesky.upload import Uploads
from platforms.contract import Account, Finding, Found, Published
from platforms.errors import Ambiguous, NetworkError, Rejected
from platforms.http import Reply
from platforms.message import Kind, Media, Message, ReplyTo

POSTS: Final = "app.bsky.feed.post"
STALE: Final = timedelta(minutes=10)  # a moment of publishing that was written down longer ago is renewed
_TID: Final = "234567abcdefghijklmnopqrstuvwxyz"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class BlueskyPublisher:
    """Publishes through ``com.atproto.repo.putRecord``, after the files."""

    def __init__(self, hosts: Hosts, uploads: Uploads) -> None:
        self._hosts, self._uploads = hosts, uploads

    def check(self, message: Message) -> list[str]:
        """Problems of text, link, media and options, in words; empty when Bluesky would take them."""
        found = checks.problems(LABEL, CAPABILITIES, message, self.length(message))
        size = len(whole_text(message).encode("utf-8", "surrogatepass"))
        if size > BYTES:
            found.append(f"{LABEL} takes texts of {BYTES:,} bytes; this one has {size:,}.")
        languages = _languages(message)
        if len(languages) > LANGUAGES or not all(map(_LANGUAGE.fullmatch, languages)):
            found.append(
                f"{LABEL} takes up to three language codes with commas between them, like en, pt-BR."
            )
        return found

    def length(self, message: Message) -> int:
        """Characters, as people see them, of the text with its link."""
        return graphemes.count(whole_text(message))

    def prepare(
        self, account: Account, message: Message, prepared: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Find who is mentioned and what is answered, upload the files, and choose the post's key."""
        kept = dict(prepared)
        if "dids" not in kept and handles(message.text):
            kept["dids"] = self._mentioned(account, message.text)
            yield dict(kept)
        if "reply" not in kept and message.reply_to:
            kept["reply"] = self._answered(account, message.reply_to)
            yield dict(kept)
        for files in self._uploads.prepare(account, _files(message), list(kept.get("files", ()))):
            kept["files"] = files
            yield dict(kept)
        if not kept.get("created_at") or _moment(kept["created_at"]) < utc_now() - STALE:
            # The key never changes: whatever became of an earlier try, there is one post.
            kept |= {"rkey": kept.get("rkey") or new_tid(), "created_at": _written(utc_now())}
            yield dict(kept)

    def submit(self, account: Account, message: Message, prepared: Mapping[str, Any]) -> Published:
        """``com.atproto.repo.putRecord``, once. With the same key and record it changes nothing."""
        rkey = _rkey(prepared)
        record = _record(message, prepared)
        body = {"repo": account.external_id, "collection": POSTS, "rkey": rkey, "record": record}
        token = account.credentials.access_token
        reply = self._hosts.of(account).write("xrpc/com.atproto.repo.putRecord", token=token, json_body=body)
        uri = (reply.document or {}).get("uri")
        if uri != _uri(account, rkey):
            raise Ambiguous(f"{LABEL} answered without naming the post", status=reply.status)
        return _published(str(uri), str(prepared["created_at"]))

    def confirm(self, account: Account, external_id: str) -> Published:
        """Read the post's record.

        Raises:
            Rejected: it is not there, or Bluesky has taken it down.
        """
        reply = self._record_of(account, external_id)
        if reply.refused:
            raise Rejected(f"{LABEL} does not show the post any more", code=NOT_FOUND, status=reply.status)
        return _published(external_id, _created(reply))

    def find(
        self,
        account: Account,
        message: Message,  # noqa: ARG002
        sent_at: datetime,  # noqa: ARG002
        prepared: Mapping[str, Any],
    ) -> Found:
        """Read the record of the key. One that is not there yet may still come, but only under this key."""
        if not prepared.get("rkey"):
            return Found(Finding.CANNOT_TELL)
        uri = _uri(account, prepared["rkey"])
        reply = self._record_of(account, uri)
        if reply.refused:
            return Found(Finding.ABSENT)
        return Found(Finding.FOUND, _published(uri, _created(reply)))

    def _record_of(self, account: Account, uri: str) -> Reply:
        """``com.atproto.repo.getRecord``; `refused` when there is no such record."""
        repository, collection, rkey = _parts(uri)
        return self._hosts.of(account).read(
            "xrpc/com.atproto.repo.getRecord",
            {"repo": repository, "collection": collection, "rkey": rkey},
            token=account.credentials.access_token,
            tolerated=lambda error: error.code == NOT_FOUND,
        )

    def _answered(self, account: Account, reply_to: ReplyTo) -> dict[str, Any]:
        """The two posts that a reply names, each by address and content hash."""
        found = {}
        for name, uri in (("root", reply_to.root), ("parent", reply_to.parent)):
            reply = self._record_of(account, uri)
            if reply.refused:
                raise Rejected(f"{LABEL} does not have the post that this part continues", code=NOT_FOUND)
            found[name] = {"uri": uri, "cid": str((reply.document or {}).get("cid") or "")}
        return found

    def _mentioned(self, account: Account, text: str) -> dict[str, str]:
        """DIDs by handle; one that nobody has is left out."""
        found: dict[str, str] = {}
        for handle in handles(text):
            reply = self._hosts.of(account).read(
                "xrpc/com.atproto.identity.resolveHandle",
                {"handle": handle},
                token=account.credentials.access_token,
                tolerated=_is_unknown,
            )
            did = None if reply.refused else (reply.document or {}).get("did")
            if did:
                found[handle] = str(did)
        return found


def new_tid() -> str:
    """A key for a record: the time in microseconds and ten random bits, 13 characters that sort by time."""
    value = (time.time_ns() // 1_000 << 10) | secrets.randbelow(1024)
    return "".join(_TID[(value >> shift) & 31] for shift in range(60, -1, -5))


def _record(message: Message, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """The post. Raises Rejected when its files were not uploaded."""
    text = whole_text(message)
    record: dict[str, Any] = {
        "$type": POSTS,
        "text": text,
        "createdAt": prepared["created_at"],
        "langs": _languages(message),
        "facets": facets(text, prepared.get("dids") or {}),
        "reply": prepared.get("reply"),
        "embed": _embed(message, prepared),
    }
    warning = message.options.get(WARNING.key)
    if warning:
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": warning}]}
    return {name: value for name, value in record.items() if value or name == "text"}


def _embed(message: Message, prepared: Mapping[str, Any]) -> dict[str, Any] | None:
    files = _files(message)
    blobs = [kept["blob"] for kept in prepared.get("files", ()) if kept.get("blob")]
    if len(blobs) < len(files):
        raise Rejected(f"The files were not uploaded to {LABEL}; nothing was published. Send it again")
    if message.kind is Kind.LINK and message.link:
        card = {
            "uri": message.link,
            "title": message.title or urlsplit(message.link).netloc,
            "description": str(message.options.get(DESCRIPTION.key) or ""),
        }
        thumb = {"thumb": blobs[0]} if blobs else {}
        return {"$type": "app.bsky.embed.external", "external": {**card, **thumb}}
    if message.kind is Kind.VIDEO:
        alt = {"alt": files[0].alt} if files[0].alt else {}
        return {"$type": "app.bsky.embed.video", "video": blobs[0], **alt, **_aspect(files[0])}
    if not files:
        return None
    images = [
        {"image": blob, "alt": media.alt, **_aspect(media)} for media, blob in zip(files, blobs, strict=True)
    ]
    return {"$type": "app.bsky.embed.images", "images": images}


def _aspect(media: Media) -> dict[str, Any]:
    if not media.width or not media.height:
        return {}
    return {"aspectRatio": {"width": media.width, "height": media.height}}


def _files(message: Message) -> list[Media]:
    """What is to be uploaded: the media, or the picture of a link's card."""
    return [message.cover] if message.kind is Kind.LINK and message.cover else list(message.media)


def _languages(message: Message) -> list[str]:
    text = str(message.options.get(LANGUAGE.key) or "")
    return [code.strip() for code in text.split(",") if code.strip()]


def _is_unknown(error: NetworkError) -> bool:
    return isinstance(error, Rejected)


def _rkey(prepared: Mapping[str, Any]) -> str:
    if not prepared.get("rkey"):
        raise Rejected(f"The post was not prepared for {LABEL}; nothing was published. Send it again")
    return str(prepared["rkey"])


def _uri(account: Account, rkey: str) -> str:
    return f"at://{account.external_id}/{POSTS}/{rkey}"


def _parts(uri: str) -> tuple[str, str, str]:
    """Repository, collection and key of a record's address. Raises Rejected for anything else."""
    parts = uri.removeprefix("at://").split("/")
    if len(parts) != 3 or not uri.startswith("at://"):
        raise Rejected(f"That is not the address of a {LABEL} post")
    return parts[0], parts[1], parts[2]


def _published(uri: str, created_at: str) -> Published:
    repository, _, rkey = _parts(uri)
    moment = _moment(created_at) if created_at else None
    return Published(uri, f"https://bsky.app/profile/{repository}/post/{rkey}", moment)


def _created(reply: Reply) -> str:
    value = (reply.document or {}).get("value")
    return str(value.get("createdAt") or "") if isinstance(value, dict) else ""


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
