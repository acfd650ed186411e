"""From a consent to connected accounts: bound to who began it, once, and within one brand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity import accounts, brands, connecting
from identity.connecting import ConnectError
from identity.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from identity.models import Connection
from identity.permissions import Role
from identity.principal import Origin, Principal
from platforms.account_rows import CONNECTED, DISCONNECTED, ConnectedAccount
from platforms.capabilities import Capabilities, Feature
from platforms.contract import Account, Consent, Credentials, Field, Network, RemoteAccount, Standing
from platforms.errors import NeedsPerson, NetworkError, TemporarilyRejected
from tests.identity.acting import acting, new_member, new_organization, trail_of

HERE = Origin("192.0.2.7", "browser")
NEEDED = {Feature.PUBLISH: frozenset({"write"}), Feature.COLLECT: frozenset({"read"})}


@dataclass
class Network7:
    """A network whose consent reaches `pages`; `refuses` is what it answers instead."""

    pages: tuple[str, ...] = ("page one", "page two")
    scopes: frozenset[str] | None = frozenset({"read", "write"})
    refuses: NetworkError | None = None
    consents: bool = True
    fields: tuple[Field, ...] = ()
    revoked: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def begin(self, inputs: Any, callback: str, state: str) -> Consent:
        self._refuse()
        url = f"https://network.example/dialog?state={state}&redirect_uri={callback}"
        return Consent(url if self.consents else None, {"verifier": "v-" + inputs.get("server", "")})

    def finish(self, consent: Consent, answer: Any, callback: str) -> Credentials:
        self._refuse()
        assert callback.endswith("/connect/callback")
        self.kept.append(consent.kept["verifier"])
        if self.consents and answer.get("code") != "good":
            raise NeedsPerson("Network was not given the permission; nothing was connected")
        return Credentials("user-token", scopes=self.scopes)

    def accounts(self, credentials: Credentials) -> list[RemoteAccount]:
        return [
            RemoteAccount(
                "facebook", name, name.title(), replace(credentials, access_token=f"token of {name}")
            )
            for name in self.pages
        ]

    def standing(self, account: Account) -> Standing:
        self._refuse()
        return Standing(account.credentials.scopes)

    def revoke(self, account: Account) -> None:
        self._refuse()
        self.revoked.append(account.credentials.access_token)

    def _refuse(self) -> None:
        if self.refuses:
            raise self.refuses

    def __call__(self, key: str, _settings: Settings) -> Network:
        if key != "facebook":
            raise LookupError(f"no network is called {key!r}")
        nothing = cast("Any", None)
        capabilities = Capabilities((), NEEDED, (), "characters", False, "")
        return Network("facebook", "Network", capabilities, cast("Any", self), nothing, nothing)


@dataclass(frozen=True)
class Agency:
    """An organization with two brands, and its owner in a browser."""

    id: UUID
    owner: Principal
    brand: UUID
    other_brand: UUID


def new_agency(name: str = "Agency") -> Agency:
    organization = new_organization(name)
    owner = replace(new_member(organization, Role.OWNER), session_id=uuid4())
    with acting(owner) as work:
        made = [brands.create(work, f"{name} {number}", "UTC") for number in (1, 2)]
    return Agency(organization, owner, *made)


@pytest.fixture
def agency(settings: Settings) -> Agency:
    assert settings
    return new_agency()


@pytest.fixture
def network() -> Network7:
    return Network7()


def begun(agency: Agency, network: Network7, **more: Any) -> tuple[UUID, str]:
    """A consent under way: its id and its state."""
    made = connecting.begin(agency.owner, "facebook", agency.brand, {}, HERE, networks=network, **more)
    assert made.url
    return made.id, parse_qs(urlsplit(made.url).query)["state"][0]


def answered(
    agency: Agency, network: Network7, state: str, who: Principal | None = None, code: str = "good"
) -> Any:
    answer = {"state": state, "code": code}
    return connecting.finish(who or agency.owner, answer, HERE, networks=network)


def rows() -> list[ConnectedAccount]:
    with worker_session() as session:
        return list(session.scalars(select(ConnectedAccount).order_by(ConnectedAccount.external_id)))


def test_from_consent_to_connected_accounts(agency: Agency, network: Network7) -> None:
    connection_id, state = begun(agency, network)
    found = answered(agency, network, state)
    assert (found.id, found.network, found.brand_id) == (connection_id, "facebook", agency.brand)
    assert [(one.external_id, one.name, one.brand, dict(one.missing)) for one in found.choices] == [
        ("page one", "Page One", None, {}),
        ("page two", "Page Two", None, {}),
    ]
    assert rows() == []
    (made,) = connecting.choose(agency.owner, connection_id, ["page two"], HERE)
    (row,) = rows()
    assert (row.id, row.brand_id, row.name, row.status) == (made, agency.brand, "Page Two", CONNECTED)
    assert row.scopes == ["read", "write"]
    assert ("connected", "account", "Page Two") in [
        (event.action, event.target_type, event.target) for event in trail_of(agency.id)
    ]
    with pytest.raises(NotFoundError):
        connecting.choose(agency.owner, connection_id, ["page one"], HERE)


def test_an_answer_opens_once_and_only_for_who_began(agency: Agency, network: Network7) -> None:
    _, state = begun(agency, network)
    colleague = replace(new_member(agency.id, Role.ADMIN), session_id=uuid4())
    elsewhere = replace(agency.owner, session_id=uuid4())
    stranger = new_agency("Other").owner
    for who in (colleague, elsewhere, stranger):
        with pytest.raises(NotFoundError):
            answered(agency, network, state, who)
    for wrong in ("", "x" * 43):
        with pytest.raises(NotFoundError):
            answered(agency, network, wrong)
    assert network.kept == []
    answered(agency, network, state)
    with pytest.raises(NotFoundError):
        answered(agency, network, state)
    assert len(network.kept) == 1


def test_what_a_program_begins_the_person_answers_in_a_browser(agency: Agency, network: Network7) -> None:
    key = replace(agency.owner, session_id=None)
    for program in (key, replace(agency.owner, session_id=uuid4())):
        made = connecting.begin(
            program, "facebook", agency.brand, {}, HERE, by_program=True, networks=network
        )
        state = parse_qs(urlsplit(made.url or "").query)["state"][0]
        colleague = replace(new_member(agency.id, Role.ADMIN), session_id=uuid4())
        with pytest.raises(NotFoundError):
            answered(agency, network, state, colleague)
        assert len(answered(agency, network, state).choices) == 2
        assert len(connecting.answered(program, made.id).choices) == 2
        connecting.choose(program, made.id, ["page one"], HERE)


def test_an_expired_one_opens_nothing(agency: Agency, network: Network7) -> None:
    connection_id, state = begun(agency, network)
    with worker_session() as session:
        session.execute(update(Connection).values(expires_at=utc_now() - timedelta(seconds=1)))
    with pytest.raises(NotFoundError):
        answered(agency, network, state)
    begun(agency, network)
    with worker_session() as session:
        assert session.get(Connection, connection_id) is None, "the next one clears it away"


def test_a_refusal_connects_nothing_and_says_so(agency: Agency, network: Network7) -> None:
    _, state = begun(agency, network)
    with pytest.raises(ConnectError, match="was not given the permission"):
        answered(agency, network, state, code="none")
    network.pages = ()
    _, state = begun(agency, network)
    with pytest.raises(ConnectError, match="no account"):
        answered(agency, network, state)
    network.refuses = TemporarilyRejected("Network could not be reached")
    with pytest.raises(ConnectError, match="could not be reached"):
        begun(agency, network)
    assert rows() == []


def test_only_what_was_found_can_be_chosen(agency: Agency, network: Network7) -> None:
    connection_id, state = begun(agency, network)
    with pytest.raises(NotFoundError):
        connecting.choose(agency.owner, connection_id, ["page one"], HERE)
    answered(agency, network, state)
    for wrong in ([], ["page three"], ["page one", "page three"]):
        with pytest.raises(InvalidError):
            connecting.choose(agency.owner, connection_id, wrong, HERE)
    assert rows() == []


def test_roles_and_brands_decide(agency: Agency, network: Network7) -> None:
    for role in (Role.EDITOR, Role.MEMBER, Role.VIEWER):
        member = new_member(agency.id, role)
        with pytest.raises(ForbiddenError):
            connecting.begin(member, "facebook", agency.brand, {}, HERE, networks=network)
    limited = new_member(agency.id, Role.ADMIN, brand_ids=[agency.brand])
    for brand in (agency.other_brand, new_agency("Other").brand, uuid4()):
        with pytest.raises((ForbiddenError, NotFoundError)):
            connecting.begin(limited, "facebook", brand, {}, HERE, networks=network)
    with pytest.raises(NotFoundError):
        connecting.begin(agency.owner, "myspace", agency.brand, {}, HERE, networks=network)


def connect(agency: Agency, network: Network7, brand: UUID | None = None) -> list[UUID]:
    at = replace(agency, brand=brand or agency.brand)
    connection_id, state = begun(at, network)
    found = answered(at, network, state)
    return connecting.choose(agency.owner, connection_id, [one.external_id for one in found.choices], HERE)


def test_an_account_belongs_to_one_brand(agency: Agency, network: Network7) -> None:
    connect(agency, network)
    with pytest.raises(ConflictError, match="another brand"):
        connect(agency, network, agency.other_brand)
    assert {row.brand_id for row in rows()} == {agency.brand}
    _, state = begun(agency, network)
    (first, _) = answered(agency, network, state).choices
    assert (first.brand_id, first.brand) == (agency.brand, "Agency 1")
    limited = replace(new_member(agency.id, Role.ADMIN, brand_ids=[agency.other_brand]), session_id=uuid4())
    made = connecting.begin(limited, "facebook", agency.other_brand, {}, HERE, networks=network)
    state = parse_qs(urlsplit(made.url or "").query)["state"][0]
    connecting.finish(limited, {"state": state, "code": "good"}, HERE, networks=network)
    with pytest.raises(ConflictError):
        connecting.choose(limited, made.id, ["page one"], HERE)


def test_what_was_not_allowed_is_told(agency: Agency, network: Network7) -> None:
    network.scopes = frozenset({"read"})
    _, state = begun(agency, network)
    found = answered(agency, network, state)
    assert dict(found.choices[0].missing) == {Feature.PUBLISH: frozenset({"write"})}


def test_without_a_consent_page_the_accounts_are_there_at_once(agency: Agency, network: Network7) -> None:
    network.consents = False
    made = connecting.begin(agency.owner, "facebook", agency.brand, {"server": "s"}, HERE, networks=network)
    assert made.url is None
    assert network.kept == ["v-s"]
    assert len(connecting.answered(agency.owner, made.id).choices) == 2


def test_disconnected_it_gives_back_and_forgets_and_connected_again_it_is_the_same(
    agency: Agency, network: Network7
) -> None:
    first, second = connect(agency, network)
    accounts.disconnect(agency.owner, first, HERE, networks=network)
    assert network.revoked == ["token of page one"]
    row = next(row for row in rows() if row.id == first)
    assert (row.status, row.access_token, row.refresh_token, row.extra) == (DISCONNECTED, "", None, None)
    with acting(agency.owner) as work:
        assert [one.id for one in accounts.listed(work).items] == [second]
    with pytest.raises(NotFoundError):
        accounts.disconnect(agency.owner, first, HERE, networks=network)
    assert set(connect(agency, network)) == {first, second}


def test_a_network_that_does_not_answer_does_not_keep_the_account(agency: Agency, network: Network7) -> None:
    (first, _) = connect(agency, network)
    network.refuses = TemporarilyRejected("no route")
    accounts.disconnect(agency.owner, first, HERE, networks=network)
    assert {row.status for row in rows()} == {CONNECTED, DISCONNECTED}


def test_only_what_the_network_said_is_told(agency: Agency, network: Network7) -> None:
    (first, _) = connect(agency, network)
    network.refuses = TemporarilyRejected("Network could not be reached")
    with pytest.raises(ConnectError, match="could not be checked: Network could not be reached"):
        accounts.check(agency.owner, first, networks=network)
    network.refuses = None
    assert accounts.check(agency.owner, first, networks=network) is None


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-21T10:06:59", "2026-11-21T10:07"),
        ("2026-11-21T10:07:00", "2026-11-21T11:07"),
        ("2026-11-21T23:30:00", "2026-11-22T00:12"),
        ("2026-11-22T00:08:00", "2026-11-22T00:12"),
        ("2026-11-22T00:12:00", "2026-11-22T01:07"),
    ],
)
def test_the_next_numbers_come_when_the_schedules_say(now: str, then: str) -> None:
    at = accounts.next_sync(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert at.isoformat() == f"{then}:00+00:00"


def test_nobody_disconnects_what_is_not_theirs(agency: Agency, network: Network7) -> None:
    (first, _) = connect(agency, network)
    other = new_agency("Other").owner
    limited = new_member(agency.id, Role.ADMIN, brand_ids=[agency.other_brand])
    viewer = new_member(agency.id, Role.VIEWER)
    tries: list[tuple[Principal, type[Exception]]] = [
        (other, NotFoundError), (limited, NotFoundError), (viewer, ForbiddenError),
    ]  # fmt: skip
    for who, error in tries:
        with pytest.raises(error):
            accounts.disconnect(who, first, HERE, networks=network)
        with pytest.raises(error):
            accounts.check(who, first)
    assert network.revoked == []


def test_no_token_stands_in_the_clear(agency: Agency, network: Network7, settings: Settings) -> None:
    _, state = begun(agency, network)
    answered(agency, network, state)
    with worker_session(settings) as session:
        (row,) = session.scalars(select(Connection))
    for text in (row.sealed, row.found or "", repr(row)):
        assert "token" not in text
        assert state not in text
