"""Comments of people, and below what LinkedIn is still working on."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from platforms.contract import Finding
from platforms.errors import NeedsPerson, NotReady, Rejected
from platforms.message import Message, ReplyTo
from sandbox.linkedin.posts import REVIEW_S
from tests.platforms.conftest import Case
from tests.platforms.linkedin.test_publish import a_video, person, words
from tests.platforms.publishing import prepare


def below(post: str) -> Message:
    return Message(f"More [below] {uuid.uuid4().hex}", reply_to=ReplyTo(post, post))


def test_a_person_comments_and_only_they_can_look(linkedin: Case) -> None:
    author, publish = person(linkedin), linkedin.network.publish
    post = publish.submit(author, Message(words()), {}).external_id
    comment, sent_at = below(post), linkedin.sandbox.now()
    assert list(publish.prepare(author, comment, {})) == []
    published = publish.submit(author, comment, {})
    [accepted] = linkedin.sandbox.accepted(comment.text)
    assert (accepted["account"], accepted["id"]) == (author.external_id, published.external_id)
    assert publish.confirm(author, published.external_id).permalink
    assert publish.find(author, comment, sent_at, {}).finding is Finding.CANNOT_TELL


def test_the_text_of_a_comment_needs_no_escapes(linkedin: Case) -> None:
    publish = linkedin.network.publish
    post = publish.submit(linkedin.account, Message(words()), {}).external_id
    comment = below(post)
    publish.submit(linkedin.account, comment, {})
    [accepted] = linkedin.sandbox.accepted(comment.text)
    assert accepted["payload"]["message"]["text"] == comment.text


def test_a_comment_waits_until_its_video_is_public(linkedin: Case, tmp_path: Path) -> None:
    publish, video = linkedin.network.publish, a_video(tmp_path, 100_000)
    post = publish.submit(linkedin.account, video, prepare(linkedin, video)).external_id
    with pytest.raises(NotReady):
        list(publish.prepare(linkedin.account, below(post), {}))
    linkedin.sandbox.advance(REVIEW_S)
    assert list(publish.prepare(linkedin.account, below(post), {})) == []


def test_a_comment_below_a_post_that_was_refused_is_refused(linkedin: Case) -> None:
    publish = linkedin.network.publish
    post = publish.submit(linkedin.account, Message(f"{words()} #rejected"), {}).external_id
    linkedin.sandbox.advance(REVIEW_S)
    with pytest.raises(Rejected, match="did not publish the post"):
        list(publish.prepare(linkedin.account, below(post), {}))


def test_a_comment_in_the_name_of_another_is_not_permitted(linkedin: Case) -> None:
    publish = linkedin.network.publish
    post = publish.submit(linkedin.account, Message(words()), {}).external_id
    other = replace(linkedin.account, external_id="urn:li:organization:1")
    with pytest.raises(NeedsPerson):
        publish.submit(other, below(post), {})
