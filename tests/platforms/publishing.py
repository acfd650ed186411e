"""Taking a message through a network's steps in tests: prepared, made public, settled."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from platforms.contract import Published
from platforms.errors import NotReady
from platforms.message import Kind, Message
from tests.platforms.conftest import Case

PATIENCE = 40  # steps
STEP_S = 20.0  # of the sandbox's clock


def messages(case: Case, folder: Path, media_url: Callable[[Path], str]) -> dict[Kind, Message]:
    """One message of each kind of the network, with words of its own."""
    found = case.own.messages(folder, media_url)
    return {message.kind: unlike_any(case, message) for message in found.values()}


def unlike_any(case: Case, message: Message) -> Message:
    """The message with words that no other post has, where it takes any."""
    rule = case.network.capabilities.rule(message.kind)
    if rule is None or not rule.text_limit:
        return message
    return replace(message, text=f"{message.text} {uuid.uuid4().hex}".strip())


def prepare(case: Case, message: Message, prepared: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything up to the call that publishes, waiting as long as the network works on it."""
    kept = dict(prepared or {})
    for _ in range(PATIENCE):
        try:
            for ids in case.network.publish.prepare(case.account, message, dict(kept)):
                kept = ids
        except NotReady:
            case.sandbox.advance(STEP_S)
        else:
            return kept
    raise AssertionError("it never became ready")


def settle(case: Case, published: Published) -> Published:
    """Read a post back until the network is done with it."""
    for _ in range(PATIENCE):
        published = case.network.publish.confirm(case.account, published.external_id)
        if published.settled:
            return published
        case.sandbox.advance(STEP_S)
    raise AssertionError("it was never settled")


def accepted(case: Case, message: Message, since: int = 0) -> list[dict[str, Any]]:
    """What the network has of the message: by its words, or the account's newest after `since` posts."""
    if message.text:
        return case.sandbox.accepted(message.text)
    return count(case)[since:]


def count(case: Case) -> list[dict[str, Any]]:
    """All that was accepted on the network so far."""
    posts: list[dict[str, Any]] = case.sandbox.get("posts", network=case.network.key)["posts"]
    return posts
