"""What the parts of the page Plan share: who looks, at which brands, and how a post of a plan looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import streamlit as st
from markupsafe import Markup

from app import sending
from app.posting.said import composer_page
from app.settings import acting
from app.views import networks, publications
from app.views.html import joined, markup
from app.views.times import moment, moment_with_utc
from identity.models import Brand
from identity.permissions import Permission, may
from identity.principal import Principal
from identity.work import Work
from platforms.accounts import ConnectedAccount
from publishing.reading import Found
from publishing.states import State

LENGTH: Final = 180  # characters of a text in a list
READ: Final = Permission.POSTS_READ
WRITE: Final = Permission.POSTS_WRITE


@dataclass(frozen=True)
class Planning:
    """A look at the page: `brand_id` is the chosen brand, None stands for all that the person sees."""

    principal: Principal
    brands: Mapping[UUID, Brand]
    accounts: Mapping[UUID, ConnectedAccount]
    brand_id: UUID | None

    def writes(self, brand_id: UUID | None = None) -> bool:
        """Whether they may change plans, of one brand or at all."""
        return may(self.principal, WRITE, brand_id)

    def brand(self, place: str) -> UUID:
        """The brand of something new: the chosen one, or one that is asked for."""
        if self.brand_id is not None:
            return self.brand_id
        offered = [brand.id for brand in self.brands.values() if self.writes(brand.id)]
        chosen: UUID = st.selectbox(
            "Brand", offered, format_func=lambda one: self.brands[one].name, key=f"{place}_brand"
        )
        return chosen

    def confirm(
        self, label: str, question: str, place: str, do: Callable[[Work], str], *, danger: bool = False
    ) -> None:
        """A button that asks first, then changes the plan."""
        acting.confirm(label, question, place, WRITE, partial(changed, do), danger=danger)

    def button(
        self,
        label: str,
        place: str,
        key: str,
        do: Callable[[Work], str],
        icon: str,
        *,
        disabled: bool = False,
    ) -> None:
        """A small button that changes the plan at once; a refusal is shown at the place."""
        st.button(
            label, icon=icon, key=key, type="tertiary", disabled=disabled, on_click=acting.act,
            args=(place, WRITE, partial(changed, do)),
        )  # fmt: skip


def changed(do: Callable[[Work], str], work: Work) -> str:
    """Do it; posts that it makes due at once or in a moment are sent when it is committed."""
    said = do(work)
    sending.soon_once_committed(work.session)
    return said


def post(found: Found, time: Markup | str, note: str = "") -> Markup:
    """A post of a plan: its time, its words, where it goes, and what of it is done already."""
    text = found.post.text or found.post.title or "(no words)"
    first = [
        one for one in found.publications if one.row.part == 0 and one.row.current is not State.CANCELLED
    ]
    states = {one.row.current for one in first} - {State.SCHEDULED}
    return markup(
        '<div class="pub"><div class="line"><span>{time}</span><span class="sub">{note}</span>{states}</div>'
        '<p class="text">{text}</p><div class="line sub">{accounts}</div></div>',
        time=time,
        note=note,
        states=joined([publications.chip(state) for state in sorted(states)]),
        text=text if len(text) <= LENGTH else f"{text[:LENGTH]} …",
        accounts=on((one.row.network, one.account_name) for one in first),
    )


def clock(at: datetime, zone: ZoneInfo) -> Markup:
    """A moment on the brand's clock and, smaller, in UTC where that is another time."""
    here = moment(at, zone)
    utc = moment_with_utc(at, zone).removeprefix(here).strip(" ()")
    return markup('<b>{here}</b> <span class="sub">{utc}</span>', here=here, utc=utc)


def on(accounts: Iterable[tuple[str, str]]) -> Markup:
    """Accounts, by network and name, beside each other."""
    return joined(
        [markup("<span>{net} {name}</span> ", net=networks.chip(key), name=name) for key, name in accounts]
    )


def change_link(post_id: UUID) -> None:
    """The way to the composer with a post."""
    st.page_link(composer_page(), label="Change", icon=":material/edit:", query_params={"post": str(post_id)})


def plural(count: int, one: str, several: str = "") -> str:
    """A number with its word."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"
