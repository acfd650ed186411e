"""An organization's own OpenID providers: set up, changed, tried out and deleted by its administrators.

A secret goes in and never comes out: it is stored encrypted, and shown to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Unpack
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from foundation.settings import Settings
from identity import changes, limits, oidc
from identity.audit import Action, Target, record
from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.limits import Limit
from identity.models import IdentityProvider
from identity.oidc.discovery import known
from identity.oidc.provider import ProviderError, of_organization
from identity.oidc.turns import turn
from identity.permissions import Permission, Role, may_grant, require
from identity.provider_fields import ProviderFields, ProviderOptions, checked
from identity.work import Door, Work

CHECKS: Final = Limit("provider_check", 20, 60)  # each holds a connection until the provider has answered


@dataclass(frozen=True)
class ProviderInfo:
    """What is shown of a provider.

    `sign_in_url` is where its people begin; `redirect_uri` has to be registered at the provider.
    """

    id: UUID
    name: str
    issuer: str
    client_id: str
    enforced: bool
    provision_role: Role | None
    enabled: bool
    created_at: datetime
    sign_in_url: str
    redirect_uri: str


@dataclass(frozen=True)
class CheckResult:
    """Whether a provider answers as it must, and one line for people that says so."""

    ok: bool
    message: str


def listed(work: Work) -> list[ProviderInfo]:
    """The organization's providers, by name.

    Raises:
        ForbiddenError: the caller may not manage them.
    """
    require(work.principal, Permission.PROVIDERS_MANAGE)
    rows = work.session.scalars(select(IdentityProvider).order_by(IdentityProvider.name, IdentityProvider.id))
    return [_info(row, work.settings) for row in rows]


def get(work: Work, provider_id: UUID) -> ProviderInfo:
    """One of them.

    Raises:
        ForbiddenError: the caller may not manage them.
        NotFoundError: there is no such provider.
    """
    return _info(_find(work, provider_id), work.settings)


def create(
    work: Work,
    name: str,
    issuer: str,
    client_id: str,
    client_secret: str,
    **options: Unpack[ProviderOptions],
) -> UUID:
    """A new provider. Returns its id.

    Raises:
        ForbiddenError: the caller may not, or could not make an ADMIN.
        InvalidError: an input can't be used.
        ConflictError: the organization has a provider of that name.
    """
    _require_trust(work)
    fields = {"name": name, "issuer": issuer, "client_id": client_id, "client_secret": client_secret}
    row = IdentityProvider(id=uuid4(), organization_id=work.principal.organization_id)
    row.enforced, row.enabled = False, True
    _, after = changes.apply(row, checked(work.settings, row.id, {**fields, **options}))
    work.session.add(row)
    _flush(work.session, row.name)
    record(work, Action.CREATED, _target(row), after=after)
    return row.id


def update(work: Work, provider_id: UUID, **fields: Unpack[ProviderFields]) -> None:
    """Change what is given of a provider.

    Raises:
        ForbiddenError: the caller may not, or could not make an ADMIN.
        InvalidError: an input can't be used; a new issuer without the secret is one of these.
        NotFoundError: there is no such provider.
        ConflictError: the organization has another provider of that name.
    """
    row = _find(work, provider_id, lock=True)
    _require_trust(work)
    values = checked(work.settings, row.id, fields)
    if values.get("issuer", row.issuer) != row.issuer and "client_secret" not in values:
        # Or whoever may change the address, but not see the secret, could have it sent to themselves.
        raise InvalidError("Type the client secret again: it belongs to the issuer.", field="client_secret")
    before, after = changes.apply(row, values)
    if after:
        _flush(work.session, row.name)
        record(work, Action.UPDATED, _target(row), before=before, after=after)


def delete(work: Work, provider_id: UUID) -> None:
    """Delete a provider; the sessions it opened end with it.

    Raises:
        ForbiddenError: the caller may not.
        NotFoundError: there is no such provider.
    """
    row = _find(work, provider_id, lock=True)
    work.session.delete(row)
    work.session.flush()
    before = {"name": row.name, "issuer": row.issuer, "client_id": row.client_id, "enforced": row.enforced}
    record(work, Action.DELETED, _target(row), before=before)


def check(work: Work, provider_id: UUID) -> CheckResult:
    """Ask the provider what it publishes. (The secret is tried by the first sign-in alone.)

    Raises:
        ForbiddenError: the caller may not manage providers.
        NotFoundError: there is no such provider.
        TooManyTriesError: it was asked too often.
    """
    row = _find(work, provider_id)
    limits.count(CHECKS, str(row.organization_id), work.settings)
    try:
        provider = of_organization(row, work.settings)
        with turn(provider):
            about = known(provider, fresh=True).metadata
    except ProviderError as error:
        return CheckResult(ok=False, message=str(error))
    return CheckResult(
        ok=True, message=f"{row.issuer} answers, and signs with {', '.join(about.algorithms)}."
    )


def enforced_for(where: Door | Session, organization_id: UUID) -> IdentityProvider | None:
    """The provider by which members have to enter the organization, if it enforces one.

    OWNERs keep their password as a way out, and API keys work on, for members made them.
    """
    session = where.session if isinstance(where, Door) else where
    query = select(IdentityProvider).where(
        IdentityProvider.organization_id == organization_id,
        IdentityProvider.enforced,
        IdentityProvider.enabled,
    )
    return session.scalar(query.order_by(IdentityProvider.name, IdentityProvider.id).limit(1))


def _require_trust(work: Work) -> None:
    """A provider says who people are, administrators too: who sets it up must be able to make them.

    Raises:
        ForbiddenError: the caller may not manage providers, or holds less than an ADMIN (as an API key may).
    """
    require(work.principal, Permission.PROVIDERS_MANAGE)
    if not may_grant(work.principal, Role.ADMIN, None):
        raise ForbiddenError("This takes all permissions of an administrator. Sign in, or use another key.")


def _find(work: Work, provider_id: UUID, *, lock: bool = False) -> IdentityProvider:
    require(work.principal, Permission.PROVIDERS_MANAGE)
    query = select(IdentityProvider).where(IdentityProvider.id == provider_id)
    row = work.session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFoundError("There is no such identity provider.")
    return row


def _flush(session: Session, name: str) -> None:
    """Write the provider; the one thing that can be in the way is another one's name."""
    try:
        session.flush()
    except IntegrityError:
        raise ConflictError(f"There is an identity provider named {name} already.", field="name") from None


def _info(row: IdentityProvider, settings: Settings) -> ProviderInfo:
    return ProviderInfo(
        id=row.id,
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        enforced=row.enforced,
        provision_role=Role(row.provision_role) if row.provision_role else None,
        enabled=row.enabled,
        created_at=row.created_at,
        sign_in_url=f"{settings.public_url}/sso/{row.id}",
        redirect_uri=oidc.redirect_uri(settings, row.organization_id),
    )


def _target(row: IdentityProvider) -> Target:
    return Target("identity_provider", row.id, row.name)
