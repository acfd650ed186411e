"""Who hears what, and that it is told once whatever dies on the way."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation import database
from foundation.settings import Settings
from identity.permissions import Role
from mail import sealing
from mail.rendering import Rendered
from publishing.happenings import Kind
from publishing.telling import webhooks, wishes
from publishing.telling.teller import Teller
from publishing.telling.wishes import EVERYWHERE, NOWHERE, Wish
from tests.identity.acting import acting, new_organization, new_person
from tests.identity.people import join
from tests.publishing.telling.conftest import TEXT, House, execute, rows, tell_all
from tests.publishing.telling.killing import killed

WRITERS = {"owner", "admin", "editor", "member"}
APPROVERS = {"owner", "admin", "editor", "client"}


def letters(settings: Settings) -> list[Rendered]:
    """What the queued e-mails say."""
    return [sealing.unseal(row["id"], row["sealed"], settings) for row in rows("emails")]


def choose(house: House, name: str, kind: Kind, wish: Wish) -> None:
    with acting(house.member(name)) as work:
        wishes.choose(work.session, house.organization, house.members[name], {kind: wish})


HEAR = {
    Kind.FAILED: WRITERS,
    Kind.UNKNOWN: WRITERS,
    Kind.MISSED: WRITERS,
    Kind.NEEDS_RECONNECT: {"owner", "admin"},
    Kind.NEEDS_APPROVAL: APPROVERS,
    Kind.CHANGES_REQUESTED: {"editor"},
    Kind.COMMENTED: {"editor"},
}


def test_who_can_do_something_about_it_is_told_in_the_app_and_by_mail(
    house: House, settings: Settings
) -> None:
    for kind, told in HEAR.items():
        execute("DELETE FROM emails")
        execute("DELETE FROM happenings")
        house.note(kind)
        assert tell_all(settings) == 1
        assert house.notified() == told, kind
        assert house.mailed() == told, kind
        assert rows("happenings")[0]["told_at"] is not None


def test_that_all_went_well_comes_by_no_mail(house: House, settings: Settings) -> None:
    house.note(Kind.APPROVED)
    house.note(Kind.PUBLISHED)
    assert tell_all(settings) == 2
    assert [(row["kind"], row["person_id"]) for row in rows("notifications")] == [
        ("post.approved", house.members["editor"])
    ]
    assert house.mailed() == set()


def test_people_named_by_the_happening_are_told_if_they_are_members_who_see_the_brand(
    house: House, settings: Settings
) -> None:
    stranger = new_person("stranger@example.com")
    named = [house.members["member"], house.members["elsewhere"], stranger]
    house.note(Kind.NEEDS_APPROVAL, person_ids=[str(one) for one in named])
    tell_all(settings)
    assert house.notified() == house.mailed() == {"member"}


def test_nobody_named_is_nobody_told(house: House, settings: Settings) -> None:
    house.note(Kind.NEEDS_APPROVAL, person_ids=[])
    assert tell_all(settings) == 1
    assert house.notified() == house.mailed() == set()


def test_who_did_it_is_not_told(house: House, settings: Settings) -> None:
    house.note(Kind.COMMENTED, by_person_id=str(house.members["editor"]))
    tell_all(settings)
    assert house.notified() == set()


def test_everybody_is_told_as_they_wish(house: House, settings: Settings) -> None:
    choose(house, "owner", Kind.FAILED, NOWHERE)
    choose(house, "admin", Kind.FAILED, Wish(in_app=False, by_email=True))
    choose(house, "member", Kind.FAILED, Wish(in_app=True, by_email=False))
    choose(house, "viewer", Kind.FAILED, EVERYWHERE)  # it is not theirs to put right
    house.note(Kind.FAILED)
    tell_all(settings)
    assert house.notified() == {"editor", "member"}
    assert house.mailed() == {"editor", "admin"}


def test_a_wish_of_another_organization_does_not_count_here(house: House, settings: Settings) -> None:
    with database.worker_session() as session:
        elsewhere = new_organization("Elsewhere")
        wishes.choose(session, elsewhere, house.members["owner"], {Kind.FAILED: NOWHERE})
    join(house.members["owner"], elsewhere, Role.VIEWER)
    house.note(Kind.FAILED)
    tell_all(settings)
    assert "owner" in house.notified()
    assert {row["organization_id"] for row in rows("notifications")} == {house.organization}


def test_a_deleted_organization_tells_nobody(house: House, settings: Settings) -> None:
    with acting(house.member()) as work:
        webhooks.create(work, "https://1.1.1.1/hook", [Kind.FAILED])
    house.note(Kind.FAILED)
    execute("UPDATE organizations SET deleted_at = now() WHERE id = :id", id=house.organization)
    assert tell_all(settings) == 1
    assert house.notified() == house.mailed() == set()
    assert rows("webhook_deliveries") == []


def test_the_mail_says_what_happened_and_leads_to_the_post(house: House, settings: Settings) -> None:
    house.note(Kind.FAILED, problem="Facebook did not accept it: too long", advice="Shorten it.")
    tell_all(settings)
    one = letters(settings)[0]
    assert one.subject == "Not published: Nordlicht Coffee (Facebook)"
    link = f"{settings.public_url}/posts?post={house.post}"
    for form in (one.text, one.html):
        assert "Facebook did not accept it: too long Shorten it." in form
        assert link in form
        assert f"{settings.public_url}/notification-settings" in form
        assert "Lindenhof Agency" in form


def test_what_people_wrote_stays_text(house: House, settings: Settings) -> None:
    house.note(Kind.CHANGES_REQUESTED, by_name="<i>Eve</i>", words="see https://evil.example/x")
    tell_all(settings)
    (one,) = letters(settings)
    assert "<i>Eve" not in one.html
    assert "<b>every" not in one.html
    assert "https://evil.example" not in one.html
    assert f"“{TEXT}”" in rows("notifications")[0]["words"]


def test_of_every_kind_there_are_words_a_link_and_a_default(house: House, settings: Settings) -> None:
    for kind in Kind:
        for name in house.members:
            choose(house, name, kind, EVERYWHERE)
        house.note(kind)
    assert tell_all(settings) == len(Kind)
    told = rows("notifications")
    assert {row["kind"] for row in told} == {kind.value for kind in Kind}
    for row in told:
        assert row["title"]
        assert row["words"].endswith((".", "”"))
        reconnect = row["kind"] == Kind.NEEDS_RECONNECT
        assert row["link"].endswith(f"account={house.account}" if reconnect else f"post={house.post}")
        assert "None" not in row["title"] + row["words"]


def test_details_that_are_not_to_be_told_are_not(house: House, settings: Settings) -> None:
    with acting(house.member()) as work:
        webhooks.create(work, "https://1.1.1.1/hook", [Kind.FAILED])
    house.note(Kind.FAILED, problem="It failed", access_token="s3cret-t0ken")
    tell_all(settings)
    everything = repr([letters(settings), rows("notifications"), rows("webhook_deliveries")])
    assert "It failed" in everything
    assert "s3cret" not in everything


def test_a_happening_that_can_not_be_told_holds_up_no_other(house: House, settings: Settings) -> None:
    odd = house.note(Kind.FAILED)
    execute("UPDATE happenings SET kind = 'of.tomorrow' WHERE id = :id", id=odd)
    good = house.note(Kind.MISSED)
    teller = Teller(settings, threading.Event())
    assert [teller.tell_next() for _ in range(3)] == [True, True, False]
    told = {row["id"]: row["told_at"] is not None for row in rows("happenings")}
    assert told == {odd: False, good: True}
    execute("UPDATE happenings SET kind = 'post.failed' WHERE id = :id", id=odd)
    assert tell_all(settings) == 1  # not lost


def test_an_address_that_takes_no_mail_keeps_nobody_from_hearing(house: House, settings: Settings) -> None:
    execute(
        "UPDATE people SET email = 'admin@' || U&'\\00FC' || '.example' WHERE email = 'admin@example.com'"
    )
    house.note(Kind.FAILED)
    assert tell_all(settings) == 1
    assert house.notified() == WRITERS
    assert house.mailed() == WRITERS - {"admin"}


def test_tellers_at_once_tell_each_happening_once(house: House, settings: Settings) -> None:
    with acting(house.member()) as work:
        webhooks.create(work, "https://1.1.1.1/hook", [Kind.FAILED])
    ids = {house.note(Kind.FAILED) for _ in range(24)}
    start = threading.Barrier(4)

    def work_off(_: int) -> int:
        start.wait()
        return tell_all(settings)

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(work_off, range(4)))
    assert sum(counts) == len(ids)
    for told_in in ("notifications", "mailings"):
        told = Counter((row["happening_id"], row["person_id"]) for row in rows(told_in))
        assert len(told) == len(ids) * len(WRITERS)
        assert set(told.values()) == {1}
    assert Counter(row["happening_id"] for row in rows("webhook_deliveries")) == dict.fromkeys(ids, 1)


@pytest.mark.parametrize("at", ["after_cursor_execute", "commit"])
def test_killed_between_any_two_steps_it_is_told_once(at: str, house: House, settings: Settings) -> None:
    with acting(house.member()) as work:
        webhooks.create(work, "https://1.1.1.1/hook", [Kind.FAILED])
    for name in ("owner", "admin", "member"):
        choose(house, name, Kind.FAILED, NOWHERE)
    house.note(Kind.FAILED)
    teller = Teller(settings, threading.Event())
    number = 1
    while killed(teller.tell_next, at, number):
        assert rows("notifications") == rows("mailings") == rows("webhook_deliveries") == []
        assert rows("happenings")[0]["told_at"] is None
        number += 1
    assert number > (8 if at == "after_cursor_execute" else 1), "no kill hit a step: this test showed nothing"
    # The last one got through; whoever comes now finds nothing to do.
    assert tell_all(settings) == 0
    assert [len(rows(one)) for one in ("notifications", "mailings", "webhook_deliveries")] == [1, 1, 1]
