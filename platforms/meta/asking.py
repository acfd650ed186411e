"""Asking Meta for metrics: one that is dead or does not fit refuses the whole call, so it is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from platforms.contract import Account
from platforms.errors import NetworkError
from platforms.http import Api, Reply
from platforms.meta.errors import INVALID_PARAMETER, is_invalid_parameter

Params = dict[str, str]


def ask_alive(
    api: Api,
    account: Account,
    path: str,
    metrics: Sequence[str],
    params: Callable[[Sequence[str]], Params],
    *,
    tolerated: Callable[[NetworkError], bool] = is_invalid_parameter,
) -> tuple[Params, Reply, tuple[str, ...]]:
    """What was asked in the end, its answer, and the metrics that are accepted; a refusal where none is.

    `params` are those of the call for some metrics; refusals that `tolerated` accepts come back as answers.
    """

    def ask(some: Sequence[str]) -> Reply:
        return api.read(path, params(some), token=account.credentials.access_token, tolerated=tolerated)

    reply = ask(metrics)
    if not reply.refused or len(metrics) < 2 or not _may_name_a_metric(reply):
        return params(metrics), reply, tuple(metrics)
    alive = tuple(metric for metric in metrics if not ask((metric,)).refused)
    if not alive:
        return params(metrics), reply, tuple(metrics)
    return params(alive), ask(alive), alive


def _may_name_a_metric(reply: Reply) -> bool:
    """Whether a refusal is a bare code 100; with a subcode it is about the post or the account."""
    error = (reply.document or {}).get("error") or {}
    return str(error.get("code")) == INVALID_PARAMETER and not error.get("error_subcode")
