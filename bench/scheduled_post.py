"""Schedule a post in a running installation and find it in the sandbox."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bench.rig import Rig
from foundation.database import Tenant, tenant_session, utc_now
from foundation.settings import get_settings
from identity.brands import brands
from identity.demo import ORGANIZATION_ID
from platforms.accounts import connected
from publishing.compose import create_post
from publishing.drafts import Draft


@dataclass(frozen=True)
class Scheduled:
    """A post that waits for its time (aware UTC), on so many accounts of one brand."""

    text: str
    due_at: datetime
    accounts: int


def schedule(rig: Rig, ahead_s: float) -> Scheduled:
    """Schedule a post on every account of the demo's first brand, `ahead_s` seconds from now."""
    text = f"Fresh from the oven at the corner shop, batch {uuid4().hex[:10]}"
    due_at = utc_now() + timedelta(seconds=ahead_s)
    with rig.as_environment():
        get_settings.cache_clear()
        try:
            with tenant_session(Tenant(ORGANIZATION_ID)) as session:
                brand = brands(session)[0]
                accounts = [account.id for account in connected(session) if account.brand_id == brand.id]
                create_post(session, ORGANIZATION_ID, Draft(brand.id, accounts, text, due_at=due_at))
        finally:
            get_settings.cache_clear()
    return Scheduled(text, due_at, len(accounts))


def accepted(rig: Rig, scheduled: Scheduled) -> list[dict[str, Any]]:
    """What the sandbox has accepted of it so far, one entry an account."""
    return [post for post in rig.sandbox("/_sandbox/posts")["posts"] if post["text"] == scheduled.text]


def wait_until_accepted(rig: Rig, scheduled: Scheduled, patience_s: float = 60) -> list[float]:
    """Wait for the post on all its accounts; returns each one's lateness in seconds.

    Raises:
        TimeoutError: it is not everywhere `patience_s` after its time.
    """
    until = scheduled.due_at + timedelta(seconds=patience_s)
    while len(found := accepted(rig, scheduled)) < scheduled.accounts:
        if utc_now() > until:
            raise TimeoutError(f"on {len(found)} of {scheduled.accounts} accounts by {until:%H:%M:%S} UTC")
        time.sleep(0.5)
    return [
        (datetime.fromisoformat(post["accepted_at"]) - scheduled.due_at).total_seconds() for post in found
    ]
