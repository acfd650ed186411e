"""Pinterest's stand-in: boards, the storage's form, limits told in headers, trial access, days not final."""

from __future__ import annotations

import base64
import uuid
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from sandbox.pinterest import limits
from tests.sandbox.server import Running

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"0" * 32).decode()
VIDEO = b"\x00\x00\x00\x18ftypmp42" + b"1" * 64


class Pinterest:
    """The first brand's account, talking."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.access: dict[str, Any] = sandbox.get("/_sandbox/world").json()["brands"][0]["pinterest"]
        self.board = self.access["board_ids"][0]

    def ask(self, method: str, path: str, body: Any = None, **params: str) -> httpx2.Response:
        """A call with the token."""
        bearer = {"Authorization": f"Bearer {self.access['access_token']}"}
        return self.sandbox.client.request(
            method, f"/pinterest/v5/{path}", json=body, headers=bearer, params=params
        )

    def pin(self, **changes: Any) -> httpx2.Response:
        """Make a pin of an image."""
        source = {"source_type": "image_base64", "content_type": "image/jpeg", "data": JPEG}
        body = {"board_id": self.board, "description": uuid.uuid4().hex, "media_source": source}
        return self.ask("POST", "pins", {**body, **changes})

    def registered(self) -> dict[str, Any]:
        """A video registered."""
        return dict(self.ask("POST", "media", {"media_type": "video"}).raise_for_status().json())


@pytest.fixture
def pinterest(sandbox: Running) -> Pinterest:
    return Pinterest(sandbox)


def test_a_pin_is_on_its_board_and_in_the_list(pinterest: Pinterest) -> None:
    made = pinterest.pin(title="Title", link="https://example.com/").json()
    newest = pinterest.ask("GET", f"boards/{pinterest.board}/pins").json()["items"][0]
    assert newest == made
    assert pinterest.ask("GET", "pins", page_size="1").json()["items"] == [made]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"board_id": "1"}, 404, 40),
        ({"board_id": None}, 400, 1),
        ({"unknown": 1}, 400, 1),
        ({"title": "x" * 101}, 400, 1),
        ({"media_source": {"source_type": "video_id", "media_id": "1"}}, 400, 1),
        ({"media_source": {"source_type": "image_url", "url": "http://127.0.0.1:9/a.jpg"}}, 400, 1),
        (
            {"media_source": {"source_type": "image_base64", "content_type": "image/png", "data": JPEG}},
            400,
            1,
        ),
    ],
)
def test_what_is_wrong_is_refused(
    pinterest: Pinterest, changes: dict[str, Any], status: int, code: int
) -> None:
    answer = pinterest.pin(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_storage_takes_the_whole_form_with_the_file_last(pinterest: Pinterest) -> None:
    registered = pinterest.registered()
    url, fields = registered["upload_url"], registered["upload_parameters"]
    status = f"media/{registered['media_id']}"

    def posted(data: dict[str, str]) -> int:
        return pinterest.sandbox.client.post(url, data=data, files={"file": ("v", VIDEO)}).status_code

    assert posted({**fields, "policy": "another"}) == 403
    assert posted({name: value for name, value in fields.items() if name != "x-amz-signature"}) == 403
    first = pinterest.sandbox.client.post(
        url, files=[("file", ("v", VIDEO)), *((name, (None, value)) for name, value in fields.items())]
    )
    assert first.status_code == 403, "the file has to be last"
    assert pinterest.ask("GET", status).json()["status"] == "registered"
    assert posted(fields) == 204
    assert pinterest.ask("GET", status).json()["status"] == "processing"
    pinterest.sandbox.advance(20)
    assert pinterest.ask("GET", status).json()["status"] == "succeeded"
    source = {"source_type": "video_id", "media_id": registered["media_id"]}
    assert pinterest.pin(media_source=source).status_code == 400, "a video needs a cover"
    assert pinterest.pin(media_source={**source, "cover_image_key_frame_time": 0}).status_code == 201


def test_what_is_left_stands_in_headers(pinterest: Pinterest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.STANDARD, "org_write", (2, 60))
    answers = [pinterest.pin() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert 0 < int(answers[2].headers["x-ratelimit-reset"]) <= 60
    assert answers[2].json()["code"] == 8
    pinterest.sandbox.advance(61)
    assert pinterest.pin().status_code == 201


def test_trial_access_counts_by_day(pinterest: Pinterest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.ACCESS, "tier", "trial")
    monkeypatch.setitem(limits.TRIAL, "org_read", (1, 86_400))
    assert pinterest.ask("GET", "user_account").status_code == 200
    pinterest.sandbox.advance(3_600)
    assert pinterest.ask("GET", "user_account").status_code == 429


def test_days_beyond_90_are_refused_and_young_ones_change(pinterest: Pinterest) -> None:
    today = pinterest.sandbox.get("/_sandbox/clock").json()["now"][:10]
    pin_id = pinterest.pin().json()["id"]

    def told(**days: str) -> httpx2.Response:
        params = {"start_date": today, "end_date": today, "metric_types": "IMPRESSION", **days}
        return pinterest.ask("GET", f"pins/{pin_id}/analytics", **params)

    (day,) = told().json()["all"]["daily_metrics"]
    assert day["data_status"] == "PROCESSING"
    assert told(start_date="2020-01-01").status_code == 400
    assert told(metric_types="CLOSEUP").status_code == 400
    pinterest.sandbox.advance(timedelta(days=3).total_seconds())
    (later,) = told().json()["all"]["daily_metrics"]
    assert later["data_status"] == "READY"
    assert later["metrics"]["IMPRESSION"] >= day["metrics"]["IMPRESSION"]


def test_pages_go_to_the_end_by_bookmark(pinterest: Pinterest) -> None:
    seen: list[str] = []
    params = {"page_size": "100"}
    while True:
        document = pinterest.ask("GET", "pins", **params).json()
        seen += [pin["id"] for pin in document["items"]]
        if document["bookmark"] is None:
            break
        params["bookmark"] = document["bookmark"]
    assert len(seen) == len(set(seen)) > 50
    assert pinterest.ask("GET", "pins", bookmark="nothing").status_code == 400
