"""Posts under a key: what is sent, media that take their time, and everything that goes wrong."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Finding
from platforms.errors import Ambiguous, NeedsPerson, NotReady, RateLimited, Rejected, TemporarilyRejected
from platforms.mastodon.instances import Instances
from platforms.mastodon.limits import Limits, read
from platforms.mastodon.publish import MastodonPublisher
from platforms.message import Kind, Message, ReplyTo
from sandbox.mastodon import instance
from tests.platforms.conftest import Case
from tests.platforms.mastodon.case import SUBMIT, movie, picture
from tests.platforms.publishing import prepare, settle
from tests.platforms.wire import answer, wire

MEDIA, STATE, INSTANCE = "POST /api/v2/media", "GET /api/v1/media/{id}", "GET /api/v2/instance"
SOURCE, LISTING = "GET /api/v1/statuses/{id}/source", "GET /api/v1/accounts/{id}/statuses"
BLIPS = ["accept_then_drop", "accept_then_5xx", "drop_before_accept", "malformed", "truncated", "5xx"]


def words() -> str:
    return f"Öfen an 🥐 & <so> {uuid.uuid4().hex}"


def sent(case: Case, message: Message) -> dict[str, Any]:
    """What the one post with these words was sent with."""
    (found,) = case.sandbox.accepted(message.text)
    return dict(found["payload"])


def publish(case: Case, message: Message) -> Any:
    return settle(case, case.network.publish.submit(case.account, message, prepare(case, message)))


def film(folder: Path, **more: Any) -> Message:
    return Message(words(), kind=Kind.VIDEO, media=(movie(folder, **more),))


def stopped(case: Case, message: Message) -> dict[str, Any]:
    """What was kept when preparing came to a stop."""
    kept: dict[str, Any] = {}
    with suppress(TemporarilyRejected):
        for ids in case.network.publish.prepare(case.account, message, {}):
            kept = ids
    return kept


def test_options_and_descriptions_arrive(mastodon: Case, media_folder: Path) -> None:
    options = {
        "visibility": "private",
        "language": "de",
        "spoiler_text": "Bread",
        "sensitive": True,
        "long": True,
    }
    media = (picture(media_folder, "#aa0000", alt="Ein Brot"), picture(media_folder, "#00aa00"))
    message = Message(words(), "https://example.com/a", kind=Kind.IMAGE, media=media, options=options)
    published = publish(mastodon, message)
    payload = sent(mastodon, message)
    assert payload["status"].endswith("\nhttps://example.com/a")
    assert {key: payload[key] for key in options if key != "long"} == {
        key: value for key, value in options.items() if key != "long"
    }
    assert len(payload["media_ids"]) == 2
    assert published.permalink.startswith("https://mastodon.example/@harborandpine/")


def test_a_thread_continues_its_parent(mastodon: Case) -> None:
    first, second = Message(words()), Message(words())
    root = publish(mastodon, first)
    second = replace(second, reply_to=ReplyTo(root.external_id, root.external_id))
    publish(mastodon, second)
    assert sent(mastodon, second)["in_reply_to_id"] == root.external_id
    lost = replace(Message(words()), reply_to=ReplyTo("1", "1"))
    with pytest.raises(Rejected):
        publish(mastodon, lost)


def test_the_key_is_kept_before_anything_is_uploaded_and_stays(mastodon: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#0000aa"),))
    steps = list(mastodon.network.publish.prepare(mastodon.account, message, {}))
    assert set(steps[0]) == {"key"}
    assert {step["key"] for step in steps} == {steps[0]["key"]}
    assert list(mastodon.network.publish.prepare(mastodon.account, message, steps[-1])) == []
    mastodon.network.publish.submit(mastodon.account, message, steps[-1])
    assert sent(mastodon, message)["key"] == steps[0]["key"]


def test_a_lost_answer_can_be_had_again_with_the_same_key(mastodon: Case) -> None:
    message = Message(words())
    kept = prepare(mastodon, message)
    mastodon.sandbox.fault("mastodon", SUBMIT, "accept_then_drop")
    with pytest.raises(Ambiguous):
        mastodon.network.publish.submit(mastodon.account, message, kept)
    again = mastodon.network.publish.submit(mastodon.account, message, kept)
    assert again.external_id == mastodon.sandbox.accepted(message.text)[0]["id"]
    sent(mastodon, message)


@pytest.mark.parametrize("kind", BLIPS)
@pytest.mark.parametrize("video", [False, True])
def test_an_upload_can_be_cut_and_gone_on_from(
    mastodon: Case, media_folder: Path, kind: str, video: bool
) -> None:
    picture_post = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#123456"),))
    message = film(media_folder) if video else picture_post
    mastodon.sandbox.fault("mastodon", MEDIA, kind)
    kept = stopped(mastodon, message)
    assert mastodon.sandbox.hits() == 1
    kept = prepare(mastodon, message, kept)
    publish_id = mastodon.network.publish.submit(mastodon.account, message, kept).external_id
    assert mastodon.sandbox.accepted(message.text)[0]["id"] == publish_id
    assert len(sent(mastodon, message)["media_ids"]) == 1


@pytest.mark.parametrize(("endpoint", "kind"), [(STATE, "5xx"), (INSTANCE, "malformed")])
def test_questions_on_the_way_survive_a_blip(
    mastodon: Case, media_folder: Path, endpoint: str, kind: str
) -> None:
    message = film(media_folder)
    mastodon.sandbox.fault("mastodon", endpoint, kind)
    prepare(mastodon, message)
    assert mastodon.sandbox.hits() == 1


def test_a_video_is_waited_for(mastodon: Case, media_folder: Path) -> None:
    message = film(media_folder, size=9_000_000)
    kept = stopped(mastodon, message)
    assert kept["media"][0]["state"] == "processing"
    with pytest.raises(NotReady):
        list(mastodon.network.publish.prepare(mastodon.account, message, kept))
    with pytest.raises(Rejected):
        mastodon.network.publish.submit(mastodon.account, message, kept)
    kept = prepare(mastodon, message, kept)
    assert kept["media"][0]["state"] == "ready"
    publish(mastodon, replace(message, text=words()))


def test_a_video_that_can_not_be_processed_is_rejected_in_words(mastodon: Case, media_folder: Path) -> None:
    with pytest.raises(Rejected, match="Error processing"):
        prepare(mastodon, film(media_folder, content=b"broken"))


def test_a_file_that_is_gone_is_sent_again(mastodon: Case, media_folder: Path) -> None:
    message = film(media_folder)
    kept = stopped(mastodon, message)
    kept["media"][0]["id"] = "1"
    assert prepare(mastodon, message, kept)["media"][0]["id"] != "1"
    ready = prepare(mastodon, message)
    ready["media"][0]["at"] -= 21 * 3_600
    assert prepare(mastodon, message, ready)["media"][0]["id"] != ready["media"][0]["id"]


def test_the_servers_own_limits_count(
    mastodon: Case, media_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(instance.STATUSES, "max_characters", 1_000)
    publish(mastodon, Message(words() + "a" * 700, options={"long": True}))
    monkeypatch.setitem(instance.STATUSES, "max_characters", 20)
    monkeypatch.setitem(instance.MEDIA, "image_size_limit", 10)
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#ffffff"),))
    with pytest.raises(Rejected, match="takes 20 characters") as caught:
        prepare(mastodon, message)
    assert "MB" in caught.value.message


@pytest.mark.parametrize(
    ("status", "body"), [(404, '{"error": "Not found"}'), (200, "{}"), (200, '{"configuration": []}')]
)
def test_a_server_that_says_nothing_of_its_limits_has_the_usual_ones(status: int, body: str) -> None:
    with wire(answer(status, body)) as server:
        assert read(Instances(server.url).api(""), "token") == Limits()


def test_refusals_of_uploads_are_told_apart(mastodon: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#654321"),))
    mastodon.sandbox.fault("mastodon", MEDIA, "429")
    with pytest.raises(RateLimited):
        prepare(mastodon, message)
    mastodon.sandbox.clear_faults()
    heic = replace(message, media=(replace(message.media[0], mime="image/avif"),))
    with pytest.raises(Rejected, match="image/avif"):
        prepare(mastodon, heic)


def test_without_a_key_nothing_is_sent(mastodon: Case) -> None:
    message = Message(words())
    with pytest.raises(Rejected):
        mastodon.network.publish.submit(mastodon.account, message, {})
    assert mastodon.sandbox.accepted(message.text) == []


def find(case: Case, message: Message, kept: dict[str, Any]) -> Finding:
    return case.network.publish.find(case.account, message, case.sandbox.now(), kept).finding


def test_the_same_words_twice_can_not_be_told_apart(mastodon: Case) -> None:
    message = Message(words())
    for _ in range(2):
        publish(mastodon, message)
    assert find(mastodon, message, prepare(mastodon, message)) is Finding.CANNOT_TELL


def test_media_of_ours_prove_a_post_whatever_became_of_its_words(mastodon: Case, media_folder: Path) -> None:
    message = Message(words(), kind=Kind.IMAGE, media=(picture(media_folder, "#abcabc"),))
    kept = prepare(mastodon, message)
    mastodon.network.publish.submit(mastodon.account, message, kept)
    assert find(mastodon, replace(message, text="Other words"), kept) is Finding.FOUND
    assert find(mastodon, message, prepare(mastodon, message)) is Finding.ABSENT, "other media, another post"


def test_a_post_whose_source_is_not_told_is_not_ruled_out(mastodon: Case) -> None:
    now = mastodon.sandbox.now()
    status = json.dumps([{"id": "5", "created_at": now.isoformat(), "url": "https://a.example/5"}])
    with wire(answer(200, status), answer(404, '{"error": "Record not found"}')) as server:
        publisher = MastodonPublisher(Instances(server.url))
        found = publisher.find(mastodon.account, Message("Hi"), now, {"key": "k"})
        assert len(server.requests) == 2
    assert found.finding is Finding.CANNOT_TELL


def test_what_moderation_takes_down_is_rejected_when_read_back(mastodon: Case) -> None:
    message = Message(f"{words()} #rejected")
    published = mastodon.network.publish.submit(mastodon.account, message, prepare(mastodon, message))
    mastodon.network.publish.confirm(mastodon.account, published.external_id)
    mastodon.sandbox.advance(10)
    with pytest.raises(Rejected):
        mastodon.network.publish.confirm(mastodon.account, published.external_id)


def test_a_scope_that_is_missing_needs_a_person(mastodon: Case) -> None:
    body = '{"error": "This action is outside the authorized scopes"}'
    with wire(answer(403, body)) as server, pytest.raises(NeedsPerson):
        MastodonPublisher(Instances(server.url)).submit(mastodon.account, Message("Hi"), {"key": "k"})
