"""Accounts of every network in the sandbox, connected, and posts that each of them takes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
from PIL import Image
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings
from identity.models import Brand, Organization
from platforms import accounts
from platforms.contract import Credentials, RemoteAccount
from platforms.media import folder_of
from platforms.message import Kind
from platforms.registry import NETWORK_KEYS, network
from publishing import library
from publishing.content import File
from publishing.drafts import Draft

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
VIDEO_BYTES = 90_000  # the least that every network takes
WORDS = "Fresh out of the oven"


@dataclass(frozen=True)
class Member:
    """A connected account; `options` are what its network wants to know of every post."""

    id: UUID
    brand_id: UUID
    network: str
    external_id: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Files:
    """An image and a video that are kept for the organization."""

    image: File
    video: File


def connect_all(
    settings: Settings, organization_id: UUID, networks: Sequence[str] = NETWORK_KEYS
) -> list[Member]:
    """An organization with every brand of the sandbox's world on these networks.

    Raises:
        httpx2.HTTPError: the sandbox does not answer.
    """
    answer = httpx2.get(f"{settings.sandbox_url}/_sandbox/world", trust_env=False, timeout=300)
    brands = answer.raise_for_status().json()["brands"]
    members = []
    with worker_session(settings) as session:
        session.add(Organization(id=organization_id, name="Bench"))
        session.flush()
        for brand in brands:
            brand_id = uuid4()
            row = Brand(
                id=brand_id, organization_id=organization_id, name=brand["name"], timezone=brand["timezone"]
            )
            session.add(row)
            session.flush()
            for key in networks:
                members.append(_connect(session, settings, organization_id, brand_id, key, brand[key]))
    return members


def _connect(
    session: Session, settings: Settings, organization_id: UUID, brand_id: UUID, key: str, access: Any
) -> Member:
    connector = network(key, settings)
    found = connector.connect.accounts(credentials(access))
    remote = next((one for one in found if one.external_id == access["account_id"]), found[0])
    account_id = accounts.connect(session, organization_id, brand_id, remote, settings)
    return Member(account_id, brand_id, key, remote.external_id, options_of(remote, access))


def credentials(access: Mapping[str, Any]) -> Credentials:
    """What a person brings from the consent, as the sandbox hands it out."""
    names = ("server", "client_id", "client_secret")
    seconds = access.get("expires_in")
    return Credentials(
        access.get("user_token") or access["access_token"],
        access.get("refresh_token"),
        utc_now() + timedelta(seconds=seconds) if seconds else None,
        extra={name: access[name] for name in names} if "server" in access else {},
    )


def options_of(remote: RemoteAccount, access: Mapping[str, Any]) -> dict[str, Any]:
    """What a network wants to be told with every post."""
    if remote.network == "pinterest":
        return {"board_id": access["board_ids"][0]}
    known = {
        "tiktok": {"privacy_level": "PUBLIC_TO_EVERYONE"},
        "youtube": {"privacy": "public", "made_for_kids": "no"},
    }
    return known.get(remote.network, {})


def keep_files(organization_id: UUID, settings: Settings) -> Files:
    """Keep the files as the product keeps them; the video's bytes only begin as those of one do."""
    picture = io.BytesIO()
    Image.new("RGB", (640, 640), "#e0a050").save(picture, "JPEG")
    film = MP4.ljust(VIDEO_BYTES, b"\x01")
    key = hashlib.sha256(film).hexdigest()
    video = File(key, "video/mp4", len(film), 1080, 1920, 12.0)
    with tenant_session(Tenant(organization_id), settings) as session:
        image = library.keep(session, organization_id, picture.getvalue(), alt="Bread", settings=settings)
        (folder_of(organization_id, settings) / key).write_bytes(film)
        shape = {name: getattr(video, name) for name in ("key", "mime", "size", "width", "height")}
        session.add(library.KeptFile(organization_id=organization_id, duration_s=12.0, **shape))
    return Files(image, video)


def kinds_of(key: str) -> list[Kind]:
    """What is published on a network here: words and an image where it has them, or else a video."""
    declared = {rule.kind for rule in network(key).capabilities.kinds}
    return [kind for kind in (Kind.TEXT, Kind.IMAGE) if kind in declared] or [Kind.VIDEO]


def draft(member: Member, kind: Kind, token: str, files: Files, due_at: datetime) -> Draft:
    """A post that says `token`, which no other does."""
    rule = network(member.network).capabilities.rule(kind)
    media = {Kind.TEXT: (), Kind.IMAGE: (files.image,)}.get(kind, (files.video,))
    return Draft(
        member.brand_id,
        [member.id],
        f"{WORDS} {token}",
        due_at=due_at,
        kind=kind,
        title=token if rule and rule.title_limit else "",
        media=media,
        own={member.id: {"options": dict(member.options)}} if member.options else {},
    )
