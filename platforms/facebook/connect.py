"""Facebook Pages: consent, the pages a person chose, how a token fares, and giving access back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, TemporarilyRejected
from platforms.facebook.capabilities import BUSINESS, COLLECT, PUBLISH
from platforms.facebook.errors import LABEL
from platforms.http import Api, Reply
from platforms.redaction import for_people

KEY = "facebook"
PAGES_PER_REQUEST = "100"
MAX_REQUESTS = 50
# A code that is wrong, expired, for another address, or used.
DEAD_CODES = frozenset({"100/36007", "100/36008", "100/36009"})
USER_TOKEN = "user_token"  # noqa: S105 - the name it is kept by
# Given back on disconnecting; the others of ours, Instagram's accounts use as well.
OWN_SCOPES = ("pages_manage_posts", "read_insights")
# What a role on the page has to allow for a scope to be of use there.
TASKS = {"pages_manage_posts": "CREATE_CONTENT", "read_insights": "ANALYZE"}
EVERY_TASK = ("MANAGE", "FULL_CONTROL")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class App:
    """The app registered at Meta, its consent page, and the version of the Graph API it asks for."""

    client_id: str
    client_secret: str = field(repr=False)
    dialog: str
    version: str


@dataclass(frozen=True)
class TokenState:
    """What ``debug_token`` says. Times are aware UTC; None is "never"."""

    valid: bool
    expires_at: datetime | None
    data_access_expires_at: datetime | None
    scopes: tuple[str, ...]
    served_version: str | None  # of the Graph API that answered
    words: str = ""  # what is wrong with it


class FacebookConnector:
    """Connects Facebook Pages by Facebook Login. Meta has no PKCE there and no refresh tokens."""

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, app: App) -> None:
        self._api, self._app = api, app

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """The consent page; what was declined before is asked again."""
        parameters = {
            "client_id": self._app.client_id,
            "redirect_uri": callback,
            "state": state,
            "response_type": "code",
            "scope": ",".join(sorted(PUBLISH | COLLECT | {BUSINESS})),
            "auth_type": "rerequest",
        }
        return Consent(oauth.consent_url(self._app.dialog, parameters))

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """The person's long-lived token (about 60 days) with the scopes they granted.

        Raises:
            NeedsPerson: the person said no or granted no page, or the app's id or secret is wrong.
            NeedsReconnect: the code is dead.
        """
        code = oauth.code_of(LABEL, answer)
        short = self._token({"redirect_uri": callback, "code": code})
        exchange = {"grant_type": "fb_exchange_token", "fb_exchange_token": short.access_token}
        credentials = self._token(exchange)
        credentials = replace(credentials, scopes=frozenset(self.inspect(credentials).scopes))
        if "pages_show_list" not in (credentials.scopes or ()):
            raise NeedsPerson(f"{LABEL} was not allowed to show your pages; connect again and allow it")
        return credentials

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The pages of ``GET /me/accounts``, each with its own page token.

        From a long-lived user token these have no expiry. A page without a token (no task on it) is left
        out; scopes that the person's role on a page does not carry are not that page's.
        """
        return [_remote(page, credentials) for page in self._pages(credentials.access_token)]

    def refresh(self, credentials: Credentials) -> Credentials:  # noqa: ARG002 - the contract's signature
        """Meta has no refresh tokens: always raises NeedsReconnect."""
        raise NeedsReconnect("Facebook tokens can't be renewed without the person; connect the page again")

    def standing(self, account: Account) -> Standing:
        """What ``debug_token`` says of the page's token; its data access ends 90 days after the last login.

        Raises:
            NeedsReconnect: the token is dead: signed out, password changed, role lost, expired.
            NeedsPerson: Meta no longer has the version of its API that the settings name.
        """
        state = self.inspect(account.credentials)
        if not state.valid:
            raise NeedsReconnect(f"{LABEL} no longer accepts the page's token: {state.words}")
        if state.served_version and state.served_version != self._app.version:
            raise NeedsPerson(
                f"{LABEL} no longer has version {self._app.version} of its API and answers with "
                f"{state.served_version}; set ALLIN_FACEBOOK_API_VERSION to that or a newer one"
            )
        held, scopes = account.credentials.scopes, frozenset(state.scopes)
        # Scopes that the person's role did not carry on this page stay out.
        kept = scopes if held is None else scopes - (frozenset(TASKS) - held)
        ends = [moment for moment in (state.expires_at, state.data_access_expires_at) if moment]
        return Standing(kept, min(ends, default=None))

    def revoke(self, account: Account) -> None:
        """Take back the permissions that only pages need, if the person gave access to this page alone.

        Meta knows no revocation of one page: it would end the person's other pages too.
        """
        user_token = account.credentials.extra.get(USER_TOKEN)
        if not user_token:
            return
        try:
            if {str(page["id"]) for page in self._pages(user_token)} - {account.external_id}:
                return
            for scope in OWN_SCOPES:
                self._api.upload(f"me/permissions/{scope}", method="DELETE", token=user_token)
        except NeedsReconnect:
            return  # it had ended already

    def inspect(self, credentials: Credentials) -> TokenState:
        """``GET /debug_token`` about a token: asked as the app, or where none is set up with the token."""
        token, app = credentials.access_token, self._app
        asking = f"{app.client_id}|{app.client_secret}" if app.client_id and app.client_secret else token
        reply = self._api.read("debug_token", {"input_token": token}, token=asking)
        return _state(reply)

    def _token(self, form: Mapping[str, str]) -> Credentials:
        client = {"client_id": self._app.client_id, "client_secret": self._app.client_secret}
        reply = oauth.redeem(self._api, "oauth/access_token", {**client, **form}, dead=DEAD_CODES)
        return oauth.credentials(reply, LABEL)

    def _pages(self, token: str) -> Iterable[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        params = {"fields": "id,name,username,access_token,tasks", "limit": PAGES_PER_REQUEST}
        for _ in range(MAX_REQUESTS):
            document = self._api.read("me/accounts", params, token=token).document or {}
            for page in document.get("data", []):
                if not page.get("access_token"):
                    log.warning("page %s gives no token to this person and is left out", page.get("id"))
                    continue
                found[str(page["id"])] = page
            paging = document.get("paging", {})
            if not paging.get("next"):
                return found.values()
            params["after"] = paging["cursors"]["after"]
        raise TemporarilyRejected("Facebook's list of pages does not end")


def _remote(page: dict[str, Any], user: Credentials) -> RemoteAccount:
    external_id = str(page["id"])
    scopes = None if user.scopes is None else user.scopes - _useless(page.get("tasks"))
    credentials = Credentials(page["access_token"], scopes=scopes, extra={USER_TOKEN: user.access_token})
    name, handle = str(page.get("name") or external_id), str(page.get("username") or "")
    return RemoteAccount(KEY, external_id, name, credentials, handle)


def _useless(tasks: Any) -> frozenset[str]:
    """The scopes that a role with these tasks can't use. Newer pages write PROFILE_PLUS_ before a task."""
    if not isinstance(tasks, list) or any(str(task).endswith(EVERY_TASK) for task in tasks):
        return frozenset()
    held = tuple(map(str, tasks))
    return frozenset(scope for scope, task in TASKS.items() if not any(one.endswith(task) for one in held))


def _state(reply: Reply) -> TokenState:
    data = (reply.document or {}).get("data", {})
    problem = data.get("error") or {}
    return TokenState(
        valid=data.get("is_valid") is True,
        expires_at=_moment(data.get("expires_at")),
        data_access_expires_at=_moment(data.get("data_access_expires_at")),
        scopes=tuple(data.get("scopes", ())),
        served_version=reply.headers.get("facebook-api-version"),
        words=for_people(str(problem.get("message") or "connect the page again")),
    )


def _moment(seconds: Any) -> datetime | None:
    """Unix seconds as aware UTC; Meta writes 0 for "never"."""
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and seconds > 0 else None
