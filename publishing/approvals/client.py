"""What the holder of a client's link sees and may do: one post, as it was submitted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.database import Tenant, bind_tenant, door_session, tenant_session
from foundation.settings import Settings
from identity.errors import LinkError
from identity.models import Organization
from publishing.approvals import links, reading
from publishing.approvals.comments import comment
from publishing.approvals.links import GONE, Place
from publishing.approvals.models import Standing
from publishing.approvals.people import By
from publishing.approvals.reading import Decision, Round
from publishing.approvals.rounds import decide_by_link
from publishing.models import BRANDS, Post


@dataclass(frozen=True)
class Visit:
    """A look at a post by a link, in a transaction that sees its brand alone.

    `is_asked`: it is the client's to decide now. `is_shown`: the post still says what they were asked about;
    what it says otherwise is not theirs to see.
    """

    session: Session
    place: Place
    organization: str
    brand_id: UUID
    brand: str
    timezone: str
    round: Round
    is_asked: bool
    is_shown: bool

    @property
    def own_decision(self) -> Decision | None:
        """What was decided with this link, or one like it."""
        mine = [
            one
            for one in self.round.decisions
            if one.step == self.place.step and one.person_id is None and one.by_name == self.place.email
        ]
        return mine[-1] if mine else None

    def decide(self, *, approves: bool, words: str) -> None:
        """Approve, or ask for changes.

        Raises:
            NotAllowedError, WordsError: of `rounds.decide_by_link`.
        """
        decide_by_link(self.session, self.place, approves=approves, words=words)

    def comment(self, words: str) -> None:
        """Say something about the post.

        Raises:
            LinkError: the post says something else by now.
            WordsError: the words can't be used.
        """
        if not self.is_shown:
            raise LinkError(GONE)
        comment(self.session, self.round.post_id, By(self.place.email), words, for_client=True)


@contextmanager
def visit(token: str, settings: Settings | None = None) -> Iterator[Visit]:
    """Open a link; what is done in the block is committed at its end. Opening alone changes nothing.

    Raises:
        LinkError: it is unknown, expired or withdrawn, or its post is gone.
    """
    with door_session(settings) as door:
        place = links.look(door, token)
    with tenant_session(Tenant(place.organization_id), settings) as session:
        yield _visit(session, place)


def _visit(session: Session, place: Place) -> Visit:
    owner = session.get(Organization, place.organization_id)
    query = (
        select(Post, BRANDS.c.name, BRANDS.c.timezone)
        .join(BRANDS, BRANDS.c.id == Post.brand_id)
        .where(Post.id == reading.post_of(place.round_id), Post.deleted_at.is_(None))
    )
    row = session.execute(query).one_or_none()
    if owner is None or owner.deleted_at is not None or row is None:
        raise LinkError(GONE)
    post: Post = row[0]
    bind_tenant(session, Tenant(place.organization_id, frozenset({post.brand_id})))
    found = next(one for one in reading.rounds_of(session, post.id) if one.id == place.round_id)
    shown = found.version == post.version and found.standing is not Standing.WITHDRAWN
    return Visit(
        session=session,
        place=place,
        organization=owner.name,
        brand_id=post.brand_id,
        brand=row[1],
        timezone=row[2],
        round=found,
        is_asked=shown and found.standing is Standing.OPEN and found.step == place.step,
        is_shown=shown,
    )
