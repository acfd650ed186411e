"""What a provider publishes of itself: its endpoints (OpenID Connect Discovery 1.0) and its keys (RFC 7517).

Both are kept for ten minutes in this process, and asked for again at once when a token names a key that is
not among them. That a provider does not answer is remembered for some seconds, so that a dead one can't hold
up everything else.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx2
from authlib.oidc.discovery import get_well_known_url
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key
from pydantic import BaseModel, Field, ValidationError

from foundation.outgoing import AddressRefusedError, AnswerTooLargeError, guarded_client
from identity.oidc.provider import Provider, ProviderError, is_usable

# Signatures that only the provider can make; whoever knows a shared secret could make the others.
ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
TIMEOUT_S: Final = 5.0
MAX_BYTES: Final = 512 * 1024
_KEPT_S, _FAILED_S, _MOST_KEPT, _MOST_KEYS = 600.0, 15.0, 500, 100


class Metadata(BaseModel):
    """The part of the discovery document that is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str] = Field(default=["RS256"])
    token_endpoint_auth_methods_supported: list[str] = Field(default=["client_secret_basic"])
    authorization_response_iss_parameter_supported: bool = False

    @property
    def algorithms(self) -> list[str]:
        """What the provider signs with, and we accept."""
        return [name for name in self.id_token_signing_alg_values_supported if name in ALGORITHMS]

    @property
    def secret_method(self) -> str | None:
        """How the provider wants to be shown the client's secret."""
        wanted = self.token_endpoint_auth_methods_supported
        return next((name for name in ("client_secret_basic", "client_secret_post") if name in wanted), None)


class _Keys(BaseModel):
    keys: list[dict[str, Any]] = Field(max_length=_MOST_KEYS)


@dataclass(frozen=True)
class Known:
    """What is known of a provider."""

    metadata: Metadata
    keys: KeySet


@dataclass(frozen=True)
class _Kept:
    found: Known | ProviderError
    until: float  # on the monotonic clock


_kept: dict[tuple[str, frozenset[str]], _Kept] = {}


def known(provider: Provider, *, fresh: bool = False) -> Known:
    """The provider's endpoints and keys; with `fresh`, as they are at this moment.

    Raises:
        ProviderError: it does not answer, or not as it must.
    """
    key = (provider.issuer, provider.allow)
    kept = _kept.get(key)
    if fresh or kept is None or kept.until < time.monotonic():
        kept = _keep(key, provider)
    if isinstance(kept.found, ProviderError):
        raise ProviderError(str(kept.found))
    return kept.found


def _keep(key: tuple[str, frozenset[str]], provider: Provider) -> _Kept:
    try:
        found: Known | ProviderError = _ask(provider)
    except ProviderError as error:
        found = error
    lasts_s = _FAILED_S if isinstance(found, ProviderError) else _KEPT_S
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = _Kept(found, time.monotonic() + lasts_s)
    return _kept[key]


def _ask(provider: Provider) -> Known:
    document = get(provider, get_well_known_url(provider.issuer, external=True))
    metadata = parsed(Metadata, document, "The discovery document is not as OpenID Connect wants it.")
    if metadata.issuer != provider.issuer:
        raise ProviderError("The provider names another issuer than the one that is set here.")
    for endpoint in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri):
        if not is_usable(endpoint, provider.allow):
            raise ProviderError("The provider names an endpoint that is not an https address.")
    if not metadata.algorithms:
        raise ProviderError(f"The provider signs with none of {', '.join(sorted(ALGORITHMS))}.")
    if metadata.secret_method is None:
        raise ProviderError("The provider takes the client's secret neither by Basic nor in the form.")
    keys = parsed(_Keys, get(provider, metadata.jwks_uri), "The provider's keys can't be read.")
    usable = [key for key in map(_imported, keys.keys) if key is not None]
    if not usable:
        raise ProviderError("The provider publishes no key that can be used.")
    return Known(metadata, KeySet(usable))


def get(provider: Provider, url: str, *, bearer: str | None = None) -> bytes:
    """What the provider answers at an address.

    Raises:
        ProviderError: nothing that can be used.
    """
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    try:
        with guarded_client(allow=provider.allow, max_bytes=MAX_BYTES, timeout_s=TIMEOUT_S) as client:
            answer = client.get(url, headers=headers)
    except (httpx2.TransportError, httpx2.InvalidURL, UnicodeEncodeError) as error:
        raise unreachable(error) from None
    if answer.status_code != 200:
        raise ProviderError(f"The provider answers with HTTP {answer.status_code} at {url}")
    return answer.content


def unreachable(error: Exception) -> ProviderError:
    """What became of a request that brought no answer, in words."""
    if isinstance(error, AddressRefusedError):
        return ProviderError("The provider's address is not an https address on the public internet.")
    if isinstance(error, AnswerTooLargeError):
        return ProviderError("The provider's answer is too large.")
    if isinstance(error, httpx2.TimeoutException):
        return ProviderError("The provider did not answer in time.")
    return ProviderError("The provider can't be reached.")


_Model = TypeVar("_Model", bound=BaseModel)


def parsed(model: type[_Model], document: bytes, problem: str) -> _Model:
    """A JSON document as the model.

    Raises:
        ProviderError: it is none, with the problem as its message.
    """
    try:
        return model.model_validate_json(document)
    except ValidationError:
        raise ProviderError(problem) from None


def _imported(document: dict[str, Any]) -> Key | None:
    """A key, or None for what is no public key of a kind that is known (RFC 7517, section 5: skip it)."""
    if document.get("kty") not in ("RSA", "EC", "OKP") or document.get("use", "sig") != "sig":
        return None
    try:
        return import_key(document)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError, UnsupportedAlgorithm):
        return None
