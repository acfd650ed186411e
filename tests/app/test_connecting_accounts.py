"""Connecting over HTTP: from the button to the network's consent page, back, and to the accounts chosen."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest

from app.web.connect import CONNECTED, MAY_NOT
from app.web.cookies import COOKIE
from app.web.paths import CONNECT
from identity.permissions import Role
from platforms.account_rows import CONNECTED as WORKS
from platforms.account_rows import DISCONNECTED, NEEDS_RECONNECT
from platforms.registry import NETWORK_KEYS, network
from tests.app.connecting import (  # noqa: F401 - fixtures among them
    at_sandbox,
    back,
    rows,
    sandbox,
    sandbox_server,
    set_status,
    without_apps,
)
from tests.app.pages import text
from tests.identity.people import add_brand, add_member, add_person, cookie_for
from tests.platforms.conftest import Sandbox, case_module

OWNER = "owner@example.com"


@dataclass(frozen=True)
class Agency:
    """An organization with two brands; its owner is signed in at `client`."""

    id: UUID
    brand: UUID
    other_brand: UUID
    client: httpx2.Client
    sandbox: Sandbox

    def begin(
        self, network: str = "facebook", *, brand: UUID | None = None, **inputs: Any
    ) -> httpx2.Response:
        """Press the network's button."""
        form = {"network": network, "brand": str(brand or self.brand), **inputs}
        return self.client.post(CONNECT, data=form)

    def consent_page(self, network: str = "facebook") -> str:
        """Where the network asks for the consent."""
        return leaving(self.begin(network))

    def choices(self, **answer: str) -> str:
        """Consent at Facebook for its pages; the path of the page to choose on."""
        landed = self.client.get(back(self.consent_page(), account="*", **answer))
        assert landed.status_code == 303, landed.text
        return str(landed.headers["location"])

    def connect(self, *names: str, brand: UUID | None = None) -> httpx2.Response:
        """Connect pages of these names."""
        url = leaving(self.begin(brand=brand))
        path = self.client.get(back(url, account="*")).headers["location"]
        offered = boxes(self.client.get(path))
        return self.client.post(path, data={offered[name]: "yes" for name in names})


@pytest.fixture
def agency(at_sandbox: Sandbox, client: httpx2.Client) -> Agency:  # noqa: F811 - the fixture
    _, organization = add_person(OWNER)
    client.cookies.set(COOKIE, cookie_for(OWNER))
    brands = (add_brand(organization, "Harbor & Pine"), add_brand(organization, "Kumo"))
    return Agency(organization, *brands, client, at_sandbox)


def leaving(answer: httpx2.Response) -> str:
    """The network's address on the page by which one leaves for it."""
    assert answer.status_code == 200, answer.text
    (url,) = set(re.findall(r'(?:url=|href=")(http[^"]+)"', answer.text))
    return html.unescape(url)


def boxes(answer: httpx2.Response) -> dict[str, str]:
    """The boxes that can be ticked, by the name of the account."""
    found = re.findall(r'name="(account:[^"]+)" value="yes"( disabled)?.*?\n\s*<span>([^<]+)<', answer.text)
    return {html.unescape(name): html.unescape(box) for box, disabled, name in found if not disabled}


def inputs(key: str) -> dict[str, Any]:
    """What is entered on the network's form, with the first of what can be chosen."""
    chosen = {field.key: next(iter(field.choices)) for field in network(key).connect.fields if field.choices}
    return {**chosen, **case_module(key).INPUTS}


@pytest.mark.parametrize("key", NETWORK_KEYS)
def test_each_network_from_the_button_to_a_connected_account(agency: Agency, key: str) -> None:
    case = case_module(key)
    answer = agency.begin(key, **inputs(key))
    if answer.status_code == 200:
        account = case.subject(agency.sandbox.access(key))
        answer = agency.client.get(back(leaving(answer), account=account))
    if answer.headers["location"] != CONNECTED:
        path = answer.headers["location"]
        offered = boxes(agency.client.get(path))
        answer = agency.client.post(path, data=dict.fromkeys(list(offered.values())[:1], "yes"))
    assert (answer.status_code, answer.headers["location"]) == (303, CONNECTED)
    (row,) = rows()
    assert (row.network, row.brand_id, row.status) == (key, agency.brand, WORKS)
    assert row.name


def test_several_are_chosen_from(agency: Agency) -> None:
    path = agency.choices()
    page = agency.client.get(path)
    assert "connected to Harbor & Pine" in text(page)
    first, second, *_ = boxes(page)
    refused = agency.client.post(path)
    assert (refused.status_code, rows()) == (422, [])
    assert "Choose at least one" in text(refused)
    answer = agency.client.post(path, data={boxes(page)[name]: "yes" for name in (first, second)})
    assert answer.headers["location"] == CONNECTED
    assert {row.name for row in rows()} == {first, second}
    assert agency.client.get(path).status_code == 404, "it is used up"


def test_another_brands_account_stays_there(agency: Agency) -> None:
    (first, second, *_) = boxes(agency.client.get(agency.choices()))
    agency.connect(first)
    url = leaving(agency.begin(brand=agency.other_brand))
    path = agency.client.get(back(url, account="*")).headers["location"]
    page = agency.client.get(path)
    assert first not in boxes(page)
    assert "connected to Harbor & Pine already" in text(page)
    (mine,) = rows()
    answer = agency.client.post(path, data={f"account:{mine.external_id}": "yes", boxes(page)[second]: "yes"})
    assert answer.status_code == 409
    assert [row.brand_id for row in rows()] == [agency.brand], "all or none"


def test_more_pages_than_a_form_usually_has_fields(agency: Agency) -> None:
    path = agency.choices()
    many = {f"account:{number}": "yes" for number in range(150)}
    assert "Choose at least one of the accounts shown" in text(agency.client.post(path, data=many))


def test_connected_again_it_is_the_same_account(agency: Agency) -> None:
    """The only account of a consent, connected to this brand already, is not asked about."""
    account = agency.sandbox.access("x")["account_id"]
    for status in (WORKS, NEEDS_RECONNECT, DISCONNECTED):
        answer = agency.client.get(back(agency.consent_page("x"), account=account))
        assert answer.headers["location"] == CONNECTED
        (row,) = rows()
        assert row.status == WORKS
        set_status(row.id, status)
    assert len(rows()) == 1


def test_what_was_not_allowed_is_said_before(agency: Agency) -> None:
    granted = "pages_show_list,pages_read_engagement,read_insights"
    page = agency.client.get(agency.choices(granted=granted))
    assert "without pages_manage_posts it can't be used to publish" in text(page)
    answer = agency.client.get(
        back(agency.consent_page("x"), account=agency.sandbox.access("x")["account_id"], granted="users.read")
    )
    assert answer.headers["location"] != CONNECTED, "one that lacks something is not connected unasked"


def test_a_refusal_says_so_and_where_to_go_on(agency: Agency) -> None:
    for key in ("facebook", "x"):
        answer = agency.client.get(back(agency.consent_page(key), deny="1"))
        assert answer.status_code == 400
        assert "was not given the permission; nothing was connected" in text(answer)
        assert f'href="{CONNECT}"' in answer.text
    assert rows() == []


def test_an_answer_is_taken_once_and_from_who_asked(agency: Agency) -> None:
    add_person("other@example.com", organization="Zweites Haus")
    add_member(agency.id, "admin@example.com", Role.ADMIN)
    landing = back(agency.consent_page(), account="*")
    own = agency.client.cookies[COOKIE]
    for email in ("other@example.com", "admin@example.com", OWNER):  # the owner in another browser
        agency.client.cookies.set(COOKIE, cookie_for(email))
        answer = agency.client.get(landing)
        assert answer.status_code == 404, email
        assert "begun by somebody else" in text(answer)
    agency.client.cookies.set(COOKIE, own)
    for wrong in (
        re.sub("state=[^&]+", "state=wrong", landing),
        "/connect/callback",
        "/connect/callback?code=1",
    ):
        assert agency.client.get(wrong).status_code == 404
    assert agency.client.get(landing).status_code == 303
    assert agency.client.get(landing).status_code == 404, "a second time"


def test_nobody_elses_choice_is_seen_or_made(agency: Agency) -> None:
    add_person("other@example.com", organization="Zweites Haus")
    path = agency.choices()
    box = next(iter(boxes(agency.client.get(path)).values()))
    agency.client.cookies.set(COOKIE, cookie_for("other@example.com"))
    assert agency.client.get(path).status_code == 404
    assert agency.client.post(path, data={box: "yes"}).status_code == 404
    assert agency.client.get(f"{CONNECT}/no-id").status_code == 404
    assert rows() == []


def test_who_is_not_signed_in_comes_back_here(agency: Agency) -> None:
    landing = back(agency.consent_page(), account="*")
    agency.client.cookies.clear()
    for path in (CONNECT, landing):
        answer = agency.client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=/connect")
    assert agency.begin().headers["location"].startswith("/sign-in")


def test_another_sites_form_begins_nothing(agency: Agency) -> None:
    path = agency.choices()
    box = next(iter(boxes(agency.client.get(path)).values()))
    foreign = {"origin": "https://elsewhere.example"}
    for target, form in ((CONNECT, {"network": "x", "brand": str(agency.brand)}), (path, {box: "yes"})):
        assert agency.client.post(target, data=form, headers=foreign).status_code == 403
    assert rows() == []


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MEMBER, Role.VIEWER, Role.CLIENT])
def test_who_may_not_connect_is_told_so(agency: Agency, role: Role) -> None:
    add_member(agency.id, "someone@example.com", role, [agency.brand] if role is Role.CLIENT else None)
    agency.client.cookies.set(COOKIE, cookie_for("someone@example.com"))
    fields = f"{CONNECT}?network=mastodon&brand={agency.brand}"
    for answer in (agency.client.get(CONNECT), agency.client.get(fields), agency.begin()):
        assert answer.status_code == 403
    assert MAY_NOT in text(agency.client.get(CONNECT))


def test_an_admin_of_one_brand_connects_there_alone(agency: Agency) -> None:
    agency.connect(*list(boxes(agency.client.get(agency.choices())))[:1], brand=agency.other_brand)
    add_member(agency.id, "limited@example.com", Role.ADMIN, [agency.brand])
    agency.client.cookies.set(COOKIE, cookie_for("limited@example.com"))
    offered = text(agency.client.get(CONNECT))
    assert "Harbor & Pine" in offered
    assert "Kumo" not in offered
    assert agency.begin(brand=agency.other_brand).status_code == 403
    path = agency.choices()
    (taken,) = rows()
    answer = agency.client.post(path, data={f"account:{taken.external_id}": "yes"})
    assert answer.status_code == 409, "it is of a brand that they do not see"
    assert "another brand already" in text(answer)


def test_what_a_network_needs_to_know_is_asked_and_kept_but_for_a_password(agency: Agency) -> None:
    asked = agency.begin("bluesky")
    assert asked.status_code == 303
    page = agency.client.get(asked.headers["location"])
    assert "For the brand Harbor & Pine" in text(page)
    wrong = agency.begin("bluesky", handle="harborandpine.bsky.example", password="not-the-password", host="")
    assert wrong.status_code == 400
    assert "does not know this handle with this app password" in text(wrong)
    assert 'value="harborandpine.bsky.example"' in wrong.text
    assert "not-the-password" not in wrong.text
    nowhere = agency.begin("mastodon", server="not a server")
    assert nowhere.status_code == 400
    assert 'value="not a server"' in nowhere.text


def test_a_network_that_is_down_is_said_in_words(agency: Agency) -> None:
    landing = back(agency.consent_page("x"), account=agency.sandbox.access("x")["account_id"])
    agency.sandbox.fault("x", "POST /2/oauth2/token", "5xx", times=5)
    answer = agency.client.get(landing)
    assert answer.status_code == 400
    assert "Nothing was connected" in text(answer)
    assert rows() == []


def test_without_an_app_at_the_network_it_is_said_what_is_missing(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_apps(monkeypatch)
    for key in NETWORK_KEYS:
        if key in ("bluesky", "mastodon"):  # these need none
            continue
        answer = agency.begin(key, **inputs(key))
        assert answer.status_code == 400, key
        assert "CLIENT_ID" in text(answer), key


def test_what_does_not_exist(agency: Agency) -> None:
    assert agency.begin("myspace").status_code == 404
    assert agency.client.post(CONNECT, data={"network": "x", "brand": "no-id"}).status_code == 404
    assert agency.client.get(f"{CONNECT}?network=myspace&brand={agency.brand}").status_code == 200
