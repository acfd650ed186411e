"""The form of a brand: name, clock, look, and the persona that its posts are written for."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from app import branding
from app.settings import acting, pictures, zones
from app.views import outcomes
from identity import brands
from identity.brands import DEFAULT_COLOUR, MAX_TEXT, BrandFields
from identity.models import Brand
from identity.permissions import Permission
from identity.work import Work

NEW: Final = "brand_new"
SECOND_COLOUR: Final = "#14a38b"  # proposed where there is none yet


def place_of(brand: Brand | None) -> str:
    """The name of the form, which its fields' keys begin with."""
    return NEW if brand is None else f"brand_{brand.id}"


def draw(brand: Brand | None) -> None:
    """The drawer's body, for a new brand or one that is there."""
    place = place_of(brand)
    name = st.text_input("Name", brand.name if brand else "", key=f"{place}_name", live="0ms")
    zones.choose(brand.timezone if brand else None, f"{place}_zone")
    pictures.choose(brand.logo if brand else None, name or "?", place)
    _colours(brand, place)
    needs = Permission.BRANDS_UPDATE if brand else Permission.BRANDS_CREATE
    do = partial(_update, brand) if brand else _create
    # A form, because on a phone a tap on the button does not leave the field first.
    with st.form(f"{place}_form", border=False, enter_to_submit=False):
        _persona(brand, place)
        outcomes.show(place)
        st.form_submit_button(
            "Save" if brand else "Add the brand",
            type="primary",
            key=f"save_{place}",
            on_click=acting.submit,
            args=(place, needs, do),
        )


def _persona(brand: Brand | None, place: str) -> None:
    st.text_area(
        "Voice",
        brand.voice if brand else "",
        key=f"{place}_voice",
        max_chars=MAX_TEXT,
        placeholder="How it speaks: warm and plain, first names, short sentences, no exclamation marks …",
        help="The composer writes its suggestions in this voice.",
    )
    st.text_area(
        "Target audience",
        brand.audience if brand else "",
        key=f"{place}_audience",
        max_chars=MAX_TEXT,
        placeholder="Who it speaks to: people of 25 to 40 who brew at home and ask where beans come from …",
        help="Suggestions and reports are written for these people.",
    )


def _colours(brand: Brand | None, place: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        st.color_picker("Colour", brand.colour if brand else DEFAULT_COLOUR, key=f"{place}_colour")
        accent = brand.accent_colour if brand else None
        if st.checkbox("Second colour", accent is not None, key=f"{place}_has_accent"):
            st.color_picker(
                "Second colour", accent or SECOND_COLOUR, key=f"{place}_accent", label_visibility="collapsed"
            )


def _entered(place: str, present: bytes | None) -> BrandFields:
    state = st.session_state
    fields = BrandFields(
        name=state[f"{place}_name"],
        timezone=state[f"{place}_zone"],
        colour=state[f"{place}_colour"],
        accent_colour=state.get(f"{place}_accent") if state[f"{place}_has_accent"] else None,
        voice=state[f"{place}_voice"],
        audience=state[f"{place}_audience"],
    )
    picture = pictures.chosen(present, place)
    if picture.changed:
        fields["logo"] = picture.picture
    return fields


def _create(work: Work) -> str:
    fields = _entered(NEW, None)
    brands.create(work, **fields)
    return f"{fields['name'].strip()} was added."


def _update(drawn: Brand, work: Work) -> str:
    """Write what was changed here: somebody else may have changed the rest meanwhile."""
    entered = _entered(place_of(drawn), drawn.logo)
    changed: BrandFields = {}
    for field, value in entered.items():
        if value != getattr(drawn, field):
            changed[field] = value  # type: ignore[literal-required]
    branding.update(work, drawn.id, **changed)
    return "Saved."
