"""Accounts of every size: one without any post, and one with ten thousand. Against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from platforms.contract import Entity, Network
from platforms.errors import RateLimited
from platforms.registry import NETWORK_KEYS, network
from tests.platforms.conftest import Case, Sandbox, as_account, pointed_at, serving

DAYS, BUSY = 170, 30  # 10,200 posts, give or take
DEPTH = {"x": 3_100}  # it shows the newest 3,200, reposts among them


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with serving(tmp_path_factory.mktemp("empty"), days=60, busy=0) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with serving(tmp_path_factory.mktemp("full"), days=DAYS, busy=BUSY) as sandbox:
        yield sandbox


def case_at(sandbox: Sandbox, key: str) -> Case:
    connector: Network = network(key, pointed_at(sandbox))
    return Case(connector, as_account(connector.connect.accounts(sandbox.user_credentials(key))[0]), sandbox)


@pytest.mark.parametrize("key", NETWORK_KEYS)
def test_an_account_without_posts(empty: Sandbox, key: str) -> None:
    case = case_at(empty, key)
    for entity in case.network.collect.entities:
        answers = list(case.network.collect.collect(case.account, entity, None, empty.now(), None))
        assert not answers or answers[-1].next_cursor is None
        if entity is Entity.POSTS:
            assert case.own.post_ids(answers) == []


@pytest.mark.parametrize("key", NETWORK_KEYS)
def test_an_account_with_ten_thousand_posts(full: Sandbox, key: str) -> None:
    """To the end of what the network gives, or to a limit of its own that says when to go on."""
    case = case_at(full, key)
    ids: list[str] = []
    try:
        for answer in case.network.collect.collect(case.account, Entity.POSTS, None, full.now(), None):
            ids += case.own.post_ids([answer])
    except RateLimited:
        assert len(ids) > 1_000
    else:
        assert len(ids) >= DEPTH.get(key, 9_500)
    assert len(ids) == len(set(ids))
