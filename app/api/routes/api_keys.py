"""API keys of the organization."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from app.api.callers import member
from app.api.route import Router
from app.api.schemas.common import Cursor, Limit, Listed, listed
from app.api.schemas.credentials import ApiKey, ApiKeyMade, NewApiKey
from identity import api_keys
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.work import Work

router = Router("api-keys")
Managing = Annotated[Work, member(Permission.API_KEYS_MANAGE)]


@router.get("/api-keys", summary="List the API keys")
def list_all(work: Managing, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Listed[ApiKey]:
    """The newest first, those that are over too."""
    return listed(api_keys.listed(work, limit=limit, cursor=cursor), ApiKey)


@router.post("/api-keys", status_code=201, summary="Make an API key")
def create(new: NewApiKey, work: Managing) -> ApiKeyMade:
    """It acts as you, within its scopes and accounts. This answer is the only one that shows it."""
    made, key = api_keys.create(work, new.name, new.scopes, new.account_ids, new.expires_at)
    return ApiKeyMade(**vars(made), key=key)


@router.get("/api-keys/{key_id:uuid}", summary="One API key")
def get(key_id: UUID, work: Managing) -> ApiKey:
    """Without the key itself."""
    return ApiKey.model_validate(api_keys.get(work, key_id))


@router.delete("/api-keys/{key_id:uuid}", status_code=204, summary="End an API key")
def revoke(key_id: UUID, work: Managing) -> None:
    """At once."""
    api_keys.revoke(work, key_id)
