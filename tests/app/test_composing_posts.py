"""Composing more than words: files, kinds, what accounts have of their own, drafts, and changing a post."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from app.composing import asked, own_time, saving, words
from app.composing.composition import COMPOSITION, Composition
from app.views.times import zone_or_utc
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.accounts import connect
from platforms.contract import Credentials, RemoteAccount
from platforms.errors import NetworkError, TemporarilyRejected
from platforms.message import Kind
from publishing.editing import edit_post
from publishing.listing import PublicationView, publications
from publishing.models import Post, Publication
from publishing.opening import opened
from publishing.states import State
from tests.app.pages import OpenPage, said
from tests.app.world import World, connected_world
from tests.platforms.test_media import movie, picture

pytestmark = pytest.mark.usefixtures("settings")
PNG = ("sun.png", picture("PNG", (400, 400)), "image/png")
JPEG = ("sea.jpg", picture("JPEG", (500, 500)), "image/jpeg")
FILM = ("walk.mp4", movie(9.0), "video/mp4")


class Composer:
    """The composer of a world's second brand, Harbor & Pine, on the accounts that a test names."""

    def __init__(self, open_page: OpenPage, *networks: str, text: str = "Hello there") -> None:
        self.world = connected_world()
        self.accounts = dict(zip(("facebook", "x"), self.world.account_ids[2:], strict=True))
        with worker_session() as session:
            for key in set(networks) - set(self.accounts):
                remote = RemoteAccount(key, f"{key}-1", "harborpine", Credentials("token"))
                self.accounts[key] = connect(
                    session, self.world.organization_id, self.world.brand_ids[1], remote
                )
        self.open_page = open_page
        self.test = open_page("composer")
        chosen = [self.accounts[key] for key in networks]
        key = f"composer_accounts_{self.world.brand_ids[1]}"
        self.test.button_group(key=key).set_value(chosen)
        self.test.session_state[words.DRAFT].text = text
        self.run()

    @property
    def post(self) -> Composition:
        composition: Composition = self.test.session_state[COMPOSITION]
        return composition

    def key(self, name: str, *of: object) -> str:
        return self.post.key(name, *of)

    def run(self) -> None:
        self.test.run()
        assert not self.test.exception

    def upload(self, *files: tuple[str, bytes, str]) -> None:
        self.test.file_uploader(key=self.key("upload", self.post.uploads)).set_value(list(files))
        self.run()

    def press(self, key: str) -> None:
        self.test.button(key=key).click()
        self.run()

    def problems(self) -> list[str]:
        return [error.value for error in self.test.error if error.icon != ":material/cloud_off:"]


def views(world: World) -> dict[str, PublicationView]:
    with tenant_session(Tenant(world.organization_id)) as session:
        return {view.network: view for view in publications(session)}


def own(world: World) -> dict[str, dict[str, Any]]:
    with tenant_session(Tenant(world.organization_id)) as session:
        return {one.network: one.own for one in session.scalars(select(Publication))}


def test_files_are_described_ordered_and_fitted(open_page: OpenPage) -> None:
    composer = Composer(open_page, "facebook", "x", "instagram")
    composer.upload(PNG, JPEG, PNG)
    first, second = composer.post.files  # the same file twice is one
    assert "converted for Instagram" in said(composer.test)
    composer.press(composer.key("down", first.key))
    composer.test.text_input(key=composer.key("alt", first.key)).set_value("The sun")
    composer.press("composer_submit")
    assert composer.problems() == []
    found = views(composer.world)
    assert [file.key for file in found["facebook"].files] == [second.key, first.key]
    assert [file.alt for file in found["facebook"].files] == ["", "The sun"]
    assert [file.mime for file in found["instagram"].files] == ["image/jpeg"] * 2
    assert found["instagram"].files[1].made_from == first.key
    assert own(composer.world)["x"] == {"kind": "image"}
    assert composer.post.files == []


def test_what_is_no_file_for_posts_is_told(open_page: OpenPage) -> None:
    composer = Composer(open_page, "facebook")
    composer.upload(("notes.png", b"not a picture", "image/png"), JPEG)
    assert any("notes\\.png" in problem for problem in composer.problems())
    assert [file.mime for file in composer.post.files] == ["image/jpeg"]
    composer.press(composer.key("drop", composer.post.files[0].key))
    assert composer.post.files == []


def test_a_story_shows_no_words_and_is_not_everywhere(open_page: OpenPage) -> None:
    composer = Composer(open_page, "instagram", "x")
    composer.upload(JPEG)
    composer.test.button_group(key=composer.key("as")).set_value(Kind.STORY)
    composer.run()
    assert any("X has no stories" in problem for problem in composer.problems())
    assert "no text with this kind of post" in said(composer.test)
    composer.press(composer.key("leave", composer.accounts["x"]))
    composer.press("composer_submit")
    (view,) = views(composer.world).values()
    assert (view.network, view.text, view.state) == ("instagram", "", State.SCHEDULED)


def test_required_settings_are_asked_and_the_title_goes_where_it_is_shown(open_page: OpenPage) -> None:
    composer = Composer(open_page, "youtube", "x")
    composer.upload(FILM)
    assert any("needs who can see it" in problem for problem in composer.problems())
    composer.press("composer_submit")
    assert views(composer.world) == {}
    account_id = composer.accounts["youtube"]
    for name, value in (("privacy", "unlisted"), ("made_for_kids", "no")):
        composer.test.selectbox(key=composer.key("option", account_id, name)).set_value(value)
    composer.test.text_input(key=composer.key("title")).set_value("A walk")
    composer.press("composer_submit")
    assert composer.problems() == []
    stored = own(composer.world)
    assert stored["youtube"] == {"options": {"privacy": "unlisted", "made_for_kids": "no"}}
    assert stored["x"] == {"title": ""}


def test_an_account_says_it_in_other_words_with_another_link(open_page: OpenPage) -> None:
    composer = Composer(open_page, "facebook", "x")
    account_id = composer.accounts["x"]
    composer.test.text_input(key=words.link_key(composer.test.session_state[words.DRAFT])).set_value(
        "https://example.test/all"
    )
    composer.test.toggle(key=composer.key("own", account_id)).set_value(True)
    composer.run()
    assert composer.post.own_words[account_id].text == "Hello there"
    composer.post.own_words[account_id].text = "Hello, X"
    composer.test.text_input(key=composer.key("own_link", account_id)).set_value("https://example.test/x")
    composer.press("composer_submit")
    found = {key: (view.text, view.link) for key, view in views(composer.world).items()}
    assert found == {
        "facebook": ("Hello there", "https://example.test/all"),
        "x": ("Hello, X", "https://example.test/x"),
    }


def test_a_thread_and_its_first_comment(open_page: OpenPage) -> None:
    composer = Composer(open_page, "x", "facebook")
    composer.press(composer.key("more_parts"))
    composer.post.parts[0].text = "And more"
    composer.post.comment.text = "The recipe"
    composer.run()
    (told,) = composer.test.info
    assert "Facebook" in told.value
    assert "has no threads" in told.value
    composer.press("composer_submit")
    with tenant_session(Tenant(composer.world.organization_id)) as session:
        found = sorted((view.network, view.part, view.text) for view in publications(session))
    assert found == [
        ("facebook", 0, "Hello there"),
        ("facebook", 1, "The recipe"),
        ("x", 0, "Hello there"),
        ("x", 1, "And more"),
        ("x", 2, "The recipe"),
    ]


def test_accounts_without_threads_are_left_out_at_a_press(open_page: OpenPage) -> None:
    composer = Composer(open_page, "x", "facebook")
    composer.press(composer.key("more_parts"))
    composer.post.parts[0].text = "And more"
    composer.press(composer.key("without", "parts"))
    assert not composer.test.info
    composer.press("composer_submit")
    assert set(views(composer.world)) == {"x"}


def test_an_account_shows_other_files_at_another_time_and_opens_so(open_page: OpenPage) -> None:
    composer = Composer(open_page, "facebook", "x")
    account_id = composer.accounts["x"]
    composer.upload(JPEG)
    for name in ("own_media", "own_time"):
        composer.test.toggle(key=composer.key(name, account_id)).set_value(True)
    composer.run()
    upload = composer.key("upload", composer.post.uploads, account_id)
    composer.test.file_uploader(key=upload).set_value([FILM])
    day = utc_now().date() + timedelta(days=40)
    clock = own_time.clock(composer.post, account_id)
    composer.test.date_input(key=clock.day_key).set_value(day)
    composer.test.time_input(key=clock.time_key).set_value(time(9, 25))
    composer.press("composer_submit")
    assert composer.problems() == []
    found = views(composer.world)
    assert [file.mime for file in found["facebook"].files] == ["image/jpeg"]
    assert [file.mime for file in found["x"].files] == ["video/mp4"]
    assert found["x"].due_at == datetime.combine(day, time(9, 25), zone_or_utc(found["x"].timezone))
    assert found["facebook"].due_at != found["x"].due_at
    before = own(composer.world)
    assert before["x"]["kind"] == "video"
    changed(composer, found["x"].post_id)
    composer.press("composer_submit")
    assert composer.problems() == []
    assert own(composer.world) == before
    assert {key: view.due_at for key, view in views(composer.world).items()} == {
        key: view.due_at for key, view in found.items()
    }


def test_an_account_with_no_place_for_words_alone_shows_files_of_its_own(open_page: OpenPage) -> None:
    composer = Composer(open_page, "instagram", "x")
    assert any("no text posts" in problem for problem in composer.problems())
    account_id = composer.accounts["instagram"]
    composer.test.toggle(key=composer.key("own_media", account_id)).set_value(True)
    composer.run()
    upload = composer.key("upload", composer.post.uploads, account_id)
    composer.test.file_uploader(key=upload).set_value([PNG])
    composer.press("composer_submit")
    assert composer.problems() == []
    found = views(composer.world)
    assert [file.mime for file in found["instagram"].files] == ["image/jpeg"]
    assert list(found["x"].files) == []
    changed(composer, found["x"].post_id)
    assert [file.mime for file in composer.post.own_files[account_id]] == ["image/png"]


def test_boards_are_chosen_from_the_networks_list(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, str] | NetworkError] = [
        TemporarilyRejected("it is busy"),
        {"7": "Bread", "8": "Art"},
    ]

    def answer(*_: object) -> dict[str, str]:
        found = told.pop(0)
        if isinstance(found, NetworkError):
            raise found
        return found

    monkeypatch.setattr(asked, "choices", answer)
    composer = Composer(open_page, "pinterest")
    composer.upload(JPEG)
    key = composer.key("option", composer.accounts["pinterest"], "board_id")
    composer.test.text_input(key=key).set_value("9")
    composer.run()
    assert "it is busy" in said(composer.test)
    composer.press(f"{key}_again")
    board = composer.test.selectbox(key=key)
    assert board.options == ["Art", "Bread", "9 (not on the list)"]
    board.set_value("7")
    composer.press("composer_submit")
    assert composer.problems() == []
    assert own(composer.world)["pinterest"]["options"] == {"board_id": "7"}


def test_a_draft_is_kept_gone_on_with_and_scheduled_once(open_page: OpenPage) -> None:
    composer = Composer(open_page, "x", text="x" * 300)  # too long, and still a draft
    composer.test.multiselect(key=composer.key("labels")).set_value([])
    composer.press("composer_save")
    (view,) = views(composer.world).values()
    assert view.state is State.DRAFT
    assert composer.test.query_params["post"] == str(view.post_id)
    assert composer.post.stored
    assert composer.test.session_state[words.DRAFT].text == "x" * 300
    composer.test.session_state[words.DRAFT].text = "Short enough"
    composer.press("composer_submit")
    assert composer.problems() == []
    (view,) = views(composer.world).values()
    assert (view.state, view.text) == (State.SCHEDULED, "Short enough")
    assert composer.post.stored is None
    assert composer.test.session_state[words.DRAFT].text == ""
    assert "post" not in composer.test.query_params


def changed(composer: Composer, post_id: UUID) -> AppTest:
    """The composer with that post opened."""
    composer.test.query_params["post"] = str(post_id)
    composer.run()
    return composer.test


def test_a_stored_post_opens_with_all_it_has_and_keeps_what_was_being_written(open_page: OpenPage) -> None:
    composer = Composer(open_page, "instagram", "x")
    account_id = composer.accounts["instagram"]
    composer.upload(PNG)
    composer.test.text_input(key=composer.key("option", account_id, "location_id")).set_value("123")
    composer.press("composer_submit")
    post_id = views(composer.world)["x"].post_id
    composer.test.session_state[words.DRAFT].text = "Something else"
    test = changed(composer, post_id)
    assert test.session_state[words.DRAFT].text == "Hello there"
    assert [file.mime for file in composer.post.files] == ["image/png"]
    assert test.text_input(key=composer.key("option", account_id, "location_id")).value == "123"
    before = own(composer.world)
    test.session_state[words.DRAFT].text = "Hello again"
    composer.press("composer_submit")
    assert {view.text for view in views(composer.world).values()} == {"Hello again"}
    assert own(composer.world) == before
    assert test.session_state[words.DRAFT].text == "Something else"


def test_a_change_that_comes_too_late_is_refused_in_words(open_page: OpenPage) -> None:
    composer = Composer(open_page, "x")
    composer.press("composer_submit")
    post_id = views(composer.world)["x"].post_id
    changed(composer, post_id)
    with tenant_session(Tenant(composer.world.organization_id)) as session:
        found = opened(session, post_id)
        edit_post(session, post_id, found.draft, version=found.version)
    composer.press("composer_submit")
    assert any("Someone changed this post meanwhile" in problem for problem in composer.problems())
    composer.press("composer_again")
    assert composer.post.stored
    assert composer.post.stored.version == 2
    with worker_session() as session:
        session.execute(update(Publication).values(state=State.PUBLISHING))
    composer.press("composer_submit")
    assert any("being sent now" in problem for problem in composer.problems())
    with worker_session() as session:
        assert session.scalars(select(Post.version)).one() == 2


def test_a_post_that_is_not_there_is_told(open_page: OpenPage) -> None:
    composer = Composer(open_page, "x")
    changed(composer, composer.world.person_id)
    assert any("does not exist" in problem for problem in composer.problems())
    assert composer.test.session_state[words.DRAFT].text == "Hello there"
    assert saving.DONE not in composer.test.session_state
