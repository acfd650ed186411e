"""Models of identity providers, API keys and the audit trail."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, with_config
from typing_extensions import TypedDict

from app.api.schemas.common import IN, STORABLE, At, Bool, Id, Ids, In, Moment, Name, Out, SomeIds
from identity.permissions import Permission, Role
from identity.provider_fields import MAX_CLIENT_ID, MAX_ISSUER, MAX_SECRET

ISSUER = "https://login.example.com"
Issuer = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=MAX_ISSUER,
        pattern=STORABLE,
        description="An https address.",
        examples=[ISSUER],
    ),
]
ClientId = Annotated[
    str,
    Field(strict=True, min_length=1, max_length=MAX_CLIENT_ID, pattern=STORABLE, examples=["allin"]),
]
Secret = Annotated[
    str,
    Field(
        strict=True,
        min_length=1,
        max_length=MAX_SECRET,
        pattern=STORABLE,
        description="Shown to nobody.",
        examples=["of the provider"],
    ),
]
Enforced = Annotated[Bool, Field(description="Members but OWNERs enter the organization by it alone.")]
Provision = Annotated[Role | None, Field(description="The role that who is new there is invited with.")]


class Provider(Out):
    """An OpenID provider of the organization; `redirect_uri` has to be registered there."""

    id: Id
    name: str = Field(examples=["Company sign-in"])
    issuer: str = Field(examples=[ISSUER])
    client_id: str = Field(examples=["allin"])
    enforced: bool
    provision_role: Role | None
    enabled: bool
    created_at: At
    sign_in_url: str
    redirect_uri: str


class NewProvider(In):
    """A provider to set up."""

    name: Name
    issuer: Issuer
    client_id: ClientId
    client_secret: Secret
    enforced: Enforced = False
    provision_role: Provision = None
    enabled: Bool = True


@with_config(IN)
class ProviderChanges(TypedDict, total=False):
    """What to change of a provider; the rest stays. A new issuer needs the secret again."""

    name: Name
    issuer: Issuer
    client_id: ClientId
    client_secret: Secret
    enforced: Enforced
    provision_role: Provision
    enabled: Bool


class ProviderCheck(Out):
    """Whether the provider answers as it must."""

    ok: bool
    message: str


Scopes = Annotated[
    list[Permission],
    BeforeValidator(lambda found: sorted(found) if isinstance(found, frozenset) else found),
    Field(examples=[["brands:read", "posts:read"]]),
]


class ApiKey(Out):
    """A key without the key; `prefix` is how it begins. `account_ids` null is every account you see."""

    id: Id
    name: str = Field(examples=["Nightly export"])
    prefix: str = Field(examples=["allin_k3Jx0a"])
    person_id: Id
    person_email: str = Field(examples=["person@example.com"])
    scopes: Scopes
    account_ids: Ids | None
    created_at: At
    expires_at: At | None
    last_used_at: At | None
    revoked_at: At | None


class ApiKeyMade(ApiKey):
    """A new key; `key` is shown this once."""

    key: str = Field(examples=["allin_k3Jx0a…"])


class NewApiKey(In):
    """A key to make: what it may do, of what you may."""

    name: Annotated[Name, Field(examples=["Nightly export"])]
    scopes: Annotated[Scopes, Field(min_length=1, max_length=len(Permission))]
    account_ids: Annotated[SomeIds | None, Field(description="null is every account you see.")] = None
    expires_at: Annotated[Moment | None, Field(description="null is never.")] = None


class Event(Out):
    """Who did what to what, when and from where. `before` and `after` are the settings that changed."""

    id: int
    at: At
    actor: str = Field(examples=["person@example.com"])
    person_id: Id | None
    api_key_id: Id | None
    action: str = Field(examples=["updated"])
    target_type: str = Field(examples=["brand"])
    target_id: str | None
    target: str = Field(examples=["Nordlicht"])
    ip: str | None = Field(examples=["192.0.2.7"])
    user_agent: str | None
    before: dict[str, Any] | None = Field(examples=[{"colour": "#2456e6"}])
    after: dict[str, Any] | None = Field(examples=[{"colour": "#0b7a75"}])
