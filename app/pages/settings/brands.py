"""Settings · Brands: the organization's clients, and the persona that their posts are written for."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Final
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import acting, brand_form, drawer, entering, workflow_form
from app.views import notices
from app.views.html import markup
from app.views.pictures import logo
from app.views.times import abbreviation, zone_or_utc
from foundation.database import utc_now
from identity import brands
from identity.models import Brand
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import Work, working
from platforms.accounts import connected
from publishing.approvals.steps import Step
from publishing.approvals.workflow import workflow_of

MANY: Final = 8  # from then on one searches
COLUMNS: Final = 2


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.ORGANIZATION_READ,
        "Brands",
        "Your clients: each with its own clock, look and voice. Accounts, posts and reports belong to one.",
    )
    if principal is None:
        return
    with working(principal, needs=Permission.BRANDS_READ) as work:
        found = brands.brands(work.session)
        accounts = Counter(account.brand_id for account in connected(work.session))
        workflows = {brand.id: workflow_of(work.session, brand.id) for brand in found}
    creates = may(principal, Permission.BRANDS_CREATE)
    wanted = _tools(found, creates=creates)
    shown = [brand for brand in found if wanted in brand.name.casefold()]
    if not found:
        notices.empty(
            "No brand yet",
            "Add the first client: its name, its time zone, how it speaks. Then connect its accounts."
            if creates
            else "An administrator adds the organization's clients here.",
        )
    elif not shown:
        notices.empty("No brand of that name", "Search for another part of the name.")
    for start in range(0, len(shown), COLUMNS):
        for column, brand in zip(st.columns(COLUMNS), shown[start : start + COLUMNS], strict=False):
            with column:
                _card(principal, brand, accounts[brand.id], workflows[brand.id])


def _tools(found: list[Brand], *, creates: bool) -> str:
    """The button for a new brand and, among many, a search; returns what is searched for."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="tools"):
        if creates and st.button("Add a brand", type="primary", icon=":material/add:", key=brand_form.NEW):
            drawer.open_drawer("Add a brand", brand_form.NEW, partial(brand_form.draw, None))
        if len(found) <= MANY:
            return ""
        wanted = st.text_input(
            "Search", type="search", key="brands_search", live="200ms", width=260,
            label_visibility="collapsed", placeholder="Search brands",
        )  # fmt: skip
        return (wanted or "").strip().casefold()


def _card(principal: Principal, brand: Brand, accounts: int, workflow: list[Step]) -> None:
    with st.container(border=True, key=f"card_brand_{brand.id}", height="stretch"):
        st.html(_look(brand, accounts, workflow))
        with st.container(horizontal=True, key=f"do_{brand.id}"):
            if may(principal, Permission.BRANDS_UPDATE, brand.id) and st.button(
                "Edit", key=f"edit_{brand.id}"
            ):
                place = brand_form.place_of(brand)
                drawer.open_drawer(f"Edit {brand.name}", place, partial(brand_form.draw, brand))
            if may(principal, Permission.BRANDS_UPDATE, brand.id) and st.button(
                "Approvals", key=f"approvals_{brand.id}"
            ):
                workflow_form.forget(brand)
                place = workflow_form.place_of(brand)
                title = f"Approvals of {brand.name}"
                drawer.open_drawer(title, place, partial(workflow_form.draw, brand))
            if may(principal, Permission.BRANDS_DELETE, brand.id):
                acting.confirm(
                    "Delete",
                    markup(
                        "<b>{name}</b> is gone for good, with its look, voice and audience.", name=brand.name
                    ),
                    f"delete_{brand.id}",
                    Permission.BRANDS_DELETE,
                    partial(_delete, brand.id, brand.name),
                    danger=True,
                )


def _look(brand: Brand, accounts: int, workflow: list[Step]) -> Markup:
    now = utc_now()
    zone = zone_or_utc(brand.timezone)
    colours = [brand.colour, *([brand.accent_colour] if brand.accent_colour else [])]
    return markup(
        '<div class="brand"><div class="head">{logo}<div><b>{name}</b><div class="sub">{zone} · {clock}</div>'
        '<div class="sub">{accounts} · {colours}</div></div></div>{voice}{audience}{approvals}</div>',
        logo=logo(brand.logo, brand.name, side=48),
        name=brand.name,
        zone=brand.timezone.replace("_", " "),
        clock=f"{now.astimezone(zone):%H:%M} {abbreviation(now, zone)}",
        accounts="1 account" if accounts == 1 else f"{accounts or 'no'} accounts",
        colours=Markup(" ").join(_swatch(colour) for colour in colours),
        voice=_words("Voice", brand.voice),
        audience=_words("Audience", brand.audience),
        approvals=_words("Approvals", workflow_form.words(workflow)),
    )


def _swatch(colour: str) -> Markup:
    return markup('<span class="swatch"><i style="background:{colour}"></i>{colour}</span>', colour=colour)


def _words(label: str, text: str) -> Markup:
    shown = text or "not described yet"
    tone = "" if text else "unknown"
    return markup(
        '<div class="words"><span class="lbl">{label}</span><p class="{tone}">{text}</p></div>',
        label=label,
        tone=tone,
        text=shown,
    )


def _delete(brand_id: UUID, name: str, work: Work) -> str:
    brands.delete(work, brand_id)
    return f"{name} was deleted."
