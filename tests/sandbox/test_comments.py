"""Comments at the stand-ins: what they refuse, and that a comment is listed once and is no post."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.sandbox.server import Running, running

VERSION = {"Linkedin-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("comments"), days=20) as found:
        yield found


def ask(server: Running, key: str, method: str, path: str, **content: Any) -> httpx2.Response:
    """A call with the first brand's token."""
    headers = {"Authorization": f"Bearer {server.brands[0][key]['access_token']}", **VERSION}
    return server.client.request(method, f"/{key}/{path}", headers=headers, **content)


def a_post(server: Running) -> str:
    page = server.brands[0]["facebook"]["account_id"]
    form = {"message": f"A post {uuid.uuid4().hex}"}
    return str(ask(server, "facebook", "POST", f"{page}/feed", data=form).json()["id"])


def test_a_comment_is_listed_once_and_is_no_post(server: Running) -> None:
    post = a_post(server)
    before = len(server.accepted())
    made = ask(server, "facebook", "POST", f"{post}/comments", data={"message": "More"}).json()["id"]
    [accepted] = server.accepted()[before:]
    assert (accepted["id"], accepted["network"], accepted["text"]) == (made, "facebook", "More")
    page = server.brands[0]["facebook"]["account_id"]
    listed = ask(server, "facebook", "GET", f"{page}/published_posts", params={"limit": "100"}).json()
    assert made not in {one["id"] for one in listed["data"]}


def test_pages_of_comments_reach_the_end(server: Running) -> None:
    post = a_post(server)
    made = [
        ask(server, "facebook", "POST", f"{post}/comments", data={"message": f"No. {n}"}).json()["id"]
        for n in range(5)
    ]
    order = {"order": "reverse_chronological", "limit": "2"}
    found, after = list[str](), dict[str, str]()
    while True:
        listed = ask(server, "facebook", "GET", f"{post}/comments", params={**order, **after}).json()
        found += [one["id"] for one in listed["data"]]
        if "next" not in listed["paging"]:
            break
        after = {"after": listed["paging"]["cursors"]["after"]}
    assert found == made[::-1]


@pytest.mark.parametrize(
    ("form", "code"),
    [({"message": " "}, 100), ({"message": "a" * 8_001}, 100), ({"message": "a", "link": "b"}, 100)],
)
def test_facebook_refuses_what_is_no_comment(server: Running, form: dict[str, str], code: int) -> None:
    answer = ask(server, "facebook", "POST", f"{a_post(server)}/comments", data=form)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_facebook_has_no_field_of_that_name(server: Running) -> None:
    post = a_post(server)
    made = ask(server, "facebook", "POST", f"{post}/comments", data={"message": "Fields"}).json()["id"]
    answer = ask(server, "facebook", "GET", made, params={"fields": "id,shares"})
    assert answer.json()["error"]["code"] == 100


def test_instagram_has_no_comments_below_what_is_not_there(server: Running) -> None:
    answer = ask(server, "instagram", "POST", f"18{0:018d}/comments", data={"message": "Hi"})
    assert answer.json()["error"]["error_subcode"] == 33


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"snippet": {"videoId": "a"}}, "invalidCommentThreadMetadata"),
        ({"snippet": {"topLevelComment": {"snippet": {"textOriginal": ""}}}}, "commentTextRequired"),
        (
            {"snippet": {"topLevelComment": {"snippet": {"textOriginal": "a" * 10_001}}}},
            "commentTextTooLong",
        ),
        ({"snippet": {"topLevelComment": {"snippet": {"textOriginal": "a"}}}}, "channelOrVideoIdMissing"),
        ({"snippet": {"text": "a"}}, "invalidCommentThreadMetadata"),
        (
            {"snippet": {"videoId": "abcdefghijk", "topLevelComment": {"snippet": {"textOriginal": "a"}}}},
            "videoNotFound",
        ),
    ],
)
def test_youtube_refuses_what_is_no_comment(server: Running, body: dict[str, Any], reason: str) -> None:
    path = "youtube/v3/commentThreads"
    answer = ask(server, "youtube", "POST", path, params={"part": "snippet"}, json=body)
    assert answer.json()["error"]["errors"][0]["reason"] == reason


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"actor": "urn:li:organization:1"}, 403),
        ({"object": "urn:li:share:1"}, 400),
        ({"message": {"text": ""}}, 400),
        ({"visibility": "PUBLIC"}, 400),
        ({}, 404),
    ],
)
def test_linkedin_refuses_what_is_no_comment(server: Running, change: dict[str, Any], status: int) -> None:
    actor, post = server.brands[0]["linkedin"]["account_id"], "urn:li:share:70000000000000000"
    body = {"actor": actor, "object": post, "message": {"text": "Hi"}, **change}
    path = f"rest/socialActions/{post.replace(':', '%3A')}/comments"
    assert ask(server, "linkedin", "POST", path, json=body).status_code == status
