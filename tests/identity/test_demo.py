from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from foundation.database import tenant_session, worker_session
from foundation.settings import REPOSITORY, Settings, get_settings
from identity import api_keys, demo
from identity.brands import brands
from identity.errors import LinkError, SignInError
from identity.links import Purpose, make, take
from identity.models import Brand, Membership, Organization, Person
from identity.permissions import Permission, Role
from identity.principal import Origin, Principal
from identity.sessions import authenticate, open_browser, sign_in, signed_in
from identity.work import at_the_door, working
from platforms.accounts import CONNECTED, ConnectedAccount, connect, connected, usable
from platforms.contract import Credentials, RemoteAccount
from platforms.errors import NeedsReconnect
from tests.app.conftest import free_port
from tests.identity.people import PASSWORD, add_brand, add_person, cookie_for


@pytest.fixture(scope="module")
def sandbox_variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A sandbox that serves; what tells an installation where."""
    folder = tmp_path_factory.mktemp("sandbox")
    port = free_port()
    variables = {
        "ALLIN_SANDBOX_PORT": str(port),
        "ALLIN_SANDBOX_SMTP_PORT": "0",
        "ALLIN_SANDBOX_HOME": str(folder / "sandbox"),
    }
    log = folder / "sandbox.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=REPOSITORY,
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(150):
            assert process.poll() is None, log.read_text()
            try:
                httpx2.get(f"http://127.0.0.1:{port}/_sandbox/health", timeout=2)
                break
            except httpx2.TransportError:
                time.sleep(0.2)
        yield variables
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def sandboxed(
    settings: Settings, sandbox_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings of an installation whose sandbox serves."""
    assert settings
    for name, value in sandbox_variables.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    return get_settings()


def test_the_demo_is_complete_and_seeding_again_changes_nothing(sandboxed: Settings) -> None:
    first = demo.seed(sandboxed)
    with worker_session() as session:
        session.scalars(select(Brand)).first().colour = "#123456"  # type: ignore[union-attr]
    assert demo.seed(sandboxed) == first
    assert len(first) == 6

    principal = signed_in(opened(sandboxed.demo_email, sandboxed.demo_password.get_secret_value()))
    assert isinstance(principal, Principal)
    assert (principal.role, principal.organization_name) == (Role.OWNER, "Demo Agency")
    assert (principal.name, principal.super_admin) == ("Demo", True)
    with tenant_session(principal.tenant) as session:
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
    assert opened(sandboxed.demo_email, "another one") is not None
    assert opened(sandboxed.demo_email, "demo-allin") is None


def test_a_withdrawn_demo_lets_nobody_in_and_asks_no_network(sandboxed: Settings) -> None:
    _, elsewhere = add_person()
    ids = demo.seed(sandboxed)
    _move_account(ids[0], elsewhere, add_brand(elsewhere))
    token = _sign_in(sandboxed)
    principal = signed_in(token)
    assert isinstance(principal, Principal)
    with working(principal) as work:
        _, key = api_keys.create(work, "A key", [Permission.BRANDS_READ])
    with at_the_door() as door:
        link = make(door, Purpose.RESET_PASSWORD, person_id=demo.PERSON_ID)

    assert demo.withdraw(sandboxed) is True
    assert signed_in(token) is None
    assert _sign_in(sandboxed) is None
    with pytest.raises(SignInError):
        authenticate(key)
    with pytest.raises(LinkError), at_the_door() as door:
        take(door, Purpose.RESET_PASSWORD, link)
    with worker_session() as session:
        assert session.get_one(Person, demo.PERSON_ID).super_admin is False
    with worker_session() as session:
        assert [account.id for account in connected(session)] == ids[:1]  # another organization's stays
    for account_id in ids[1:]:
        with pytest.raises(NeedsReconnect, match="demo is off"):
            usable(account_id)
    assert demo.withdraw(sandboxed) is False


def test_a_demo_is_withdrawn_whatever_its_settings_are_by_now(
    sandboxed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.seed(sandboxed)
    monkeypatch.setenv("ALLIN_DEMO", "false")
    monkeypatch.setenv("ALLIN_DEMO_EMAIL", "someone@example.com")
    monkeypatch.setenv("ALLIN_DEMO_PASSWORD", "another one")
    get_settings.cache_clear()
    assert demo.withdraw(get_settings()) is True
    assert _sign_in(sandboxed) is None


def test_seeding_restores_a_withdrawn_demo(sandboxed: Settings) -> None:
    ids = demo.seed(sandboxed)
    before = _sign_in(sandboxed)
    demo.withdraw(sandboxed)
    assert demo.seed(sandboxed) == ids
    assert signed_in(_sign_in(sandboxed)) is not None
    assert signed_in(before) is None
    with worker_session() as session:
        assert {account.status for account in connected(session)} == {CONNECTED}
    assert all(usable(account_id).credentials.access_token for account_id in ids)
    assert demo.withdraw(sandboxed) is True


def test_what_is_connected_after_the_demo_stays_connected(sandboxed: Settings) -> None:
    demo.seed(sandboxed)
    demo.withdraw(sandboxed)
    with worker_session() as session:
        brand_id = brands(session)[0].id
        connect(session, demo.ORGANIZATION_ID, brand_id, RemoteAccount("x", "1", "@real", Credentials("t")))
    assert demo.withdraw(sandboxed) is False
    with worker_session() as session:
        assert [account.name for account in connected(session)] == ["@real"]


def test_without_a_demo_there_is_nothing_to_withdraw(settings: Settings) -> None:
    add_person()
    token = cookie_for("owner@example.com")
    assert demo.withdraw(settings) is False
    assert signed_in(token) is not None


def test_the_demo_never_takes_over_someone_elses_address(sandboxed: Settings) -> None:
    add_person(sandboxed.demo_email)
    with pytest.raises(IntegrityError):
        demo.seed(sandboxed)
    assert opened(sandboxed.demo_email, PASSWORD) is not None


def opened(email: str, password: str) -> str | None:
    """The cookie that address and password bring, or None."""
    try:
        return open_browser(sign_in(email, password, Origin()), Origin())
    except SignInError:
        return None


def _sign_in(settings: Settings) -> str | None:
    return opened(settings.demo_email, settings.demo_password.get_secret_value())


def _move_account(account_id: UUID, organization_id: UUID, brand_id: UUID) -> None:
    with worker_session() as session:
        account = session.get_one(ConnectedAccount, account_id)
        account.organization_id, account.brand_id = organization_id, brand_id


def test_without_a_sandbox_seeding_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings
    monkeypatch.setenv("ALLIN_SANDBOX_PORT", str(free_port()))
    get_settings.cache_clear()
    with pytest.raises(httpx2.ConnectError):
        demo.seed(get_settings())
    with worker_session() as session:
        assert session.scalar(select(func.count()).select_from(Organization)) == 0
