"""The sandbox on a free port, and one account of each network on it."""

from __future__ import annotations

import importlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from foundation.settings import Settings
from platforms.contract import Account, Credentials, Network, RemoteAccount
from platforms.registry import NETWORK_KEYS, network
from sandbox.app import create_app
from sandbox.services import open_services
from sandbox.settings import Settings as SandboxSettings


class Sandbox:
    """The running sandbox and its control interface."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = httpx2.Client(base_url=f"{url}/_sandbox/", trust_env=False)
        self.brand: dict[str, Any] = self.get("world")["brands"][0]

    def get(self, path: str, **params: str) -> Any:
        return self._control.get(path, params=params).raise_for_status().json()

    def fault(self, network_key: str, endpoint: str, kind: str, **more: Any) -> None:
        """Arm a fault, once unless told otherwise."""
        body = {"network": network_key, "endpoint": endpoint, "kind": kind, "times": 1, **more}
        self._control.post("faults", json=body).raise_for_status()

    def hits(self) -> int:
        """How often the armed faults struck."""
        return sum(fault["hits"] for fault in self.get("faults")["faults"])

    def clear_faults(self) -> None:
        self._control.delete("faults").raise_for_status()

    def accepted(self, text: str) -> list[dict[str, Any]]:
        """What was accepted with this text, on any account."""
        return [post for post in self.get("posts")["posts"] if text in post["text"]]

    def access(self, key: str, brand: int = 0) -> dict[str, Any]:
        """Fresh tokens of a brand's account on a network, as the stand-in gives them."""
        found: dict[str, Any] = self.get("world")["brands"][brand][key]
        return found

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock on."""
        self._control.post("clock", json={"advance_s": seconds}).raise_for_status()

    def now(self) -> datetime:
        """The sandbox's time (UTC), ahead of real time by what tests have moved it."""
        return datetime.fromisoformat(self.get("clock")["now"]).astimezone(UTC)

    def user_credentials(self, key: str) -> Credentials:
        """What a person brings from the network's consent."""
        found: Credentials = case_module(key).credentials(self.access(key))
        return found


@contextmanager
def serving(home: Path, **settings: int) -> Iterator[Sandbox]:
    """A sandbox with these settings on a free port."""
    services = open_services(SandboxSettings(home=home, **settings))  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(create_app(services), log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Sandbox(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True
        thread.join()
    services.store.close()


@pytest.fixture(scope="session")
def sandbox_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with serving(tmp_path_factory.mktemp("sandbox"), days=200) as found:
        yield found


@pytest.fixture
def sandbox(sandbox_server: Sandbox) -> Iterator[Sandbox]:
    """The sandbox without armed faults."""
    sandbox_server.clear_faults()
    yield sandbox_server
    sandbox_server.clear_faults()


def pointed_at(sandbox: Sandbox) -> Settings:
    """Settings whose networks are the sandbox."""
    return Settings(sandbox_port=int(sandbox.url.rpartition(":")[2]))


def case_module(key: str) -> Any:
    """What the tests have to know of a network: its folder's ``case.py``."""
    return importlib.import_module(f"tests.platforms.{key}.case")


@dataclass(frozen=True)
class Case:
    """One network under test with an account on it."""

    network: Network
    account: Account
    sandbox: Sandbox

    @property
    def own(self) -> Any:
        """What is particular to the network: `tests.platforms.<key>.case`."""
        return case_module(self.network.key)

    @property
    def publish_endpoint(self) -> str:
        """The call that makes a post public, as faults name it."""
        return str(self.own.SUBMIT)

    @property
    def posts_endpoint(self) -> str:
        """The listing of posts, as faults name it."""
        return str(self.own.LISTING)


def as_account(remote: RemoteAccount) -> Account:
    return Account(
        "a", "o", remote.network, remote.external_id, remote.name, remote.credentials, remote.server
    )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tests put the files that networks fetch."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def media_url(media_folder: Path) -> Iterator[Callable[[Path], str]]:
    """The public address of a file in that folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(media_folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield lambda path: f"http://127.0.0.1:{server.server_port}/{path.relative_to(media_folder)}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def case_of(sandbox: Sandbox) -> Callable[[str], Case]:
    def make(key: str) -> Case:
        connector = network(key, pointed_at(sandbox))
        remote = connector.connect.accounts(sandbox.user_credentials(key))[0]
        return Case(connector, as_account(remote), sandbox)

    return make


@pytest.fixture(params=NETWORK_KEYS)
def case(request: pytest.FixtureRequest, case_of: Callable[[str], Case]) -> Case:
    """Each network in turn."""
    return case_of(request.param)
