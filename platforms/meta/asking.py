"""Asking Meta for metrics: one that is dead or does not fit refuses the whole call, so it is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from platforms.errors import NetworkError
from platforms.http import Reply
from platforms.meta.errors import INVALID_PARAMETER

Ask = Callable[[Sequence[str], Callable[[NetworkError], bool]], Reply]


def ask_alive(
    ask: Ask, metrics: Sequence[str], tolerated: Callable[[NetworkError], bool]
) -> tuple[Reply, tuple[str, ...]]:
    """The answer to those metrics that are accepted, and which they are; a refusal where none is.

    `ask` makes the call for some metrics; refusals that `tolerated` accepts come back as answers.
    """
    reply = ask(metrics, tolerated)
    if not reply.refused or len(metrics) < 2 or not _may_name_a_metric(reply):
        return reply, tuple(metrics)
    alive = tuple(metric for metric in metrics if not ask((metric,), tolerated).refused)
    if not alive:
        return reply, tuple(metrics)
    return ask(alive, tolerated), alive


def _may_name_a_metric(reply: Reply) -> bool:
    """Whether a refusal is a bare code 100; with a subcode it is about the post or the account."""
    error = (reply.document or {}).get("error") or {}
    return str(error.get("code")) == INVALID_PARAMETER and not error.get("error_subcode")
