from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from app.settings import acting
from app.shell import access
from identity import brands
from tests.app.settings.conftest import OWNER, Agency
from tests.identity.acting import ORIGIN
from tests.identity.acting import acting as working_as
from tests.identity.people import cookie_for

SCRIPT = """
import streamlit as st
from app.settings import acting, drawer, entering
from app.views import outcomes
from identity import brands
from identity.errors import ConflictError
from identity.permissions import Permission

def make(work):
    brands.create(work, "Made", "UTC")
    return "It was made."

def refuse(work):
    brands.create(work, "Made", "UTC")
    raise ConflictError("It *can't* be made.")

entering.drawn_for()
"""


@pytest.fixture
def owner(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Agency:
    token = cookie_for(OWNER)
    monkeypatch.setattr(access, "browser_token", lambda: token)
    monkeypatch.setattr(access, "browser_origin", lambda: ORIGIN)
    return agency


def names(agency: Agency) -> list[str]:
    with working_as(agency.member()) as work:
        return [brand.name for brand in brands.brands(work.session)]


def run(script: str) -> AppTest:
    test = AppTest.from_string(SCRIPT + script, default_timeout=60).run()
    assert not test.exception
    return test


def test_what_a_drawer_ends_with_is_done_once(owner: Agency) -> None:
    test = run(
        "drawer.open_drawer('A brand', 'place', lambda: None)\n"
        "for _ in range(2):\n"
        "    st.text(str(acting.finish('place', Permission.BRANDS_CREATE, make)))\n"
        "outcomes.announce()"
    )
    assert [line.value for line in test.text] == ["True", "False"]
    assert [toast.value for toast in test.toast] == ["It was made\\."]
    assert names(owner).count("Made") == 1


def test_a_refusal_undoes_the_work_and_is_kept_for_its_place(owner: Agency) -> None:
    test = run(
        "acting.act('here', Permission.BRANDS_CREATE, refuse)\n"
        "outcomes.show('elsewhere')\n"
        "outcomes.show('here')\n"
        "outcomes.announce()"
    )
    assert [error.value for error in test.error] == ["It \\*can't\\* be made\\."]
    assert not test.toast
    assert "Made" not in names(owner)


def test_a_new_try_forgets_the_refusal_before(owner: Agency) -> None:
    test = run(
        "acting.act('here', Permission.BRANDS_CREATE, refuse)\n"
        "acting.act('here', Permission.BRANDS_CREATE, make)\n"
        "outcomes.show('here')"
    )
    assert not test.error
    assert "Made" in names(owner)


@pytest.mark.usefixtures("owner")
def test_a_lost_database_is_told_without_technical_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("connection to 10.0.0.1 refused"))

    monkeypatch.setattr(acting, "working", lost)
    test = run("acting.act('here', Permission.BRANDS_CREATE, make)\noutcomes.show('here')")
    (error,) = test.error
    assert "reach its database" in error.value
    assert "SELECT" not in error.value
    assert "10.0" not in error.value
