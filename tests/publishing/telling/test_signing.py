"""Signatures, checked by an implementation that shares nothing with ours but the specification."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from publishing.telling import signing

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def independent(secret: str, message_id: str, seconds: str, body: bytes) -> str:
    """Standard Webhooks' signature by another library."""
    key = base64.b64decode(secret.split("_", 1)[1])
    mac = HMAC(key, hashes.SHA256())
    mac.update(message_id.encode() + b"." + seconds.encode() + b"." + body)
    return "v1," + base64.b64encode(mac.finalize()).decode()


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_the_example_of_the_specification() -> None:
    """The reference libraries of Standard Webhooks are tested with this message."""
    found = signing.headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        '{"test": 2432232314}',
    )
    assert found == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.text(), st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1)))
def test_anyone_who_follows_the_specification_can_check(body: str, at: datetime) -> None:
    body = body.encode("utf-8", "replace").decode()
    secret, now = signing.new_secret(), at.replace(tzinfo=UTC)
    found = signing.headers(secret, "msg_1", now, body)
    seconds = found["webhook-timestamp"]
    assert int(seconds) == int(now.timestamp())
    assert found["webhook-signature"] == independent(secret, "msg_1", seconds, body.encode())
    assert signing.is_genuine(secret, found, body, now)


def test_whatever_is_changed_is_noticed() -> None:
    secret, body = signing.new_secret(), '{"type":"post.failed"}'
    good = signing.headers(secret, "msg_1", AT, body)
    assert signing.is_genuine(secret, good, body, AT)
    assert not signing.is_genuine(secret, good, body + " ", AT)
    assert not signing.is_genuine(signing.new_secret(), good, body, AT)
    for name in good:
        assert not signing.is_genuine(secret, {**good, name: good[name] + "1"}, body, AT), name
        assert not signing.is_genuine(secret, {key: good[key] for key in good if key != name}, body, AT)
    assert not signing.is_genuine(secret, {**good, "webhook-timestamp": "soon"}, body, AT)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_message_is_refused(minutes: int) -> None:
    secret = signing.new_secret()
    good = signing.headers(secret, "msg_1", AT, "{}")
    assert not signing.is_genuine(secret, good, "{}", AT + timedelta(minutes=minutes))


def test_one_of_several_signatures_is_enough() -> None:
    secret = signing.new_secret()
    good = signing.headers(secret, "msg_1", AT, "{}")
    both = {**good, "webhook-signature": f"v1,{'A' * 43}= {good['webhook-signature']}"}
    assert signing.is_genuine(secret, both, "{}", AT)


def test_secrets_are_long_and_never_the_same() -> None:
    made = {signing.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}


def test_what_is_no_secret_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="no secret") as raised:
        signing.headers("whsec_not base64!", "msg_1", AT, "{}")
    assert "not base64" not in str(raised.value)
