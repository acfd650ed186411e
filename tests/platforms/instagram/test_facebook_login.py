"""Instagram by Facebook's login: published as the Page, and videos sent without a public address."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest

from platforms.contract import Finding
from platforms.errors import Ambiguous, NeedsPerson, TemporarilyRejected
from platforms.http import Reply
from platforms.instagram.errors import classify
from platforms.message import Kind, Message
from tests.platforms.instagram import case
from tests.platforms.instagram.test_collect import by_page
from tests.platforms.instagram.test_publish import KINDS, message_of
from tests.platforms.meta.steps import MP4, Scene, a_text

SUBMIT = "POST /{user}/media_publish"
BYTES = "POST /rupload/ig-api-upload/{version}/{container}"


@pytest.fixture
def page(scene: Scene) -> Scene:
    """The account as its Page reaches it."""
    return replace(scene, account=by_page(scene))


@pytest.fixture
def reel(page: Scene) -> Message:
    """A reel for which there is no public address."""
    return Message(a_text(), kind=Kind.REEL, media=(replace(page.files.video(), url=None),))


@pytest.mark.parametrize("kind", KINDS)
def test_published_once_and_confirmed(page: Scene, kind: str) -> None:
    message, before = message_of(page, kind), len(page.accepted())
    published, _ = page.published(message)
    (accepted,) = page.accepted()[before:]
    assert accepted["id"] == published.external_id
    assert page.network.publish.confirm(page.account, published.external_id).permalink


def test_a_lost_answer_is_found(page: Scene) -> None:
    message = message_of(page, "image")
    kept, sent_at = page.prepared(message), page.now()
    page.sandbox.fault("facebook", SUBMIT, "accept_then_drop")
    with pytest.raises(Ambiguous):
        page.network.publish.submit(page.account, message, kept)
    found = page.network.publish.find(page.account, message, sent_at, kept)
    assert found.finding is Finding.FOUND


def test_a_video_is_sent_where_there_is_no_address(page: Scene, reel: Message) -> None:
    assert page.network.publish.check(reel) == []
    published, kept = page.published(reel)
    assert kept["uploaded"] == [kept["container"]]
    accepted = page.sandbox.accepted(reel.text)
    assert [post["id"] for post in accepted] == [published.external_id]
    assert accepted[0]["payload"]["upload_type"] == "resumable"


def test_an_upload_goes_on_at_the_networks_own_offset(page: Scene, reel: Message) -> None:
    page.sandbox.fault("facebook", BYTES, "drop_before_accept")
    kept, error = page.stepped(reel, {})
    assert isinstance(error, TemporarilyRejected)
    assert (kept["uploaded"], kept["container"] is None) == ([], False)
    half = len(MP4) // 2
    broken = httpx2.post(
        f"{page.sandbox.url}/facebook/rupload/ig-api-upload/v26.0/{kept['container']}",
        headers={
            "Authorization": f"OAuth {page.account.credentials.access_token}",
            "offset": "0",
            "file_size": str(len(MP4)),
        },
        content=MP4[:half],
        trust_env=False,
    )
    assert broken.json()["debug_info"]["type"] == "PartialRequestError"
    done = page.prepared(reel, kept)  # the network would refuse any other offset than its own
    assert done["container"] == kept["container"]
    page.network.publish.submit(page.account, reel, done)


def test_an_answer_that_is_lost_after_the_last_byte(page: Scene, reel: Message) -> None:
    page.sandbox.fault("facebook", BYTES, "accept_then_drop")
    kept, error = page.stepped(reel, {})
    assert isinstance(error, TemporarilyRejected)
    done = page.prepared(reel, kept)
    page.network.publish.submit(page.account, reel, done)
    assert len(page.sandbox.accepted(reel.text)) == 1


def test_images_and_instagrams_login_need_an_address(scene: Scene, page: Scene, reel: Message) -> None:
    image = Message(a_text(), kind=Kind.IMAGE, media=(replace(page.files.image(), url=None),))
    with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
        page.prepared(image)
    with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
        scene.prepared(reel)


@pytest.mark.parametrize(("retriable", "kind"), [(True, "TemporarilyRejected"), (False, "Rejected")])
def test_the_upload_host_says_whether_to_send_again(retriable: bool, kind: str) -> None:
    info = {"debug_info": {"retriable": retriable, "type": "ProcessingFailedError", "message": "No."}}
    now = datetime.now(UTC)
    error = classify(Reply(400, {}, "", info, now, now), write=False, secrets=())
    assert type(error).__name__ == kind
    assert case.NETWORK in str(error).lower()
