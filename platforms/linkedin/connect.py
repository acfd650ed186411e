"""LinkedIn: consent, the person and their organizations as accounts, and tokens that last 60 days.

Sources: Microsoft Learn "Authorization Code Flow" and "Programmatic refresh tokens" (only approved partners
get one; it is not replaced, and its 365 days are not begun anew), "Organization Access Control". LinkedIn
documents no PKCE for web apps, and no call to give tokens back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from platforms import oauth
from platforms.contract import Account, Consent, Credentials, Field, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NeedsReconnect, Rejected, TemporarilyRejected
from platforms.http import Api, Reply
from platforms.linkedin.capabilities import FEED, NUMBERS, PAGES, SELF
from platforms.linkedin.errors import LABEL
from platforms.linkedin.rest import Rest, encoded

KEY = "linkedin"
ORGANIZATION, PERSON = "urn:li:organization:", "urn:li:person:"
CONSENT_ENDS = "consent_ends_at"
WHAT = "what"
# What an app may ask for depends on the products LinkedIn gave it; asking for more refuses the whole consent.
SCOPES = {
    "organizations": SELF | PAGES | FEED,
    "numbers": SELF | PAGES | FEED | NUMBERS,
    "person": SELF,
}
# One call asks for so many roles.
ROLES_PER_PAGE = 100
PAGES_MOST = 20


@dataclass(frozen=True)
class App:
    """The app registered at LinkedIn."""

    client_id: str
    client_secret: str


class LinkedInConnector:
    """Connects LinkedIn profiles and organizations; `oauth_api` is the host of consent and tokens."""

    fields: tuple[Field, ...] = (
        Field(
            WHAT,
            "What to connect",
            "Company pages and numbers need an app that LinkedIn approved for its Community Management API.",
            choices={
                "organizations": "Company pages and your profile",
                "numbers": "Company pages, your profile and its numbers",
                "person": "Only your own profile",
            },
        ),
    )

    def __init__(self, rest: Rest, oauth_api: Api, app: App) -> None:
        self._rest, self._oauth, self._app = rest, oauth_api, app

    def begin(self, inputs: Mapping[str, str], callback: str, state: str) -> Consent:
        """Send the person to LinkedIn's consent page.

        Raises:
            Rejected: nothing known was chosen.
            NeedsPerson: there is no app yet.
        """
        scopes = SCOPES.get(inputs.get(WHAT) or "organizations")
        if scopes is None:
            raise Rejected("Choose what to connect: company pages or your own profile")
        parameters = {
            "response_type": "code",
            "client_id": self._client()["client_id"],
            "redirect_uri": callback,
            "state": state,
            "scope": " ".join(sorted(scopes)),
        }
        return Consent(oauth.consent_url(f"{self._oauth.base_url}/oauth/v2/authorization", parameters))

    def finish(self, consent: Consent, answer: Mapping[str, str], callback: str) -> Credentials:  # noqa: ARG002
        """Tokens for the code, within its 30 minutes.

        Raises:
            NeedsPerson: the person said no, or LinkedIn did not give the app what it asked for.
        """
        if answer.get("error") == "unauthorized_scope_error":
            words = (
                "LinkedIn has not approved this app for all of this; choose less, or only your own profile"
            )
            raise NeedsPerson(words, code=answer["error"])
        form = {
            **self._client(),
            "grant_type": "authorization_code",
            "code": oauth.code_of(LABEL, answer),
            "redirect_uri": callback,
        }
        return _credentials(self._redeem(form), None)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        """The organizations the person administers, then the person."""
        person = _unnamed(credentials)
        document = self._rest.read(person, "v2/userinfo").document or {}
        sub, name = str(document.get("sub") or ""), str(document.get("name") or "")
        if not sub:
            raise TemporarilyRejected(f"{LABEL} did not say whose token this is")
        scopes = credentials.scopes
        found = [] if scopes is not None and not scopes >= PAGES else self._organizations(person)
        return [*found, RemoteAccount(KEY, PERSON + sub, name or sub, credentials)]

    def refresh(self, credentials: Credentials) -> Credentials:
        """A new access token; the refresh token stays as it is.

        Raises:
            NeedsReconnect: LinkedIn gave no refresh token, or says that it is dead.
            TemporarilyRejected: no usable answer.
        """
        if not credentials.refresh_token:
            words = f"{LABEL} gives this app no way to renew a connection; connect the account again"
            raise NeedsReconnect(words)
        form = {
            **self._client(),
            "grant_type": "refresh_token",
            "refresh_token": credentials.refresh_token,
        }
        return _credentials(self._redeem(form), credentials)

    def standing(self, account: Account) -> Standing:
        """Whether the token works, and whether the person still administers the organization.

        Raises:
            NeedsPerson: the person lost the role.
        """
        if account.external_id.startswith(ORGANIZATION):
            if account.external_id not in self._administered(account):
                words = f"the one who connected {account.name} no longer administers it at {LABEL}"
                raise NeedsPerson(f"Connect it again with another person: {words}", code="role")
        else:
            self._rest.read(account, "v2/userinfo")
        credentials = account.credentials
        ends = credentials.extra.get(CONSENT_ENDS)
        # Without a refresh token a person has to come back when the access token ends.
        ends_at = datetime.fromisoformat(ends) if ends else credentials.expires_at
        return Standing(credentials.scopes, ends_at)

    def revoke(self, account: Account) -> None:
        """Nothing: LinkedIn has no call for it. The person can remove the app in LinkedIn's settings."""

    def _organizations(self, person: Account) -> list[RemoteAccount]:
        found = []
        for urn in self._administered(person):
            number = urn.removeprefix(ORGANIZATION)
            document = self._rest.read(person, f"rest/organizations/{encoded(number)}").document or {}
            name = str(document.get("localizedName") or number)
            handle = str(document.get("vanityName") or "")
            found.append(RemoteAccount(KEY, urn, name, person.credentials, handle))
        return found

    def _administered(self, person: Account) -> list[str]:
        """The organizations' URNs, of all pages."""
        found: list[str] = []
        for page in range(PAGES_MOST):
            query = {
                "q": "roleAssignee",
                "role": "ADMINISTRATOR",
                "state": "APPROVED",
                "start": str(page * ROLES_PER_PAGE),
                "count": str(ROLES_PER_PAGE),
            }
            document = self._rest.read(person, "rest/organizationAcls", query).document or {}
            elements = document.get("elements") or []
            named = (str(one.get("organization") or one.get("organizationTarget") or "") for one in elements)
            found += [urn for urn in named if urn.startswith(ORGANIZATION) and urn not in found]
            if not has_more(document):
                break
        return found

    def _redeem(self, form: Mapping[str, str]) -> Reply:
        return oauth.redeem(self._oauth, "oauth/v2/accessToken", form)

    def _client(self) -> dict[str, str]:
        app = self._app
        if not app.client_id or not app.client_secret.strip():
            raise NeedsPerson(
                "AllIN has no LinkedIn app yet: set ALLIN_LINKEDIN_CLIENT_ID and ALLIN_LINKEDIN_CLIENT_SECRET"
            )
        return {"client_id": app.client_id, "client_secret": app.client_secret}


def has_more(document: Mapping[str, object]) -> bool:
    """Whether a list goes on after this page."""
    paging = document.get("paging")
    links = paging.get("links") or [] if isinstance(paging, dict) else []
    return any(link.get("rel") == "next" for link in links)


def _unnamed(credentials: Credentials) -> Account:
    """Somebody whose name is not known yet."""
    return Account("", "", KEY, "", "", credentials)


def _credentials(reply: Reply, previous: Credentials | None) -> Credentials:
    """The tokens of an answer, with the end of the refresh token, after which only a person can go on."""
    found = oauth.credentials(reply, LABEL, previous)
    life_s = (reply.document or {}).get("refresh_token_expires_in")
    if not found.refresh_token or not isinstance(life_s, int | float):
        return found
    ends = (reply.requested_at + timedelta(seconds=life_s)).isoformat()
    return replace(found, extra={**found.extra, CONSENT_ENDS: ends})
