"""Posts: publishing them, reading one, and listing an organization's. A person's can't be read by anyone."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import JSONResponse, Response, StreamingResponse

from sandbox import objects
from sandbox.ids import milliseconds
from sandbox.linkedin import assets
from sandbox.linkedin.call import Call, Calling, Strict, page
from sandbox.linkedin.errors import LinkedInError, forbidden, invalid, not_found
from sandbox.linkedin.people import NETWORK, ORGANIZATION
from sandbox.linkedin.text import little, shown
from sandbox.model import Account, Kind, Post
from sandbox.timeline import Duplicate

router = APIRouter(prefix="/linkedin/rest/posts")
POST = "post"
REVIEW_S = 10.0
_KINDS: dict[str, Kind] = {"image": "photo", "video": "video", "document": "document"}


class _Media(Strict):
    id: Annotated[str, Field(pattern=r"^urn:li:(image|video|document):\w+$")]
    title: Annotated[str, Field(max_length=400)] | None = None
    altText: Annotated[str, Field(max_length=4086)] | None = None  # noqa: N815 - LinkedIn's names


class _Images(Strict):
    images: Annotated[list[_Media], Field(min_length=2, max_length=20)]
    altText: str | None = None  # noqa: N815


class _Article(Strict):
    source: Annotated[str, Field(pattern=r"^https?://")]
    title: Annotated[str, Field(min_length=1, max_length=400)]
    description: Annotated[str, Field(max_length=4086)] | None = None
    thumbnail: Annotated[str, Field(pattern=r"^urn:li:image:\w+$")] | None = None
    thumbnailAltText: str | None = None  # noqa: N815


class _Content(Strict):
    media: _Media | None = None
    multiImage: _Images | None = None  # noqa: N815
    article: _Article | None = None


class _Distribution(Strict):
    feedDistribution: Literal["MAIN_FEED", "NONE"]  # noqa: N815
    targetEntities: Annotated[list[Any], Field(default_factory=list)]  # noqa: N815
    thirdPartyDistributionChannels: Annotated[list[Any], Field(default_factory=list)]  # noqa: N815


class NewPost(Strict):
    """The body of ``POST /rest/posts``."""

    author: str
    commentary: str
    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN"]
    distribution: _Distribution
    lifecycleState: Literal["PUBLISHED"]  # noqa: N815
    isReshareDisabledByAuthor: bool = False  # noqa: N815
    content: _Content | None = None


@router.post("")
async def publish(call: Calling) -> Response:
    """Publish. The answer is empty; the post's id stands in a header."""
    call.count("POST /rest/posts")
    wanted = await call.body(NewPost)
    account = call.author(wanted.author)
    text = shown(wanted.commentary)
    if len(text) > 3_000:
        raise invalid("/commentary", "FIELD_LENGTH_TOO_LONG")
    kind, held = _content(call, account, wanted.content)
    if not text.strip() and kind == "status":
        raise invalid("/commentary", "MISSING_FIELD")
    article = wanted.content.article if wanted.content else None
    try:
        accepted = call.sandbox.timeline.accept(
            *(account, call.now, text, kind, wanted.model_dump(exclude_none=True) | {"held": held}),
            link=article.source if article else None,
            refuse_duplicates=not held,
        )
    except Duplicate as duplicate:
        words = f"Content is a duplicate of {duplicate}"
        raise LinkedInError(422, "DUPLICATE_POST", words) from None
    content = wanted.content.model_dump(exclude_none=True) if wanted.content else {}
    data = {"content": content, "visibility": wanted.visibility, "video": kind == "video"}
    objects.put(call.sandbox, NETWORK, POST, accepted.id, account.id, data)
    # Without a length, so that an answer cut short can be told from an empty one.
    return StreamingResponse(iter(()), 201, {"x-restli-id": accepted.id, "x-linkedin-id": accepted.id})


def _content(call: Call, account: Account, content: _Content | None) -> tuple[Kind, list[str]]:
    """The kind of a post by what it holds, and the digests of that. Raises LinkedInError."""
    if content is None:
        return "status", []
    given = [name for name, value in content if value is not None]
    if len(given) != 1:
        raise invalid("/content")
    if content.article:
        thumbnail = content.article.thumbnail
        if thumbnail:
            assets.usable(call.sandbox, thumbnail, "image", account.id, call.now)
        return "link", []
    media = content.multiImage.images if content.multiImage else [content.media] if content.media else []
    kinds = [one.id.split(":")[2] for one in media]
    if content.multiImage and set(kinds) != {"image"}:
        raise invalid("/content/multiImage")
    things = [
        assets.usable(call.sandbox, one.id, kind, account.id, call.now)
        for one, kind in zip(media, kinds, strict=True)
    ]
    kind: Kind = "album" if content.multiImage else _KINDS[kinds[0]]
    return kind, [str(thing.data.get("sha256")) for thing in things]


@router.get("")
async def by_author(call: Calling) -> JSONResponse:
    """An organization's posts, newest first."""
    call.count()
    if call.query.get("q") != "author" or call.request.headers.get("x-restli-method") != "FINDER":
        raise invalid("q", "PARAM_INVALID")
    urn = call.query.get("author", "")
    if not urn.startswith(ORGANIZATION):
        raise forbidden("r_member_social")
    account = call.author(urn, "r_")
    posts = call.sandbox.timeline.posts(account, call.now)[::-1]
    shown_posts = [post for post in posts if not _is_refused(call, post)]
    start, count = int(call.query.get("start", "0")), int(call.query.get("count", "10"))
    rendered: list[Any] = [
        render(call, account, post) if start <= place < start + count else None
        for place, post in enumerate(shown_posts)
    ]
    return page(call, rendered)


@router.get("/{urn}")
async def read(urn: str, call: Calling) -> JSONResponse:
    """One post of the organization."""
    call.count()
    found = call.sandbox.timeline.find(urn, "linkedin", call.now)
    if found is None:
        thing = objects.get(call.sandbox, NETWORK, POST, urn)
        if thing is not None:
            raise forbidden("r_member_social")
        raise not_found(urn)
    call.author(found[0].id, "r_")
    return JSONResponse(render(call, *found))


@router.delete("/{urn}")
async def delete(urn: str, call: Calling) -> Response:
    """Delete; doing it again changes nothing."""
    call.count()
    found = call.sandbox.timeline.find(urn, "linkedin", call.now)
    if found is not None:
        call.author(found[0].id)
        call.sandbox.timeline.delete(found[1], call.now)
    return Response(status_code=204)


def _is_refused(call: Call, post: Post) -> bool:
    return "#rejected" in post.text and _state(call, post) == "PUBLISH_FAILED"


def _state(call: Call, post: Post) -> str:
    """What became of a post: videos take a while, and some are refused when they are looked at."""
    thing = objects.get(call.sandbox, NETWORK, POST, post.id)
    waits = thing is not None and (thing.data["video"] or "#rejected" in post.text)
    if waits and (call.now - post.created_at).total_seconds() < REVIEW_S:
        return "PUBLISH_REQUESTED"
    return "PUBLISH_FAILED" if thing is not None and "#rejected" in post.text else "PUBLISHED"


def render(call: Call, account: Account, post: Post) -> dict[str, Any]:
    """A post as LinkedIn gives it."""
    thing = objects.get(call.sandbox, NETWORK, POST, post.id)
    content = thing.data["content"] if thing else _native(post)
    at = milliseconds(post.created_at)
    state = _state(call, post)
    return {
        "id": post.id,
        "author": account.id,
        "commentary": little(post.text),
        "visibility": thing.data["visibility"] if thing else "PUBLIC",
        "lifecycleState": state,
        "createdAt": at,
        "lastModifiedAt": at,
        **({"publishedAt": at} if state == "PUBLISHED" else {}),
        "isReshareDisabledByAuthor": False,
        "lifecycleStateInfo": {"isEditedByAuthor": False},
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        **({"content": content} if content else {}),
    }


def _native(post: Post) -> dict[str, Any]:
    """What the brand's own posts hold."""
    tail = post.id.rpartition(":")[2]
    if post.kind == "link":
        return {"article": {"source": post.link, "title": post.text[:60]}}
    if post.kind in ("photo", "video", "document"):
        kind = "image" if post.kind == "photo" else post.kind
        return {"media": {"id": f"urn:li:{kind}:C4E{tail}"}}
    return {}
