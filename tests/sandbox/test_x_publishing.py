"""Publishing on X: accepted posts, t.co, threads, duplicates, deletion."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.server import Running


def test_an_accepted_post_is_read_back_with_shortened_links(fresh: Running) -> None:
    url = "https://www.harborandpine.example/journal/12?utm_source=x&b=1"
    answer = fresh.tweet({"text": f"☕ Brewing notes: {url}, and more #coffee"})
    created = answer.json()["data"]
    assert answer.status_code == 201
    assert created["edit_history_tweet_ids"] == [created["id"]]
    assert url not in created["text"]
    newest = fresh.x_get(f"users/{fresh.x['user_id']}/tweets", **{"tweet.fields": "entities"}).json()["data"][
        0
    ]
    assert (newest["id"], newest["text"]) == (created["id"], created["text"])
    [link] = newest["entities"]["urls"]
    assert link["expanded_url"] == url
    assert newest["text"][link["start"] : link["end"]] == link["url"]
    [tag] = newest["entities"]["hashtags"]
    assert newest["text"][tag["start"] : tag["end"]] == "#coffee"
    assert fresh.accepted()[0]["text"] == f"☕ Brewing notes: {url}, and more #coffee"


def test_views_start_within_a_minute_and_grow(fresh: Running) -> None:
    post_id = fresh.tweet({"text": "Watch this"}).json()["data"]["id"]
    seen = []
    for wait in (60, 3600, 86_400):
        fresh.advance(wait)
        answer = fresh.client.get("/_sandbox/world").json()["brands"][0]["x"]
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        params = {"tweet.fields": "public_metrics"}
        tweet = fresh.client.get(f"/x/2/tweets/{post_id}", params=params, headers=headers).json()["data"]
        seen.append(tweet["public_metrics"]["impression_count"])
    assert 0 < seen[0] < seen[1] < seen[2]


def test_a_thread_is_a_chain_of_replies(fresh: Running) -> None:
    first = fresh.tweet({"text": "One"}).json()["data"]["id"]
    second = fresh.tweet({"text": "Two", "reply": {"in_reply_to_tweet_id": first}}).json()["data"]["id"]
    fields = {"tweet.fields": "referenced_tweets,conversation_id"}
    tweet = fresh.x_get(f"tweets/{second}", **fields).json()["data"]
    assert tweet["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert tweet["conversation_id"] == first
    shown = fresh.x_get(f"users/{fresh.x['user_id']}/tweets", exclude="replies").json()["data"]
    assert shown[0]["id"] == first


def test_the_same_text_is_a_duplicate(fresh: Running) -> None:
    assert fresh.tweet({"text": "Only once"}).status_code == 201
    again = fresh.tweet({"text": "Only once"})
    assert again.status_code == 403
    assert again.json()["detail"] == "You are not allowed to create a Tweet with duplicate content."
    assert len(fresh.accepted()) == 1


def test_a_deleted_post_is_gone(fresh: Running) -> None:
    post_id = fresh.tweet({"text": "Take it back"}).json()["data"]["id"]
    path = f"/x/2/tweets/{post_id}"
    assert fresh.client.delete(path, headers=fresh.bearer).json() == {"data": {"deleted": True}}
    assert "data" not in fresh.x_get(f"tweets/{post_id}").json()
    assert fresh.client.delete(path, headers=fresh.bearer).json() == {"data": {"deleted": False}}
    assert fresh.tweet({"text": "Take it back"}).status_code == 201


def test_others_posts_cannot_be_deleted(fresh: Running) -> None:
    foreign = fresh.x_get(f"users/{fresh.brands[1]['x']['user_id']}/tweets").json()["data"][0]["id"]
    assert fresh.client.delete(f"/x/2/tweets/{foreign}", headers=fresh.bearer).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x", "nonsense": 1},
        {"text": ""},
        {"text": 5},
        {"text": "x", "media": {"media_ids": ["1"]}},
        {"text": "x", "poll": {"options": ["one"], "duration_minutes": 5}},
        {"text": "x", "quote_tweet_id": "1", "card_uri": "card://1"},
        {"text": "x" * 281},
        {"text": "あ" * 141},
        {"text": "👩‍👩‍👧‍👦" * 141},
        ["x"],
    ],
)
def test_bad_posts_are_400_and_not_accepted(sandbox: Running, body: Any) -> None:
    count = len(sandbox.accepted())
    answer = sandbox.tweet(body)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert len(sandbox.accepted()) == count


@pytest.mark.parametrize(
    "text",
    ["x" * 280, "あ" * 140, "👩‍👩‍👧‍👦" * 140, "é" * 280, "https://a.example/" + "b" * 500 + " " + "x" * 256],
)
def test_weighted_length_allows_280(sandbox: Running, text: str) -> None:
    assert sandbox.tweet({"text": text}).status_code == 201
