"""One's second factor: turned on with a picture and a code, turned off with password and code."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Final

import streamlit as st
from markupsafe import Markup

from app.settings import acting
from app.views import outcomes
from app.views.confirm import confirmed
from app.views.html import markup
from app.views.times import day, zone_or_utc
from identity import second_factor
from identity.principal import Origin, Visitor
from identity.profile import Profile
from identity.second_factor import Enrolment
from identity.svg import NAMESPACE as SVG

PLACE: Final = "second_factor"
BEGUN: Final = "second_factor_begun"  # the Enrolment, until a code confirms it
CODES: Final = "second_factor_codes"  # the recovery codes, until they are saved
FEW: Final = 3
FILE: Final = "allin-recovery-codes.txt"


def draw(visitor: Visitor, own: Profile) -> None:
    """Draw the card: what is the case, and what can be done next."""
    with st.container(border=True, key="card_second_factor"):
        st.markdown("**Second factor**")
        if CODES in st.session_state:
            _codes(st.session_state[CODES])
        elif own.second_factor:
            _on(visitor)
        elif BEGUN in st.session_state:
            _begun(st.session_state[BEGUN])
        else:
            st.markdown(
                "Besides your password, a code from an app on your phone. Who learns your password then "
                "still can't sign in as you."
            )
            outcomes.show(PLACE)
            st.button("Turn on", key="second_factor_begin", on_click=_begin)


def _begun(enrolment: Enrolment) -> None:
    st.markdown(
        "**1.** Scan this with an authenticator app (Aegis, Google Authenticator, 1Password …), or type the "
        "secret into it."
    )
    st.html(_picture(enrolment))
    st.code(enrolment.secret, language=None)
    st.markdown("**2.** Type the code that the app shows now.")
    with st.form("second_factor_form", border=False):
        _code_field("second_factor_code", "Code of the app")
        outcomes.show(PLACE)
        with st.container(horizontal=True):
            st.form_submit_button("Confirm", type="primary", key="second_factor_confirm", on_click=_confirm)
            st.form_submit_button("Cancel", key="second_factor_cancel", on_click=_cancel)


def _picture(enrolment: Enrolment) -> Markup:
    """The QR code as an image: what is inside it can't be anything but drawn."""
    data = b64encode(enrolment.qr_svg.replace("<svg ", f'<svg xmlns="{SVG}" ', 1).encode()).decode()
    return markup(
        '<div class="qr"><img alt="QR code of the secret" src="data:image/svg+xml;base64,{data}"></div>',
        data=data,
    )


def _codes(codes: list[str]) -> None:
    st.warning(
        "Save these recovery codes now; they are not shown again. Each signs you in once when your phone "
        "is not at hand. Keep them away from your password.",
        icon=":material/key:",
    )
    text = "\n".join(codes)
    st.code(text, language=None)
    with st.container(horizontal=True):
        st.download_button(
            "Download as text",
            f"Recovery codes for AllIN, each good once:\n\n{text}\n",
            file_name=FILE,
            mime="text/plain",
            icon=":material/download:",
            on_click="ignore",
            key="second_factor_download",
        )
        st.button("I have saved them", type="primary", key="second_factor_saved", on_click=_saved)


def _on(visitor: Visitor) -> None:
    state = second_factor.state(visitor)
    since = f" since {day(state.since, zone_or_utc(st.context.timezone))}" if state.since else ""
    left = state.recovery_codes_left
    st.markdown(f"✓ On{since}. {left} recovery {'code is' if left == 1 else 'codes are'} left.")
    if left < FEW:
        st.warning(
            "Make new recovery codes: without phone and codes you can't sign in.", icon=":material/warning:"
        )
    with st.container(horizontal=True):
        _with_proof("Make new recovery codes", "The codes you have now stop working.", "renew", _renew)
        _with_proof("Turn off", "From then on your password alone signs you in.", "remove", _remove)


def _with_proof(label: str, question: str, what: str, on_click: Callable[[], None]) -> None:
    """A button that asks for password and code before it acts."""

    def ask() -> None:
        st.text_input(
            "Present password", key=f"{what}_password", type="password", live="0ms",
            autocomplete="current-password",
        )  # fmt: skip
        _code_field(f"{what}_code", "Code of the app, or a recovery code")
        outcomes.show(what)

    confirmed(label, question, f"second_factor_{what}", on_click, ask=ask)


def _code_field(key: str, label: str) -> None:
    st.text_input(label, key=key, max_chars=40, autocomplete="one-time-code", live="0ms")


def _begin() -> None:
    def begin(visitor: Visitor, _: Origin) -> str:
        st.session_state[BEGUN] = second_factor.begin(visitor)
        return ""

    acting.act_as_oneself(PLACE, begin)


def _confirm() -> None:
    def confirm(visitor: Visitor, origin: Origin) -> str:
        code = str(st.session_state["second_factor_code"])
        st.session_state[CODES] = second_factor.confirm(visitor, code, origin)
        return "Your second factor is on."

    if acting.attempt_as_oneself(PLACE, confirm):
        _cancel()


def _cancel() -> None:
    st.session_state.pop(BEGUN, None)
    outcomes.forget(PLACE)


def _saved() -> None:
    st.session_state.pop(CODES, None)


def _renew() -> None:
    def renew(visitor: Visitor, origin: Origin) -> str:
        st.session_state[CODES] = second_factor.new_recovery_codes(visitor, *_proof("renew"), origin)
        return ""

    acting.act_as_oneself("renew", renew)


def _remove() -> None:
    def remove(visitor: Visitor, origin: Origin) -> str:
        second_factor.remove(visitor, *_proof("remove"), origin)
        return "Your second factor is off."

    acting.act_as_oneself("remove", remove)


def _proof(what: str) -> tuple[str, str]:
    state = st.session_state
    return str(state[f"{what}_password"] or ""), str(state[f"{what}_code"] or "")
