"""Instagram's connector on the sandbox, with an account of either login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.settings import Settings
from platforms.contract import Account, Network
from platforms.instagram.network import build
from tests.platforms.conftest import Sandbox, as_account
from tests.platforms.instagram import case
from tests.platforms.meta.steps import Files, Scene, own_sandbox, served, without_pauses


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of these tests."""
    with own_sandbox(tmp_path_factory.mktemp("sandbox")) as found:
        yield found


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """A folder whose files have addresses."""
    folder: Path = tmp_path_factory.mktemp("media")
    with served(folder) as url:
        yield Files(folder, url)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read that failed is repeated at once; what has to be waited for is waited for."""
    without_pauses(monkeypatch)


@pytest.fixture
def instagram(sandbox: Sandbox) -> Network:
    """The connector."""
    access = sandbox.get("world")["brands"][0]["instagram"]
    return build(Settings(**case.settings(sandbox.url, access)))


def account_of(sandbox: Sandbox, network: Network, brand: int = 0) -> Account:
    """A connected account, by Instagram's login."""
    access = sandbox.get("world")["brands"][brand]["instagram"]
    return as_account(network.connect.accounts(case.credentials(access))[0])


@pytest.fixture
def scene(sandbox: Sandbox, instagram: Network, files: Files) -> Scene:
    """The first brand's account."""
    return Scene(instagram, account_of(sandbox, instagram), sandbox, files)
