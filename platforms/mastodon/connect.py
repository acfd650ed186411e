"""Mastodon: AllIN registers itself at the server a person names, and asks there for consent.

Sources: docs.joinmastodon.org "apps", "OAuth" and "OAuth scopes". Tokens do not end by themselves, and there
are no refresh tokens. PKCE is checked since 4.3; earlier versions ignore it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from platforms import oauth, servers
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, RateLimited, Rejected, TemporarilyRejected
from platforms.http import is_done
from platforms.mastodon.capabilities import CAPABILITIES
from platforms.mastodon.errors import LABEL
from platforms.mastodon.instances import Instances

KEY: Final = "mastodon"
APP: Final = "AllIN"
ME: Final = "api/v1/accounts/verify_credentials"
SCOPES: Final = " ".join(sorted(frozenset[str]().union(*CAPABILITIES.scopes.values())))


class MastodonConnector:
    """Connects accounts of any Mastodon server. What AllIN is called there is kept with the account."""

    fields: tuple[Field, ...] = (
        Field("server", "Server", help="Where the account is: mastodon.social, or your own server."),
    )

    def __init__(self, instances: Instances) -> None:
        self._instances = instances

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:
        """Register at the server, and its consent page, with PKCE.

        Raises:
            Rejected: there is no such server, or it is not one of Mastodon's kind.
        """
        server = servers.named(LABEL, inputs.get("server", ""))
        client_id, client_secret = self._registered(server, callback)
        verifier = oauth.verifier()
        parameters = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": callback,
            "scope": SCOPES,
            "state": state,
            "code_challenge": oauth.challenge(verifier),
            "code_challenge_method": "S256",
        }
        url = oauth.consent_url(f"{self._instances.api(server).base_url}/oauth/authorize", parameters)
        app = {"server": server, "client_id": client_id, "client_secret": client_secret}
        return Consent(url, {**app, "verifier": verifier})

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:
        """The token for the code.

        Raises:
            NeedsPerson: the person said no.
            NeedsReconnect: the code is dead.
        """
        app = {name: consent.kept[name] for name in ("server", "client_id", "client_secret")}
        form = {
            "grant_type": "authorization_code",
            "code": oauth.code_of(LABEL, answer),
            "redirect_uri": callback,
            "code_verifier": consent.kept["verifier"],
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
        }
        reply = oauth.redeem(self._instances.api(app["server"]), "oauth/token", form)
        bare = Credentials("", extra=app)
        return oauth.credentials(reply, LABEL, bare)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The one account of the token. Its id names its server too."""
        server = credentials.extra["server"]
        user = self._instances.api(server).read(ME, token=credentials.access_token).document or {}
        if not user.get("id"):
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        host = servers.host_of(server)
        handle = f"{user.get('username') or user['id']}@{host}"
        name = str(user.get("display_name") or user.get("username") or handle)
        return [RemoteAccount(KEY, f"{user['id']}@{host}", name, credentials, handle, server)]

    def refresh(self, credentials: Credentials) -> Credentials:  # noqa: ARG002
        """Mastodon has no refresh tokens. Raises NeedsReconnect."""
        raise NeedsReconnect(f"{LABEL} gives no new tokens; connect the account again")

    def standing(self, account: Account) -> Standing:
        """Whether the token still opens the account."""
        self._instances.of(account).read(ME, token=account.credentials.access_token)
        return Standing(account.credentials.scopes)

    def revoke(self, account: Account) -> None:
        """Give the token back. Without effect where the server no longer knows AllIN."""
        credentials = account.credentials
        form = {
            "client_id": credentials.extra.get("client_id", ""),
            "client_secret": credentials.extra.get("client_secret", ""),
            "token": credentials.access_token,
        }
        try:
            self._instances.of(account).upload("oauth/revoke", form=form, accepts=is_done)
        except (Rejected, NeedsPerson, NeedsReconnect):
            return

    def _registered(self, server: str, callback: str) -> tuple[str, str]:
        """AllIN's client id and secret at the server, made anew for each consent."""
        form = {"client_name": APP, "redirect_uris": callback, "scopes": SCOPES}
        host = servers.host_of(server)
        try:
            app = self._instances.api(server).upload("api/v1/apps", form=form).document or {}
        except RateLimited:
            raise
        except (TemporarilyRejected, Rejected, NeedsPerson, NeedsReconnect) as error:
            words = f"{host} did not answer as a {LABEL} server does; look at its name, or try again later"
            raise Rejected(words, code=error.code, status=error.status) from None
        client_id, secret = app.get("client_id"), app.get("client_secret")
        if not isinstance(client_id, str) or not isinstance(secret, str):
            raise Rejected(f"{host} is not a {LABEL} server")
        return client_id, secret
