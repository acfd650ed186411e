"""The organization's own OpenID providers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Body

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Listed
from app.api.schemas.credentials import NewProvider, Provider, ProviderChanges, ProviderCheck
from identity import providers
from identity.permissions import Permission
from identity.work import Work

router = Router("identity-providers")
Managing = Annotated[Work, member(Permission.PROVIDERS_MANAGE)]


@router.get("/identity-providers", summary="List the identity providers")
def list_all(work: Managing) -> Listed[Provider]:
    """By name, all on one page."""
    found = providers.listed(work)
    return Listed(items=[Provider.model_validate(one) for one in found], next_cursor=None)


@router.post("/identity-providers", status_code=201, summary="Set up an identity provider")
def create(new: NewProvider, work: Managing) -> Provider:
    """The secret goes in and is shown to nobody."""
    return Provider.model_validate(providers.get(work, providers.create(work, **new.model_dump())))


@router.get("/identity-providers/{provider_id:uuid}", summary="One identity provider")
def get(provider_id: UUID, work: Managing) -> Provider:
    """Without its secret."""
    return Provider.model_validate(providers.get(work, provider_id))


@router.patch("/identity-providers/{provider_id:uuid}", summary="Change an identity provider")
def update(provider_id: UUID, changes: Annotated[ProviderChanges, Body()], work: Managing) -> Provider:
    """Changes what is sent."""
    providers.update(work, provider_id, **changes)
    return Provider.model_validate(providers.get(work, provider_id))


@router.delete(
    "/identity-providers/{provider_id:uuid}", status_code=204, summary="Delete an identity provider"
)
def delete(provider_id: UUID, work: Managing) -> None:
    """The sessions that it opened end with it."""
    providers.delete(work, provider_id)


@router.post("/identity-providers/{provider_id:uuid}/test", summary="Does an identity provider answer?")
def check(provider_id: UUID, work: Managing) -> ProviderCheck:
    """Asks it for what it publishes. The secret is tried by the first sign-in alone."""
    return ProviderCheck.model_validate(providers.check(work, provider_id))
