"""The stand-in of Threads: as strict as the network, with its states, limits and permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from sandbox.threads.call import LIMITS
from tests.platforms.meta.steps import Files, served
from tests.sandbox.server import Running, running

USER = "31480000000101"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    folder = tmp_path_factory.mktemp("media")
    with served(folder) as url:
        yield Files(folder, url)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox for all; what expires is told by its own posts."""
    with running(tmp_path_factory.mktemp("sandbox"), days=60) as found:
        yield found


class Threads:
    """Calls of the first brand's profile."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.access: dict[str, Any] = sandbox.get("/_sandbox/world").json()["brands"][0]["threads"]
        self.token = self.access["access_token"]

    def get(self, path: str, **params: Any) -> httpx2.Response:
        return self.sandbox.get(f"/threads/v1.0/{path}", **{"access_token": self.token, **params})

    def post(self, path: str, **data: Any) -> httpx2.Response:
        sent = {"access_token": self.token, **data}
        return self.sandbox.client.post(f"/threads/v1.0/{path}", data=sent)

    def container(self, **data: Any) -> str:
        return str(self.post("me/threads", **{"media_type": "TEXT", "text": "words", **data}).json()["id"])

    def publish(self, container: str) -> httpx2.Response:
        return self.post("me/threads_publish", creation_id=container)

    def state(self, container: str) -> dict[str, str]:
        found: dict[str, str] = self.get(container, fields="status,error_message").json()
        return found


@pytest.fixture
def threads(shared: Running) -> Threads:
    return Threads(shared)


def fault_of(answer: httpx2.Response) -> tuple[int, int | None]:
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def test_a_container_is_published_once(threads: Threads) -> None:
    container = threads.container(text="Once only")
    assert threads.state(container)["status"] == "FINISHED"
    media = threads.publish(container).json()["id"]
    assert threads.state(container)["status"] == "PUBLISHED"
    assert fault_of(threads.publish(container)) == (24, 4279009)
    accepted = [post for post in threads.sandbox.accepted() if post["text"] == "Once only"]
    assert [(post["network"], post["id"]) for post in accepted] == [("threads", media)]
    assert "access_token" not in accepted[0]["payload"]
    assert threads.get(media, fields="text,media_type").json()["media_type"] == "TEXT_POST"


def test_a_text_can_be_published_in_one_call(threads: Threads) -> None:
    media = threads.container(text="At once", auto_publish_text="true")
    assert threads.get(media, fields="text").json()["text"] == "At once"


def test_a_video_takes_its_time_and_may_fail(threads: Threads, files: Files) -> None:
    container = threads.container(media_type="VIDEO", video_url=str(files.video().url))
    assert threads.state(container)["status"] == "IN_PROGRESS"
    assert fault_of(threads.publish(container)) == (24, 4279009)
    threads.sandbox.advance(7)
    assert threads.publish(container).status_code == 200
    lost = threads.container(media_type="VIDEO", video_url="http://127.0.0.1:9/none.mp4")
    threads.sandbox.advance(7)
    assert threads.state(lost)["error_message"] == "FAILED_DOWNLOADING_VIDEO"


def test_a_container_expires_after_a_day(threads: Threads) -> None:
    container = threads.container()
    threads.sandbox.advance(86_401)
    assert threads.state(container)["status"] == "EXPIRED"
    assert fault_of(threads.publish(container)) == (24, 4279009)


@pytest.mark.parametrize(
    "data",
    [
        {"unheard_of": "1"},
        {"media_type": "GIF"},
        {"text": "a" * 501},
        {"text": "🥐" * 126},
        {"text": ""},
        {"text": " ".join(f"https://a.example/{n}" for n in range(6))},
        {"reply_control": "nobody"},
        {"topic_tag": "a.b"},
        {"media_type": "IMAGE", "link_attachment": "https://a.example/"},
        {"media_type": "CAROUSEL", "children": "1,1"},
    ],
)
def test_what_is_refused(threads: Threads, data: dict[str, str]) -> None:
    answer = threads.post("me/threads", **{"media_type": "TEXT", "text": "words", **data})
    assert fault_of(answer) == (100, None)


def test_an_image_that_gives_nothing(threads: Threads) -> None:
    answer = threads.post("me/threads", media_type="IMAGE", image_url="http://127.0.0.1:9/none.jpg")
    assert fault_of(answer) == (1, 2207052)


def test_a_thread_has_a_root(threads: Threads) -> None:
    root = threads.publish(threads.container()).json()["id"]
    first = threads.publish(threads.container(reply_to_id=root)).json()["id"]
    second = threads.publish(threads.container(reply_to_id=first)).json()["id"]
    shown = threads.get("me/replies", fields="root_post,replied_to,is_reply").json()["data"][0]
    assert shown["id"] == second
    assert (shown["root_post"], shown["replied_to"]) == ({"id": root}, {"id": first})
    assert root in [post["id"] for post in threads.get("me/threads").json()["data"]]


def test_the_quota_counts_posts_and_replies_apart(fresh: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(fresh)
    monkeypatch.setattr(LIMITS, "posts", 1)
    root = threads.publish(threads.container()).json()["id"]
    assert fault_of(threads.publish(threads.container()))[0] == 4
    assert threads.publish(threads.container(reply_to_id=root)).status_code == 200
    (limit,) = threads.get(
        "me/threads_publishing_limit", fields="quota_usage,config,reply_quota_usage,reply_config"
    ).json()["data"]
    assert (limit["quota_usage"], limit["reply_quota_usage"]) == (1, 1)
    assert limit["config"] == {"quota_total": 1, "quota_duration": 86_400}


def test_numbers_begin_in_april_2024(threads: Threads) -> None:
    assert fault_of(threads.get("me/threads_insights", metric="views", since=1_700_000_000))[0] == 100
    assert (
        fault_of(threads.get("me/threads_insights", metric="followers_count", since=1_760_000_000))[0] == 100
    )
    assert fault_of(threads.get("me/threads_insights", metric="views,plays"))[0] == 100
    assert threads.get("me/threads_insights", metric="followers_count").json()["data"]


def test_a_deleted_post_is_gone(threads: Threads) -> None:
    media = threads.publish(threads.container(text="Take it back")).json()["id"]
    answer = threads.sandbox.client.delete(
        f"/threads/v1.0/{media}", params={"access_token": threads.token}
    ).json()
    assert answer == {"success": True, "deleted_id": media}
    assert fault_of(threads.get(media)) == (100, 33)


def test_a_token_has_its_permissions_and_its_life(threads: Threads) -> None:
    client, callback = threads.sandbox.client, "https://a.example/cb"
    app = {name: threads.access[name] for name in ("client_id", "client_secret")}
    query = {
        "client_id": app["client_id"],
        "redirect_uri": callback,
        "response_type": "code",
        "scope": "threads_basic,threads_content_publish",
        "account": USER,
        "granted": "threads_basic",
    }
    answer = client.get("/threads/oauth/authorize", params=query)
    code = httpx2.URL(answer.headers["location"]).params["code"]
    form = {**app, "grant_type": "authorization_code", "redirect_uri": callback, "code": code}
    tokens = client.post("/threads/oauth/access_token", data=form).json()
    assert tokens["user_id"] == USER
    assert client.post("/threads/oauth/access_token", data=form).json()["error_type"] == "OAuthException"
    threads.token = tokens["access_token"]
    assert threads.get("debug_token", input_token=threads.token).json()["data"]["scopes"] == ["threads_basic"]
    assert fault_of(threads.post("me/threads", media_type="TEXT", text="a")) == (10, None)
    assert fault_of(threads.get("me/replies")) == (10, None)
    exchange = {"grant_type": "th_exchange_token", "client_secret": app["client_secret"]}
    long = threads.get("access_token", **exchange).json()
    assert long["expires_in"] == 5_184_000
    threads.sandbox.advance(3_601)
    assert fault_of(threads.get("me")) == (190, 463)
    threads.token = long["access_token"]
    assert fault_of(threads.get("refresh_access_token", grant_type="th_refresh_token"))[0] == 100
    threads.sandbox.advance(86_400)
    assert (
        threads.get("refresh_access_token", grant_type="th_refresh_token").json()["expires_in"] == 5_184_000
    )
