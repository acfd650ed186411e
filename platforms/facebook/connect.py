"""Facebook Pages: consent, the pages a person chose, how a token fares, and giving access back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect
from platforms.facebook.capabilities import BUSINESS, COLLECT, COMMENT, PUBLISH
from platforms.facebook.errors import LABEL
from platforms.http import Api
from platforms.meta.login import FacebookLogin

KEY = "facebook"
USER_TOKEN = "user_token"  # noqa: S105 - the name it is kept by
# Given back on disconnecting; the others of ours, Instagram's accounts use as well.
OWN_SCOPES = ("pages_manage_posts", "pages_manage_engagement", "pages_read_user_content", "read_insights")
# What a role on the page has to allow for a scope to be of use there.
TASKS = {
    "pages_manage_posts": "CREATE_CONTENT",
    "pages_manage_engagement": "MODERATE",
    "read_insights": "ANALYZE",
}
EVERY_TASK = ("MANAGE", "FULL_CONTROL")


class FacebookConnector:
    """Connects Facebook Pages by Facebook Login."""

    fields: tuple[Field, ...] = ()

    def __init__(self, api: Api, login: FacebookLogin) -> None:
        self._api, self._login = api, login

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:  # noqa: ARG002
        """The consent page."""
        return Consent(self._login.address(sorted(PUBLISH | COLLECT | COMMENT | {BUSINESS}), callback, state))

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """The person's long-lived token (about 60 days) with the scopes they granted.

        Raises:
            NeedsPerson: the person said no or granted no page, or the app's id or secret is wrong.
            NeedsReconnect: the code is dead.
        """
        credentials = self._login.redeem(oauth.code_of(LABEL, answer), callback)
        if "pages_show_list" not in (credentials.scopes or ()):
            raise NeedsPerson(f"{LABEL} was not allowed to show your pages; connect again and allow it")
        return credentials

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The pages of ``GET /me/accounts``, each with its own page token.

        A page without a token (no task on it) is left out; scopes that the person's role on a page does
        not carry are not that page's.
        """
        return [_remote(page, credentials) for page in self._pages(credentials.access_token)]

    def refresh(self, credentials: Credentials) -> Credentials:  # noqa: ARG002 - the contract's signature
        """Meta has no refresh tokens: always raises NeedsReconnect."""
        raise NeedsReconnect("Facebook tokens can't be renewed without the person; connect the page again")

    def standing(self, account: Account) -> Standing:
        """What ``debug_token`` says of the page's token.

        Raises:
            NeedsReconnect: the token is dead: signed out, password changed, role lost, expired.
            NeedsPerson: a wrong app, or a version of the API that Meta no longer has.
        """
        state = self._login.inspect(account.credentials.access_token)
        held = account.credentials.scopes
        # Scopes that the person's role did not carry on this page stay out.
        return state.standing(state.scopes if held is None else state.scopes - (frozenset(TASKS) - held))

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

    def _pages(self, token: str) -> list[Mapping[str, Any]]:
        """The person's pages, each once, with what says what they may do there."""
        pages = self._login.pages(token, "username,tasks")
        return list({str(page["id"]): page for page in pages}.values())


def _remote(page: Mapping[str, Any], user: Credentials) -> RemoteAccount:
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
