"""A stored post opens as the draft it was composed as, whatever was made of it for the networks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms.accounts import connect
from platforms.contract import Credentials, RemoteAccount
from platforms.message import Kind
from publishing import library
from publishing.changes import DraftError, NotAllowedError
from publishing.compose import create_post
from publishing.content import File
from publishing.drafts import Draft
from publishing.editing import delete_post, edit_post
from publishing.models import Publication
from publishing.opening import opened
from publishing.states import State
from tests.identity.people import add_brand, add_person
from tests.platforms.test_media import movie, picture

pytestmark = pytest.mark.usefixtures("settings")


class Brand:
    """A brand with an account on four networks."""

    def __init__(self) -> None:
        _, self.organization_id = add_person()
        self.id = add_brand(self.organization_id, "Nordlicht", "Europe/Berlin")
        self.accounts: dict[str, UUID] = {}
        with worker_session() as session:
            for key in ("facebook", "instagram", "x", "mastodon"):
                remote = RemoteAccount(key, f"{key}-1", "nordlicht", Credentials("token"))
                self.accounts[key] = connect(session, self.organization_id, self.id, remote)
        self.tenant = Tenant(self.organization_id)

    def draft(self, *keys: str, **values: object) -> Draft:
        ids = [self.accounts[key] for key in keys]
        due_at = utc_now().replace(microsecond=0) + timedelta(days=1)
        return replace(Draft(self.id, ids, "Hello", due_at=due_at), **values)  # type: ignore[arg-type]

    def image(self, form: str = "PNG") -> File:
        with tenant_session(self.tenant) as session:
            return library.keep(session, self.organization_id, picture(form, (400, 400)), alt="Blue")

    def made(self, draft: Draft) -> UUID:
        with tenant_session(self.tenant) as session:
            return create_post(session, self.organization_id, draft)


def test_a_png_goes_to_instagram_as_jpeg_and_opens_as_it_was() -> None:
    brand = Brand()
    image = brand.image()
    draft = brand.draft(
        "instagram", "x", kind=Kind.IMAGE, media=(image,), labels=["launch"], link="https://example.test",
        own={brand.accounts["x"]: {"text": "Only on X"}, brand.accounts["instagram"]: {"link": None}},
    )  # fmt: skip
    post_id = brand.made(draft)
    with tenant_session(brand.tenant) as session:
        own = {one.network: one.own for one in session.scalars(select(Publication))}
        assert own["x"] == {"text": "Only on X"}
        (made,) = own["instagram"]["media"]
        assert (made["mime"], made["made_from"], made["alt"]) == ("image/jpeg", image.key, "Blue")
        found = opened(session, post_id)
        assert (found.version, set(found.states.values())) == (1, {State.SCHEDULED})
        assert found.draft.own == draft.own
        assert set(found.draft.account_ids) == set(draft.account_ids)
        assert (found.draft.media, found.draft.due_at, found.draft.labels) == (
            (image,),
            draft.due_at,
            ["launch"],
        )
        edit_post(session, post_id, found.draft, version=1)
        assert opened(session, post_id).draft == found.draft


def test_a_cover_a_kind_and_a_draft_open_as_they_were() -> None:
    brand = Brand()
    cover = brand.image()
    with tenant_session(brand.tenant) as session:
        film = library.keep(session, brand.organization_id, movie())
    own = {brand.accounts["instagram"]: {"cover": vars(cover)}}
    draft = brand.draft("instagram", "x", kind=Kind.VIDEO, media=(film,), own=own, unfinished=True)
    post_id = brand.made(draft)
    with tenant_session(brand.tenant) as session:
        stored = {one.network: one.own for one in session.scalars(select(Publication))}
        assert (stored["instagram"]["kind"], stored["x"]) == ("reel", {})
        assert stored["instagram"]["cover"]["mime"] == "image/jpeg"
        found = opened(session, post_id).draft
        assert (found.kind, found.own, found.unfinished) == (Kind.VIDEO, own, True)


def test_files_that_are_not_the_organizations_are_refused() -> None:
    brand = Brand()
    stray = replace(brand.image("JPEG"), key="f" * 64)
    for own in ({}, {brand.accounts["facebook"]: {"media": [vars(stray)]}}):
        media = () if own else (stray,)
        with pytest.raises(DraftError, match="not there"):
            brand.made(brand.draft("facebook", kind=Kind.IMAGE, media=media, own=own))


def test_what_is_deleted_cancelled_or_nobodys_does_not_open() -> None:
    brand = Brand()
    post_id = brand.made(brand.draft("facebook", "x"))
    with worker_session() as session:
        session.execute(update(Publication).where(Publication.network == "x").values(state=State.CANCELLED))
    with tenant_session(brand.tenant) as session:
        assert list(opened(session, post_id).draft.account_ids) == [brand.accounts["facebook"]]
        delete_post(session, post_id)
        session.flush()
        for missing in (post_id, uuid4()):
            with pytest.raises(NotAllowedError, match="does not exist"):
                opened(session, missing)
