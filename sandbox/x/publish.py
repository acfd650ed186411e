"""What a call to POST /2/tweets asks for, checked as X checks it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.x.errors import XProblem, invalid_request
from sandbox.x.text import weighted_length

Id = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
_TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see "
    "https://github.com/twitter/twitter-text."
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Media(_Strict):
    media_ids: Annotated[list[Id], Field(min_length=1, max_length=4)]
    tagged_user_ids: Annotated[list[Id], Field(max_length=10)] = []


class _Reply(_Strict):
    in_reply_to_tweet_id: Id
    exclude_reply_user_ids: list[Id] = []
    auto_populate_reply_metadata: bool = False


class _Poll(_Strict):
    options: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=25)]], Field(min_length=2, max_length=4)
    ]
    duration_minutes: Annotated[int, Field(ge=5, le=10_080)]
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None


class PostRequest(_Strict):
    """The body of POST /2/tweets, as in X's OpenAPI document; any other field is refused."""

    text: str = ""
    media: _Media | None = None
    reply: _Reply | None = None
    poll: _Poll | None = None
    quote_tweet_id: Id | None = None
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    card_uri: str | None = None
    community_id: Id | None = None
    direct_message_deep_link: str | None = None
    edit_options: dict[str, Any] | None = None
    for_super_followers_only: bool = False
    geo: dict[str, Any] | None = None
    made_with_ai: bool = False
    nullcast: bool = False
    paid_partnership: bool = False
    share_with_followers: bool = False


def read_post(body: object, max_weight: int) -> PostRequest:
    """The post a body describes, of at most so many weighted characters. Raises XProblem 400."""
    if not isinstance(body, dict):
        raise invalid_request("$: the request body must be a JSON object")
    try:
        post = PostRequest.model_validate(body)
    except ValidationError as error:
        raise first_problem(error) from None
    exclusive = [
        name for name in ("media", "poll", "quote_tweet_id", "card_uri") if getattr(post, name) is not None
    ]
    if len(exclusive) > 1:
        raise invalid_request(f"$: {exclusive[0]} and {exclusive[1]} are mutually exclusive")
    if not post.text.strip() and post.poll is None and post.media is None:
        raise invalid_request("$.text: the text of a post must not be empty")
    if weighted_length(post.text) > max_weight:
        raise XProblem(
            400, {"title": "Bad Request", "type": "about:blank", "status": 400, "detail": _TOO_LONG}
        )
    return post


def first_problem(error: ValidationError) -> XProblem:
    """The first thing wrong with a body, as X says it."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = "$." + ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return invalid_request(
            f"{place}: is not defined in the schema and the schema does not allow additional properties"
        )
    return invalid_request(f"{place}: {first['msg']}")
