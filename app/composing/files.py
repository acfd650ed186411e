"""The files of a post: brought, looked at, described, put in order."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import streamlit as st

from app.composing.composition import Composition, current, only
from app.shell import access
from app.views import thumbnails
from app.views.html import markup
from app.views.notices import escaped
from foundation.database import tenant_session
from identity.permissions import Permission
from identity.principal import Principal
from platforms.media import MediaError
from publishing import library
from publishing.content import File

ENDINGS: Final = ("jpg", "jpeg", "png", "gif", "webp", "mp4", "m4v", "mov", "webm", "pdf")
IMAGES: Final = ("jpg", "jpeg", "png", "webp")
LARGEST_MB: Final = 200  # through a browser: more is given by its address
PROBLEMS: Final = "composer_file_problems"


def bring(principal: Principal, post: Composition, kinds: str, of: UUID | None = None) -> None:
    """Draw the upload and the files so far; `kinds` says what they can make of the post.

    `of` is the account that these are for; None: they are for all the others.
    """
    st.file_uploader(
        "Files",
        ENDINGS,
        accept_multiple_files=True,
        key=post.key("upload", post.uploads, *only(of)),
        on_change=_take,
        args=(post.id, post.uploads, of),
        max_upload_size=LARGEST_MB,
        help=kinds,
    )
    with st.popover("From a web address", icon=":material/link:"):
        st.text_input(
            "Address of the file", key=post.key("from", *only(of)), placeholder="https://", live="0ms"
        )
        st.button(
            "Fetch", key=post.key("fetch", *only(of)), type="primary", on_click=_fetch, args=(post.id, of)
        )
    for problem in st.session_state.pop(_problems(of), []):
        st.error(escaped(problem), icon=":material/error:")
    for number, file in enumerate(post.files_of(of)):
        _row(principal.organization_id, post, number, file, of)


def described(post: Composition, of: UUID | None = None) -> list[File]:
    """The files in their order, with the descriptions as they are entered now."""
    return [File(**{**vars(file), "alt": alt(post, file, of)}) for file in post.files_of(of)]


def alt(post: Composition, file: File, of: UUID | None = None) -> str:
    """The description of one."""
    entered = post.value("alt", file.key, *only(of))
    return file.alt if entered is None else str(entered).strip()


def cover(principal: Principal, post: Composition) -> None:
    """Draw the choice of a still image that stands for the post."""
    if post.cover is None:
        st.file_uploader(
            "Cover",
            IMAGES,
            key=post.key("cover", post.uploads),
            on_change=_take_cover,
            args=(post.id, post.uploads),
            max_upload_size=LARGEST_MB,
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", key=post.key("row_cover")):
        st.html(thumbnails.thumbnail(principal.organization_id, post.cover), width="content")
        st.html(markup('<b>Cover</b><div class="sub">{facts}</div>', facts=thumbnails.facts(post.cover)))
        st.button("Remove the cover", key=post.key("no_cover"), on_click=_drop_cover, args=(post.id,))


def _row(organization_id: UUID, post: Composition, number: int, file: File, of: UUID | None) -> None:
    name, at = post.names.get(file.key, ""), (file.key, *only(of))
    with st.container(horizontal=True, vertical_alignment="top", key=post.key("file", *at)):
        st.html(thumbnails.thumbnail(organization_id, file), width="content")
        with st.container(width="stretch", gap="small", key=post.key("about", *at)):
            st.html(
                markup('<div class="sub name">{name} {facts}</div>', name=name, facts=thumbnails.facts(file))
            )
            if not file.mime.startswith("application/"):
                st.session_state.setdefault(post.key("alt", *at), file.alt)
                st.text_input(
                    f"Description of file {number + 1}",
                    key=post.key("alt", *at),
                    placeholder="What there is to see, for people who can't",
                    label_visibility="collapsed",
                    persist_state="session",
                    live="0ms",
                )
            with st.container(horizontal=True, gap="small", key=post.key("move", *at)):
                _buttons(post, number, file, of)


def _buttons(post: Composition, number: int, file: File, of: UUID | None) -> None:
    count, at = len(post.files_of(of)), (file.key, *only(of))
    if count > 1:
        st.button(
            "Earlier", icon=":material/arrow_upward:", key=post.key("up", *at), disabled=number == 0,
            type="tertiary", on_click=_move, args=(post.id, file.key, -1, of),
        )  # fmt: skip
        st.button(
            "Later", icon=":material/arrow_downward:", key=post.key("down", *at), type="tertiary",
            disabled=number == count - 1, on_click=_move, args=(post.id, file.key, 1, of),
        )  # fmt: skip
    st.button(
        "Remove", icon=":material/close:", key=post.key("drop", *at), type="tertiary",
        on_click=_drop, args=(post.id, file.key, of),
    )  # fmt: skip


def _present(draft_id: UUID) -> Composition | None:
    """The composition a click was meant for; None when it is done."""
    post = current()
    return post if post.id == draft_id else None


def _take(draft_id: UUID, upload: int, of: UUID | None) -> None:
    post = _present(draft_id)
    brought = st.session_state.get(post.key("upload", upload, *only(of))) if post else None
    if post is None or not brought or post.uploads != upload:
        return
    for one in brought:
        file = _kept(one, of)
        if file is not None:
            _append(post, file, of)
            post.names[file.key] = one.name
    post.uploads += 1


def _append(post: Composition, file: File, of: UUID | None) -> None:
    files = post.files_of(of)
    if file.key not in {other.key for other in files}:
        files.append(file)


def _take_cover(draft_id: UUID, upload: int) -> None:
    post = _present(draft_id)
    brought = st.session_state.get(post.key("cover", upload)) if post else None
    if post is None or brought is None:
        return
    file = _kept(brought)
    if file is not None and file.mime.startswith("image/"):
        post.cover = file
    post.uploads += 1


def _kept(brought: Any, of: UUID | None = None) -> File | None:
    principal = access.allowed(Permission.POSTS_WRITE)
    if principal is None:
        return None
    try:
        with tenant_session(principal.tenant) as session:
            return library.keep(
                session,
                principal.organization_id,
                brought.getvalue(),
                name=brought.name,
                by=principal.person_id,
            )
    except MediaError as error:
        _problem(f"{brought.name}: {error}", of)
        return None


def _fetch(draft_id: UUID, of: UUID | None) -> None:
    post, principal = _present(draft_id), access.allowed(Permission.POSTS_WRITE)
    address = str(post.value("from", *only(of)) or "").strip() if post else ""
    if post is None or principal is None or not address:
        return
    try:
        file = library.fetch(principal.tenant, address, by=principal.person_id)
    except MediaError as error:
        _problem(str(error), of)
        return
    _append(post, file, of)
    post.enter("from", *only(of), value="")


def _move(draft_id: UUID, key: str, by: int, of: UUID | None) -> None:
    post = _present(draft_id)
    files = post.files_of(of) if post else []
    at = next((i for i, file in enumerate(files) if file.key == key), None)
    if at is not None and 0 <= at + by < len(files):
        files[at], files[at + by] = files[at + by], files[at]


def _drop(draft_id: UUID, key: str, of: UUID | None) -> None:
    post = _present(draft_id)
    if post is not None:
        files = post.files_of(of)
        files[:] = [file for file in files if file.key != key]


def _drop_cover(draft_id: UUID) -> None:
    post = _present(draft_id)
    if post is not None:
        post.cover = None


def _problem(words: str, of: UUID | None) -> None:
    st.session_state.setdefault(_problems(of), []).append(words)


def _problems(of: UUID | None) -> str:
    return "_".join([PROBLEMS, *map(str, only(of))])
