"""Threads' connector on the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.settings import Settings
from platforms.contract import Account, Network
from platforms.threads.network import build
from tests.platforms.conftest import Sandbox, as_account
from tests.platforms.meta.steps import Files, Scene, own_sandbox, served, without_pauses
from tests.platforms.threads import case


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
def threads(sandbox: Sandbox) -> Network:
    """The connector."""
    access = sandbox.get("world")["brands"][0]["threads"]
    return build(Settings(**case.settings(sandbox.url, access)))


def account_of(sandbox: Sandbox, network: Network, brand: int = 0) -> Account:
    """A connected account."""
    access = sandbox.get("world")["brands"][brand]["threads"]
    return as_account(network.connect.accounts(case.credentials(access))[0])


@pytest.fixture
def scene(sandbox: Sandbox, threads: Network, files: Files) -> Scene:
    """The first brand's profile."""
    return Scene(threads, account_of(sandbox, threads), sandbox, files)
