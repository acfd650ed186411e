"""The text, its counters, and a suggestion by the language model."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from markupsafe import Markup
from streamlit.delta_generator import DeltaGenerator

from app.shell import access
from app.views import networks
from app.views.html import markup
from app.views.notices import escaped
from app.widgets.text_editor import Draft, text_editor
from identity.permissions import Permission
from platforms.message import Kind, Message
from platforms.registry import network
from publishing.suggest import Persona, SuggestionError, suggest_text

DRAFT = "composer_draft"
EDITOR = "composer_editor"
TOPIC = "composer_topic"
NOTE = "composer_note"
NEAR = 0.9  # of the limit


def draft() -> Draft:
    """The draft of this browser session; it survives a look at another page."""
    kept: Draft = st.session_state.setdefault(DRAFT, Draft())
    return kept


def link_key(of: Draft) -> str:
    """The key of a draft's link: what is typed for one draft never gets into the next."""
    return f"composer_link_{of.id}"


def newest() -> Message:
    """What the browser has just sent; for a callback, which runs before the page is drawn."""
    draft().catch_up(EDITOR)
    return present()


def present() -> Message:
    """The words and the link as they are now."""
    return _message(draft())


def write(keys: Iterable[str], persona: Persona) -> DeltaGenerator:
    """Draw the editor and the link; returns the place for what the networks say about the text."""
    used = sorted(set(keys))
    text_editor(draft(), key=EDITOR, placeholder="What do you want to say?", rows=7)
    counters = st.empty()
    st.text_input(
        "Link",
        key=link_key(draft()),
        placeholder="https:// (optional)",
        persist_state="session",
        live="0ms",  # a tap on a button need not leave the field first
    )
    _suggestion(used, persona)
    return counters


def untouched() -> bool:
    """Whether nothing has been entered since the post was started."""
    return not draft().touched and _message(draft()) == Message("", None)


def problems(key: str, message: Message) -> list[str]:
    """What the network would refuse about the message, in words."""
    connector = network(key)
    return connector.publish.check(connector.capabilities.fitting(message))


def text_limit(key: str, kind: Kind) -> int:
    """How much text the network takes with this kind of post, in its own count; 0 where it takes none."""
    rule = network(key).capabilities.rule(kind)
    return rule.text_limit if rule else 0


def clear() -> None:
    """Start an empty post."""
    st.session_state.pop(link_key(draft()), None)
    st.session_state.pop(NOTE, None)
    st.session_state[DRAFT] = Draft()


def _message(of: Draft) -> Message:
    return Message(of.text, st.session_state.get(link_key(of), "").strip() or None)


def counter(key: str, message: Message) -> Markup:
    """How much of the network's room the message takes."""
    can = network(key).capabilities
    fitting = can.fitting(message)
    is_comment = message.reply_to is not None and can.comments
    limit = can.comment_limit if is_comment else text_limit(key, fitting.kind)
    length = network(key).publish.length(fitting)
    tone = "over" if length > limit else "near" if length > NEAR * limit else ""
    return markup(
        '<span class="counter {tone}">{chip} {length}&thinsp;/&thinsp;{limit}</span>',
        tone=tone,
        chip=networks.chip(key),
        length=f"{length:,}",
        limit=f"{limit:,}",
    )


def _suggestion(keys: list[str], persona: Persona) -> None:
    limit = min((text_limit(key, Kind.TEXT) for key in keys), default=280)
    with st.popover("Suggest text", icon=":material/auto_awesome:"):
        st.text_input("What is the post about?", key=TOPIC, placeholder="Our new opening hours", live=True)
        st.button("Suggest", on_click=_suggest, args=(persona, limit), type="primary", key="composer_suggest")
    if NOTE in st.session_state:
        kind, note = st.session_state[NOTE]
        (st.error if kind == "error" else st.caption)(escaped(note))


def _suggest(persona: Persona, limit: int) -> None:
    if access.allowed(Permission.POSTS_WRITE) is None:
        return
    try:
        suggestion = suggest_text(persona, st.session_state.get(TOPIC, ""), limit)
    except SuggestionError as error:
        st.session_state[NOTE] = ("error", str(error))
        return
    draft().replace(suggestion.text)
    source = ", the sandbox's stand-in for a language model" if suggestion.from_sandbox else ""
    st.session_state[NOTE] = (
        "note",
        f"Suggested by {suggestion.model}{source}. Check it before it goes out.",
    )
