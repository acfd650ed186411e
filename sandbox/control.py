"""The control interface: what there is to connect, what was accepted, the truth, the clock and the faults."""

from __future__ import annotations

from datetime import UTC
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from sandbox.faults import FaultSpec
from sandbox.model import Brand
from sandbox.services import Services, services
from sandbox.standin import StandIn
from sandbox.standins import NETWORKS
from sandbox.store import Accepted


async def from_this_machine(request: Request) -> None:
    """Refuse with 403 whoever is not on the loopback interface: there are tokens to be had here."""
    if request.client is None or not ip_address(request.client.host).is_loopback:
        raise HTTPException(403, "the control interface answers this machine only")


router = APIRouter(prefix="/_sandbox", dependencies=[Depends(from_this_machine)])
Sandbox = Annotated[Services, Depends(services)]


class Advance(BaseModel):
    """How far to move the clock."""

    model_config = ConfigDict(extra="forbid")
    advance_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]


@router.get("/health")
async def health(sandbox: Sandbox) -> dict[str, Any]:
    """Whether it runs, and which world."""
    return {"status": "ok", "world": sandbox.world.fingerprint, "accounts": len(sandbox.timeline.accounts)}


@router.get("/world")
async def world(sandbox: Sandbox) -> dict[str, Any]:
    """Brands with what connects their accounts; each call gives new tokens, old ones stay valid."""
    return {"brands": [_brand(sandbox, brand) for brand in sandbox.world.brands]}


def _brand(sandbox: Services, brand: Brand) -> dict[str, Any]:
    return {
        "key": brand.key,
        "name": brand.name,
        "timezone": brand.timezone,
        "colour": brand.colour,
        **{network.key: _access(sandbox, brand, network) for network in NETWORKS},
    }


def _access(sandbox: Services, brand: Brand, network: StandIn) -> dict[str, Any] | None:
    account = next((account for account in brand.accounts if account.network == network.key), None)
    return network.access(sandbox, account.id) if account else None


@router.get("/truth")
async def truth(sandbox: Sandbox) -> dict[str, Any]:
    """What is true of the world and no network would say."""
    return sandbox.world.truth(sandbox.clock.now())


@router.get("/posts")
async def posts(sandbox: Sandbox, network: str | None = None, account: str | None = None) -> dict[str, Any]:
    """Everything accepted through the networks' interfaces, oldest first."""
    return {"posts": [_post(post) for post in sandbox.store.accepted(network, account)]}


def _post(post: Accepted) -> dict[str, Any]:
    return {
        "id": post.id,
        "network": post.network,
        "account": post.account,
        "text": post.text,
        "accepted_at": post.accepted_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "payload": post.payload,
        "deleted": post.deleted_at is not None,
    }


@router.get("/clock")
async def read_clock(sandbox: Sandbox) -> dict[str, Any]:
    """The sandbox's time and how far it is ahead of real time."""
    now = sandbox.clock.now().isoformat(timespec="microseconds")
    return {"now": now, "offset_s": sandbox.clock.offset_s}


@router.post("/clock")
async def advance_clock(advance: Advance, sandbox: Sandbox) -> dict[str, Any]:
    """Move the clock forward."""
    sandbox.clock.advance(advance.advance_s)
    return await read_clock(sandbox)


@router.post("/faults", status_code=201)
async def add_fault(spec: FaultSpec, sandbox: Sandbox) -> dict[str, Any]:
    """Arm a fault."""
    return sandbox.faults.add(spec)


@router.get("/faults")
async def list_faults(sandbox: Sandbox) -> dict[str, Any]:
    """Armed and used-up faults with how often each struck."""
    return {"faults": sandbox.faults.all()}


@router.delete("/faults")
async def clear_faults(sandbox: Sandbox) -> dict[str, Any]:
    """Disarm all faults."""
    return {"deleted": sandbox.faults.clear()}


@router.delete("/faults/{fault_id}")
async def clear_fault(fault_id: int, sandbox: Sandbox) -> dict[str, Any]:
    """Disarm one fault."""
    if not sandbox.faults.clear(fault_id):
        raise HTTPException(404, "no such fault")
    return {"deleted": 1}
