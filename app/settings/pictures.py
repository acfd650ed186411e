"""A logo that is brought: chosen, looked at before it is saved, or taken away."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.views import pictures
from app.views.notices import escaped
from identity.errors import InvalidError
from identity.logos import logo

KINDS = ("png", "jpg", "jpeg", "webp", "svg")


@dataclass(frozen=True)
class Chosen:
    """The logo as it will be; `changed` tells whether that is another one than now."""

    picture: bytes | None
    changed: bool


def choose(present: bytes | None, name: str, key: str) -> None:
    """Draw the choice with a look at what it will be; `chosen` with the same key reads it."""
    with st.container(key=f"logo_{key}"):
        left, right = st.columns([1, 4], vertical_alignment="center")
    with right:
        st.file_uploader(
            "Logo (PNG, JPEG, WebP or SVG, at most 512 KB)", type=KINDS, key=f"{key}_file", max_upload_size=1,
            help="A square one looks best.",
        )  # fmt: skip
        if present is not None:
            st.checkbox("Take the logo away", key=f"{key}_none")
    with left:
        st.html(pictures.logo(shown(present, key), name, side=72))
    try:
        chosen(present, key)
    except InvalidError as error:
        st.error(escaped(str(error)), icon=":material/error:")


def shown(present: bytes | None, key: str) -> bytes | None:
    """The logo to look at: the chosen one, or the present one while the chosen can't be used."""
    try:
        return chosen(present, key).picture
    except InvalidError:
        return present


def chosen(present: bytes | None, key: str) -> Chosen:
    """What was chosen, as the browser sent it.

    Raises:
        InvalidError: the file can't be a logo.
    """
    file = st.session_state.get(f"{key}_file")
    if file is not None:
        return Chosen(logo(file.getvalue()), True)
    if present is not None and st.session_state.get(f"{key}_none"):
        return Chosen(None, True)
    return Chosen(present, False)
