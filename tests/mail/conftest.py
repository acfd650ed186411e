"""A sandbox whose mailbox takes the mail, and settings that lead to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from foundation.settings import Settings
from mail.sender import Sender
from mail.transports import transport
from tests.sandbox.server import Running, running


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox for a module."""
    with running(tmp_path_factory.mktemp("sandbox"), days=2) as found:
        yield found


@pytest.fixture
def sandbox(shared_sandbox: Running) -> Running:
    """The sandbox with an empty mailbox and no faults."""
    for path in ("/_sandbox/mail", "/_sandbox/faults"):
        shared_sandbox.client.delete(path).raise_for_status()
    return shared_sandbox


@pytest.fixture
def by_smtp(settings: Settings, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that send to the mailbox by SMTP; processes started in the test have them too."""
    url = f"smtp://127.0.0.1:{sandbox.smtp_port}"
    monkeypatch.setenv("ALLIN_SMTP_URL", url)
    return settings.model_copy(update={"smtp_url": SecretStr(url)})


@pytest.fixture
def sender(by_smtp: Settings) -> Sender:
    """A sender to the mailbox, to be told when to send."""
    return Sender(transport(by_smtp), by_smtp, threading.Event())
