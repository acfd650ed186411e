"""Threads: every kind published once and confirmed, chains of replies, every fault, lost answers found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from platforms.contract import Finding
from platforms.errors import (
    Ambiguous,
    Duplicate,
    NeedsPerson,
    NeedsReconnect,
    NetworkError,
    NotReady,
    RateLimited,
    Rejected,
    TemporarilyRejected,
)
from platforms.message import Kind, Media, Message, ReplyTo
from sandbox.threads.call import LIMITS
from tests.platforms.meta.steps import Scene, a_text
from tests.platforms.threads import case

KINDS = ("text", "link", "image", "video", "carousel")
MAKE, STATE = "POST /me/threads", "GET /1791"


def message_of(scene: Scene, kind: str) -> Message:
    files = scene.files
    return case.messages(files.folder, lambda path: f"{files.url}/{path.name}")[kind]


@pytest.fixture
def text() -> Message:
    return Message(a_text())


# ---------------------------------------------------------------- once, and confirmed
@pytest.mark.parametrize("kind", KINDS)
def test_published_once_and_confirmed(scene: Scene, kind: str) -> None:
    message = message_of(scene, kind)
    assert scene.network.publish.check(message) == []
    published, _ = scene.published(message)
    (accepted,) = scene.sandbox.accepted(message.text)
    assert accepted["id"] == published.external_id
    assert accepted["account"] == scene.account.external_id
    assert accepted["payload"].get("link_attachment") == message.link
    confirmed = scene.network.publish.confirm(scene.account, published.external_id)
    assert confirmed.external_id == published.external_id
    assert str(confirmed.permalink).startswith("https://www.threads.net/@harborandpine/post/")
    assert confirmed.published_at
    assert abs(confirmed.published_at - scene.now()) < timedelta(seconds=10)


def test_what_is_sent_is_what_was_written(scene: Scene) -> None:
    options = {"reply_control": "followers_only", "topic_tag": "Coffee", "is_spoiler_media": True}
    message = replace(message_of(scene, "image"), options=options)
    assert scene.network.publish.check(message) == []
    scene.published(message)
    payload = scene.accepted()[-1]["payload"]
    assert {**payload, **options, "is_spoiler_media": "true"} == payload
    assert payload["alt_text"] == "What is seen"


def test_a_thread_is_a_chain_of_replies(scene: Scene) -> None:
    first = Message(a_text())
    root, _ = scene.published(first)
    parent = root.external_id
    for _ in range(2):
        part = Message(a_text(), reply_to=ReplyTo(parent, root.external_id))
        published, kept = scene.published(part)
        found = scene.network.publish.find(scene.account, part, scene.now(), kept)
        assert found.finding is Finding.FOUND
        assert found.post
        assert found.post.external_id == published.external_id
        assert scene.accepted()[-1]["payload"]["reply_to_id"] == parent
        parent = published.external_id


# ---------------------------------------------------------------- going on after an interruption
def test_a_preparation_goes_on_where_it_was_left(scene: Scene) -> None:
    message = message_of(scene, "carousel")
    kept = next(iter(scene.network.publish.prepare(scene.account, message, {})))
    assert len(kept["parts"]) == 1
    done = scene.prepared(message, kept)
    assert done["parts"][:1] == kept["parts"]
    assert scene.prepared(message, done) == done


def test_a_container_that_expired_is_made_anew(scene: Scene, text: Message) -> None:
    kept = scene.prepared(text)
    scene.advance(86_401)
    assert scene.network.publish.find(scene.account, text, scene.now(), kept).finding is Finding.ABSENT
    cleared, error = scene.stepped(text, kept)
    assert isinstance(error, TemporarilyRejected)
    again = scene.prepared(text, cleared)
    assert again["container"] not in (None, kept["container"])


def test_a_video_is_waited_for(scene: Scene) -> None:
    message = message_of(scene, "video")
    kept, error = scene.stepped(message, {})
    assert isinstance(error, NotReady)
    with pytest.raises(TemporarilyRejected):  # published too early: refused, and not written
        scene.network.publish.submit(scene.account, message, kept)
    assert scene.prepared(message, kept)["container"] == kept["container"]


def test_what_is_public_already_is_not_sent_again(scene: Scene, text: Message) -> None:
    _, kept = scene.published(text)
    with pytest.raises(Duplicate):
        scene.network.publish.submit(scene.account, text, scene.prepared(text, kept))
    assert len(scene.sandbox.accepted(text.text)) == 1


# ---------------------------------------------------------------- faults
@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_5xx", "malformed", "truncated"])
@pytest.mark.parametrize("kind", ["text", "link", "image"])
def test_a_lost_answer_is_ambiguous_and_the_post_is_found(scene: Scene, kind: str, fault: str) -> None:
    message = message_of(scene, kind)
    kept, sent_at = scene.prepared(message), scene.now()
    scene.sandbox.fault("threads", case.SUBMIT, fault)
    with pytest.raises(Ambiguous):
        scene.network.publish.submit(scene.account, message, kept)
    (accepted,) = scene.sandbox.accepted(message.text)
    found = scene.network.publish.find(scene.account, message, sent_at, kept)
    assert found.finding is Finding.FOUND
    assert found.post
    assert found.post.external_id == accepted["id"]


@pytest.mark.parametrize("fault", ["drop_before_accept", "5xx"])
def test_a_write_that_never_arrived_is_absent(scene: Scene, text: Message, fault: str) -> None:
    kept, sent_at = scene.prepared(text), scene.now()
    scene.sandbox.fault("threads", case.SUBMIT, fault)
    with pytest.raises(Ambiguous):
        scene.network.publish.submit(scene.account, text, kept)
    assert scene.sandbox.hits() == 1, "a write is never repeated"
    assert scene.network.publish.find(scene.account, text, sent_at, kept).finding is Finding.ABSENT
    scene.network.publish.submit(scene.account, text, scene.prepared(text, kept))
    assert len(scene.sandbox.accepted(text.text)) == 1


@pytest.mark.parametrize(("fault", "error"), [("429", RateLimited), ("401", NeedsReconnect)])
@pytest.mark.parametrize("endpoint", [MAKE, STATE, case.SUBMIT])
def test_refusals_write_nothing(
    scene: Scene, text: Message, endpoint: str, fault: str, error: type[NetworkError]
) -> None:
    if endpoint == case.SUBMIT:
        kept = scene.prepared(text)
        scene.sandbox.fault("threads", endpoint, fault)
        with pytest.raises(error):
            scene.network.publish.submit(scene.account, text, kept)
    else:
        scene.sandbox.fault("threads", f"{endpoint}" if endpoint == STATE else "POST /{me}/threads", fault)
        with pytest.raises(error):
            scene.prepared(text)
    assert scene.sandbox.accepted(text.text) == []


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_5xx", "drop_before_accept", "truncated"])
@pytest.mark.parametrize("endpoint", ["POST /{me}/threads", STATE])
def test_a_blip_while_preparing_publishes_nothing(
    scene: Scene, text: Message, endpoint: str, fault: str
) -> None:
    scene.sandbox.fault("threads", endpoint, fault)
    if endpoint != STATE:
        with pytest.raises(TemporarilyRejected):
            scene.prepared(text)
    scene.prepared(text)
    assert scene.sandbox.hits() == 1
    assert scene.sandbox.accepted(text.text) == []


def test_a_slow_answer_is_waited_for(scene: Scene, text: Message) -> None:
    scene.sandbox.fault("threads", case.SUBMIT, "delay", delay_s=0.1)
    published, _ = scene.published(text)
    assert [post["id"] for post in scene.sandbox.accepted(text.text)] == [published.external_id]


def test_without_the_container_a_lost_post_is_never_called_absent(scene: Scene, text: Message) -> None:
    gone = {"container": "1791" + "1" * 16}
    assert scene.network.publish.find(scene.account, text, scene.now(), gone).finding is Finding.CANNOT_TELL


def test_the_same_words_by_hand_are_not_taken_for_ours(scene: Scene, text: Message) -> None:
    scene.published(text)
    kept = scene.prepared(text)
    found = scene.network.publish.find(scene.account, text, scene.now(), kept)
    assert found.finding is Finding.CANNOT_TELL


# ---------------------------------------------------------------- what Threads refuses
def test_a_file_it_can_not_fetch_needs_a_person(scene: Scene) -> None:
    for kind in ("image", "video"):
        message = message_of(scene, kind)
        for url in ("http://127.0.0.1:9/gone", None):
            lost = replace(message, media=(replace(message.media[0], url=url),))
            with pytest.raises(NeedsPerson, match="ALLIN_PUBLIC_URL"):
                scene.prepared(lost)


def test_a_post_that_fails_in_review_begins_anew(scene: Scene) -> None:
    kept, error = scene.stepped(Message(f"{a_text()} #rejected"), {})
    assert isinstance(error, Rejected)
    assert kept["container"] is None


def test_a_day_that_is_used_up_is_known_before_anything_is_prepared(
    scene: Scene, text: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LIMITS, "posts", 0)
    kept, error = scene.stepped(text, {})
    assert kept == {}
    assert isinstance(error, RateLimited)
    assert "0 posts of the day" in error.message


def test_a_quota_that_is_not_told_holds_nothing_up(scene: Scene, text: Message) -> None:
    before, limit = scene.sandbox.hits(), "GET /me/threads_publishing_limit"
    scene.sandbox.fault("threads", limit, "5xx")
    assert scene.prepared(text)["container"]
    assert scene.sandbox.hits() == before + 1


def test_parts_of_a_thread_have_a_quota_of_their_own(
    scene: Scene, text: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = scene.published(text)
    monkeypatch.setattr(LIMITS, "posts", 0)
    part = Message(a_text(), reply_to=ReplyTo(first.external_id, first.external_id))
    assert scene.published(part)[0].external_id
    monkeypatch.setattr(LIMITS, "replies", 0)
    _, error = scene.stepped(Message(a_text(), reply_to=part.reply_to), {})
    assert isinstance(error, RateLimited)


def test_the_quota_of_a_day_is_waited_for(
    scene: Scene, text: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = scene.prepared(text)
    monkeypatch.setattr(LIMITS, "posts", 0)
    with pytest.raises(RateLimited):
        scene.network.publish.submit(scene.account, text, kept)


def test_a_reply_to_nothing_is_refused(scene: Scene) -> None:
    lost = Message(a_text(), reply_to=ReplyTo("18" + "0" * 18, "18" + "0" * 18))
    with pytest.raises(Rejected):
        scene.prepared(lost)


def test_a_removed_post_is_rejected_when_it_is_confirmed(scene: Scene) -> None:
    with pytest.raises(Rejected):
        scene.network.publish.confirm(scene.account, "18" + "0" * 18)


# ---------------------------------------------------------------- check
PICTURE = Media("a", Path("a"), "image/webp", 1_000, 1_000, 1_000, url="https://example.com/a")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Message(""), "needs a text"),
        (Message("a" * 501), "500"),
        (Message("🥐" * 126), "504"),
        (Message(" ".join(f"https://a.example/{n}" for n in range(6))), "5 different links"),
        (Message("a", options={"topic_tag": "a.b"}), "full stop"),
        (Message("a", options={"topic_tag": "a" * 51}), "topic"),
        (Message("a", options={"reply_control": "nobody"}), "reply"),
        (Message("a", kind=Kind.LINK), "needs a link"),
        (Message("a", "example.com"), "web address"),
        (Message("a", kind=Kind.IMAGE, media=(PICTURE,)), "JPEG"),
        (Message("a", "https://example.com", Kind.IMAGE, media=(PICTURE,)), "no link"),
        (Message("a", kind=Kind.CAROUSEL, media=(PICTURE,)), "2 to 20"),
        (Message("a", kind=Kind.STORY), "no stories"),
    ],
)
def test_what_it_would_refuse_is_said_in_words(scene: Scene, message: Message, words: str) -> None:
    problems = scene.network.publish.check(message)
    assert any(words in problem for problem in problems), problems


def test_emoji_count_their_bytes(scene: Scene) -> None:
    def length(text: str) -> int:
        return scene.network.publish.length(Message(text))

    assert [length(text) for text in ("abc", "żółw", "焼き", "🥐", "👩\u200d🚀", "")] == [3, 4, 2, 4, 11, 0]
    assert scene.network.publish.check(Message("🥐" * 125)) == []
    scene.prepared(Message("🥐" * 125))
    assert scene.network.publish.check(Message("", "https://example.com/")) == []
