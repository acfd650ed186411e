"""Taking a post's time away, in every state it can be in."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from publishing.models import Publication
from publishing.scheduling.moving import WAITING, move
from publishing.states import Event, State, allows

THEN = datetime(2040, 1, 1, tzinfo=UTC)


def test_only_what_is_scheduled_can_be_held() -> None:
    assert [state for state in State if allows(state, Event.HOLD)] == [State.SCHEDULED]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("due_at", [THEN, None])
def test_a_move_changes_what_waits_and_nothing_else(state: State, due_at: datetime | None) -> None:
    before = datetime(2039, 1, 1, tzinfo=UTC)
    publication = Publication(
        id=uuid4(),
        state=state.value,
        due_at=before,
        version=1,
        prepared={"container": "c1"},
        lease_owner="a publisher",
    )
    move(publication, due_at)
    if state not in WAITING:
        assert (publication.current, publication.due_at, publication.version) == (state, before, 1)
        return
    assert (publication.due_at, publication.version) == (due_at, 2)
    expected = {
        State.SCHEDULED: State.APPROVED if due_at is None else State.SCHEDULED,
        State.APPROVED: State.APPROVED if due_at is None else State.SCHEDULED,
    }
    assert publication.current is expected.get(state, state)
    if state is State.SCHEDULED:  # its publisher finds a new version; nothing prepared is used
        assert (publication.lease_owner, publication.prepared) == (None, {})
