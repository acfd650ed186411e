from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from foundation.database import tenant_session, worker_session
from foundation.settings import REPOSITORY, Settings, get_settings
from identity import demo
from identity.brands import brands
from identity.models import Brand, Membership, Organization, Person
from identity.roles import MemberRole
from identity.sessions import sign_in, signed_in
from platforms.accounts import ConnectedAccount, connected, usable
from tests.app.conftest import free_port


@pytest.fixture
def sandboxed(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation whose sandbox serves."""
    assert settings
    monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(free_port()))
    monkeypatch.setenv("ALLIN_SANDBOX_HOME", str(tmp_path / "sandbox"))
    get_settings.cache_clear()
    with (tmp_path / "sandbox.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=REPOSITORY,
            env=dict(os.environ),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(150):
            try:
                httpx2.get(f"{get_settings().sandbox_url}/_sandbox/health", timeout=2)
                break
            except httpx2.TransportError:
                time.sleep(0.2)
        yield get_settings()
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_the_demo_is_complete_and_seeding_again_changes_nothing(sandboxed: Settings) -> None:
    first = demo.seed(sandboxed)
    with worker_session() as session:
        session.scalars(select(Brand)).first().colour = "#123456"  # type: ignore[union-attr]
    assert demo.seed(sandboxed) == first
    assert len(first) == 6

    token = sign_in(sandboxed.demo_email, sandboxed.demo_password.get_secret_value())
    principal = signed_in(token)
    assert principal is not None
    assert (principal.role, principal.organization_name) == (MemberRole.OWNER, "Demo Agency")
    with tenant_session(principal.organization_id) as session:
        listed, accounts = brands(session), connected(session)
    assert len({brand.timezone for brand in listed}) == 3
    assert all(brand.logo and brand.logo.startswith(b"<svg") for brand in listed)
    assert "#123456" in {brand.colour for brand in listed}
    assert {(account.brand_id, account.network) for account in accounts} == {
        (brand.id, network) for brand in listed for network in ("facebook", "x")
    }
    with worker_session() as session:
        counts = [
            session.scalar(select(func.count()).select_from(model))
            for model in (Organization, Person, Membership, Brand, ConnectedAccount)
        ]
    assert counts == [1, 1, 1, 3, 6]
    assert usable(first[0]).credentials.access_token


def test_the_password_is_that_of_the_settings(sandboxed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    demo.seed(sandboxed)
    monkeypatch.setenv("ALLIN_DEMO_PASSWORD", "another one")
    get_settings.cache_clear()
    demo.seed(get_settings())
    assert sign_in(sandboxed.demo_email, "another one") is not None
    assert sign_in(sandboxed.demo_email, "demo-allin") is None


def test_without_a_sandbox_seeding_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings
    monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(free_port()))
    get_settings.cache_clear()
    with pytest.raises(httpx2.ConnectError):
        demo.seed(get_settings())
    with worker_session() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 0
