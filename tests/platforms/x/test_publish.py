"""Posts on X: what is sent, threads, long posts, and finding one whose answer was lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from platforms.contract import Finding
from platforms.errors import Ambiguous, Duplicate, NeedsPerson, Rejected
from platforms.message import Kind, Media, Message, ReplyTo
from platforms.x.finding import candidates
from platforms.x.publish import whole_text
from sandbox.x.credits import CREDITS
from tests.platforms.x.case import gif, movie, picture
from tests.platforms.x.conftest import Connected

POST = "POST /2/tweets"
LONG = "Fresh bread, every day. " * 40


def lose(
    brand: Connected, message: Message, kind: str = "accept_then_drop"
) -> tuple[dict[str, Any], datetime]:
    """Publish with the answer lost."""
    kept, sent_at = brand.prepare(message), brand.now()
    brand.fault(POST, kind)
    with pytest.raises(Ambiguous):
        brand.network.publish.submit(brand.account, message, kept)
    return kept, sent_at


def test_only_what_is_wanted_is_sent(brand: Connected) -> None:
    brand.publish(Message("Plain", options={"long": False, "made_with_ai": False}))
    brand.publish(
        Message(
            "With options",
            options={
                "long": True,
                "reply_settings": "mentionedUsers",
                "made_with_ai": True,
                "paid_partnership": True,
            },
        )
    )
    plain, rich = (post["payload"] for post in brand.taken())
    assert plain == {"text": "Plain"}
    assert rich == {
        "text": "With options",
        "reply_settings": "mentionedUsers",
        "made_with_ai": True,
        "paid_partnership": True,
    }


def test_a_thread_is_a_chain_of_replies(brand: Connected) -> None:
    root = brand.publish(Message("One")).external_id
    second = brand.publish(Message("Two", reply_to=ReplyTo(root, root))).external_id
    third = brand.publish(Message("Three", reply_to=ReplyTo(second, root))).external_id
    assert [post["payload"].get("reply") for post in brand.taken()] == [
        None,
        {"in_reply_to_tweet_id": root},
        {"in_reply_to_tweet_id": second},
    ]
    assert brand.network.publish.confirm(brand.account, third).published_at


def test_a_thread_that_x_ends_says_so(brand: Connected) -> None:
    root = brand.publish(Message("Soon gone")).external_id
    headers = {"Authorization": f"Bearer {brand.account.credentials.access_token}"}
    brand.server.client.delete(f"/x/2/tweets/{root}", headers=headers).raise_for_status()
    with pytest.raises(Rejected, match="continue the thread"):
        brand.publish(Message("To whom?", reply_to=ReplyTo(root, root)))
    with pytest.raises(Rejected, match="does not show"):
        brand.network.publish.confirm(brand.account, root)


def test_a_long_post_is_the_authors_choice(brand: Connected, premium: Connected) -> None:
    [problem] = premium.network.publish.check(Message(LONG))
    assert "280" in problem
    published = premium.publish(Message(LONG, options={"long": True}))
    assert premium.taken()[0]["text"] == LONG
    assert published.external_id
    with pytest.raises(Rejected, match="too long"):
        brand.publish(Message(LONG, options={"long": True}))
    [problem] = premium.network.publish.check(Message("a" * 25_001, options={"long": True}))
    assert "25,000" in problem


def test_a_lost_long_post_is_found_by_its_whole_text(premium: Connected) -> None:
    message = Message(f"{LONG} and more", options={"long": True})
    _, sent_at = lose(premium, message)
    found = premium.network.publish.find(premium.account, message, sent_at, {})
    assert found.post
    assert found.post.external_id == premium.taken()[0]["id"]
    other = Message(f"{LONG} and more still", options={"long": True})
    assert premium.network.publish.find(premium.account, other, sent_at, {}).finding is Finding.ABSENT


def test_lost_media_beside_others_with_the_same_words_are_never_mistaken(
    brand: Connected, folder: Path
) -> None:
    words = "The same words"
    messages = [
        Message(words, kind=Kind.IMAGE, media=(picture(folder, "#111"),)),
        Message(words, kind=Kind.VIDEO, media=(movie(folder),)),
    ]
    lost = [lose(brand, message) for message in messages]
    wanted = [post["id"] for post in brand.taken()]
    for message, (kept, sent_at), post_id in zip(messages, lost, wanted, strict=True):
        found = brand.network.publish.find(brand.account, message, sent_at, kept)
        assert found.post
        assert found.post.external_id == post_id


def test_a_lost_picture_alone_is_found(brand: Connected, folder: Path) -> None:
    message = Message("", kind=Kind.IMAGE, media=(picture(folder, "#789"),))
    brand.server.advance(1_000)
    kept, sent_at = lose(brand, message)
    found = brand.network.publish.find(brand.account, message, sent_at, kept)
    assert found.finding is Finding.FOUND
    assert found.post
    assert found.post.external_id == brand.taken()[0]["id"]


def test_a_picture_that_never_arrived_is_absent(brand: Connected, folder: Path) -> None:
    message = Message("Not arrived", kind=Kind.IMAGE, media=(picture(folder, "#987"),))
    kept, sent_at = lose(brand, message, "drop_before_accept")
    assert brand.network.publish.find(brand.account, message, sent_at, kept).finding is Finding.ABSENT
    # The same words with another picture: maybe ours, so nobody says it is not there.
    brand.publish(Message("Not arrived", kind=Kind.IMAGE, media=(picture(folder, "#986"),)))
    assert brand.network.publish.find(brand.account, message, sent_at, kept).finding is Finding.CANNOT_TELL


def test_a_lost_part_of_a_thread_is_not_taken_for_another(brand: Connected) -> None:
    root = brand.publish(Message("A beginning")).external_id
    reply = Message("Thank you!", reply_to=ReplyTo(root, root))
    sent_at = brand.now()
    brand.publish(
        Message("Thank you!", reply_to=ReplyTo(brand.publish(Message("Another")).external_id, root))
    )
    assert brand.network.publish.find(brand.account, reply, sent_at, {}).finding is Finding.ABSENT
    _, sent_at = lose(brand, reply)
    found = brand.network.publish.find(brand.account, reply, sent_at, {})
    assert found.post
    assert found.post.external_id == brand.taken()[-1]["id"]


def test_the_same_again_is_a_duplicate_but_other_media_are_another_post(
    brand: Connected, folder: Path
) -> None:
    message = Message("Once", kind=Kind.IMAGE, media=(picture(folder, "#abc"),))
    kept = brand.prepare(message)
    brand.network.publish.submit(brand.account, message, kept)
    with pytest.raises(Duplicate):
        brand.network.publish.submit(brand.account, message, kept)
    brand.publish(Message("Once", kind=Kind.IMAGE, media=(picture(folder, "#abd"),)))
    assert len(brand.taken()) == 2


def test_without_credit_only_a_person_can_go_on(brand: Connected) -> None:
    CREDITS.left = 0.02
    brand.publish(Message("The last one"))
    for _ in range(2):  # X words it in two ways
        with pytest.raises(NeedsPerson, match="credit"):
            brand.publish(Message("One too many"))
    CREDITS.left = 0.0
    with pytest.raises(NeedsPerson, match="credit"):
        brand.network.connect.standing(brand.account)
    assert len(brand.taken()) == 1


def test_what_x_would_refuse_is_said_in_words(brand: Connected, folder: Path) -> None:
    check, one, moving = brand.network.publish.check, picture(folder, "#fff"), gif(folder)

    def media(*files: Media, kind: Kind = Kind.IMAGE) -> Message:
        return Message("Look", kind=kind, media=files)

    big = Media("b", one.path, "image/png", 6 * 1024 * 1024)
    assert check(media(one, one, one, one)) == []
    assert check(media(moving)) == []
    assert check(Message("", kind=Kind.IMAGE, media=(one,))) == []
    for message in (
        media(),
        media(one, one, one, one, one),
        media(moving, one),
        media(big),
        media(movie(folder)),
        media(one, kind=Kind.VIDEO),
        media(movie(folder), movie(folder), kind=Kind.VIDEO),
        Message("a", kind=Kind.CAROUSEL, media=(one, one)),
        Message("a", options={"reply_settings": "everyone"}),
        Message("a", options={"poll": "yes"}),
        Message("a", title="Titles are for others"),
        Message("あ" * 141),
    ):
        assert check(message), message
    assert check(Message("x" * 256, "https://example.com/" + "y" * 100)) == []
    assert check(Message("x" * 257, "https://example.com/" + "y" * 100))


def listed(text: str, **more: Any) -> dict[str, Any]:
    return {"id": "1", "text": text, "created_at": "2026-11-21T12:00:00.000Z", **more}


@pytest.mark.parametrize(
    ("post", "certain"),
    [
        (listed("Hello"), True),
        (listed("Hello", attachments={"media_keys": ["3_9"]}), False),
        (listed("hello!"), False),
        (listed("Hello", referenced_tweets=[{"type": "quoted", "id": "5"}]), True),
        (listed("Hello", referenced_tweets=[{"type": "replied_to", "id": "5"}]), None),
        (listed("Hello", referenced_posts=[{"type": "replied_to", "id": "5"}]), None),
        (listed("Bye"), None),
    ],
)
def test_what_a_listed_post_is_to_us(post: dict[str, Any], certain: bool | None) -> None:
    found = candidates([post], "Hello", frozenset(), None)
    assert [one.certain for one in found] == ([] if certain is None else [certain])


def test_what_a_listed_post_is_to_a_reply_or_a_picture() -> None:
    reply = listed("Hello", referenced_tweets=[{"type": "replied_to", "id": "5"}])
    [told] = candidates([reply], "Hello", frozenset(), "5")
    assert told.certain
    [untold] = candidates([listed("Hello")], "Hello", frozenset(), "5")
    assert not untold.certain
    # Whatever its category is called in the listing, the number of an upload is the upload.
    mine = listed("X took the text away", attachments={"media_keys": ["13_77"]})
    [proven] = candidates([listed("Hi"), mine], "Hi", frozenset({"7_77"}), None)
    assert proven.certain
    [cut] = candidates([listed(LONG[:270] + "…")], LONG, frozenset(), None)
    assert not cut.certain


def test_posts_found_too_late_or_too_often_are_not_taken(brand: Connected) -> None:
    message = Message("Twice on the wall", "https://example.com/a")
    brand.publish(message)
    sent_at = brand.now()
    assert whole_text(message) in brand.taken()[0]["text"]
    find = brand.network.publish.find
    assert find(brand.account, message, sent_at, {}).finding is Finding.FOUND
    assert find(brand.account, message, sent_at - timedelta(hours=2), {}).finding is Finding.CANNOT_TELL
    assert find(brand.account, message, sent_at + timedelta(hours=2), {}).finding is Finding.ABSENT
