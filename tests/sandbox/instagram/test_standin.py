"""The stand-in of Instagram: as strict as the network, with its states, limits and permissions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from sandbox.instagram.limits import LIMITS
from tests.platforms.meta.steps import Files, served
from tests.sandbox.server import Running, running

USER = "17841400000000101"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    folder = tmp_path_factory.mktemp("media")
    with served(folder) as url:
        yield Files(folder, url)


class Instagram:
    """Calls of the first brand's account."""

    def __init__(self, sandbox: Running, files: Files) -> None:
        self.sandbox, self.files = sandbox, files
        brands = sandbox.get("/_sandbox/world").json()["brands"]
        self.access: dict[str, Any] = brands[0]["instagram"]
        self.token = self.access["access_token"]

    def get(self, path: str, **params: Any) -> httpx2.Response:
        return self.sandbox.get(f"/instagram/v26.0/{path}", **{"access_token": self.token, **params})

    def post(self, path: str, **data: Any) -> httpx2.Response:
        sent = {"access_token": self.token, **data}
        return self.sandbox.client.post(f"/instagram/v26.0/{path}", data=sent)

    def image(self, **data: Any) -> httpx2.Response:
        return self.post(f"{USER}/media", **{"image_url": str(self.files.image().url), **data})

    def container(self, **data: Any) -> str:
        return str(self.image(**data).json()["id"])

    def publish(self, container: str) -> httpx2.Response:
        return self.post(f"{USER}/media_publish", creation_id=container)

    def state(self, container: str) -> str:
        return str(self.get(container, fields="status_code").json()["status_code"])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox for all; what is counted or expires is told by its own posts."""
    with running(tmp_path_factory.mktemp("sandbox"), days=60) as found:
        yield found


@pytest.fixture
def instagram(shared: Running, files: Files) -> Instagram:
    return Instagram(shared, files)


def fault_of(answer: httpx2.Response) -> tuple[int, int | None]:
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def test_a_container_is_published_once(instagram: Instagram) -> None:
    container = instagram.container(caption="Morning")
    assert instagram.state(container) == "FINISHED"
    media = instagram.publish(container).json()["id"]
    assert instagram.state(container) == "PUBLISHED"
    assert fault_of(instagram.publish(container)) == (24, 2207006)
    accepted = [post for post in instagram.sandbox.accepted() if post["text"] == "Morning"]
    assert [(post["network"], post["id"]) for post in accepted] == [("instagram", media)]
    assert "access_token" not in accepted[0]["payload"]
    shown = instagram.get(media, fields="caption,media_product_type,permalink").json()
    assert (shown["caption"], shown["media_product_type"]) == ("Morning", "FEED")


def test_a_video_takes_its_time(instagram: Instagram) -> None:
    url = str(instagram.files.video().url)
    container = instagram.post(f"{USER}/media", media_type="REELS", video_url=url).json()["id"]
    assert instagram.state(container) == "IN_PROGRESS"
    assert fault_of(instagram.publish(container)) == (9007, 2207027)
    instagram.sandbox.advance(7)
    assert instagram.state(container) == "FINISHED"
    assert instagram.publish(container).status_code == 200


def test_a_container_expires_after_a_day(instagram: Instagram) -> None:
    container = instagram.container()
    instagram.sandbox.advance(86_401)
    assert instagram.state(container) == "EXPIRED"
    assert fault_of(instagram.publish(container)) == (-2, 2207020)


def test_a_story_is_there_for_a_day(instagram: Instagram) -> None:
    media = instagram.publish(instagram.container(media_type="STORIES")).json()["id"]
    assert [post["id"] for post in instagram.get(f"{USER}/stories").json()["data"]] == [media]
    assert media not in [post["id"] for post in instagram.get(f"{USER}/media").json()["data"]]
    instagram.sandbox.advance(86_401)
    assert instagram.get(f"{USER}/stories").json()["data"] == []
    assert fault_of(instagram.get(media)) == (100, 33)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"unheard_of": "1"}, (100, None)),
        ({"caption": "a" * 2_201}, (36004, 2207010)),
        ({"caption": "#a " * 31}, (100, 2207040)),
        ({"media_type": "GIF"}, (100, 2207023)),
        ({"media_type": "REELS"}, (100, 2207023)),
        ({"media_type": "CAROUSEL", "children": "1790000"}, (100, 2207028)),
        ({"image_url": "http://127.0.0.1:9/none.jpg"}, (9004, 2207052)),
        ({"is_paid_partnership": "true"}, (100, None)),
    ],
)
def test_what_is_refused(instagram: Instagram, data: dict[str, str], fault: tuple[int, int | None]) -> None:
    assert fault_of(instagram.image(**data)) == fault


@pytest.mark.parametrize(
    ("size", "kind", "fault"),
    [((640, 640), "PNG", (36001, 2207005)), ((900, 300), "JPEG", (36003, 2207009))],
)
def test_images_are_looked_at(
    instagram: Instagram, size: tuple[int, int], kind: str, fault: tuple[int, int]
) -> None:
    path = instagram.files.folder / f"bad.{kind.lower()}"
    Image.new("RGB", size).save(path, kind)
    answer = instagram.post(f"{USER}/media", image_url=f"{instagram.files.url}/{path.name}")
    assert fault_of(answer) == fault


def test_a_post_may_fail_in_review(instagram: Instagram) -> None:
    container = instagram.container(caption="Buy now #rejected")
    assert instagram.state(container) == "ERROR"
    assert "2207051" in instagram.get(container, fields="status").json()["status"]
    assert fault_of(instagram.publish(container)) == (9007, 2207027)


def test_the_quota_counts_a_sliding_day(
    fresh: Running, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    instagram = Instagram(fresh, files)
    monkeypatch.setattr(LIMITS, "posts", 1)
    assert instagram.publish(instagram.container()).status_code == 200
    second = instagram.container()
    assert fault_of(instagram.publish(second)) == (9, 2207042)
    limit = instagram.get(f"{USER}/content_publishing_limit", fields="config,quota_usage").json()["data"][0]
    assert (limit["quota_usage"], limit["config"]["quota_total"]) == (1, 1)
    instagram.sandbox.advance(86_000)
    third = instagram.container()
    instagram.sandbox.advance(500)
    assert instagram.publish(third).status_code == 200


@pytest.mark.parametrize(
    "metric", ["impressions", "plays", "video_views", "clips_replays_count", "ig_reels_avg_watch_time"]
)
def test_dead_and_unfitting_metrics_refuse_the_whole_call(instagram: Instagram, metric: str) -> None:
    posts = instagram.get(f"{USER}/media", fields="id,media_product_type", limit=50).json()["data"]
    feed = next(post["id"] for post in posts[5:] if post["media_product_type"] == "FEED")
    assert instagram.get(f"{feed}/insights", metric="views,reach").json()["data"]
    assert fault_of(instagram.get(f"{feed}/insights", metric=f"views,{metric}")) == (100, None)


def test_windows_and_horizons(instagram: Instagram) -> None:
    now = int(instagram.sandbox.get("/_sandbox/clock").json()["offset_s"]) + 2_000_000_000
    path, day = f"{USER}/insights", {"period": "day", "metric": "views", "metric_type": "total_value"}
    assert fault_of(instagram.get(path, **day, since=now - 31 * 86_400, until=now)) == (100, None)
    old = {"since": 1_600_000_000, "until": 1_600_086_400}
    assert instagram.get(path, **day, **old).json()["data"] == [], "no data is empty, not 0"


def test_a_token_has_its_permissions(instagram: Instagram) -> None:
    client, callback = instagram.sandbox.client, "https://a.example/cb"
    query = {
        "client_id": instagram.access["client_id"],
        "redirect_uri": callback,
        "response_type": "code",
        "scope": "instagram_business_basic,instagram_business_content_publish",
        "account": USER,
        "granted": "instagram_business_basic",
    }
    answer = client.get("/instagram/oauth/authorize", params=query)
    code = httpx2.URL(answer.headers["location"]).params["code"]
    form = {
        "client_id": instagram.access["client_id"],
        "client_secret": instagram.access["client_secret"],
        "grant_type": "authorization_code",
        "redirect_uri": callback,
        "code": code,
    }
    tokens = client.post("/instagram/oauth/access_token", data=form).json()
    assert tokens["permissions"] == ["instagram_business_basic"]
    assert client.post("/instagram/oauth/access_token", data=form).json()["error_type"] == "OAuthException"
    instagram.token = tokens["access_token"]
    assert instagram.get("me", fields="user_id").json()["user_id"] == USER
    assert fault_of(instagram.image()) == (10, None)
    instagram.sandbox.advance(3_601)
    assert fault_of(instagram.get("me")) == (190, 463)


def test_a_long_token_is_renewed_after_a_day(instagram: Instagram) -> None:
    renewed = instagram.get("refresh_access_token", grant_type="ig_refresh_token").json()
    assert renewed["expires_in"] == 5_184_000
    instagram.token = renewed["access_token"]
    assert fault_of(instagram.get("refresh_access_token", grant_type="ig_refresh_token"))[0] == 100
    instagram.sandbox.advance(5_184_001)
    assert fault_of(instagram.get("refresh_access_token", grant_type="ig_refresh_token")) == (190, 463)
