"""Every call the connector makes and every answer the sandbox gives, against Pinterest's OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from platforms.contract import Account, Entity
from platforms.errors import NetworkError
from platforms.registry import network
from tests.platforms.conftest import Case, as_account, pointed_at
from tests.platforms.pinterest.case import credentials, messages
from tests.platforms.pinterest.openapi import FILE, Exchange, OpenApi, jsonschema, recorded
from tests.platforms.publishing import prepare, settle

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not there")
CALLBACK = "https://allin.example/back"


@pytest.fixture(scope="module")
def contract() -> OpenApi:
    return OpenApi(FILE)


@pytest.fixture(scope="module")
def exchanges(
    tmp_path_factory: pytest.TempPathFactory, media_folder: Path, media_url: Callable[[Path], str]
) -> Iterator[list[Exchange]]:
    """Everything said while an account is connected, published to, collected and given back."""
    with recorded(tmp_path_factory.mktemp("recorded")) as (sandbox, recorder):
        connector = network("pinterest", pointed_at(sandbox))
        account = consented(Case(connector, None, sandbox))  # type: ignore[arg-type]
        case = Case(connector, account, sandbox)
        for message in messages(media_folder, media_url).values():
            sent_at, kept = sandbox.now(), prepare(case, message)
            published = connector.publish.submit(case.account, message, kept)
            settle(case, published)
            connector.publish.find(case.account, message, sent_at, kept)
        urls = tuple(
            replace(one, url=media_url(one.path), size=9 * 2**20)
            for one in messages(media_folder, media_url)["carousel"].media
        )
        large = messages(media_folder, media_url)
        for message in (
            replace(large["carousel"], media=urls),
            replace(large["image"], media=urls[:1]),
        ):
            connector.publish.submit(case.account, message, {})
        connector.publish.choices(case.account, "board_id")  # type: ignore[attr-defined]
        for entity in connector.collect.entities:
            list(connector.collect.collect(case.account, entity, None, sandbox.now(), None))
        with suppress(NetworkError):
            connector.publish.confirm(case.account, "1")
        connector.connect.revoke(case.account)
        with suppress(NetworkError):
            list(connector.collect.collect(case.account, Entity.ACCOUNT, None, sandbox.now(), None))
        yield recorder.exchanges


def consented(case: Case) -> Account:
    """The account, by the consent page and one refresh."""
    connect = case.network.connect
    consent = connect.begin({}, CALLBACK, "state")
    subject = case.sandbox.access("pinterest")["account_id"]
    sent = httpx2.get(f"{consent.url}&account={subject}", trust_env=False)
    back = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    given = connect.refresh(connect.finish(consent, back, CALLBACK))
    assert given.scopes == credentials(case.sandbox.access("pinterest")).scopes
    return as_account(connect.accounts(given)[0])


def test_every_call_and_every_answer_is_in_the_document(contract: OpenApi, exchanges: list[Exchange]) -> None:
    paths = {(one.method, contract.check(one)) for one in exchanges}
    assert paths == {
        ("POST", "/oauth/token"),
        ("POST", "/oauth/token/revoke"),
        ("GET", "/user_account"),
        ("GET", "/user_account/analytics"),
        ("GET", "/boards"),
        ("GET", "/boards/{board_id}/pins"),
        ("GET", "/pins"),
        ("POST", "/pins"),
        ("GET", "/pins/{pin_id}"),
        ("GET", "/pins/analytics"),
        ("POST", "/media"),
        ("GET", "/media/{media_id}"),
    }
    assert {one.status for one in exchanges} >= {200, 201, 401, 404}


def test_the_check_refuses_what_the_document_does_not_have(
    contract: OpenApi, exchanges: list[Exchange]
) -> None:
    pin = next(one for one in exchanges if (one.method, one.path) == ("POST", "/pins"))
    with pytest.raises(jsonschema.ValidationError):
        contract.check(replace(pin, body=pin.body.replace(b'"board_id"', b'"board"')))
    with pytest.raises(jsonschema.ValidationError):
        contract.check(replace(pin, answer=b'{"name": "x"}'))
    with pytest.raises(AssertionError):
        contract.check(replace(pin, query="page=2"))
    with pytest.raises(AssertionError):
        contract.check(replace(pin, path="/tweets"))
