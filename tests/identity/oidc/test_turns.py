"""A provider that answers slowly holds up its own organization, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID, uuid4

import pytest

from identity.errors import SignInError
from identity.oidc import turns
from identity.oidc.provider import Provider, ProviderError
from identity.oidc.turns import OF_ONE, OF_ORGANIZATIONS, turn
from tests.identity.oidc import world
from tests.identity.oidc.conftest import Sso


@pytest.fixture
def waiting() -> Iterator[ExitStack]:
    """Those who wait; in the end nobody does."""
    with ExitStack() as stack:
        yield stack
    assert not turns._waiting


def of(organization_id: UUID | None) -> Provider:
    return Provider(None, organization_id, "Test ID", "https://login.example.com", "allin", "secret")


def wait_for(stack: ExitStack, organization_id: UUID | None, times: int) -> None:
    for _ in range(times):
        stack.enter_context(turn(of(organization_id)))


def test_a_few_wait_for_one_organizations_and_somewhat_more_for_all(waiting: ExitStack) -> None:
    one = uuid4()
    wait_for(waiting, one, OF_ONE)
    with pytest.raises(ProviderError), turn(of(one)):
        pass
    for _ in range(OF_ORGANIZATIONS - OF_ONE):
        wait_for(waiting, uuid4(), 1)
    with pytest.raises(ProviderError), turn(of(uuid4())):
        pass
    wait_for(waiting, None, OF_ONE)
    with pytest.raises(ProviderError), turn(of(None)):
        pass


def test_who_comes_meanwhile_is_asked_to_try_again(sso: Sso, waiting: ExitStack) -> None:
    here, elsewhere = world.organization(), world.organization("Elsewhere")
    ours, theirs = world.provider(sso.settings, here), world.provider(sso.settings, elsewhere)
    wait_for(waiting, here, OF_ONE)
    with pytest.raises(SignInError, match="try again"):
        sso.begin(ours)
    assert sso.begin(theirs)
    waiting.close()
    assert sso.begin(ours)
