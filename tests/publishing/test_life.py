"""The life of a post against a model, in whatever order things happen: a stateful property test.

Rules are what people, publishers, networks and time do. While a network is being called, others go on:
leases run out, publishers take over and look, people cancel and edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings, get_settings
from platforms import errors
from platforms.contract import Account
from platforms.message import Message
from publishing.changes import (
    ABSENT_AFTER,
    COMES_ALONG,
    ENDED_UNSENT,
    NotAllowedError,
    answer_unknown,
    cancel,
    reschedule,
)
from publishing.claim import Claim, LeaseLostError, claim_due, claim_unknown
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.due import recover_orphans, sweep_missed
from publishing.editing import ConflictError, delete_post, edit_post
from publishing.models import Publication
from publishing.policy import Policy
from publishing.reconcile import look
from publishing.sending import Ready, Sender
from publishing.states import State
from tests.publishing.conftest import make_tenant
from tests.publishing.life import (
    CANCELLABLE,
    DOUBTFUL,
    HELD,
    KILLING,
    REVISABLE,
    Fate,
    Killed,
    Place,
    PostModel,
    WatchedNetwork,
)
from tests.publishing.network import MemorySenders

NOTHING = timedelta(0)
# Waiting is what the rule of time does; what is not answered in a minute is answered no more.
POLICY = Policy(
    lease=timedelta(seconds=60), retry_base=NOTHING, retry_cap=NOTHING, first_look=NOTHING, look_cap=NOTHING
)
LATER = timedelta(seconds=45)
AGES = (timedelta(seconds=61), POLICY.missed_after + timedelta(minutes=1))
TIMES = {
    "publications": ("due_at", "lease_until", "not_before", "sent_at", "published_at", "confirm_at"),
    "attempts": ("started_at", "finished_at"),
}
EXAMPLES = 25
pick = st.integers(0, 5)
meanwhile = st.lists(st.sampled_from(["takeover", "look", "cancel", "edit", "claim"]), max_size=3)
some = st.integers(1, 3)  # accounts: one, the other, both


class Life(RuleBasedStateMachine):
    """Some posts of one organization."""

    def __init__(self) -> None:
        super().__init__()
        self.networks = {"facebook": WatchedNetwork(), "x": WatchedNetwork()}
        self.tenant = make_tenant(MemorySenders(self.networks))
        self.sender = Sender(get_settings(), self.tenant.senders, POLICY)
        self.posts: list[PostModel] = []
        self.claims: list[tuple[Claim, object]] = []
        self.ready: list[tuple[Ready, object]] = []
        self.calling: Place | None = None
        self.dead: set[tuple[UUID, str]] = set()  # words that must not go out on an account any more
        self.numbers = count()
        for network in self.networks.values():
            network.on_call, network.on_accept = self.watch_call, self.watch_accept

    def teardown(self) -> None:
        """Once nothing goes wrong any more, everything comes to an end, and the next life has room."""
        try:
            self.come_to_an_end()
        finally:
            with worker_session() as session:
                session.execute(text("DELETE FROM publications"))

    # ---------------------------------------------------------------- people
    @initialize(accounts=some, thread=st.booleans(), later=st.booleans())
    def begin(self, accounts: int, thread: bool, later: bool) -> None:
        self.create(accounts, thread, False, later)

    @precondition(lambda self: len(self.posts) < 3)
    @rule(accounts=some, thread=st.booleans(), unfinished=st.booleans(), later=st.booleans())
    def create(self, accounts: int, thread: bool, unfinished: bool, later: bool) -> None:
        draft = self.draft(accounts, thread, unfinished, later)
        with self.people() as session:
            post_id = create_post(session, self.tenant.organization_id, draft, senders=self.tenant.senders)
        post = PostModel(post_id)
        self.posts.append(post)
        self.plan(post, draft)

    @rule(of=pick, accounts=some, thread=st.booleans(), unfinished=st.booleans(), stale=st.booleans())
    def edit(self, of: int, accounts: int, thread: bool, unfinished: bool, stale: bool) -> None:
        post = self.post(of)
        draft = self.draft(accounts, thread, unfinished, later=False)
        version = post.version - stale
        refusal: type[Exception] | None = None
        if post.deleted:
            refusal = NotAllowedError
        elif stale:
            refusal = ConflictError
        elif post.is_held or self.is_over(post, draft):
            refusal = NotAllowedError
        with self.refused(refusal), self.people() as session:
            edit_post(session, post.id, draft, version=version, senders=self.tenant.senders)
        if refusal is None:
            post.version += 1
            self.plan(post, draft)

    @rule(of=pick, which=pick, deed=st.sampled_from(["cancel", "now", "later", "delete", "answer", "drop"]))
    def change(self, of: int, which: int, deed: str) -> None:
        """A person does something to a post as it is."""
        place = self.place(of, which)
        if deed == "cancel":
            self.cancel(place)
        elif deed == "delete":
            self.delete(place.post)
        elif deed in ("now", "later"):
            self.reschedule(place, later=deed == "later")
        else:
            self.answer(place, again=deed == "answer")

    def cancel(self, place: Place) -> None:
        allowed = place.state in CANCELLABLE
        with self.refused(None if allowed else NotAllowedError), self.people() as session:
            cancel(session, self.row(place).id)
        if allowed:
            self.bury(place)
            for part in place.post.places.values():
                continues = part.account_id == place.account_id and part.part > place.part
                if continues and part.state in CANCELLABLE:
                    self.bury(part)

    def reschedule(self, place: Place, later: bool) -> None:
        before = place.before
        is_stuck = before is not None and (before.answered or before.state in ENDED_UNSENT)
        allowed = place.state in CANCELLABLE - {State.IN_REVIEW} and not is_stuck
        due_at = utc_now() + LATER if later else None
        with self.refused(None if allowed else NotAllowedError), self.people() as session:
            reschedule(session, self.row(place).id, due_at)
        if allowed:
            place.move(State.SCHEDULED)
            place.due_at = due_at or utc_now()
            self.bring_along(place)

    def bring_along(self, place: Place) -> None:
        """What continues it goes out with it."""
        for part in place.post.places.values():
            continues = part.account_id == place.account_id and part.part > place.part
            if continues and part.state in COMES_ALONG:
                part.move(State.SCHEDULED)
                part.due_at = place.due_at

    def delete(self, post: PostModel) -> None:
        refusal = NotAllowedError if post.deleted or post.is_held else None
        with self.refused(refusal), self.people() as session:
            delete_post(session, post.id)
        if refusal is None:
            post.deleted = True
            for place in post.places.values():
                if place.state in CANCELLABLE:
                    self.bury(place)

    def answer(self, place: Place, again: bool) -> None:
        """A person looked, and says what is true."""
        is_public, row = bool(place.accepted), self.row(place)
        late = row.asks_person or row.sent_at is None or utc_now() - row.sent_at >= ABSENT_AFTER
        allowed = place.state is State.UNKNOWN and (is_public or not again or late)
        refusal = None if allowed else NotAllowedError
        with self.refused(refusal), self.people() as session:
            answer_unknown(session, self.row(place).id, is_public=is_public, send_again=again)
        if refusal is not None:
            return
        if is_public:
            place.move(State.PUBLISHED)
            place.answered = True
            for part in place.post.places.values():
                if part.before is place and part.state is State.SCHEDULED:
                    part.move(State.FAILED)
        elif again:
            place.move(State.SCHEDULED)
            place.due_at = utc_now()
            self.bring_along(place)
        else:
            self.bury(place)

    # ---------------------------------------------------------------- publishers
    @precondition(lambda self: any(map(self.is_due, self.places())))
    @rule(fates=st.lists(st.sampled_from(Fate), max_size=4))
    def publish(self, fates: list[Fate]) -> None:
        """Take all that is due, prepare it, and send as many of it as there are fates."""
        self.claim()
        while self.claims:
            self.prepare(0, None)
        for fate in fates[: len(self.ready)]:
            self.submit(0, fate, [], [])

    @precondition(lambda self: self.is_any(State.SCHEDULED))
    @rule()
    def claim(self) -> None:
        lease, now = object(), utc_now()
        with worker_session() as session:
            claims = claim_due(session, str(id(lease)), now, limit=100, lease=POLICY.lease)
        due = [place for place in self.places() if self.is_due(place)]
        taken = {id(self.place_of(claim)): claim for claim in claims}
        assert taken.keys() == set(map(id, due)), "exactly what has to go out now is taken"
        for place in due:
            claim = taken[id(place)]
            assert claim.message.text == place.words
            place.lease = lease
            self.claims.append((claim, lease))

    @precondition(lambda self: self.claims)
    @rule(of=pick, error=st.sampled_from([None, None, errors.Rejected, errors.TemporarilyRejected, KeyError]))
    def prepare(self, of: int, error: type[Exception] | None) -> None:
        claim, lease = self.claims.pop(of % len(self.claims))
        place = self.place_of(claim)
        if error is not None:
            self.networks[claim.network].faults["prepare"].append(error("no"))
        holds = place.lease is lease
        with self.refused(None if holds else LeaseLostError):
            prepared = self.sender.prepare(claim)
        self.networks[claim.network].faults.clear()
        if not holds:
            return
        if isinstance(prepared, Ready):
            assert error is None
            self.ready.append((prepared, lease))
        elif error is errors.Rejected:
            assert prepared is State.FAILED
            place.move(State.FAILED)
        else:
            self.retried(place)
            assert prepared is place.state

    @precondition(lambda self: self.ready)
    @rule(
        of=pick,
        fate=st.sampled_from(Fate),
        before=meanwhile,
        after=meanwhile,
    )
    def submit(self, of: int, fate: Fate, before: list[str], after: list[str]) -> None:
        ready, lease = self.ready.pop(of % len(self.ready))
        place = self.place_of(ready.claim)
        network = self.networks[ready.claim.network]
        network.fate = fate
        network.meanwhile = lambda moment: self.go_on(place, before if moment == "before" else after)
        late = utc_now() > ready.claim.due_at + POLICY.missed_after
        holds, self.calling = place.lease is lease, place
        try:
            with self.refused(None if holds else LeaseLostError), suppress(Killed):
                self.sender.submit(ready)
        finally:
            self.calling, network.meanwhile = None, lambda _moment: None
        if not holds:
            return
        if late:
            place.move(State.MISSED)
            return
        if fate not in KILLING and place.state in HELD:
            self.settle(place, fate)
        place.maybe_written |= fate in DOUBTFUL

    def settle(self, place: Place, fate: Fate) -> None:
        """What an answer means, also one that came when nobody expected it any more."""
        if fate is Fate.ACCEPTED:
            place.move(State.PUBLISHED)
        elif fate is Fate.REFUSED or (fate is Fate.DUPLICATE and not place.maybe_written):
            place.move(State.FAILED)
        elif fate is Fate.THROTTLED:
            self.retried(place)
        else:
            place.move(State.UNKNOWN)

    @precondition(lambda self: self.is_any(State.PUBLISHING))
    @rule()
    def take_over(self) -> None:
        """A publisher finds what a dead one was sending."""
        with worker_session() as session:
            states = recover_orphans(session, self.tenant.senders, POLICY)
        orphans = [place for place in self.places() if place.state is State.PUBLISHING and not place.lease]
        assert states == [State.UNKNOWN] * len(orphans)
        for place in orphans:
            place.move(State.UNKNOWN)

    @precondition(lambda self: self.is_any(State.SCHEDULED))
    @rule()
    def sweep(self) -> None:
        limit = utc_now() - POLICY.missed_after
        late = [
            place
            for place in self.places()
            if place.state is State.SCHEDULED and not place.lease and place.due_at and place.due_at < limit
        ]
        with worker_session() as session:
            states = sweep_missed(session, self.tenant.senders, POLICY)
        assert states == [State.MISSED] * len(late)
        for place in late:
            place.move(State.MISSED)

    @precondition(lambda self: self.is_any(State.UNKNOWN))
    @rule(error=st.sampled_from([None, None, errors.Ambiguous, KeyError]))
    def look(self, error: type[Exception] | None) -> None:
        with worker_session() as session:
            claims = claim_unknown(session, "looker", utc_now(), limit=10, lease=POLICY.lease)
        for claim in claims:
            place = self.place_of(claim)
            assert place.state is State.UNKNOWN
            if error is not None:
                self.networks[claim.network].faults["find"].append(error("no"))
            state = look(claim, self.sender)
            if place.accepted and error is None:
                assert state is State.PUBLISHED, "what is there was not found"
            elif not place.aged or error is not None:
                assert state is State.UNKNOWN, "a call may be under way"
            else:
                assert state in (State.UNKNOWN, State.SCHEDULED, State.MISSED)
            place.move(state)

    def is_any(self, *states: State) -> bool:
        return any(place.state in states for place in self.places())

    def is_due(self, place: Place) -> bool:
        on_time = place.due_at is not None and place.due_at <= utc_now()
        return place.state is State.SCHEDULED and on_time and place.lease is None and place.may_go

    def retried(self, place: Place) -> None:
        """Surely not public: it goes again, where it is not too late."""
        assert place.due_at is not None
        late = utc_now() > place.due_at + POLICY.missed_after
        place.move(State.MISSED if late else State.SCHEDULED)

    # ---------------------------------------------------------------- the world
    @rule(long=st.booleans())
    def time_passes(self, long: bool) -> None:
        """Everything happened a minute ago, or so long ago that nothing is still wanted."""
        age = AGES[long]
        with worker_session() as session:
            for table, names in TIMES.items():
                moved = ", ".join(f"{name} = {name} - :age" for name in names)
                session.execute(text(f"UPDATE {table} SET {moved}"), {"age": age})
        for network in self.networks.values():
            network.age(age)
        for place in self.places():
            place.lease, place.aged = None, True
            place.due_at = place.due_at - age if place.due_at else None
        # Who held something is dead, or finds its lease gone.

    def go_on(self, place: Place, doings: Sequence[str]) -> None:
        """What others do while a network is being called."""
        for doing in doings:
            if doing == "takeover":
                self.tenant.shift(self.row(place).id, lease_until=utc_now() - timedelta(seconds=1))
                place.lease = None
                self.take_over()
            elif doing == "look":
                self.look(error=None)
            elif doing == "cancel":
                self.cancel(place)
            elif doing == "edit":
                self.edit(self.posts.index(place.post), 3, False, False, False)
            else:
                self.claim()

    def watch_call(self, account: Account, message: Message) -> None:
        """The call is made: the note of it was committed before."""
        place = self.calling
        assert place is not None
        row = self.row(place)
        assert row.current is State.PUBLISHING
        assert row.sent is not None
        assert row.sent["text"] == message.text == place.words
        assert place.due_at is not None
        assert row.due_at is not None
        assert row.due_at <= utc_now(), "it goes out before its time"
        assert UUID(account.id) == place.account_id
        place.state, place.aged = State.PUBLISHING, False

    def watch_accept(self, account: Account, message: Message, external_id: str) -> None:
        place = self.calling
        assert place is not None
        assert (UUID(account.id), message.text) not in self.dead, (
            "it was cancelled or changed, and went out nevertheless"
        )
        assert place.accepted == [], "it went out twice"
        if place.before is not None:
            assert place.before.accepted, "a part went out before the one it continues"
            assert message.reply_to is not None
            assert message.reply_to.parent == place.before.external_id
        place.accepted.append(message.text)
        place.external_id = external_id

    # ---------------------------------------------------------------- what always holds
    @invariant()
    def every_state_is_the_models(self) -> None:
        with worker_session() as session:
            rows = session.scalars(select(Publication)).all()
        found = {(row.post_id, row.account_id, row.part): row for row in rows}
        places = {(place.post.id, place.account_id, place.part): place for place in self.places()}
        assert {key: row.state for key, row in found.items()} == {
            key: place.state.value for key, place in places.items()
        }
        for key, place in places.items():
            row = found[key]
            is_public = place.state is State.PUBLISHED
            assert len(place.accepted) <= 1
            assert bool(place.accepted) == is_public or place.state in HELD
            if place.accepted:
                assert row.sent is not None, "what was sent is kept"
                assert row.sent["text"] == place.accepted[0], "what was sent is frozen"

    def come_to_an_end(self) -> None:
        for _ in range(3):
            self.time_passes(False)
            self.take_over()
            for _ in range(POLICY.absent_looks):
                self.look(None)
            for place in [place for place in self.places() if self.row(place).asks_person]:
                self.answer(place, again=False)
            self.claims.clear()
            self.ready.clear()
            self.claim()
            while self.claims:
                self.prepare(0, None)
            while self.ready:
                self.submit(0, Fate.ACCEPTED, [], [])
            self.every_state_is_the_models()
        for place in self.places():
            assert place.state not in HELD
            assert place.state is not State.SCHEDULED or not place.may_go

    # ---------------------------------------------------------------- helpers
    def people(self) -> AbstractContextManager[Session]:
        return tenant_session(Tenant(self.tenant.organization_id))

    def refused(self, error: type[Exception] | None) -> AbstractContextManager[object]:
        return pytest.raises(error) if error else nullcontext()

    def draft(self, accounts: int, thread: bool, unfinished: bool, later: bool) -> Draft:
        """Words that were never said before, on one account, the other or both."""
        chosen = [
            account for bit, account in ((1, self.tenant.facebook), (2, self.tenant.x)) if accounts & bit
        ]
        return Draft(
            self.tenant.brand_id,
            chosen,
            f"words {next(self.numbers)}",
            due_at=utc_now() + LATER if later else None,
            parts=[f"words {next(self.numbers)}"] if thread else [],
            unfinished=unfinished,
        )

    def is_over(self, post: PostModel, draft: Draft) -> bool:
        """Whether all of it is public, so that other words change nothing."""
        parts = range(1 + len(draft.parts))
        wanted = {(account, part) for account in draft.account_ids for part in parts}
        is_open = any(place.state in REVISABLE for place in post.places.values())
        return not is_open and wanted <= post.places.keys()

    def plan(self, post: PostModel, draft: Draft) -> None:
        """Bring the model of a post to a draft that was taken."""
        texts = [draft.text, *draft.parts]
        state = State.DRAFT if draft.unfinished else State.SCHEDULED
        due_at = draft.due_at if draft.unfinished else draft.due_at or utc_now()
        wanted = {(account, part): words for account in draft.account_ids for part, words in enumerate(texts)}
        for key, place in post.places.items():
            if key not in wanted and place.state in CANCELLABLE:
                self.bury(place)
            elif key in wanted and place.state in REVISABLE:
                self.dead.add((place.account_id, place.words))
                place.words, place.due_at = wanted[key], due_at
                place.move(state)
        for key in wanted:
            if key not in post.places:
                post.places[key] = Place(post, *key, wanted[key], state, due_at)

    def bury(self, place: Place) -> None:
        """It is cancelled: what it says must never go out."""
        self.dead.add((place.account_id, place.words))
        place.move(State.CANCELLED)

    def places(self) -> list[Place]:
        return [place for post in self.posts for place in post.places.values()]

    def post(self, of: int) -> PostModel:
        return self.posts[of % len(self.posts)]

    def place(self, of: int, which: int) -> Place:
        places = list(self.post(of).places.values())
        return places[which % len(places)]

    def row(self, place: Place) -> Publication:
        with worker_session() as session:
            return session.scalars(
                select(Publication).where(
                    Publication.post_id == place.post.id,
                    Publication.account_id == place.account_id,
                    Publication.part == place.part,
                )
            ).one()

    def place_of(self, claim: Claim) -> Place:
        with worker_session() as session:
            row = session.get_one(Publication, claim.publication_id)
        return next(
            place
            for place in self.places()
            if (place.post.id, place.account_id, place.part) == (row.post_id, row.account_id, row.part)
        )


def test_a_post_lives_as_its_model_says(settings: Settings) -> None:
    del settings
    run_state_machine_as_test(
        Life,
        settings=hypothesis_settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
