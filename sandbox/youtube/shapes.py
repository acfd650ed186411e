"""What a video's body may hold, and what YouTube refuses about it."""

from __future__ import annotations

from typing import Any

from sandbox.youtube.errors import GoogleError, bad_request

SNIPPET = frozenset(
    {"title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage", "localized"}
)
STATUS = frozenset(
    {
        *("privacyStatus", "publishAt", "license", "embeddable", "publicStatsViewable"),
        *("selfDeclaredMadeForKids", "containsSyntheticMedia"),
    }
)
PARTS = {"snippet": SNIPPET, "status": STATUS}
CATEGORIES = frozenset(map(str, (1, 2, 10, 15, 17, 19, 20, 22, 23, 24, 25, 26, 27, 28, 29)))
PRIVACY = ("public", "unlisted", "private")
USUAL_STATUS = {
    "privacyStatus": "public",
    "license": "youtube",
    "embeddable": True,
    "publicStatsViewable": True,
}
DESCRIPTION_BYTES = 5_000


def read_video(body: dict[str, Any], parts: list[str], *, with_id: bool) -> dict[str, Any]:
    """The parts of a body, checked, with what YouTube takes for what is not said. Raises GoogleError 400."""
    for name in body:
        if name not in parts and not (with_id and name in ("id", "kind", "etag")):
            raise bad_request(f"Unknown name or part not asked for: {name}", "unexpectedPart")
    found: dict[str, Any] = {}
    for part in parts:
        said = body.get(part)
        if part not in PARTS or not isinstance(said, dict):
            raise bad_request(f"part {part}", "unexpectedPart")
        unknown = sorted(set(said) - PARTS[part])
        if unknown:
            raise bad_request(f'Invalid JSON payload received. Unknown name "{unknown[0]}" at "{part}"')
        found[part] = said
    if "snippet" in found:
        _check_snippet(found["snippet"])
    if "status" in found:
        found["status"] = {**USUAL_STATUS, **found["status"]}
        _check_status(found["status"])
    return found


def _check_snippet(snippet: dict[str, Any]) -> None:
    title, text = snippet.get("title"), snippet.get("description", "")
    if not isinstance(title, str) or not title.strip() or len(title) > 100 or set(title) & set("<>"):
        raise bad_request("The request metadata specifies an invalid or empty video title.", "invalidTitle")
    if not isinstance(text, str) or len(text.encode()) > DESCRIPTION_BYTES or set(text) & set("<>"):
        raise bad_request(
            "The request metadata specifies an invalid video description.", "invalidDescription"
        )
    tags = snippet.get("tags", [])
    if not isinstance(tags, list) or sum(len(tag) + 2 * (" " in tag) + 1 for tag in tags) - 1 > 500:
        raise bad_request("The request metadata specifies invalid video keywords.", "invalidTags")
    if str(snippet.get("categoryId", "22")) not in CATEGORIES:
        raise bad_request("The categoryId property specifies an invalid category ID.", "invalidCategoryId")


def _check_status(status: dict[str, Any]) -> None:
    if status["privacyStatus"] not in PRIVACY:
        raise bad_request("privacyStatus", "invalidVideoMetadata")
    if status.get("publishAt") and status["privacyStatus"] != "private":
        raise GoogleError(
            400, "invalidPublishAt", "The request metadata specifies an invalid publishing time."
        )
