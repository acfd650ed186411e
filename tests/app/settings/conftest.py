"""An organization with somebody in every role, and its settings pages as each of them sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.shell import access
from foundation.settings import Settings
from identity import api_keys, invitations, providers
from identity.permissions import Permission, Role
from identity.principal import Principal
from tests.app.world import World, connected_world
from tests.identity.acting import ORIGIN, acting, principal
from tests.identity.people import add_member, cookie_for

OWNER = "owner@example.com"
Look = Callable[[str], AppTest]


@dataclass(frozen=True)
class Agency:
    """An organization of two brands with four accounts, and the ids of its members by address."""

    world: World
    members: dict[str, UUID]

    def member(self, email: str = OWNER) -> Principal:
        """The member as they are now."""
        return principal(self.members[email], self.world.organization_id)


@pytest.fixture
def agency(settings: Settings) -> Agency:
    """OWNER, ADMIN, EDITOR, MEMBER and VIEWER of the whole; ADMIN and CLIENT of the first brand."""
    del settings  # of this test's own database
    world = connected_world()
    add = partial(add_member, world.organization_id)
    first = world.brand_ids[:1]
    members = {OWNER: world.person_id}
    for role in (Role.ADMIN, Role.EDITOR, Role.MEMBER, Role.VIEWER):
        members[f"{role.lower()}@example.com"] = add(f"{role.lower()}@example.com", role)
    members["client@example.com"] = add("client@example.com", Role.CLIENT, first)
    members["limited@example.com"] = add("limited@example.com", Role.ADMIN, first)
    return Agency(world, members)


@pytest.fixture
def busy(agency: Agency) -> Agency:
    """The same with an open invitation, an API key and an identity provider."""
    with acting(agency.member()) as work:
        invitations.invite(work, "invited@example.com", Role.VIEWER)
        invitations.invite(work, "for-brand@example.com", Role.VIEWER, frozenset(agency.world.brand_ids[:1]))
        api_keys.create(work, "Report", [Permission.POSTS_READ])
        providers.create(work, "Acme ID", "https://login.example.com", "client", "a-secret")
    return agency


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], AppTest]:
    """Run a page of the settings as the person with this address.

    Streamlit's test runner has no browser: the page gets a real session's token, and a known origin.
    """

    def run(page: str, email: str = OWNER) -> AppTest:
        token = cookie_for(email)
        monkeypatch.setattr(access, "browser_token", lambda: token)
        monkeypatch.setattr(access, "browser_origin", lambda: ORIGIN)
        script = f"from app.pages.settings import {page}\n{page}.page()"
        test = AppTest.from_string(script, default_timeout=60).run()
        assert not test.exception
        return test

    return run
