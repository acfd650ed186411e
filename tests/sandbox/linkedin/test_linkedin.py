"""LinkedIn's stand-in: versions, scopes, lost words, signed addresses, limits that nothing tells."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx2
import pytest

from sandbox.linkedin import call
from tests.sandbox.server import Running

VERSION = {"Linkedin-Version": "202607", "X-Restli-Protocol-Version": "2.0.0"}
NOWHERE = "https://allin.example/back"


class LinkedIn:
    """The first brand's administrator, talking."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.access: dict[str, Any] = sandbox.get("/_sandbox/world").json()["brands"][0]["linkedin"]
        self.page = self.access["account_id"]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """A call with the token and the version."""
        bearer = {"Authorization": f"Bearer {self.access['access_token']}"}
        given = {**VERSION, **bearer, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.sandbox.client.request(method, f"/linkedin/{path}", json=body, headers=given)

    def post(self, commentary: str, /, **changes: Any) -> httpx2.Response:
        """Publish for the page."""
        body = {
            "author": self.page,
            "commentary": commentary,
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
        }
        return self.ask("POST", "rest/posts", {**body, **changes})

    def read(self, post_id: str) -> httpx2.Response:
        """One post."""
        return self.ask("GET", f"rest/posts/{quote(post_id, safe='')}")

    def tokens(self, scope: str) -> dict[str, Any]:
        """What a consent to these scopes gives."""
        params = {
            "response_type": "code",
            "client_id": self.access["client_id"],
            "redirect_uri": NOWHERE,
            "state": "s",
            "scope": scope,
            "account": self.access["person_id"],
        }
        sent = self.sandbox.get("/linkedin/oauth/v2/authorization", **params)
        code = dict(parse_qsl(urlsplit(sent.headers["location"]).query))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": NOWHERE}
        form |= {"client_id": self.access["client_id"], "client_secret": self.access["client_secret"]}
        answer = self.sandbox.client.post("/linkedin/oauth/v2/accessToken", data=form)
        return dict(answer.raise_for_status().json())


@pytest.fixture
def linkedin(sandbox: Running) -> LinkedIn:
    return LinkedIn(sandbox)


def words() -> str:
    return f"words {uuid.uuid4().hex}"


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("", 400, "VERSION_MISSING"),
        ("202510", 426, "NONEXISTENT_VERSION"),
        ("202511", 426, "NONEXISTENT_VERSION"),
        ("209901", 426, "NONEXISTENT_VERSION"),
        ("latest", 426, "NONEXISTENT_VERSION"),
        ("202601", 200, None),
        ("202609", 200, None),
        ("202610", 426, "NONEXISTENT_VERSION"),
    ],
)
def test_a_version_has_to_be_alive(linkedin: LinkedIn, version: str, status: int, code: str | None) -> None:
    path = "rest/organizationAcls?q=roleAssignee"
    answer = linkedin.ask("GET", path, **{"Linkedin_Version": version})
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert not any("limit" in name or name == "retry-after" for name in answer.headers)


def test_a_post_is_answered_with_nothing_but_its_id(linkedin: LinkedIn) -> None:
    answer = linkedin.post(words())
    assert (answer.status_code, answer.content) == (201, b"")
    shown = linkedin.read(answer.headers["x-restli-id"]).json()
    assert shown["lifecycleState"] == "PUBLISHED"
    assert shown["author"] == linkedin.page


def test_what_can_not_be_read_ends_the_text_and_nobody_is_told(linkedin: LinkedIn) -> None:
    said = words()
    answer = linkedin.post(f"{said} (and more")
    assert answer.status_code == 201
    assert linkedin.read(answer.headers["x-restli-id"]).json()["commentary"] == f"{said} "


def test_the_same_again_names_the_first(linkedin: LinkedIn) -> None:
    said = words()
    first = linkedin.post(said).headers["x-restli-id"]
    again = linkedin.post(said)
    assert again.status_code == 422
    assert again.json()["message"] == f"Content is a duplicate of {first}"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"poll": {}}, 400, "UNPERMITTED_FIELD"),
        ({"author": "urn:li:organization:1"}, 403, "ACCESS_DENIED"),
        ({"author": "me"}, 400, "INVALID_URN_ID"),
        ({"visibility": "ALL"}, 400, "INVALID_VALUE_FOR_FIELD"),
        ({"commentary": ""}, 400, "MISSING_FIELD"),
        ({"commentary": "x" * 3_001}, 400, "FIELD_LENGTH_TOO_LONG"),
        ({"content": {"media": {"id": "urn:li:image:unknown"}}}, 400, "INVALID_URN_ID"),
        ({"content": {"article": {"source": "https://example.com/"}}}, 400, "MISSING_FIELD"),
        ({"content": {}}, 400, "INVALID_VALUE_FOR_FIELD"),
    ],
)
def test_what_is_wrong_is_refused(
    linkedin: LinkedIn, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = linkedin.post(words(), **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_image_is_of_use_only_once_its_bytes_are_there(linkedin: LinkedIn) -> None:
    asked = {"initializeUploadRequest": {"owner": linkedin.page}}
    value = linkedin.ask("POST", "rest/images?action=initializeUpload", asked).json()["value"]
    content = {"content": {"media": {"id": value["image"]}}}
    assert linkedin.post(words(), **content).status_code == 400
    without_token = linkedin.sandbox.client.put(value["uploadUrl"], content=b"\xff\xd8\xff")
    assert without_token.status_code == 401
    bearer = {"Authorization": f"Bearer {linkedin.access['access_token']}"}
    put = linkedin.sandbox.client.put(value["uploadUrl"], content=b"\xff\xd8\xff", headers=bearer)
    assert put.status_code == 201
    path = f"rest/images/{quote(value['image'], safe='')}"
    assert linkedin.ask("GET", path).json()["status"] == "PROCESSING"
    linkedin.sandbox.advance(5)
    assert linkedin.ask("GET", path).json()["status"] == "AVAILABLE"
    assert linkedin.post(words(), **content).status_code == 201


def test_parts_of_a_video_are_put_together_only_in_order(linkedin: LinkedIn) -> None:
    size = 4 * 1024 * 1024 + 3
    asked = {"owner": linkedin.page, "fileSizeBytes": size, "uploadCaptions": False, "uploadThumbnail": False}
    path = "rest/videos?action=initializeUpload"
    value = linkedin.ask("POST", path, {"initializeUploadRequest": asked}).json()["value"]
    sizes = [one["lastByte"] - one["firstByte"] + 1 for one in value["uploadInstructions"]]
    assert sizes == [4 * 1024 * 1024, 3]
    etags = []
    for one, length in zip(value["uploadInstructions"], sizes, strict=True):
        put = linkedin.sandbox.client.put(one["uploadUrl"], content=b"v" * length)
        etags.append(put.headers["etag"])

    def finalized(parts: list[str]) -> int:
        body = {"video": value["video"], "uploadToken": value["uploadToken"], "uploadedPartIds": parts}
        answer = linkedin.ask("POST", "rest/videos?action=finalizeUpload", {"finalizeUploadRequest": body})
        return answer.status_code

    assert finalized(etags[::-1]) == 400
    assert finalized(etags) == 200


def test_a_persons_posts_are_shown_to_nobody(linkedin: LinkedIn) -> None:
    urn = f"urn:li:person:{linkedin.access['person_id']}"
    post_id = linkedin.post(words(), author=urn).headers["x-restli-id"]
    assert linkedin.read(post_id).status_code == 403
    path = f"rest/posts?q=author&author={quote(urn, safe='')}"
    assert linkedin.ask("GET", path, X_RestLi_Method="FINDER").status_code == 403


def test_a_consent_to_other_scopes_ends_the_earlier_tokens(linkedin: LinkedIn) -> None:
    assert linkedin.ask("GET", "v2/userinfo").status_code == 200
    fresh = linkedin.tokens("openid profile")
    assert linkedin.ask("GET", "v2/userinfo").json()["serviceErrorCode"] == 65600
    linkedin.access |= fresh
    assert linkedin.ask("GET", "v2/userinfo").status_code == 200
    assert linkedin.post(words()).status_code == 403


@pytest.fixture
def few_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(call.LIMITS, "POST /rest/posts", 2)


@pytest.mark.usefixtures("few_posts")
def test_the_day_ends_at_midnight_and_no_header_says_so(linkedin: LinkedIn) -> None:
    linkedin.sandbox.advance(86_400)
    answers = [linkedin.post(words()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert "throttle" in answers[2].json()["message"]
    assert not any("limit" in name or name == "retry-after" for name in answers[2].headers)
    linkedin.sandbox.advance(86_400)
    assert linkedin.post(words()).status_code == 201


def test_pages_of_posts_go_to_the_end(linkedin: LinkedIn) -> None:
    seen, start = [], 0
    while True:
        path = f"rest/posts?q=author&author={quote(linkedin.page, safe='')}&start={start}&count=100"
        document = linkedin.ask("GET", path, X_RestLi_Method="FINDER").json()
        seen += [post["createdAt"] for post in document["elements"]]
        if not any(link["rel"] == "next" for link in document["paging"]["links"]):
            break
        start += 100
    assert len(seen) == document["paging"]["total"]
    assert seen == sorted(seen, reverse=True)
