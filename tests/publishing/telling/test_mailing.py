"""What comes close together goes to a person in one e-mail; each thing is mailed once, whoever dies."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from foundation.settings import Settings
from mail import sealing
from mail.rendering import Rendered
from publishing.happenings import Kind
from publishing.telling.mailing import LONGEST_LIST
from publishing.telling.teller import Teller
from tests.publishing.telling.conftest import House, at_once, execute, rows, tell_all
from tests.publishing.telling.killing import killed

OWNER = "owner@example.com"


def letters(settings: Settings, to: str = OWNER) -> list[Rendered]:
    """What the e-mails to somebody say, oldest first."""
    mine = [row for row in rows("emails") if row["to_address"] == to]
    return [sealing.unseal(row["id"], row["sealed"], settings) for row in mine]


def pass_time(by: timedelta) -> None:
    """Let the lines be as they will be after this time."""
    execute("UPDATE mailings SET created_at = created_at - :by, mailed_at = mailed_at - :by", by=by)


def look(settings: Settings) -> None:
    """Tell and write what is due by these settings."""
    teller = Teller(settings, threading.Event())
    while teller.do_next():
        pass


def test_fifty_failures_in_a_minute_are_one_mail_to_each_and_fifty_lines_in_the_app(
    house: House, settings: Settings
) -> None:
    for _ in range(49):
        house.note(Kind.FAILED)
    house.note(Kind.MISSED)
    look(settings)
    assert rows("emails") == []  # they wait a moment for others
    pass_time(timedelta(seconds=settings.tell_gather_seconds))
    look(settings)
    (one,) = letters(settings)
    assert one.subject == "Lindenhof Agency: 49 posts not published, 1 post that missed its time"
    for form in (one.text, one.html):
        assert form.count("Not published: Nordlicht Coffee (Facebook)") == LONGEST_LIST
        assert f"{settings.public_url}/posts?post={house.post}" in form
        assert f"And {50 - LONGEST_LIST} more." in form
        assert f"{settings.public_url}/notifications" in form
    mine = [row for row in rows("notifications") if row["person_id"] == house.members["owner"]]
    assert len(mine) == 50
    assert len(rows("emails")) == 4  # owner, admin, editor, member


def test_the_next_mail_keeps_its_distance_and_has_all_that_came_meanwhile(
    house: House, settings: Settings
) -> None:
    house.note(Kind.FAILED)
    look(settings)
    pass_time(timedelta(seconds=settings.tell_gather_seconds))
    look(settings)
    assert [one.subject for one in letters(settings)] == ["Not published: Nordlicht Coffee (Facebook)"]
    house.note(Kind.MISSED)
    house.note(Kind.UNKNOWN)
    look(settings)
    pass_time(timedelta(seconds=settings.tell_apart_seconds) - timedelta(seconds=5))
    look(settings)
    assert len(letters(settings)) == 1
    pass_time(timedelta(seconds=5))
    look(settings)
    assert letters(settings)[1].subject == (
        "Lindenhof Agency: 1 post that may be public, 1 post that missed its time"
    )
    pass_time(timedelta(days=1))
    look(settings)
    assert len(letters(settings)) == 2


def test_who_left_or_no_longer_sees_the_brand_gets_no_mail(house: House, settings: Settings) -> None:
    house.note(Kind.NEEDS_APPROVAL)
    look(settings)
    execute("DELETE FROM memberships WHERE person_id = :id", id=house.members["admin"])
    execute(
        "UPDATE membership_brands SET brand_id = :other WHERE person_id = :id",
        other=house.other_brand, id=house.members["client"],
    )  # fmt: skip
    look(at_once(settings))
    assert house.mailed() == {"owner", "editor"}


def test_of_a_deleted_organization_nothing_is_mailed(house: House, settings: Settings) -> None:
    house.note(Kind.FAILED)
    look(settings)
    execute("UPDATE organizations SET deleted_at = now()")
    look(at_once(settings))
    assert rows("emails") == []


def test_writers_at_once_mail_each_thing_once(house: House, settings: Settings) -> None:
    for _ in range(12):
        house.note(Kind.FAILED)
    look(settings)
    start = threading.Barrier(4)

    def write(_: int) -> None:
        start.wait()
        look(at_once(settings))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert len(rows("emails")) == 4
    assert letters(settings)[0].text.count("Not published: Nordlicht") == 12


@pytest.mark.parametrize("at", ["after_cursor_execute", "commit"])
def test_killed_between_any_two_steps_it_is_mailed_once(at: str, house: House, settings: Settings) -> None:
    house.note(Kind.FAILED)
    house.note(Kind.MISSED)
    look(settings)
    execute("DELETE FROM mailings WHERE person_id <> :id", id=house.members["owner"])
    teller = Teller(at_once(settings), threading.Event())
    number = 1
    while killed(teller.mail_next, at, number):
        assert rows("emails") == []
        assert [row["mailed_at"] for row in rows("mailings")] == [None, None]
        number += 1
    assert number > (5 if at == "after_cursor_execute" else 1), "no kill hit a step: this test showed nothing"
    assert tell_all(settings) == 0
    (one,) = letters(settings)
    assert len(re.findall(r"/posts\?post=", one.text)) == 2


def test_what_can_not_be_told_to_one_holds_up_nobody(house: House, settings: Settings) -> None:
    house.note(Kind.FAILED)
    odd = house.note(Kind.MISSED)
    look(settings)
    execute(
        "DELETE FROM mailings WHERE happening_id = :odd AND person_id <> :owner",
        odd=odd, owner=house.members["owner"],
    )  # fmt: skip
    execute("UPDATE happenings SET kind = 'of.tomorrow' WHERE id = :odd", odd=odd)
    look(at_once(settings))
    assert house.mailed() == {"admin", "editor", "member"}
    execute("UPDATE happenings SET kind = 'post.missed' WHERE id = :odd", odd=odd)
    look(at_once(settings))
    (one,) = letters(settings)
    assert one.subject.endswith("1 post not published, 1 post that missed its time")
