"""Files are kept once, and nobody reaches another organization's."""

from __future__ import annotations

import pytest

from foundation.database import Tenant, tenant_session
from platforms.media import MediaError
from publishing import library
from publishing.content import File
from tests.identity.people import add_person
from tests.platforms.test_media import movie, picture

pytestmark = pytest.mark.usefixtures("settings")


def test_a_file_is_kept_once_and_found_again() -> None:
    person_id, organization_id = add_person()
    with tenant_session(Tenant(organization_id)) as session:
        first = library.keep(session, organization_id, picture("PNG"), name=" a\x00.png ", by=person_id)
        again = library.keep(session, organization_id, picture("PNG"), name="b.png", alt="Blue")
        film = library.keep(session, organization_id, movie(), name="c.mp4")
        assert (first.key, again.alt) == (again.key, "Blue")
        assert library.find(session, first.key, alt="Sky") == File(
            first.key, "image/png", len(picture("PNG")), 40, 30, alt="Sky"
        )
        assert {(one.name, one.file.mime) for one in library.newest(session)} == {
            ("a.png", "image/png"), ("c.mp4", "video/mp4"),
        }  # fmt: skip
        assert film.duration_s == 12.5
        with pytest.raises(MediaError, match="neither an image"):
            library.keep(session, organization_id, b"<svg onload=alert(1)>")


def test_another_organizations_file_is_unknown() -> None:
    _, ours = add_person()
    _, theirs = add_person("editor@example.com")
    with tenant_session(Tenant(theirs)) as session:
        file = library.keep(session, theirs, picture())
        assert not library.unknown(session, [file])
    with tenant_session(Tenant(ours)) as session:
        assert library.find(session, file.key) is None
        assert library.newest(session) == []
        assert library.unknown(session, [file])
        assert not library.unknown(session, [])
        mine = library.keep(session, ours, picture("PNG"))
        for key in ("../../keyring.json", file.key[:-1], ""):
            assert library.unknown(session, [File(key, "image/png", 1, made_from=mine.key)]), key


def test_a_private_address_is_not_fetched() -> None:
    _, organization_id = add_person()
    with pytest.raises(MediaError, match="public one"):
        library.fetch(Tenant(organization_id), "https://127.0.0.1/a.png")
    with tenant_session(Tenant(organization_id)) as session:
        assert library.newest(session) == []
