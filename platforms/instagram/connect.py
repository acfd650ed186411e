"""Instagram: connect professional accounts by either login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, Rejected
from platforms.instagram.errors import LABEL

KEY = "instagram"
LOGIN = "login"
CHOICES = {"instagram": "Instagram", "facebook": "Facebook (the account belongs to a Page)"}
# A login's name for people to what an account keeps as its `server`.
SERVERS = {"instagram": "", "facebook": "facebook"}


class Login(Protocol):
    """One way in. Its methods are those of `platforms.contract.Connector`."""

    def address(self, callback: str, state: str) -> str:
        """Where a person consents."""

    def redeem(self, code: str, callback: str) -> Credentials:
        """Long-lived credentials for a code."""

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """What the credentials reach."""

    def refresh(self, credentials: Credentials) -> Credentials:
        """Credentials that live on."""

    def standing(self, account: Account) -> Standing:
        """How the access fares."""


class InstagramConnector:
    """Connects accounts by Instagram's login, or by Facebook's through their Pages."""

    fields: tuple[Field, ...] = (Field(LOGIN, "Connect with", choices=CHOICES),)

    def __init__(self, logins: Mapping[str, Login]) -> None:
        self._logins = logins

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:
        """The consent page of the chosen login; Meta has no PKCE in either."""
        chosen = inputs.get(LOGIN) or "instagram"
        if chosen not in SERVERS:
            raise Rejected(f"{LABEL} has no login called {chosen!r}")
        server = SERVERS[chosen]
        return Consent(self._logins[server].address(callback, state), {LOGIN: server})

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:
        """Long-lived credentials for the code that came back.

        Raises:
            NeedsPerson: the person said no, or did not let AllIN see the account.
        """
        server = consent.kept.get(LOGIN, "")
        return self._logins[server].redeem(code_of(answer), callback)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The account of an Instagram token, or those of the Pages of a Facebook token."""
        return self._of(credentials).accounts(credentials)

    def refresh(self, credentials: Credentials) -> Credentials:
        """The same access for 60 more days; see the login."""
        return self._of(credentials).refresh(credentials)

    def standing(self, account: Account) -> Standing:
        """Ask with the account's token."""
        return self._logins[account.server].standing(account)

    def revoke(self, account: Account) -> None:
        """Neither login has a call that ends the access to one account only."""

    def _of(self, credentials: Credentials) -> Login:
        return self._logins[credentials.extra.get(LOGIN, "")]


def code_of(answer: Mapping[str, str]) -> str:
    """The code of an answer; Meta writes ``#_`` behind it."""
    return oauth.code_of(LABEL, answer).removesuffix("#_")


def require(scopes: frozenset[str] | None, basic: str) -> None:
    """Raises NeedsPerson when the person did not let AllIN see the account at all."""
    if scopes is not None and basic not in scopes:
        raise NeedsPerson(
            f"{LABEL} was not given the permission to see the account; start again", code="denied"
        )
