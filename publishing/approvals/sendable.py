"""Whether a post that was kept as a draft can be sent as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from foundation.settings import get_settings
from publishing.content import of_publication
from publishing.drafts import SOME_POST
from publishing.models import ACCOUNTS, Post, Publication
from publishing.senders import Senders


def problems_of(
    session: Session, post: Post, publications: Sequence[Publication], senders: Senders
) -> list[str]:
    """Lines for the author, empty when the post can go out as it is. Its time is not looked at."""
    query = select(ACCOUNTS.c.id, ACCOUNTS.c.name, ACCOUNTS.c.status).where(
        ACCOUNTS.c.id.in_([one.account_id for one in publications])
    )
    accounts = {row.id: row for row in session.execute(query)}
    found = [
        f"{row.name}: this account has to be connected again first."
        for row in accounts.values()
        if row.status != "connected"
    ]
    if not post.text.strip() and not post.media and all(not one.own for one in publications):
        return [*found, "The text is empty."]
    for one in publications:
        found += _problems(post, one, accounts[one.account_id].name, senders)
    return found


def _problems(post: Post, publication: Publication, name: str, senders: Senders) -> Iterator[str]:
    message = of_publication(post, publication).message(post.organization_id, get_settings())
    if publication.part:
        message = replace(message, reply_to=SOME_POST)
    part = f", part {publication.part + 1}" if publication.part else ""
    where = f"{name} ({senders.label(publication.network)}{part})"
    for problem in senders.publisher(publication.network).check(message):
        yield f"{where}: {problem}"
