"""How the provider misbehaves on demand: ``POST /_sandbox/oidc`` arms the next sign-ins."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from sandbox.control import from_this_machine
from sandbox.oidc.keys import rotate
from sandbox.services import Services, services
from sandbox.store import Store

Mischief = Literal[
    "wrong_nonce",
    "wrong_audience",
    "wrong_party",  # one of several audiences, and issued to another
    "wrong_issuer",
    "expired",
    "from_the_future",
    "unsigned",
    "other_key",
    "unknown_key",
    "hs256",
    "unverified_email",
    "no_email",
    "thin_token",  # no lie: address and name are at the userinfo endpoint alone
    "other_userinfo",  # as before, but there they are somebody else's
    "token_error",
    "rotate_keys",
]
MISCHIEFS: tuple[str, ...] = get_args(Mischief)
_ARMED, _TIMES = "oidc_next", "oidc_times"

router = APIRouter(prefix="/_sandbox/oidc", dependencies=[Depends(from_this_machine)])
Sandbox = Annotated[Services, Depends(services)]


class Arm(BaseModel):
    """What to do at the next sign-ins, and at how many; `next` null disarms. Keys rotate at once."""

    model_config = ConfigDict(extra="forbid")
    next: Mischief | None
    times: Annotated[int, Field(ge=1, le=1000)] = 1
    realm: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,40}$")] = ""  # whose keys rotate


@router.post("")
async def arm(order: Arm, sandbox: Sandbox) -> dict[str, Any]:
    """Arm, disarm, or rotate the keys."""
    if order.next == "rotate_keys":
        rotate(sandbox.store, order.realm)
        return {"next": None, "times": 0}
    times = order.times if order.next else 0
    sandbox.store.replace(_ARMED, order.next or "")
    sandbox.store.replace(_TIMES, str(times))
    return {"next": order.next, "times": times}


def take(store: Store) -> str:
    """What the sign-in that starts now is to suffer; "" is nothing. Each armed time is used once."""
    left = int(store.remember(_TIMES, "0"))
    if left == 0:
        return ""
    store.replace(_TIMES, str(left - 1))
    return store.remember(_ARMED, "")
