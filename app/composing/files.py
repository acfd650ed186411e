"""The files of a post: brought, looked at, described, put in order."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import streamlit as st

from app.composing.composition import Composition, current
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


def bring(principal: Principal, post: Composition, kinds: str) -> None:
    """Draw the upload and the files so far; `kinds` says what they can make of the post."""
    st.file_uploader(
        "Files",
        ENDINGS,
        accept_multiple_files=True,
        key=post.key("upload", post.uploads),
        on_change=_take,
        args=(post.id, post.uploads),
        max_upload_size=LARGEST_MB,
        help=kinds,
    )
    with st.popover("From a web address", icon=":material/link:"):
        st.text_input("Address of the file", key=post.key("from"), placeholder="https://", live="0ms")
        st.button("Fetch", key=post.key("fetch"), type="primary", on_click=_fetch, args=(post.id,))
    for problem in st.session_state.pop(PROBLEMS, []):
        st.error(escaped(problem), icon=":material/error:")
    for number, file in enumerate(post.files):
        _row(principal.organization_id, post, number, file)


def described(post: Composition) -> list[File]:
    """The files in their order, with the descriptions as they are entered now."""
    return [File(**{**vars(file), "alt": alt(post, file)}) for file in post.files]


def alt(post: Composition, file: File) -> str:
    """The description of one."""
    entered = post.value("alt", file.key)
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


def _row(organization_id: UUID, post: Composition, number: int, file: File) -> None:
    name = post.names.get(file.key, "")
    with st.container(horizontal=True, vertical_alignment="top", key=post.key("file", file.key)):
        st.html(thumbnails.thumbnail(organization_id, file), width="content")
        with st.container(width="stretch", gap="small", key=post.key("about", file.key)):
            st.html(
                markup('<div class="sub name">{name} {facts}</div>', name=name, facts=thumbnails.facts(file))
            )
            if not file.mime.startswith("application/"):
                st.session_state.setdefault(post.key("alt", file.key), file.alt)
                st.text_input(
                    f"Description of file {number + 1}",
                    key=post.key("alt", file.key),
                    placeholder="What there is to see, for people who can't",
                    label_visibility="collapsed",
                    persist_state="session",
                    live="0ms",
                )
            with st.container(horizontal=True, gap="small", key=post.key("move", file.key)):
                _buttons(post, number, file)


def _buttons(post: Composition, number: int, file: File) -> None:
    several = len(post.files) > 1
    if several:
        st.button(
            "Earlier", icon=":material/arrow_upward:", key=post.key("up", file.key), disabled=number == 0,
            type="tertiary", on_click=_move, args=(post.id, file.key, -1),
        )  # fmt: skip
        st.button(
            "Later", icon=":material/arrow_downward:", key=post.key("down", file.key), type="tertiary",
            disabled=number == len(post.files) - 1, on_click=_move, args=(post.id, file.key, 1),
        )  # fmt: skip
    st.button(
        "Remove", icon=":material/close:", key=post.key("drop", file.key), type="tertiary",
        on_click=_drop, args=(post.id, file.key),
    )  # fmt: skip


def _present(draft_id: UUID) -> Composition | None:
    """The composition a click was meant for; None when it is done."""
    post = current()
    return post if post.id == draft_id else None


def _take(draft_id: UUID, upload: int) -> None:
    post = _present(draft_id)
    brought = st.session_state.get(post.key("upload", upload)) if post else None
    if post is None or not brought or post.uploads != upload:
        return
    for one in brought:
        file = _kept(one)
        if file is not None and file.key not in {other.key for other in post.files}:
            post.files.append(file)
            post.names[file.key] = one.name
    post.uploads += 1


def _take_cover(draft_id: UUID, upload: int) -> None:
    post = _present(draft_id)
    brought = st.session_state.get(post.key("cover", upload)) if post else None
    if post is None or brought is None:
        return
    file = _kept(brought)
    if file is not None and file.mime.startswith("image/"):
        post.cover = file
    post.uploads += 1


def _kept(brought: Any) -> File | None:
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
        _problem(f"{brought.name}: {error}")
        return None


def _fetch(draft_id: UUID) -> None:
    post, principal = _present(draft_id), access.allowed(Permission.POSTS_WRITE)
    address = str(post.value("from") or "").strip() if post else ""
    if post is None or principal is None or not address:
        return
    try:
        file = library.fetch(principal.tenant, address, by=principal.person_id)
    except MediaError as error:
        _problem(str(error))
        return
    if file.key not in {other.key for other in post.files}:
        post.files.append(file)
    post.enter("from", value="")


def _move(draft_id: UUID, key: str, by: int) -> None:
    post = _present(draft_id)
    at = next((i for i, file in enumerate(post.files) if file.key == key), None) if post else None
    if post is not None and at is not None and 0 <= at + by < len(post.files):
        post.files[at], post.files[at + by] = post.files[at + by], post.files[at]


def _drop(draft_id: UUID, key: str) -> None:
    post = _present(draft_id)
    if post is not None:
        post.files = [file for file in post.files if file.key != key]


def _drop_cover(draft_id: UUID) -> None:
    post = _present(draft_id)
    if post is not None:
        post.cover = None


def _problem(words: str) -> None:
    st.session_state.setdefault(PROBLEMS, []).append(words)
