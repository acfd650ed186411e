"""What goes out after the post, where the networks have it: the next parts of a thread, a first comment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import streamlit as st

from app.composing import entering, own, stored, words
from app.composing.composition import Composition, current
from app.views import networks
from app.views.html import joined
from app.views.notices import escaped
from app.widgets.text_editor import Draft, text_editor
from platforms.accounts import ConnectedAccount
from platforms.capabilities import Capabilities
from platforms.message import Message, ReplyTo
from publishing.drafts import takes_comment

SOME_POST: Final = ReplyTo("parent", "root")


def after(post: Composition, accounts: Sequence[ConnectedAccount]) -> None:
    """Draw the parts so far, the button for another one, and the first comment."""
    threads = _keys(accounts, lambda can: can.threads)
    comments = sorted({one.network for one in accounts if _takes_comment(post, one)})
    for number, part in enumerate(post.parts, 2):
        with st.container(key=post.key("part_box", part.id)):
            text_editor(part, key=post.key("part", part.id), label=f"Part {number} of the thread", rows=4)
            _counters(threads, part.text)
            st.button(
                "Remove this part", icon=":material/close:", type="tertiary", key=post.key("less", part.id),
                on_click=_drop, args=(post.id, part.id),
            )  # fmt: skip
    with st.container(horizontal=True, key=post.key("after")):
        if threads:
            st.button(
                "Continue as a thread", icon=":material/add:", key=post.key("more_parts"),
                on_click=_add, args=(post.id,),
            )  # fmt: skip
        if comments or post.comment.text:
            _comment(post, comments)
    if post.parts:
        without = [one for one in accounts if one.network not in threads]
        _tell(post, "parts", without, "no threads: only the text above goes out there, without the parts.")
    if post.comment.text.strip():
        without = [one for one in accounts if not _takes_comment(post, one)]
        _tell(post, "comment", without, "no first comment: the post goes out there without it.")


def _comment(post: Composition, keys: list[str]) -> None:
    done = bool(post.comment.text.strip())
    with st.popover("First comment", icon=":material/check:" if done else ":material/comment:"):
        where = f", on {', '.join(map(networks.label, keys))}" if keys else ""
        st.caption(f"Goes below the post once it is public{where}.")
        text_editor(post.comment, key=post.key("comment"), label="First comment", rows=4)
        _counters(keys, post.comment.text)


def _counters(keys: list[str], text: str) -> None:
    if keys:
        st.html(joined([words.counter(key, Message(text, reply_to=SOME_POST)) for key in keys]))


def _keys(accounts: Sequence[ConnectedAccount], has: Callable[[Capabilities], bool]) -> list[str]:
    return sorted({one.network for one in accounts if has(entering.capabilities_of(one))})


def _takes_comment(post: Composition, account: ConnectedAccount) -> bool:
    can = entering.capabilities_of(account)
    return takes_comment(can, own.kind(post, account, can))


def _tell(post: Composition, what: str, without: Sequence[ConnectedAccount], sentence: str) -> None:
    """Say which accounts get less than the others, and offer to leave them out."""
    if not without:
        return
    *others, last = dict.fromkeys(networks.label(one.network) for one in without)
    names = f"{', '.join(others)} and {last} have" if others else f"{last} has"
    st.info(escaped(f"{names} {sentence}"), icon=":material/info:")
    st.button(
        "Leave this account out" if len(without) == 1 else "Leave these accounts out",
        icon=":material/close:", type="tertiary", key=post.key("without", what),
        on_click=stored.leave_out, args=(without,),
    )  # fmt: skip


def _add(draft_id: UUID) -> None:
    post = current()
    if post.id == draft_id:
        post.parts.append(Draft())


def _drop(draft_id: UUID, part_id: UUID) -> None:
    post = current()
    if post.id == draft_id:
        post.parts = [part for part in post.parts if part.id != part_id]
