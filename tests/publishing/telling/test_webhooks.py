"""Who may make webhooks, where they may lead, and what another tenant can do with them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from foundation import keyring
from foundation.settings import Settings
from identity import resealing
from identity.errors import ConflictError, ForbiddenError, IdentityError, InvalidError, NotFoundError
from identity.permissions import Permission, Role
from identity.work import Work
from publishing.happenings import Kind
from publishing.telling import deliveries, webhooks
from tests.identity.acting import acting, as_key, new_member, new_organization, trail_of
from tests.publishing.telling.conftest import House, execute, rows, tell_all

URL = "https://1.1.1.1/hook/t0ken"


def made(house: House) -> tuple[UUID, str]:
    with acting(house.member()) as work:
        info, secret = webhooks.create(work, URL, [Kind.FAILED, Kind.PUBLISHED])
    return info.id, secret


def test_the_secret_is_shown_once_and_kept_encrypted(house: House, settings: Settings) -> None:
    webhook_id, secret = made(house)
    (row,) = rows("webhooks")
    assert secret not in repr(row)
    opened = keyring.load(settings).decrypt(row["sealed_secret"], f"webhook:{webhook_id}")
    assert opened == secret
    with acting(house.member()) as work:
        assert secret not in repr(webhooks.get(work, webhook_id))
        (info,) = webhooks.listed(work)
    assert (info.url, info.kinds, info.enabled) == (URL, (Kind.PUBLISHED, Kind.FAILED), True)


def test_a_new_key_of_the_ring_takes_the_secrets_along(house: House, settings: Settings) -> None:
    webhook_id, secret = made(house)
    execute("UPDATE accounts SET access_token = ''")  # it was never a real one
    newest = keyring.add_key(settings)
    assert resealing.reseal(settings) >= 1
    (row,) = rows("webhooks")
    assert row["sealed_secret"].startswith(f"{newest}.")
    assert keyring.load(settings).decrypt(row["sealed_secret"], f"webhook:{webhook_id}") == secret


def test_the_trail_names_who_and_the_host_but_no_secret(house: House) -> None:
    webhook_id, secret = made(house)
    with acting(house.member("admin")) as work:
        webhooks.change(work, webhook_id, kinds=[Kind.MISSED], enabled=False)
        webhooks.change(work, webhook_id, kinds=[Kind.MISSED])  # no change, no line
        webhooks.delete(work, webhook_id)
    trail = trail_of(house.organization)
    assert [(line.action, line.actor, line.target) for line in trail] == [
        ("created", "owner@example.com", "1.1.1.1"),
        ("updated", "admin@example.com", "1.1.1.1"),
        ("deleted", "admin@example.com", "1.1.1.1"),
    ]
    assert trail[1].after == {"kinds": ["post.missed"], "enabled": False}
    everything = repr([vars(line) for line in trail])
    assert "t0ken" not in everything
    assert secret not in everything


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "Write the address"),
        ("nonsense", "Write the address"),
        ("ftp://1.1.1.1/x", "Write the address"),
        ("https://1.1.1.1/a b", "Write the address"),
        ("https://1.1.1.1/" + "a" * 2000, "Write the address"),
        ("http://1.1.1.1/", "only https"),
        ("https://127.0.0.1/", "not on the public internet"),
        ("https://10.1.2.3/", "not on the public internet"),
        ("https://[::1]/", "not on the public internet"),
        ("https://169.254.169.254/latest", "not on the public internet"),
        ("https://localhost/", "not on the public internet"),
        ("https://user:pa55@1.1.1.1/", "name or password"),
        ("https://nowhere.invalid/", "no such host"),
    ],
)
def test_an_address_that_can_not_be_told_is_refused_at_once(url: str, says: str, shared: Work) -> None:
    with pytest.raises(InvalidError) as raised:
        webhooks.create(shared, url, [Kind.FAILED])
    assert says in str(raised.value)
    assert raised.value.field == "url"
    assert "pa55" not in str(raised.value)


@pytest.fixture(scope="module")
def shared() -> Work:
    """Work that gets no further than to the check of the address: there is no database."""
    from identity.principal import Origin, Principal

    someone = Principal(
        uuid4(), "owner@example.com", "", False, uuid4(), False,
        organization_id=uuid4(), organization_name="", role=Role.OWNER,
    )  # fmt: skip
    return Work(None, someone, Origin(), Settings())  # type: ignore[arg-type]


def test_what_whoever_runs_it_allows_may_be_private(house: House, settings: Settings) -> None:
    allowing = settings.model_copy(update={"webhook_origins": "http://localhost:9000"})
    with acting(house.member()) as work:
        mine = Work(work.session, work.principal, work.origin, allowing)
        webhooks.create(mine, "http://localhost:9000/hook", [Kind.FAILED])
        with pytest.raises(InvalidError):
            webhooks.create(mine, "http://localhost:9001/hook", [Kind.FAILED])


def test_without_a_kind_and_beyond_the_limit_there_is_none(house: House) -> None:
    with acting(house.member()) as work, pytest.raises(InvalidError, match="Choose"):
        webhooks.create(work, URL, [])
    with acting(house.member()) as work:
        for _ in range(webhooks.MOST):
            webhooks.create(work, URL, [Kind.FAILED])
        with pytest.raises(ConflictError, match="20 webhooks"):
            webhooks.create(work, URL, [Kind.FAILED])


def everything(webhook_id: UUID, delivery_id: UUID) -> list[Callable[[Work], object]]:
    """All that can be done with a webhook."""
    return [
        lambda work: webhooks.get(work, webhook_id),
        lambda work: webhooks.change(work, webhook_id, enabled=False),
        lambda work: webhooks.delete(work, webhook_id),
        lambda work: deliveries.get(work, delivery_id),
        lambda work: deliveries.replay(work, delivery_id),
    ]


def test_nobody_else_can_do_anything_with_it(house: House, settings: Settings) -> None:
    webhook_id, _ = made(house)
    house.note(Kind.FAILED)
    tell_all(settings)
    before = (rows("webhooks"), rows("webhook_deliveries"))
    of_brand = new_member(house.organization, Role.ADMIN, [house.brand])
    strangers: list[tuple[object, type[IdentityError]]] = [
        *((house.member(name), ForbiddenError) for name in ("editor", "viewer", "client")),
        (of_brand, ForbiddenError),
        (as_key(house.member(), [Permission.POSTS_READ]), ForbiddenError),
        (as_key(house.member(), [Permission.WEBHOOKS_MANAGE], [house.account]), NotFoundError),
        (new_member(new_organization("Elsewhere")), NotFoundError),
    ]
    for stranger, error in strangers:
        for do in everything(webhook_id, before[1][0]["id"]):
            with acting(stranger) as work, pytest.raises(error):  # type: ignore[arg-type]
                do(work)
    with acting(new_member(new_organization("Elsewhere"))) as work:
        assert webhooks.listed(work) == []
        assert deliveries.listed(work).items == []
    assert (rows("webhooks"), rows("webhook_deliveries")) == before


def test_deleted_its_log_goes_along(house: House, settings: Settings) -> None:
    webhook_id, _ = made(house)
    house.note(Kind.FAILED)
    tell_all(settings)
    with acting(house.member()) as work:
        webhooks.delete(work, webhook_id)
    assert rows("webhook_deliveries") == []


def test_the_log_comes_in_pages_newest_first(house: House, settings: Settings) -> None:
    webhook_id, _ = made(house)
    ids = [house.note(Kind.FAILED) for _ in range(5)]
    tell_all(settings)
    execute(
        "UPDATE webhook_deliveries SET created_at = now() - make_interval(mins => (100 - happening_id)::int)"
    )
    seen: list[UUID] = []
    cursor = None
    with acting(house.member()) as work:
        while True:
            page = deliveries.listed(work, webhook_id, limit=2, cursor=cursor)
            seen += [delivery.id for delivery in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    by_id = {row["id"]: row["happening_id"] for row in rows("webhook_deliveries")}
    assert [by_id[one] for one in seen] == ids[::-1]
