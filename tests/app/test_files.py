"""Kept files over HTTP: whole and in pieces for who has the address, nothing for anybody else."""

from __future__ import annotations

import string
from uuid import UUID, uuid4

import httpx2
import pytest

from foundation.settings import Settings
from platforms.media import folder_of, keep
from platforms.media_links import address
from tests.platforms.test_media import picture

ALPHABET = string.ascii_letters + string.digits + "-_"
ORGANIZATION = UUID("6f6e65aa-0000-4000-8000-000000000001")


@pytest.fixture
def path(settings: Settings) -> str:
    """The address of a kept image, without its host."""
    kept = keep(picture("PNG"), ORGANIZATION, settings)
    return address(ORGANIZATION, kept.key, kept.mime, settings).removeprefix(settings.public_url)


def test_who_has_the_address_has_the_file(client: httpx2.Client, path: str) -> None:
    whole = client.get(path)
    assert (whole.status_code, whole.content) == (200, picture("PNG"))
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert "set-cookie" not in whole.headers
    head = client.head(path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (
        200, b"", str(len(whole.content)),
    )  # fmt: skip
    as_a_page = client.get(path, headers={"accept": "text/html"})
    assert (as_a_page.status_code, as_a_page.headers["content-type"]) == (200, "image/png")
    assert client.post(path).status_code == 405


def test_pieces_of_a_file(client: httpx2.Client, path: str, settings: Settings) -> None:
    whole = client.get(path)
    piece = client.get(path, headers={"range": "bytes=2-5"})
    assert (piece.status_code, piece.content) == (206, whole.content[2:6])
    assert piece.headers["content-range"] == f"bytes 2-5/{len(whole.content)}"
    keep(picture("PNG"), ORGANIZATION, settings)  # brought once more meanwhile: it is the same file
    same = {"range": "bytes=-3", "if-range": whole.headers["etag"]}
    assert client.get(path, headers=same).content == whole.content[-3:]
    assert client.get(path, headers={"range": "bytes=999999-"}).status_code == 416


def test_nothing_for_anybody_else(client: httpx2.Client, path: str, settings: Settings) -> None:
    _, _, organization, key, name = path.split("/")
    proof = name.partition(".")[0]
    other = keep(picture("PNG"), uuid4(), settings)  # a second organization has the same file
    folder = folder_of(ORGANIZATION, settings)
    (folder / ".draft-1").write_bytes(b"half")
    theirs = next(one for one in folder.parent.iterdir() if one.name != organization).name
    assert other.key == key
    wrong = [
        f"/files/{theirs}/{key}/{name}",  # our proof for their file
        f"/files/{organization}/{'0' * 64}/{name}",
        *(f"/files/{organization}/{key}/{proof[:-1]}{last}.png" for last in ALPHABET if last != proof[-1]),
        f"/files/{organization}/{key}/{proof}=.png",
        f"/files/{organization}/{key}/{proof[:9]}!{proof[9:]}.png",
        f"/files/{organization}/{key}/.png",
        f"/files/{organization}/{key}/ä.png",
        f"/files/{organization}/{key}/{proof}.html",
        f"/files/{organization}/{key}/{proof}",
        f"/files/{organization}/.draft-1/{name}",
        f"/files/{organization}/..%2F..%2Fkeyring.json/{name}",
        f"/files/not-an-id/{key}/{name}",
        f"/files/{organization}/{key}/",
        f"/files/{organization}/{key}",
        f"/files/{organization}/",
        "/files/",
    ]
    for at in wrong:
        answer = client.get(at)
        assert answer.status_code == 404, at
        assert key not in answer.text
