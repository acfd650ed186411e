"""The tables of people, organizations, memberships, sessions, keys and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import SCHEMA, Base, utc_now

_Moment = DateTime(timezone=True)


class Organization(Base):
    """The tenant: an agency or a company. `colour` is #rrggbb, `logo` SVG or PNG bytes."""

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(Text)
    colour: Mapped[str] = mapped_column(Text, default="#2456e6")
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    missed_after_minutes: Mapped[int | None]  # a post later than this is not sent; None: as installed
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    deleted_at: Mapped[datetime | None] = mapped_column(_Moment)  # nobody enters; removed for good later


class Person(Base):
    """Someone who signs in; `email` is lower case, and proven to be theirs. `totp_secret` is encrypted."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    password_hash: Mapped[str] = mapped_column(Text)
    super_admin: Mapped[bool] = mapped_column(default=False)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(_Moment)
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)

    def __repr__(self) -> str:
        return f"Person({self.id})"


class Membership(Base):
    """A person's role in an organization; `limited` to the brands of `MembershipBrand`, or the whole."""

    __tablename__ = "memberships"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.organizations.id"), primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    limited: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)


class MembershipBrand(Base):
    """A brand that a limited membership is for."""

    __tablename__ = "membership_brands"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(primary_key=True)


class Invitation(Base):
    """An address invited to an organization; of the link's token only the SHA-256 is kept."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.organizations.id"))
    email: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    limited: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    invited_by: Mapped[UUID | None] = mapped_column()
    provider_id: Mapped[UUID | None] = mapped_column()  # invited by a sign-in at the organization's provider
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(_Moment)
    sent_count: Mapped[int] = mapped_column(default=1)
    email_id: Mapped[UUID | None] = mapped_column()  # the newest e-mail about it
    accepted_at: Mapped[datetime | None] = mapped_column(_Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(_Moment)


class InvitationBrand(Base):
    """A brand that a limited invitation is for."""

    __tablename__ = "invitation_brands"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    brand_id: Mapped[UUID] = mapped_column(primary_key=True)


class Brand(Base):
    """A client of the organization, with the persona that posts and reports are written for.

    `timezone` is an IANA name, colours are #rrggbb, `logo` is SVG or PNG bytes.
    """

    __tablename__ = "brands"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.organizations.id"))
    name: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    colour: Mapped[str] = mapped_column(Text, default="#2456e6")
    accent_colour: Mapped[str | None] = mapped_column(Text)
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    voice: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)


class SignIn(Base):
    """A session: a browser's, or a family of API tokens. Revoked or expired, all its tokens are dead."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(f"{SCHEMA}.organizations.id"))
    kind: Mapped[str] = mapped_column(Text)
    provider_id: Mapped[UUID | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(_Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(_Moment)
    ip: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)


class SessionToken(Base):
    """A token that opens a session, of which only the SHA-256 is kept: cookie, access or refresh."""

    __tablename__ = "session_tokens"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.sessions.id"))
    kind: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(_Moment)
    used_at: Mapped[datetime | None] = mapped_column(_Moment)  # of a refresh token: it was exchanged


class OneTimeToken(Base):
    """A token that does one thing once: register, reset_password, change_email or second_factor."""

    __tablename__ = "one_time_tokens"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[UUID | None] = mapped_column()
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(_Moment)
    used_at: Mapped[datetime | None] = mapped_column(_Moment)


class RecoveryCode(Base):
    """A code that stands in once for a lost second factor; only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(_Moment)


class IdentityProvider(Base):
    """An OpenID provider of one organization; `client_secret` is encrypted."""

    __tablename__ = "identity_providers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.organizations.id"))
    name: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(Text)
    client_secret: Mapped[str] = mapped_column(Text)
    enforced: Mapped[bool] = mapped_column(default=False)
    provision_role: Mapped[str | None] = mapped_column(Text)  # invite who is new here with this role
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)

    def __repr__(self) -> str:
        return f"IdentityProvider({self.id})"


class ProviderIdentity(Base):
    """Who a person is at a provider: the installation's own (no `provider_id`) or an organization's."""

    __tablename__ = "identities"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"))
    organization_id: Mapped[UUID | None] = mapped_column()
    provider_id: Mapped[UUID | None] = mapped_column()
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)


class Connection(Base):
    """A consent under way at a network: from its beginning to the choice of accounts.

    `sealed` is what the connector keeps meanwhile, `found` the accounts with their tokens; both encrypted.
    """

    __tablename__ = "connections"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column()
    brand_id: Mapped[UUID] = mapped_column()
    person_id: Mapped[UUID] = mapped_column()
    session_id: Mapped[UUID | None] = mapped_column()
    network: Mapped[str] = mapped_column(Text)
    state_hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(_Moment)
    found: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(_Moment)


class ApiKey(Base):
    """A key that acts as the member who made it, within its scopes; only the SHA-256 is kept."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column()
    person_id: Mapped[UUID] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    prefix: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    limited: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(_Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(_Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(_Moment)


class ApiKeyAccount(Base):
    """An account that a limited key is for."""

    __tablename__ = "api_key_accounts"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    api_key_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True)


class AuditEvent(Base):
    """A line of the audit trail. It outlives what it tells of, so it refers to nothing."""

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(_Moment, default=utc_now)
    organization_id: Mapped[UUID | None] = mapped_column()
    person_id: Mapped[UUID | None] = mapped_column()
    api_key_id: Mapped[UUID | None] = mapped_column()
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target_type: Mapped[str] = mapped_column(Text)
    target_id: Mapped[str | None] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    user_agent: Mapped[str | None] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
