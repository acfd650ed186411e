"""What an account has of its own: other words, files, link and time, and its network's own settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import streamlit as st

from app.composing import asked, files, kinds, own_time, words
from app.composing.composition import Composition
from app.widgets.text_editor import Draft, text_editor
from identity.principal import Principal
from platforms.accounts import ConnectedAccount
from platforms.capabilities import Capabilities, Option
from platforms.message import Kind
from platforms.registry import network
from publishing.content import files as files_of


def required(post: Composition, account: ConnectedAccount, options: Sequence[Option]) -> None:
    """Draw the settings that have to be chosen, two beside each other."""
    needed = [option for option in options if option.required]
    for left in range(0, len(needed), 2):
        for column, option in zip(st.columns(2), needed[left : left + 2], strict=False):
            with column:
                _option(post, account, option)


def more(
    principal: Principal,
    post: Composition,
    account: ConnectedAccount,
    can: Capabilities,
    options: Sequence[Option],
    *,
    link: bool,
) -> None:
    """Draw own words, files and time, the own link where there can be one, and the settings that may stay
    as they are.
    """
    key = post.key("own", account.id)
    if st.toggle("Other words on this account", key=key, persist_state="session"):
        text = post.own_words.setdefault(account.id, Draft(words.draft().text))
        text_editor(text, key=post.key("own_words", account.id), label=f"Text on {account.name}", rows=5)
    if link:
        st.text_input(
            "Another link", key=post.key("own_link", account.id), placeholder="https:// (as above if empty)",
            persist_state="session", live="0ms",
        )  # fmt: skip
    if st.toggle("Other files on this account", key=post.key("own_media", account.id),
                 persist_state="session"):  # fmt: skip
        st.caption("These instead of the post's files; without any, the words alone.")
        files.bring(principal, post, kinds.brings([can]), account.id)
        kinds.choose(post, [can], account.id)
    own_time.draw(post, account)
    for option in options:
        if not option.required:
            _option(post, account, option)


def differs(post: Composition, account: ConnectedAccount) -> list[str]:
    """What is another one here than elsewhere, in words."""
    names = {"own": "words", "own_link": "link", "own_media": "files"}
    found = [words for name, words in names.items() if post.value(name, account.id)]
    return [*found, "time"] if own_time.is_used(post, account.id) else found


def shows(post: Composition, account: ConnectedAccount) -> UUID | None:
    """Whose files it shows: its own, by its id; None: those of the post."""
    return account.id if post.value("own_media", account.id) else None


def kind(post: Composition, account: ConnectedAccount, can: Capabilities) -> Kind:
    """How the post is called there."""
    brought = post.brought.get(account.id, {}).get("kind")
    return Kind(brought) if brought else kinds.on(can, post, shows(post, account))


def entered(post: Composition, account: ConnectedAccount, options: Sequence[Option]) -> dict[str, Any]:
    """The account's own fields of the content, as the browser sent them."""
    found: dict[str, Any] = dict(post.brought.get(account.id, {}))
    if post.value("own", account.id) and account.id in post.own_words:
        found["text"] = post.own_words[account.id].text
    if link := str(post.value("own_link", account.id) or "").strip():
        found["link"] = link
    of = shows(post, account)
    if of is not None:
        found["media"] = [asdict(file) for file in files.described(post, of)]
        found["kind"] = kind(post, account, network(account.network).capabilities).value
    chosen = {option.key: _value(post, account, option) for option in options}
    chosen = {key: value for key, value in chosen.items() if value not in (None, "", False)}
    if chosen:
        found["options"] = chosen
    return found


def load(
    post: Composition, account: ConnectedAccount, own: Mapping[str, Any], options: Sequence[Option]
) -> None:
    """Put what a stored post has of its own into the form; what has no place in it is kept as it is."""
    kept = dict(own)
    if "text" in kept:
        post.own_words[account.id] = Draft(kept.pop("text"))
        post.enter("own", account.id, value=True)
    if kept.get("link"):
        post.enter("own_link", account.id, value=kept.pop("link"))
    if "media" in kept:
        post.own_files[account.id] = list(files_of(kept.pop("media")))
        post.enter("own_media", account.id, value=True)
        if "kind" in kept:
            post.enter("as", account.id, value=Kind(kept.pop("kind")))
    known = {option.key for option in options}
    for key, value in dict(kept.pop("options", {})).items():
        if key in known:
            post.enter("option", account.id, key, value=value)
    kept.pop("cover", None)
    if kept:
        post.brought[account.id] = kept


def _value(post: Composition, account: ConnectedAccount, option: Option) -> Any:
    value = post.value("option", account.id, option.key)
    return value.strip() if isinstance(value, str) else value


def _option(post: Composition, account: ConnectedAccount, option: Option) -> None:
    key = post.key("option", account.id, option.key)
    hint = option.help or None
    if option.asked:
        asked.draw(account, option, key)
    elif option.type == "choice":
        st.selectbox(
            option.label, list(option.choices), index=None, format_func=lambda value: option.choices[value],
            key=key, help=hint, persist_state="session",
            placeholder="Choose" if option.required else "As the network does by itself",
        )  # fmt: skip
    elif option.type == "flag":
        st.checkbox(option.label, key=key, help=hint, persist_state="session")
    elif option.type == "number":
        st.number_input(
            option.label, value=None, min_value=0, step=1, key=key, help=hint, persist_state="session"
        )
    else:
        st.text_input(
            option.label, max_chars=option.limit, key=key, help=hint, persist_state="session", live="0ms"
        )
