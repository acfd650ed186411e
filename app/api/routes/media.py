"""The organization's files for posts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

from fastapi import Path as InPath
from fastapi import UploadFile
from starlette.convertors import Convertor, register_url_convertor

from app.api.callers import acting, member
from app.api.problems import Kind, Refused
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed
from app.api.schemas.media import Fetched, KeptFile
from app.api.schemas.posts import FileOut
from identity.errors import InvalidError, NotFoundError
from identity.paging import DEFAULT_LIMIT, after, moment, one_more, page
from identity.permissions import Permission
from identity.principal import Principal
from identity.work import Work
from platforms.media import MIB, MediaError
from publishing import library
from publishing.content import File

router = Router("media")
Reading = Annotated[Work, member(Permission.POSTS_WRITE)]
UPLOAD: Final = "/media"
LARGEST: Final = 100 * MIB  # bytes that are uploaded; what is fetched may be larger
TOO_LARGE: Final = f"A file that is uploaded may have at most {LARGEST // MIB} MB. Let it be fetched instead."
Key = Annotated[str, InPath(pattern="^[0-9a-f]{64}$", description="The file's key.")]


class Sha256(Convertor[str]):
    """A part of an address: SHA-256 in hexadecimal digits."""

    regex = "[0-9a-f]{64}"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("sha256", Sha256())


@router.post(UPLOAD, status_code=201, summary="Upload a file")
def upload(file: UploadFile, work: Annotated[Work, member(Permission.POSTS_WRITE)]) -> FileOut:
    """An image (JPEG, PNG, GIF, WebP), a video (MP4, QuickTime, WebM) or a PDF, of up to 100 MB. The same
    file twice is one; posts name it by its `key`.
    """
    content = file.file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(Kind.TOO_LARGE, TOO_LARGE)
    principal, name = work.principal, file.filename or ""
    try:
        kept = library.keep(
            work.session, principal.organization_id, content, name=name, by=principal.person_id
        )
    except MediaError as error:
        raise InvalidError(str(error), field="file") from None
    return _shown(kept)


@router.post(f"{UPLOAD}/fetch", status_code=201, summary="Fetch a file")
def fetch(asked: Fetched, principal: Annotated[Principal, acting(Permission.POSTS_WRITE)]) -> FileOut:
    """From a public https address, of up to 512 MB."""
    try:
        kept = library.fetch(principal.tenant, asked.url, by=principal.person_id)
    except MediaError as error:
        raise InvalidError(str(error), field="url") from None
    return _shown(kept)


@router.get(UPLOAD, summary="List the files")
def list_all(work: Reading, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Listed[KeptFile]:
    """Those that were brought, the newest first. Whoever is limited to brands sees those brought by them."""
    place = after(cursor, moment, str)
    tenant = work.principal.tenant
    is_limited = tenant.brand_ids is not None or tenant.account_ids is not None
    rows = library.newest(
        work.session,
        limit=one_more(limit),
        after=place and (place[0], place[1]),
        by=work.principal.person_id if is_limited else None,
    )
    found = page(rows, limit, _kept, lambda one: [one.created_at, one.file.key])
    return Listed(items=found.items, next_cursor=found.next_cursor)


@router.get(f"{UPLOAD}/{{key:sha256}}", summary="One file")
def get(key: Key, work: Reading) -> FileOut:
    """What it is."""
    kept = library.find(work.session, key)
    if kept is None:
        raise NotFoundError("There is no such file.")
    return _shown(kept)


def _kept(entry: library.Entry) -> KeptFile:
    return KeptFile(**asdict(entry.file), name=entry.name, created_at=entry.created_at)


def _shown(file: File) -> FileOut:
    return FileOut.model_validate(asdict(file))
