"""What has to be known when a browser comes back from the provider.

It travels with the browser, sealed with the key ring, in a cookie: so nothing is kept of sign-ins that are
never finished, and an answer that was meant for another browser fails.
"""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Final
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from foundation import keyring
from foundation.keyring import KeyRingError
from foundation.settings import Settings
from identity.errors import SignInError

LIFETIME_S: Final = 600  # from leaving for the provider to coming back
LATE: Final = "This sign-in took too long, or was begun in another browser. Please try again."
_CONTEXT: Final = "a sign-in by a provider"
_LONGEST_NEXT: Final = 1000  # bytes, of a cookie that holds 4,000


class State(BaseModel):
    """A sign-in that is under way; `expires` is in seconds since 1970, `next` where it leads in the end."""

    provider_id: UUID | None
    next: str
    state: str = Field(repr=False)
    nonce: str = Field(repr=False)
    verifier: str = Field(repr=False)
    expires: float

    def sealed(self, settings: Settings) -> str:
        """The value of the cookie."""
        return keyring.load(settings).encrypt(self.model_dump_json(), _CONTEXT)


def new_state(provider_id: UUID | None, next_path: str) -> State:
    """The state of a sign-in that begins now; a path too long for a cookie becomes the first page."""
    path = next_path.encode(errors="replace")
    return State(
        provider_id=provider_id,
        next=path.decode() if len(path) <= _LONGEST_NEXT else "/",
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        expires=time.time() + LIFETIME_S,
    )


def opened(sealed: str | None, given: str, settings: Settings) -> State:
    """The state of this browser's sign-in, if the `state` that came back is that one's.

    Raises:
        SignInError: there is none, it is another's, or it has expired.
    """
    try:
        state = State.model_validate_json(keyring.load(settings).decrypt(sealed or "", _CONTEXT))
    except (KeyRingError, ValidationError):
        raise SignInError(LATE) from None
    same = hmac.compare_digest(state.state.encode(), given.encode(errors="surrogatepass"))
    if not same or state.expires < time.time():
        raise SignInError(LATE)
    return state
