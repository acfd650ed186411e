"""Tokens of 60 days that renew themselves, as Instagram's login and Threads have them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from platforms import oauth
from platforms.contract import Credentials
from platforms.errors import Rejected, TemporarilyRejected
from platforms.http import Api, Reply

# A token that has ended can't be renewed, so it counts as due this long before.
AHEAD = timedelta(days=10)
AGAIN = timedelta(hours=1)  # between tries to renew a token that still holds
ENDS_AT = "ends_at"  # the name under which a token's real end is kept

log = logging.getLogger(__name__)


def due(reply: Reply, label: str, previous: Credentials | None = None) -> Credentials:
    """The credentials of an answer, whose end is told ten days early: from then on they are renewed.

    Raises:
        TemporarilyRejected: there is no token in the answer.
    """
    fresh = oauth.credentials(reply, label, previous)
    if fresh.expires_at is None:
        return fresh
    extra = {**fresh.extra, ENDS_AT: fresh.expires_at.isoformat()}
    return replace(fresh, expires_at=fresh.expires_at - AHEAD, extra=extra)


def renew(api: Api, label: str, grant_type: str, credentials: Credentials) -> Credentials:
    """``GET /refresh_access_token``: the access for 60 more days.

    A token that could not be renewed but holds for days yet is given back, to be renewed in an hour.

    Raises:
        NeedsReconnect: the token has ended or was taken back.
        TemporarilyRejected: not this time, and the token's end is near or not known.
    """
    parameters: Mapping[str, str] = {"grant_type": grant_type, "access_token": credentials.access_token}
    try:
        return due(
            api.read("refresh_access_token", parameters, token=credentials.access_token), label, credentials
        )
    except (Rejected, TemporarilyRejected) as error:
        later = datetime.now(UTC) + AGAIN
        if later + AGAIN < _end_of(credentials):
            log.warning("a token of %s is not renewed yet: %s", label, error.message)
            return replace(credentials, expires_at=later)
        raise TemporarilyRejected(error.message, code=error.code, status=error.status) from None


def _end_of(credentials: Credentials) -> datetime:
    """When the token really ends (aware UTC); long ago where that is not known."""
    kept = credentials.extra.get(ENDS_AT)
    return datetime.fromisoformat(kept) if kept else datetime.min.replace(tzinfo=UTC)
