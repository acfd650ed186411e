"""The second factor: asked for once it is on, each code taken once, and not to be tried out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import UUID

import pyotp
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import select, update

from foundation.database import utc_now, worker_session
from foundation.settings import Settings
from identity import codes, limits, password_reset, second_factor
from identity.audit import REDACTED, Action
from identity.errors import ConflictError, ForbiddenError, InvalidError, SignInError, TooManyTriesError
from identity.models import OneTimeToken, Person, RecoveryCode
from identity.principal import Visitor
from identity.sessions import Admitted, admit, open_browser, pass_second_factor, sign_in, signed_in
from identity.signing_in import PER_PERSON
from identity.work import at_the_door
from tests.identity.acting import ORIGIN, trail_of
from tests.identity.letters import letters_to, token_in
from tests.identity.people import PASSWORD, add_person, cookie_for

pytestmark = pytest.mark.usefixtures("settings")

EMAIL = "owner@example.com"
NOW = datetime(
    2026, 3, 29, 1, 0, 10, tzinfo=UTC
)  # where clocks in Europe go forward: no concern of the codes


class Clock:
    """The time by which codes are checked."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def step(self, steps: int = 1) -> None:
        self.now += timedelta(seconds=30 * steps)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(codes, "utc_now", clock)
    return clock


class Owner:
    """A person with a second factor, as they hold it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.person_id, self.organization_id = add_person()
        visitor = signed_in(cookie_for(EMAIL))
        assert visitor is not None
        self.visitor: Visitor = visitor
        self.secret = second_factor.begin(self.visitor).secret
        self.recovery_codes = second_factor.confirm(self.visitor, self.code(), ORIGIN)

    def code(self, steps: int = 0) -> str:
        """What the authenticator shows so many steps from now."""
        return pyotp.TOTP(self.secret).at(self.clock.now, counter_offset=steps)

    def challenge(self) -> str:
        """Sign in with the password, which is right."""
        return challenged(sign_in(EMAIL, PASSWORD, ORIGIN))


def challenged(admitted: Admitted) -> str:
    assert admitted.needs_second_factor is not None
    return admitted.needs_second_factor


@pytest.fixture
def owner(clock: Clock) -> Owner:
    return Owner(clock)


def passes(challenge: str, code: str) -> bool:
    try:
        return signed_in(open_browser(pass_second_factor(challenge, code, ORIGIN), ORIGIN)) is not None
    except SignInError:
        return False


def person() -> Person:
    with worker_session() as session:
        return session.scalars(select(Person)).one()


def test_once_it_is_on_the_password_alone_opens_nothing(owner: Owner, clock: Clock) -> None:
    admitted = sign_in(EMAIL, PASSWORD, ORIGIN)
    with pytest.raises(SignInError):
        open_browser(admitted, ORIGIN)
    clock.step()
    challenge = challenged(admitted)
    assert challenge not in repr(admitted)
    assert not passes(challenge, "000000")
    assert passes(challenge, owner.code())
    assert not passes(challenge, owner.code(1))  # the challenge is used up
    assert not passes("made up", owner.code(1))


def test_it_counts_for_nothing_until_a_code_is_confirmed(clock: Clock) -> None:
    add_person()
    visitor = signed_in(cookie_for(EMAIL))
    assert visitor is not None
    with pytest.raises(ConflictError):
        second_factor.confirm(visitor, "000000", ORIGIN)
    second_factor.begin(visitor)
    enrolment = second_factor.begin(visitor)  # the page was loaded again
    assert sign_in(EMAIL, PASSWORD, ORIGIN).needs_second_factor is None
    with pytest.raises(InvalidError) as refusal:
        second_factor.confirm(visitor, "000000", ORIGIN)
    assert refusal.value.field == "code"
    assert second_factor.state(visitor).since is None
    code = pyotp.TOTP(enrolment.secret).at(clock.now)
    assert len(second_factor.confirm(visitor, f" {code[:3]} {code[3:]} ", ORIGIN)) == 10
    assert second_factor.state(visitor).since is not None
    with pytest.raises(ConflictError):
        second_factor.begin(visitor)
    with pytest.raises(ConflictError):
        second_factor.confirm(visitor, code, ORIGIN)


def test_what_an_authenticator_app_needs(clock: Clock) -> None:
    assert clock
    add_person()
    visitor = signed_in(cookie_for(EMAIL))
    assert visitor is not None
    enrolment = second_factor.begin(visitor)
    read = pyotp.parse_uri(enrolment.uri)
    assert (read.secret, read.name, read.issuer) == (enrolment.secret, EMAIL, "AllIN")
    assert enrolment.qr_svg.startswith("<svg")
    assert enrolment.secret not in repr(enrolment)
    kept = person().totp_secret
    assert kept is not None
    assert enrolment.secret not in kept


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_wrong(owner: Owner, clock: Clock, steps: int, fits: bool) -> None:
    clock.step(10)
    assert passes(owner.challenge(), owner.code(steps)) is fits


def test_a_code_is_taken_once_and_none_before_it_after(owner: Owner, clock: Clock) -> None:
    clock.step(10)
    assert passes(owner.challenge(), owner.code())
    assert not passes(owner.challenge(), owner.code())
    assert not passes(owner.challenge(), owner.code(-1))
    assert passes(owner.challenge(), owner.code(1))


@given(steps=st.lists(st.integers(-2, 4), min_size=1, max_size=6))
@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_codes_come_each_is_taken_once(
    owner: Owner, clock: Clock, settings: Settings, steps: list[int]
) -> None:
    clock.step(10)
    taken: list[int] = []
    for step in steps:
        with at_the_door() as door:
            row = door.session.get_one(Person, owner.person_id, with_for_update=True)
            if codes.accept_totp(row, owner.code(step), settings):
                taken.append(step)
    assert taken == sorted(set(taken))
    assert set(taken) <= {-1, 0, 1}
    assert taken or not set(steps) & {-1, 0, 1}


def test_of_two_sign_ins_with_one_code_at_once_one_passes(owner: Owner, clock: Clock) -> None:
    clock.step()
    challenges, code, together = [owner.challenge(), owner.challenge()], owner.code(), Barrier(2)

    def go(challenge: str) -> bool:
        together.wait()
        return passes(challenge, code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(go, challenges)) == [False, True]


def test_recovery_codes_stand_in_once_each(owner: Owner) -> None:
    first, second = owner.recovery_codes[:2]
    assert len(set(owner.recovery_codes)) == 10
    assert passes(owner.challenge(), first)
    assert not passes(owner.challenge(), first)
    assert passes(owner.challenge(), f" {second.upper().replace('-', ' ')} ")
    assert second_factor.state(owner.visitor).recovery_codes_left == 8
    with worker_session() as session:
        kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert {len(digest) for digest in kept} == {32}
    told = [line for line in trail_of(owner.organization_id) if line.action == Action.RECOVERY_CODE_USED]
    assert [line.after for line in told] == [{"left": 9}, {"left": 8}]
    assert "8 are left" in letters_to(EMAIL)[-1].text


@pytest.mark.parametrize("odd", ["", "\0", "\ud800", "x" * 10**6, "١٢٣٤٥٦", "12345", "-" * 19, "²²²²²²"])
def test_no_odd_text_is_a_code(owner: Owner, odd: str) -> None:
    assert not passes(owner.challenge(), odd)


def test_a_challenge_bears_five_tries_and_a_person_ten_an_hour(owner: Owner, clock: Clock) -> None:
    clock.step()
    challenge = owner.challenge()
    for _ in range(5):
        with pytest.raises(SignInError):
            pass_second_factor(challenge, "000000", ORIGIN)
    with pytest.raises(TooManyTriesError):
        pass_second_factor(challenge, owner.code(), ORIGIN)
    another = owner.challenge()
    for _ in range(PER_PERSON.count - 5):
        with pytest.raises(SignInError):
            pass_second_factor(another, "000000", ORIGIN)
    with pytest.raises(TooManyTriesError):
        pass_second_factor(owner.challenge(), owner.code(), ORIGIN)
    failures = [line for line in trail_of(owner.organization_id) if line.action == Action.SIGN_IN_FAILED]
    assert [line.after for line in failures] == [{"wrong": "second factor"}] * PER_PERSON.count


def test_a_challenge_is_over_after_five_minutes_or_with_the_password(owner: Owner, clock: Clock) -> None:
    clock.step()
    late = owner.challenge()
    with worker_session() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert abs(row.expires_at - utc_now() - timedelta(minutes=5)) < timedelta(seconds=30)
        row.expires_at = utc_now() - timedelta(seconds=1)
    assert not passes(late, owner.code())
    overtaken, outdated = owner.challenge(), owner.challenge()
    with worker_session() as session:
        session.execute(update(Person).values(password_hash=person().password_hash + "x"))
    assert not passes(outdated, owner.code())
    with at_the_door(ORIGIN) as door:
        password_reset.ask(door, EMAIL)
    with at_the_door(ORIGIN) as door:
        password_reset.reset(door, token_in(letters_to(EMAIL)[-1]), "a new password of mine")
    assert not passes(overtaken, owner.code())


def test_a_code_that_passed_opens_nothing_once_the_second_factor_is_another(
    owner: Owner, clock: Clock
) -> None:
    clock.step()
    admitted = pass_second_factor(owner.challenge(), owner.code(), ORIGIN)
    clock.step()
    second_factor.remove(owner.visitor, PASSWORD, owner.code(), ORIGIN)
    with pytest.raises(SignInError):
        open_browser(admitted, ORIGIN)


def test_whom_the_installations_provider_brings_is_asked_as_well(owner: Owner, clock: Clock) -> None:
    clock.step()
    assert passes(challenged(admit(owner.person_id, ORIGIN)), owner.code())


def test_removing_it_takes_password_and_code(owner: Owner, clock: Clock) -> None:
    clock.step()
    for password, code, field in (("wrong", owner.code(), "password"), (PASSWORD, "000000", "code")):
        with pytest.raises(InvalidError) as refusal:
            second_factor.remove(owner.visitor, password, code, ORIGIN)
        assert refusal.value.field == field
    assert sign_in(EMAIL, PASSWORD, ORIGIN).needs_second_factor is not None
    second_factor.remove(owner.visitor, PASSWORD, owner.code(), ORIGIN)
    assert sign_in(EMAIL, PASSWORD, ORIGIN).needs_second_factor is None
    row = person()
    assert (row.totp_secret, row.totp_confirmed_at, row.totp_last_step) == (None, None, None)
    assert second_factor.state(owner.visitor) == second_factor.State(None, 0)
    with pytest.raises(ConflictError):
        second_factor.remove(owner.visitor, PASSWORD, owner.code(1), ORIGIN)
    actions = [line.action for line in trail_of(owner.organization_id)]
    assert [
        actions.count(action) for action in (Action.SECOND_FACTOR_ADDED, Action.SECOND_FACTOR_REMOVED)
    ] == [1, 1]
    assert [("added" in letter.text, "removed" in letter.text) for letter in letters_to(EMAIL)] == [
        (True, False),
        (False, True),
    ]


def test_new_recovery_codes_end_the_old_ones(owner: Owner) -> None:
    fresh = second_factor.new_recovery_codes(owner.visitor, PASSWORD, owner.recovery_codes[0], ORIGIN)
    assert not set(fresh) & set(owner.recovery_codes)
    assert not passes(owner.challenge(), owner.recovery_codes[1])
    assert passes(owner.challenge(), fresh[0])
    assert second_factor.state(owner.visitor).recovery_codes_left == 9


def test_codes_of_someone_signed_in_cannot_be_tried_out_either(owner: Owner, clock: Clock) -> None:
    clock.step()
    for _ in range(PER_PERSON.count - 1):
        limits.count(PER_PERSON, str(owner.person_id))
    with pytest.raises(InvalidError):
        second_factor.remove(owner.visitor, "wrong", owner.code(), ORIGIN)
    with pytest.raises(TooManyTriesError):
        second_factor.remove(owner.visitor, PASSWORD, owner.code(), ORIGIN)


def test_nothing_secret_is_in_the_trail(owner: Owner) -> None:
    told = str([vars(line) for line in trail_of(owner.organization_id)])
    assert owner.secret not in told
    assert not [code for code in owner.recovery_codes if code in told]
    assert REDACTED not in told


@pytest.mark.parametrize("changed", [{"confined": True}, {"session_id": None}])
def test_neither_a_key_nor_a_confined_session_touches_it(
    owner: Owner, changed: dict[str, bool | UUID | None]
) -> None:
    other = replace(owner.visitor, **changed)  # type: ignore[arg-type]
    attempts: list[Callable[[], object]] = [
        lambda: second_factor.state(other),
        lambda: second_factor.begin(other),
        lambda: second_factor.confirm(other, owner.code(), ORIGIN),
        lambda: second_factor.remove(other, PASSWORD, owner.recovery_codes[0], ORIGIN),
        lambda: second_factor.new_recovery_codes(other, PASSWORD, owner.recovery_codes[0], ORIGIN),
    ]
    for attempt in attempts:
        with pytest.raises(ForbiddenError):
            attempt()
