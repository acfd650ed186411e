"""What bodies of TikTok's publishing calls may hold; any other field is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sandbox.tiktok.calls import Strict
from sandbox.tiktok.errors import TikTokError, invalid

MIB = 1024 * 1024
SMALLEST, LARGEST, LAST = 5_000_000, 64 * MIB, 128 * MIB  # bytes of a part
PRIVACY = ("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY")


class PostInfo(Strict):
    """How a post is shown."""

    privacy_level: Literal["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]
    title: str = ""
    disable_comment: bool = False
    brand_content_toggle: bool = False
    brand_organic_toggle: bool = False

    @property
    def words(self) -> str:
        """What stands with the post."""
        return self.title

    def check(self) -> None:
        """Raises TikTokError for what can't be together."""
        if self.brand_content_toggle and self.privacy_level == "SELF_ONLY":
            raise TikTokError(403, "privacy_level_option_mismatch", "Branded content can't be private")
        if len(self.title.encode("utf-16-le")) // 2 > 2_200:
            raise invalid("post_info.title is too long")


class VideoInfo(PostInfo):
    """How a video is shown."""

    disable_duet: bool = False
    disable_stitch: bool = False
    video_cover_timestamp_ms: Annotated[int, Field(ge=0)] | None = None
    is_aigc: bool = False


class PhotoInfo(PostInfo):
    """How photos are shown."""

    description: str = ""
    auto_add_music: bool = True

    @property
    def words(self) -> str:
        """What stands with the post."""
        return self.description or self.title

    def check(self) -> None:
        """Raises TikTokError for what can't be together."""
        super().check()
        lengths = [len(text.encode("utf-16-le")) // 2 for text in (self.title, self.description)]
        if lengths[0] > 90 or lengths[1] > 4_000:
            raise invalid("post_info.title or description is too long")


class Uploaded(Strict):
    """A video that will be sent in parts."""

    source: Literal["FILE_UPLOAD"]
    video_size: Annotated[int, Field(gt=0, le=4 * 1024 * MIB)]
    chunk_size: Annotated[int, Field(gt=0)]
    total_chunk_count: Annotated[int, Field(ge=1, le=1_000)]

    def check(self) -> None:
        """Raises TikTokError when the parts don't fit the file."""
        size, part, count = self.video_size, self.chunk_size, self.total_chunk_count
        whole = part == size and count == 1 and size <= LARGEST
        last = size - (count - 1) * part
        cut = SMALLEST <= part <= LARGEST and count == size // part and last <= LAST
        if not (whole or cut):
            raise invalid("The chunk size is invalid")


class PulledVideo(Strict):
    """A video that TikTok fetches."""

    source: Literal["PULL_FROM_URL"]
    video_url: str


class VideoInit(Strict):
    """The body of ``/v2/post/publish/video/init/``."""

    post_info: VideoInfo
    source_info: Annotated[Uploaded | PulledVideo, Field(discriminator="source")]


class PulledPhotos(Strict):
    """Photos that TikTok fetches."""

    source: Literal["PULL_FROM_URL"]
    photo_images: Annotated[list[str], Field(min_length=1, max_length=35)]
    photo_cover_index: Annotated[int, Field(ge=0)]


class PhotosInit(Strict):
    """The body of ``/v2/post/publish/content/init/``."""

    media_type: Literal["PHOTO"]
    post_mode: Literal["DIRECT_POST"]
    post_info: PhotoInfo
    source_info: PulledPhotos


class PublishId(Strict):
    """The body of a question about a post."""

    publish_id: str


class ListBody(Strict):
    """The body of ``/v2/video/list/``; `cursor` is Unix milliseconds."""

    max_count: Annotated[int, Field(ge=1, le=20)] = 10
    cursor: int | None = None


class Filters(Strict):
    """Which videos."""

    video_ids: Annotated[list[str], Field(min_length=1, max_length=20)]


class QueryBody(Strict):
    """The body of ``/v2/video/query/``."""

    filters: Filters
