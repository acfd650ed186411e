"""Bluesky: a session from a handle and an app password, and new tokens from its refresh token.

Source: docs.bsky.app "Get Started", the lexicons com.atproto.server.*. An access token is good for two hours,
a refresh token for 90 days; a refresh replaces both, and the old one works for a short while more.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from foundation.database import utc_now
from platforms import redaction, servers
from platforms.bluesky.errors import BAD_TOKENS, LABEL
from platforms.bluesky.hosts import Hosts
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import (
    Ambiguous,
    NeedsPerson,
    NeedsReconnect,
    Rejected,
    TemporarilyRejected,
    TokenRefused,
)
from platforms.http import Reply, is_done

KEY: Final = "bluesky"
SESSION: Final = "xrpc/com.atproto.server.getSession"
LIFE: Final = timedelta(hours=2)  # of an access token that does not say when it ends
PASSWORDS: Final = "Settings, Privacy and security, App passwords"

ENDED: Final = f"{LABEL} ended this connection; connect the account again"


class BlueskyConnector:
    """Connects accounts of Bluesky's own host, or of another one that is named."""

    fields: tuple[Field, ...] = (
        Field("handle", "Handle", help="Like name.bsky.social, or your own domain."),
        Field("password", "App password", help=f"Make one in Bluesky: {PASSWORDS}.", secret=True),
        Field("host", "Host", help="Leave it empty for an account that Bluesky itself hosts.", optional=True),
    )

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """A session at once: nothing is to be consented, and the password is not kept.

        Raises:
            Rejected: the handle, the password or the host is wrong.
        """
        handle, password = inputs.get("handle", "").strip().lstrip("@"), inputs.get("password", "").strip()
        if not handle or not password:
            raise Rejected(f"{LABEL} needs a handle and an app password")
        typed = inputs.get("host", "").strip()
        host = servers.named(LABEL, typed) if typed else ""
        reply = self._entered(host, {"identifier": handle, "password": password})
        kept = _credentials(reply, {"host": host})
        return Consent(None, {**kept.extra, "access": kept.access_token, "refresh": kept.refresh_token or ""})

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """The tokens of the session that `begin` made."""
        kept = dict(consent.kept)
        access, refresh = kept.pop("access"), kept.pop("refresh")
        return Credentials(access, refresh, _end(access, utc_now()), extra=kept)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of the session."""
        host = credentials.extra.get("host", "")
        api = self._hosts.api(host)
        session = api.read(SESSION, token=credentials.access_token).document or {}
        did, handle = str(session.get("did") or ""), str(session.get("handle") or "")
        if not did:
            raise TemporarilyRejected(f"{LABEL} did not say whose session this is")
        params = {"actor": did}
        profile = api.read("xrpc/app.bsky.actor.getProfile", params, token=credentials.access_token)
        name = str((profile.document or {}).get("displayName") or handle or did)
        return [RemoteAccount(KEY, did, name, credentials, handle, host)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """New tokens for a refresh token.

        Raises:
            NeedsReconnect: there is no refresh token, or it is dead: the app password was taken back.
            TemporarilyRejected: no usable answer.
        """
        if not credentials.refresh_token:
            raise NeedsReconnect(f"{LABEL} gave no refresh token for this account; connect it again")
        api = self._hosts.api(credentials.extra.get("host", ""))
        try:
            reply = api.write("xrpc/com.atproto.server.refreshSession", token=credentials.refresh_token)
        except Ambiguous as error:
            raise TemporarilyRejected(error.message, code=error.code, status=error.status) from None
        except TokenRefused as error:
            if error.code not in BAD_TOKENS:
                raise
            raise NeedsReconnect(ENDED, code=error.code, status=error.status) from None
        return _credentials(reply, credentials.extra)

    def standing(self, account: Account) -> Standing:
        """Ask for the session.

        Raises:
            NeedsPerson: the account is not active.
        """
        reply = self._hosts.of(account).read(SESSION, token=account.credentials.access_token)
        session = reply.document or {}
        if session.get("active") is False:
            status = str(session.get("status") or "not active")
            raise NeedsPerson(f"{LABEL} says that this account is {status}", code=status)
        return Standing()

    def revoke(self, account: Account) -> None:
        """End the session: its access token works until it runs out, at most two hours more."""
        token = account.credentials.refresh_token
        if not token:
            return
        try:
            path = "xrpc/com.atproto.server.deleteSession"
            self._hosts.of(account).write(path, token=token, accepts=is_done)
        except TokenRefused as error:
            if error.code not in BAD_TOKENS:
                raise

    def _entered(self, host: str, body: Mapping[str, str]) -> Reply:
        api = self._hosts.api(host)
        try:
            return api.upload("xrpc/com.atproto.server.createSession", json_body=body)
        except TokenRefused as error:
            if error.code == "AuthFactorTokenRequired":
                words = f"{LABEL} asks for a second factor: use an app password ({PASSWORDS})"
            else:
                words = f"{LABEL} does not know this handle with this app password"
            raise Rejected(words, code=error.code, status=error.status) from None
        except Rejected as error:
            words = redaction.cut(error.message, body["password"])
            raise Rejected(words, code=error.code, status=error.status) from None
        except TemporarilyRejected as error:
            if not host or error.status:
                raise
            words = f"{servers.host_of(host)} could not be reached; look at the host's name"
            raise Rejected(words) from None


def _credentials(reply: Reply, extra: Mapping[str, str]) -> Credentials:
    """The tokens of a session.

    Raises:
        TemporarilyRejected: they are not in the answer.
    """
    session = reply.document or {}
    access, refresh = session.get("accessJwt"), session.get("refreshJwt")
    if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
        raise TemporarilyRejected(f"{LABEL} answered without a token", status=reply.status)
    return Credentials(access, refresh, _end(access, reply.requested_at), extra=dict(extra))


def _end(token: str, now: datetime) -> datetime:
    """When an access token ends (aware UTC): its claim ``exp`` (RFC 7519), which nobody else has to trust."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, LookupError, TypeError, OverflowError, OSError):
        return now + LIFE
