"""Publishing on Facebook: accepted posts, their growth, duplicates, deletion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.server import Running

COUNTS = (
    "shares,reactions.summary(true).limit(0),comments.summary(true).limit(0),insights.metric(post_media_view)"
)


def views(sandbox: Running, post_id: str) -> int:
    answer = sandbox.graph(f"{post_id}/insights", metric="post_media_view").json()
    return int(answer["data"][0]["values"][0]["value"])


def test_an_accepted_post_is_read_back(fresh: Running) -> None:
    before = datetime.now(UTC)
    answer = fresh.publish("Tasting on Pier 4 tonight ☕", link="https://www.harborandpine.example/tasting")
    post_id = answer.json()["id"]
    assert answer.status_code == 200
    assert post_id.startswith(f"{fresh.page_id}_")
    newest = fresh.graph(
        f"{fresh.page_id}/published_posts", fields="message,created_time,attachments{media_type,url}", limit=1
    ).json()["data"][0]
    assert (newest["id"], newest["message"]) == (post_id, "Tasting on Pier 4 tonight ☕")
    assert newest["attachments"]["data"] == [
        {"media_type": "link", "url": "https://www.harborandpine.example/tasting"}
    ]
    assert abs(datetime.fromisoformat(newest["created_time"]) - before) < timedelta(seconds=5)
    [kept] = fresh.accepted()
    assert (kept["id"], kept["network"], kept["account"]) == (post_id, "facebook", fresh.page_id)
    assert "access_token" not in kept["payload"]
    assert datetime.fromisoformat(kept["accepted_at"]).utcoffset() == timedelta()


def test_counts_grow_with_age_and_level_off(fresh: Running) -> None:
    post_id = fresh.publish("Fresh this morning").json()["id"]
    seen = [views(fresh, post_id)]
    for wait in (60, 6 * 3600 - 60, 42 * 3600, 28 * 86_400, 86_400):
        fresh.advance(wait)
        seen.append(views(fresh, post_id))
    final = seen[-1]
    assert seen == sorted(seen)
    assert 0 <= seen[0] < seen[1] < 0.05 * final
    assert seen[2] == pytest.approx(0.50 * final, rel=0.02)
    assert seen[3] == pytest.approx(0.95 * final, rel=0.02)
    assert seen[4] == pytest.approx(final, abs=2)
    post = fresh.graph(post_id, fields=COUNTS).json()
    assert post["reactions"]["summary"]["total_count"] > post["comments"]["summary"]["total_count"] > 0


def test_the_same_message_is_a_duplicate_for_a_while(fresh: Running) -> None:
    assert fresh.publish("Only once").status_code == 200
    again = fresh.publish("Only once")
    assert (again.status_code, again.json()["error"]["code"]) == (400, 506)
    assert fresh.publish("Only once", link="https://a.example/").status_code == 200
    fresh.advance(3601)
    assert fresh.publish("Only once").status_code == 200
    assert len(fresh.accepted()) == 3


def test_a_deleted_post_is_gone_and_may_be_said_again(fresh: Running) -> None:
    post_id = fresh.publish("Take it back").json()["id"]
    deleted = fresh.client.delete(f"/facebook/v26.0/{post_id}", params={"access_token": fresh.page_token})
    assert deleted.json() == {"success": True}
    assert fresh.graph(post_id).json()["error"]["error_subcode"] == 33
    ids = [post["id"] for post in fresh.graph(f"{fresh.page_id}/feed", fields="id").json()["data"]]
    assert post_id not in ids
    assert fresh.accepted()[0]["deleted"] is True
    assert fresh.publish("Take it back").status_code == 200


def test_a_post_of_the_page_itself_can_be_deleted(fresh: Running) -> None:
    path = f"{fresh.page_id}/published_posts"
    first, second = (post["id"] for post in fresh.graph(path, fields="id", limit=2).json()["data"])
    fresh.client.delete(f"/facebook/{first}", params={"access_token": fresh.page_token})
    assert fresh.graph(path, fields="id", limit=1).json()["data"][0]["id"] == second


def test_unpublished_and_scheduled_posts_stay_out_of_sight(fresh: Running) -> None:
    hidden = fresh.publish("Draft", published="false").json()["id"]
    at = int(datetime.now(UTC).timestamp()) + 3600
    scheduled = fresh.publish("Later", published="false", scheduled_publish_time=at).json()["id"]
    path = f"{fresh.page_id}/published_posts"

    def shown() -> list[str]:
        return [post["id"] for post in fresh.graph(path, fields="id", limit=5).json()["data"]]

    assert not {hidden, scheduled} & set(shown())
    fresh.advance(3605)
    assert scheduled in shown()
    assert hidden not in shown()


@pytest.mark.parametrize(
    ("message", "params", "subcode"),
    [
        ("", {}, 1349125),
        ("x" * 63_207, {}, None),
        ("x", {"link": "ftp://a.example/"}, 1609005),
        ("x", {"attached_media": '[{"media_fbid":"1"}]'}, None),
        ("x", {"published": "false", "scheduled_publish_time": 1}, 1363033),
    ],
)
def test_bad_posts_are_code_100(
    sandbox: Running, message: str, params: dict[str, Any], subcode: int | None
) -> None:
    error = sandbox.publish(message, **params).json()["error"]
    assert (error["code"], error.get("error_subcode")) == (100, subcode)


def test_json_bodies_are_read_too(fresh: Running) -> None:
    body = {"message": "as json", "published": True, "access_token": fresh.page_token}
    answer = fresh.client.post(f"/facebook/{fresh.page_id}/feed", json=body)
    assert answer.status_code == 200
    assert fresh.accepted()[0]["text"] == "as json"
