from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app.settings import sentences, trail_csv
from app.shell import access
from foundation.database import utc_now, worker_session
from identity import brands, members
from identity.audit import Action, Target, record
from identity.errors import ForbiddenError
from identity.permissions import Role
from identity.sessions import enter, signed_in
from identity.trail import Event
from tests.app.pages import html, said
from tests.app.settings.conftest import OWNER, Agency
from tests.identity.acting import ORIGIN, acting
from tests.identity.people import add_person, cookie_for, join

Look = Callable[..., AppTest]
VIEWER = "viewer@example.com"


def trail(test: AppTest) -> str:
    return "".join(body for body in html(test) if 'class="trail"' in body)


def people(test: AppTest) -> list[str]:
    """Whom one can ask for."""
    return next(box.options for box in test.selectbox if box.label == "Who")


NOTHING = Event(1, utc_now(), "a@example.com", None, None, "", "", None, "", None, None, None, None)


def event(action: str, kind: str, target: str = "", **values: Any) -> Event:
    return NOTHING._replace(action=action, target_type=kind, target=target, **values)


@pytest.mark.parametrize(
    ("line", "deed"),
    [
        (event("signed_in", "session"), "signed in"),
        (event("sign_in_failed", "person", after={"wrong": "code"}), "could not sign in: wrong code"),
        (event("sign_in_failed", "identity_provider", "Acme"), "could not sign in by Acme"),
        (event("created", "brand", "Nord"), "added the brand Nord"),
        (
            event("updated", "member", "b@example.com", before={"role": "MEMBER"}, after={"role": "EDITOR"}),
            "changed the role of b@example.com: Member → Editor",
        ),
        (
            event("updated", "brand", "Nord", before={"accent_colour": None}, after={"accent_colour": "#1"}),
            "changed the brand Nord: second colour",
        ),
        (
            event("invited", "invitation", "c@example.com", after={"role": "CLIENT"}),
            "invited c@example.com as Client",
        ),
        (
            event("updated", "person", "a@example.com", after={"second_factor": "new recovery codes"}),
            "changed their second factor",
        ),
        (
            event("updated", "person", "b@example.com", after={"name": "B"}),
            "changed the person b@example.com: name",
        ),
        (event("revoked", "api_key", "Shop (allin_x…)"), "revoked the API key Shop (allin_x…)"),
        (event("something_new", "new_thing", "X"), "something new the new thing X"),
        (
            event("updated", "brand", "N", before={"role": "BOSS"}, after={"role": [2]}),
            "changed the role of N: BOSS → [2]",
        ),
    ],
)
def test_a_line_reads_as_a_sentence(line: Event, deed: str) -> None:
    assert sentences.sentence(line) == ("a@example.com", deed)


def test_every_action_has_words() -> None:
    assert set(sentences.ABOUT_ONESELF) | set(sentences.VERBS) == set(Action)


def test_the_operator_has_words_too() -> None:
    line = event("restored", "organization", "Nord")._replace(actor="operator")
    assert sentences.sentence(line) == (
        "Whoever runs this installation",
        "brought back the organization Nord",
    )


def test_values_before_and_after_are_told_in_words() -> None:
    known, gone = uuid4(), uuid4()
    line = event(
        "updated", "member",
        before={"role": "VIEWER", "brands": None, "old": "x"},
        after={"role": "CLIENT", "brands": [str(known), str(gone), "no id"], "enforced": True},
    )  # fmt: skip
    found = {
        change.field: (change.before, change.after) for change in sentences.changes(line, {known: "Nord"})
    }
    assert found["role"] == ("Viewer", "Client")
    assert found["brands"][0] == "all"
    assert found["brands"][1].startswith("Nord, a brand that is gone (")
    assert found["old"] == ("x", "–")
    assert found["required for members"] == ("–", "yes")
    key = event(
        "created", "api_key",
        after={"scopes": ["brands:read", "x"], "accounts": None, "expires_at": "2027-02-19T09:52:54+00:00"},
    )  # fmt: skip
    assert {(change.field, change.after) for change in sentences.changes(key, {})} == {
        ("what it may do", "See brands, x"),
        ("accounts", "all"),
        ("end", "Fri 19 Feb 2027, 09:52 UTC"),
    }
    assert sentences.told("expires_at", None, {}) == "never"
    assert sentences.told("accounts", [str(known)], {}) == "1 account"


def test_the_newest_comes_first_with_time_address_and_details(agency: Agency, look: Look) -> None:
    with acting(agency.member()) as work:
        members.change(work, agency.members[VIEWER], Role.CLIENT, frozenset(agency.world.brand_ids[:1]))
        brands.create(work, "<script>x</script>", "UTC")
    shown = trail(look("audit"))
    assert shown.index("added the brand &lt;script&gt;") < shown.index(
        "changed the role of viewer@example.com"
    )
    assert "Viewer → Client" in shown
    assert ORIGIN.ip is not None
    assert ORIGIN.ip in shown
    assert "UTC" in shown
    assert "<td>brands</td><td>all</td><td>Nordlicht Coffee</td>" in shown


def test_filters_by_person_and_action(agency: Agency, look: Look) -> None:
    with acting(agency.member("admin@example.com")) as work:
        brands.create(work, "Of the admin", "UTC")
    with acting(agency.member()) as work:
        brands.create(work, "Of the owner", "UTC")
    test = look("audit")
    test.selectbox(key=f"audit_person_{agency.world.organization_id}").set_value(
        agency.members["admin@example.com"]
    ).run()
    assert "Of the admin" in trail(test)
    assert "Of the owner" not in trail(test)
    test.selectbox(key="audit_action").set_value(Action.REVOKED).run()
    assert "No line of the trail fits" in said(test)


def test_someone_who_has_left_can_still_be_asked_for(agency: Agency, look: Look) -> None:
    with acting(agency.member("admin@example.com")) as work:
        brands.create(work, "Of the admin", "UTC")
    with acting(agency.member()) as work:
        members.remove(work, agency.members["admin@example.com"])
    assert people(look("audit")) == ["Everybody", "admin@example.com", OWNER]


def test_after_a_switch_nobody_of_the_other_organization_is_offered(agency: Agency, look: Look) -> None:
    _, elsewhere = add_person("else@example.com", organization="Zweites Haus")
    join(agency.members[OWNER], elsewhere, Role.OWNER)
    with acting(agency.member("admin@example.com")) as work:
        brands.create(work, "Of the admin", "UTC")
    test = look("audit")
    assert "admin@example.com" in people(test)
    visitor = signed_in(access.browser_token())
    assert visitor is not None
    enter(visitor, elsewhere, ORIGIN)
    test.run()
    assert people(test) == ["Everybody", OWNER]


def test_more_is_shown_page_by_page(agency: Agency, look: Look) -> None:
    with acting(agency.member()) as work:
        for number in range(60):
            record(work, Action.UPDATED, Target("brand", None, f"line {number:02}"))
    test = look("audit")
    assert "line 59" in trail(test)
    assert "line 00" not in trail(test)
    (more,) = [button for button in test.button if button.label == "Show more"]
    more.click().run()
    assert "line 00" in trail(test)
    assert "Show more" not in {button.label for button in test.button}


def test_the_file_holds_what_is_filtered_and_no_formula(agency: Agency) -> None:
    with acting(agency.member()) as work:
        record(work, Action.DELETED, Target("brand", None, "=HYPERLINK(1)"), before={"name": "ä"})
        brands.create(work, "Another", "UTC")
    data = trail_csv.written(cookie_for(OWNER), Action.DELETED, None)
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert row["target"] == "'=HYPERLINK(1)"
    assert row["before"] == '{"name": "ä"}'
    assert row["time_utc"].endswith("+00:00")
    everything = trail_csv.written(cookie_for(OWNER), None, agency.members[OWNER]).decode()
    assert "Another" in everything


def test_the_file_ends_at_its_limit(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    with worker_session() as session:
        session.execute(
            text(
                "INSERT INTO audit_events (organization_id, actor, action, target_type) "
                "SELECT :organization, 'a@example.com', 'updated', 'brand' FROM generate_series(1, 500)"
            ),
            {"organization": agency.world.organization_id},
        )
    monkeypatch.setattr(trail_csv, "MOST", 400)
    assert len(trail_csv.written(cookie_for(OWNER), None, None).splitlines()) == 401


def test_the_file_asks_anew_who_wants_it(agency: Agency) -> None:
    del agency
    tokens = map(cookie_for, (VIEWER, "client@example.com", "limited@example.com"))
    for token in (*tokens, "unknown", None):
        with pytest.raises(ForbiddenError):
            trail_csv.written(token, None, None)
