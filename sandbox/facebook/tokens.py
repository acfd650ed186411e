"""Facebook's tokens: user tokens of about 60 days, page tokens that do not expire."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox import objects
from sandbox.facebook import roles
from sandbox.facebook.errors import GraphError, invalid_token
from sandbox.model import Account
from sandbox.services import Services

APP_ID, APP_SECRET = "sandbox-facebook", "sandbox-facebook-secret"
SHORT_S, LONG_S, DATA_ACCESS_S = 5_400, 5_183_944, 90 * 86_400
SCOPES = (
    *("pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement"),
    *("pages_read_user_content", "read_insights", "business_management", "public_profile"),
    *("instagram_basic", "instagram_content_publish", "instagram_manage_insights"),
    "instagram_manage_comments",
)
EVERY_BRAND = "*"


@dataclass(frozen=True, slots=True)
class Token:
    """A known token. `subject` is a page id, or a brand key or "*" for a user; `expires_at` 0 is never."""

    token: str
    kind: str
    subject: str
    parent: str | None
    issued_at: float
    expires_at: float
    data_expires_at: float
    subcode: int | None

    def __repr__(self) -> str:
        return f"Token({self.kind}, {self.subject})"


def find(services: Services, token: str) -> Token | None:
    """A token that was issued, whether or not it still works."""
    row = services.store.row("SELECT * FROM facebook_tokens WHERE token = ?", token)
    return None if row is None else Token(**dict(row))


def check(services: Services, token: str | None, *, about_me: bool = False) -> Token:
    """The token of a call; raises GraphError 104 or 2500 when there is none, 190 when it does not work."""
    if not token:
        if about_me:
            raise GraphError(
                2500, "An active access token must be used to query information about the current user."
            )
        raise GraphError(104, "An access token is required to request this resource.")
    found = find(services, token)
    if found is None:
        raise invalid_token(None, "Invalid OAuth access token - Cannot parse access token")
    if found.subcode is not None:
        raise invalid_token(found.subcode, "Error validating access token: The session has been invalidated.")
    now = services.clock.now().timestamp()
    if found.expires_at and found.expires_at <= now:
        raise invalid_token(463, "Error validating access token: Session has expired.")
    if found.kind == "page" and not roles.tasks(services, found.subject):
        raise invalid_token(
            492, "Error validating access token: the user must be an administrator of the page."
        )
    return found


def issue_user_token(
    services: Services, subject: str, life_s: float, granted: Iterable[str] = SCOPES
) -> Token:
    """A new user token for a brand's pages, or for all of them ("*"), with the permissions granted."""
    token = _issue(services, "user", subject, None, life_s)
    grant(services, token, granted)
    return token


def grant(services: Services, user: Token, granted: Iterable[str]) -> None:
    """Say which permissions a user token has."""
    objects.put(services, "facebook", "grant", user.token, user.subject, {"scopes": list(granted)})


def scopes(services: Services, token: Token) -> tuple[str, ...]:
    """The permissions of a user token, or of the user token a page token came of."""
    thing = objects.get(services, "facebook", "grant", token.parent or token.token)
    return tuple(thing.data["scopes"]) if thing else SCOPES


def deauthorize(services: Services, user: Token) -> None:
    """End a user token and its page tokens, as taking the app out of one's account does: subcode 458."""
    services.store.run("UPDATE facebook_tokens SET subcode = 458 WHERE token = ?1 OR parent = ?1", user.token)


def page_token(services: Services, user: Token, page: Account) -> Token:
    """The page token of a user: always the same, without expiry when the user token is long-lived."""
    row = services.store.row(
        "SELECT * FROM facebook_tokens WHERE parent = ? AND subject = ?", user.token, page.id
    )
    if row is not None:
        return Token(**dict(row))
    long_lived = user.expires_at - user.issued_at > 86_400
    left = user.expires_at - services.clock.now().timestamp()
    return _issue(services, "page", page.id, user.token, 0 if long_lived else left)


def long_lived_user_token(services: Services, subject: str) -> Token:
    """A user token with all permissions and more than half of its life left, issued when there is none."""
    now = services.clock.now().timestamp()
    rows = services.store.rows(
        "SELECT * FROM facebook_tokens"
        " WHERE kind = 'user' AND subject = ? AND subcode IS NULL AND expires_at > ?",
        subject,
        now + LONG_S / 2,
    )
    known = (Token(**dict(row)) for row in rows)
    whole = next((token for token in known if scopes(services, token) == SCOPES), None)
    return whole or issue_user_token(services, subject, LONG_S)


def pages(services: Services, user: Token) -> list[Account]:
    """The pages a user token may manage."""
    found = services.timeline.accounts_of("facebook")
    reached = [page for page in found if user.subject in (EVERY_BRAND, page.brand)]
    return [page for page in reached if roles.tasks(services, page.id)]


def _issue(services: Services, kind: str, subject: str, parent: str | None, life_s: float) -> Token:
    now = services.clock.now().timestamp()
    token = Token(
        token="EAAG" + secrets.token_hex(48),
        kind=kind,
        subject=subject,
        parent=parent,
        issued_at=now,
        expires_at=now + life_s if life_s else 0,
        data_expires_at=now + DATA_ACCESS_S,
        subcode=None,
    )
    services.store.run(
        "INSERT INTO facebook_tokens VALUES (?,?,?,?,?,?,?,NULL)",
        *(token.token, kind, subject, parent, now, token.expires_at, token.data_expires_at),
    )
    return token
