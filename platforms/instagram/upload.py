"""Sending a video's bytes to a container, where Instagram can't fetch it by an address.

Only for accounts connected by Facebook's login. Source: developers.facebook.com, Instagram Platform
"Upload Video to Meta Servers".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from platforms.http import Api
from platforms.message import Media

PIECE = 4 * 1024 * 1024


class Upload:
    """The upload host; `version` is the Graph API's, part of the address."""

    def __init__(self, api: Api, version: str) -> None:
        self._api, self._version = api, version

    def send(self, graph: Api, token: str, container: str, media: Media) -> None:
        """Send what is still missing of a file, from the offset that Instagram has.

        Raises:
            NetworkError: it can be sent on later.
        """
        offset = _received(graph, token, container)
        if offset >= media.size:
            return
        self._api.upload(
            f"ig-api-upload/{self._version}/{container}",
            token=token,
            headers={
                "Authorization": f"OAuth {token}",  # not Bearer, as everywhere else
                "offset": str(offset),
                "file_size": str(media.size),
                "Content-Length": str(media.size - offset),
                "Content-Type": "application/octet-stream",
            },
            content=_pieces(media.path, offset),
        )


def _received(graph: Api, token: str, container: str) -> int:
    """How many bytes of the container's file arrived: `video_status.uploading_phase`."""
    reply = graph.read(container, {"fields": "video_status"}, token=token)
    phase = ((reply.document or {}).get("video_status") or {}).get("uploading_phase") or {}
    received = phase.get("bytes_transferred")
    return received if isinstance(received, int) else 0


def _pieces(path: Path, offset: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while piece := file.read(PIECE):
            yield piece
