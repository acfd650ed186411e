"""YouTube's stand-in by itself: sessions and ranges, hidden videos, quota, bodies, reports."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.youtube import quota
from sandbox.youtube.figures import VIEWS_REDEFINED
from sandbox.youtube.render import three_digits
from tests.sandbox.server import Running, running

QUANTUM = 256 * 1024
HEAD = b"\x00\x00\x00\x18ftypmp42"
SNIPPET = {"title": "A title", "description": "Some words"}
VIDEOS = "/youtube/youtube/v3/videos"


class YouTube:
    """Calls as one channel, with fresh tokens."""

    def __init__(self, server: Running, brand: int = 0) -> None:
        self.server = server
        self.access: dict[str, Any] = server.get("/_sandbox/world").json()["brands"][brand]["youtube"]
        self.bearer = {"Authorization": f"Bearer {self.access['access_token']}"}

    def get(self, path: str, **params: str) -> httpx2.Response:
        return self.server.client.get(f"/youtube/{path}", params=params, headers=self.bearer)

    def begin(self, size: int, snippet: Any = SNIPPET, status: Any = None, **headers: str) -> httpx2.Response:
        body = {"snippet": snippet, "status": status or {"privacyStatus": "private"}}
        return self.server.client.post(
            "/youtube/upload/youtube/v3/videos",
            params={"uploadType": "resumable", "part": "snippet,status"},
            json=body,
            headers={
                **self.bearer,
                "X-Upload-Content-Length": str(size),
                "X-Upload-Content-Type": "video/mp4",
                **headers,
            },
        )

    def put(self, session: str, said: str, content: bytes = b"") -> httpx2.Response:
        return self.server.client.put(session, content=content, headers={"Content-Range": said})

    def uploaded(self, **body: Any) -> str:
        content = HEAD + uuid.uuid4().bytes
        session = self.begin(len(content), **body).headers["location"]
        answer = self.put(session, f"bytes 0-{len(content) - 1}/{len(content)}", content)
        return str(answer.json()["id"])

    def video(self, video_id: str, part: str = "snippet,status,processingDetails") -> Any:
        return self.get("youtube/v3/videos", id=video_id, part=part).json()["items"]

    def update(self, video_id: str, status: dict[str, Any]) -> httpx2.Response:
        body = {"id": video_id, "status": status}
        return self.server.client.put(VIDEOS, params={"part": "status"}, json=body, headers=self.bearer)

    def report(self, **params: str) -> httpx2.Response:
        return self.get("v2/reports", **{"ids": "channel==MINE", **params})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("youtube"), days=120) as found:
        yield found


@pytest.fixture
def youtube(server: Running) -> YouTube:
    return YouTube(server)


def reason_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


# ---------------------------------------------------------------- uploads
def test_a_session_tells_what_has_arrived(youtube: YouTube) -> None:
    size = 2 * QUANTUM + 7
    content = HEAD + b"x" * (size - len(HEAD))
    session = youtube.begin(size).headers["location"]
    asked = youtube.put(session, f"bytes */{size}")
    assert (asked.status_code, asked.headers.get("range")) == (308, None)
    odd = youtube.put(session, f"bytes 0-99/{size}", content[:100])
    assert odd.status_code == 400, "parts are multiples of 256 KiB"
    first = youtube.put(session, f"bytes 0-{QUANTUM - 1}/{size}", content[:QUANTUM])
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{QUANTUM - 1}")
    gap = youtube.put(session, f"bytes {2 * QUANTUM}-{size - 1}/{size}", content[2 * QUANTUM :])
    assert gap.status_code == 400
    done = youtube.put(session, f"bytes {QUANTUM}-{size - 1}/{size}", content[QUANTUM:])
    assert done.status_code == 200
    again = youtube.put(session, f"bytes */{size}")
    assert (again.status_code, again.json()["id"]) == (200, done.json()["id"])
    assert youtube.put(f"{session}x", f"bytes */{size}").status_code == 404


def test_what_is_not_said_is_public_at_once(youtube: YouTube) -> None:
    title = f"A title {uuid.uuid4().hex}"
    video_id = youtube.uploaded(snippet={"title": title}, status={"selfDeclaredMadeForKids": False})
    (accepted,) = [post for post in youtube.server.accepted() if title in post["text"]]
    assert accepted["id"] == video_id


def test_a_hidden_video_is_its_owners_until_it_is_made_public(youtube: YouTube) -> None:
    title = f"A title {uuid.uuid4().hex}"
    video_id = youtube.uploaded(snippet={"title": title})
    other = YouTube(youtube.server, 1)
    assert youtube.video(video_id)[0]["status"]["privacyStatus"] == "private"
    assert other.video(video_id) == []
    assert not [post for post in youtube.server.accepted() if title in post["text"]]
    assert reason_of(other.update(video_id, {"privacyStatus": "public"})) == (403, "forbidden")
    youtube.server.advance(3)
    for _ in range(2):
        assert youtube.update(video_id, {"privacyStatus": "public"}).status_code == 200
    assert other.video(video_id)
    assert len([post for post in youtube.server.accepted() if title in post["text"]]) == 1
    assert youtube.video(video_id)[0]["status"]["embeddable"] is True


def test_processing_ends_on_the_clock(youtube: YouTube) -> None:
    video_id = youtube.uploaded()
    (young,) = youtube.video(video_id)
    assert young["status"]["uploadStatus"] == "uploaded"
    assert young["processingDetails"]["processingStatus"] == "processing"
    youtube.server.advance(6)
    (old,) = youtube.video(video_id)
    assert old["status"]["uploadStatus"] == "processed"


@pytest.mark.parametrize(
    ("snippet", "status", "wanted"),
    [
        ({"title": "a" * 101}, {}, "invalidTitle"),
        ({"title": "a < b"}, {}, "invalidTitle"),
        ({"title": "a", "description": "é" * 2_501}, {}, "invalidDescription"),
        ({"title": "a", "tags": ["a" * 501]}, {}, "invalidTags"),
        ({"title": "a", "categoryId": "999"}, {}, "invalidCategoryId"),
        ({"title": "a", "colour": "red"}, {}, "badRequest"),
        ({"title": "a"}, {"publishAt": "2027-01-01T00:00:00Z"}, "invalidPublishAt"),
    ],
)
def test_what_is_refused_of_a_video(
    youtube: YouTube, snippet: dict[str, Any], status: dict[str, Any], wanted: str
) -> None:
    answer = youtube.begin(10, snippet=snippet, status={"privacyStatus": "public", **status})
    assert reason_of(answer) == (400, wanted)


def test_a_call_without_its_scope(youtube: YouTube) -> None:
    scope = "https://www.googleapis.com/auth/youtube.readonly"
    query = {
        **{"client_id": "sandbox-youtube", "response_type": "code", "state": "s", "scope": scope},
        **{"redirect_uri": "https://allin.example/back", "account": youtube.access["account_id"]},
    }
    sent = youtube.server.client.get("/youtube/o/oauth2/v2/auth", params=query)
    code = httpx2.URL(sent.headers["location"]).params["code"]
    form = {
        **{"client_id": "sandbox-youtube", "client_secret": "sandbox-youtube-secret", "code": code},
        **{"grant_type": "authorization_code", "redirect_uri": "https://allin.example/back"},
    }
    told = youtube.server.client.post("/youtube/token", data=form).json()
    youtube.bearer = {"Authorization": f"Bearer {told['access_token']}"}
    assert youtube.get("youtube/v3/channels", part="id", mine="true").status_code == 200
    assert reason_of(youtube.begin(10)) == (403, "insufficientPermissions")


# ---------------------------------------------------------------- quota
def test_buckets_are_apart_and_come_back_at_pacific_midnight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quota.BUCKETS, "insert", 2)
    with running(tmp_path, days=5) as fresh:
        youtube = YouTube(fresh)
        assert [youtube.begin(10).status_code for _ in range(3)] == [200, 200, 403]
        refused = youtube.begin(10)
        assert reason_of(refused) == (403, "quotaExceeded")
        assert not [name for name in refused.headers if "limit" in name or name == "retry-after"]
        assert youtube.get("youtube/v3/channels", part="id", mine="true").status_code == 200
        now = datetime.fromisoformat(fresh.get("/_sandbox/clock").json()["now"]).astimezone(quota.PACIFIC)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        fresh.advance((midnight - now).total_seconds() + 3_700)
        assert YouTube(fresh).begin(10).status_code == 200


def test_units_are_spent_by_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(quota.BUCKETS, "rest", 51)
    with running(tmp_path, days=5) as fresh:
        youtube = YouTube(fresh)
        video_id = youtube.uploaded()
        assert youtube.update(video_id, {"privacyStatus": "private"}).status_code == 200
        assert youtube.get("youtube/v3/videos", id=video_id, part="id").status_code == 200
        assert reason_of(youtube.get("youtube/v3/videos", id=video_id, part="id")) == (403, "quotaExceeded")
        stats = youtube.get("youtube/v3/videos:batchGetStats", id=video_id, part="id,statistics")
        assert stats.json()["items"][0]["statistics"]["viewCount"] == "0", "a bucket of its own"


# ---------------------------------------------------------------- reading
def test_pages_lead_to_the_end_once(youtube: YouTube) -> None:
    playlist = f"UU{youtube.access['account_id'].removeprefix('UC')}"
    found: list[str] = []
    params = {"playlistId": playlist, "part": "contentDetails", "maxResults": "50"}
    while True:
        body = youtube.get("youtube/v3/playlistItems", **params).json()
        found += [item["contentDetails"]["videoId"] for item in body["items"]]
        if "nextPageToken" not in body:
            break
        params["pageToken"] = body["nextPageToken"]
    assert len(found) == len(set(found)) == body["pageInfo"]["totalResults"] > 100
    wrong = youtube.get("youtube/v3/playlistItems", **{**params, "pageToken": "***"})
    assert reason_of(wrong) == (400, "invalidPageToken")
    unknown = youtube.get("youtube/v3/playlistItems", playlistId="UUnone", part="id")
    assert reason_of(unknown) == (404, "playlistNotFound")


def test_subscribers_are_rounded(youtube: YouTube) -> None:
    (channel,) = youtube.get("youtube/v3/channels", part="statistics", mine="true").json()["items"]
    count = int(channel["statistics"]["subscriberCount"])
    assert count == three_digits(count) > 0
    assert [three_digits(n) for n in (7, 999, 1_234, 48_271)] == [7, 999, 1_230, 48_200]


# ---------------------------------------------------------------- reports
def test_a_day_is_late_then_low_then_settled(youtube: YouTube) -> None:
    now = datetime.fromisoformat(youtube.server.get("/_sandbox/clock").json()["now"])
    today = now.astimezone(quota.PACIFIC).date()

    def views() -> dict[str, int]:
        span = {"startDate": str(today - timedelta(days=12)), "endDate": str(today)}
        body = YouTube(youtube.server).report(**span, metrics="views", dimensions="day").json()
        return dict(body["rows"])

    before = views()
    assert max(before) <= str(today - timedelta(days=3))
    youtube.server.advance(86_400)
    after = views()
    risen = {day for day in before if after[day] > before[day]}
    assert risen <= {max(before)}, "only the newest day was still too low"
    assert after.items() >= {day: n for day, n in before.items() if day not in risen}.items()


def test_views_are_counted_anew_from_a_day_on(youtube: YouTube) -> None:
    span = {
        "startDate": str(VIEWS_REDEFINED - timedelta(days=5)),
        "endDate": str(VIEWS_REDEFINED + timedelta(days=5)),
    }
    rows = youtube.report(**span, metrics="views,engagedViews", dimensions="day").json()["rows"]
    assert rows
    for day, views, engaged in rows:
        assert (engaged < views) == (day >= VIEWS_REDEFINED.isoformat())


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"metrics": "views", "dimensions": "planet"}, (400, "badRequest")),
        ({"metrics": "viewerPercentage", "dimensions": "day"}, (400, "badRequest")),
        ({"metrics": "annotationClicks"}, (400, "badRequest")),
        ({"metrics": "views", "dimensions": "video"}, (400, "badRequest")),
        ({"metrics": "estimatedRevenue"}, (403, "forbidden")),
        ({"metrics": "views", "ids": "channel==UCother"}, (403, "forbidden")),
        ({"metrics": "views", "colour": "red"}, (400, "badRequest")),
    ],
)
def test_what_no_report_is_made_of(youtube: YouTube, params: dict[str, str], wanted: tuple[int, str]) -> None:
    span = {"startDate": "2026-10-01", "endDate": "2026-10-07"}
    assert reason_of(youtube.report(**{**span, **params})) == wanted
