"""SMTP outcome by outcome, against servers that break off, refuse, hang, encrypt, and ask for a password."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mail.letter import Letter, sender_address
from mail.outcomes import LeaseLost, NotAccepted, Refused, Unanswered
from mail.rendering import Rendered
from mail.smtp import SmtpServer, SmtpTransport
from tests.mail.wire import DROP, HANG, wire
from tests.sandbox.server import Running

PASSWORD = "pa55word"
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")  # of aiosmtpd, with smtps


def letter(text: str = "Hi\n") -> Letter:
    content = Rendered("Hello", text, "<p>Hi</p>")
    sender = sender_address("AllIN <allin@example.com>")
    return Letter(uuid4(), sender, "reader@example.com", content, datetime.now(UTC))


def quick(port: int, host: str = "127.0.0.1", user: str = "", *, tls: bool = False) -> SmtpTransport:
    server = SmtpServer(host, port, tls, user, PASSWORD if user else "")
    return SmtpTransport(server, timeout_s=0.3, answer_s=0.3)


def no_mark() -> None:
    pytest.fail("it was handed over")


def test_what_is_sent_arrives_as_it_was(sandbox: Running) -> None:
    text = ".\n..\n.dot\nüber " + "x" * 2000 + "\n\nline\n.\n"
    sent = letter(text)
    quick(sandbox.smtp_port).send(sent, lambda: None)
    (found,) = sandbox.mail()
    assert (found["text"], found["html"].strip()) == (text, "<p>Hi</p>")
    assert found["headers"]["message-id"] == sent.message_id


def test_the_mark_is_set_after_the_body_and_before_the_dot() -> None:
    with wire() as server:

        def mark() -> None:
            deadline = time.monotonic() + 2
            while b"<p>Hi</p>" not in server.data and time.monotonic() < deadline:
                time.sleep(0.01)
            seen.append((b"<p>Hi</p>" in server.data, "dot" in seen))

        seen: list[object] = []
        server.at_the_dot = lambda: seen.append("dot")
        quick(server.port).send(letter(), mark)
    assert seen == [(True, False), "dot"]
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_without_the_mark_there_is_no_dot() -> None:
    def lost() -> None:
        raise LeaseLost

    with wire() as server:
        server.at_the_dot = no_mark
        with pytest.raises(LeaseLost):
            quick(server.port).send(letter(), lost)
        time.sleep(0.1)
    assert b"QUIT" not in server.data
    assert server.verbs == ["EHLO", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("step", ["banner", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("words", ["421 4.3.2 Closing", DROP, HANG])
def test_what_goes_wrong_before_the_mark_accepted_nothing(step: str, words: str) -> None:
    with wire(**{step: words, "HELO": words}) as server, pytest.raises(NotAccepted, match="mail server"):
        quick(server.port).send(letter(), no_mark)


@pytest.mark.parametrize(
    ("step", "words"), [("MAIL", "550 5.7.1 no"), ("RCPT", "550 5.1.1 no"), ("DATA", "554 no")]
)
def test_a_refusal_is_final_and_says_what_the_server_said(step: str, words: str) -> None:
    with wire(**{step: words}) as server, pytest.raises(Refused, match=f"said {words}"):
        quick(server.port).send(letter(), no_mark)


def test_a_server_that_wants_a_password_refuses_us_not_the_mail() -> None:
    with wire(MAIL="530 5.7.0 Authentication required") as server, pytest.raises(NotAccepted, match="530"):
        quick(server.port).send(letter(), no_mark)
    with wire(banner="554 No service here") as server, pytest.raises(NotAccepted, match="554"):
        quick(server.port).send(letter(), no_mark)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("451 4.3.0 later", NotAccepted),
        ("554 5.7.1 no", Refused),
        ("354 more", Unanswered),
        ("999 what", Unanswered),
        ("gibberish", Unanswered),
        (DROP, Unanswered),
        (HANG, Unanswered),
    ],
)
def test_after_the_dot_only_a_clear_answer_counts(words: str, outcome: type[Exception]) -> None:
    marks: list[int] = []
    with wire(dot=words) as server, pytest.raises(outcome):
        quick(server.port).send(letter(), lambda: marks.append(1))
    assert marks == [1]


def test_nobody_there_accepted_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        with pytest.raises(NotAccepted, match="ConnectionRefusedError"):
            quick(taken.getsockname()[1]).send(letter(), no_mark)
    with pytest.raises(NotAccepted, match="did not answer"):
        quick(25, host="nowhere.invalid").send(letter(), no_mark)


def test_a_server_without_sign_in_is_said_to_have_none() -> None:
    with wire(EHLO="250 wire") as server, pytest.raises(NotAccepted, match="knows no sign-in"):
        quick(server.port, user="allin").send(letter(), no_mark)


def test_a_success_stays_one_when_the_farewell_fails() -> None:
    with wire(QUIT=DROP) as server:
        quick(server.port).send(letter(), lambda: None)


def test_reasons_hold_no_password_and_no_token() -> None:
    words = f"550 {PASSWORD} spam: https://app.example.com/confirm?token=s3cret see https://help.example/1"
    with wire(RCPT=words) as server, pytest.raises(Refused) as refusal:
        quick(server.port, user="allin").send(letter(), no_mark)
    said = str(refusal.value)
    assert PASSWORD not in said
    assert "s3cret" not in said
    assert "https://help.example/1" in said
    assert PASSWORD not in repr(SmtpServer("h", 25, False, "allin", PASSWORD))


def test_the_password_goes_over_no_open_line() -> None:
    # A host that is not known to be this machine, though it is.
    with wire() as server, pytest.raises(NotAccepted, match="no encryption") as refusal:
        quick(server.port, host="127.1", user="allin").send(letter(), no_mark)
    assert server.verbs == ["EHLO"]
    assert PASSWORD not in str(refusal.value)
    with wire() as server:
        quick(server.port, user="allin").send(letter(), lambda: None)
    assert "AUTH" in server.verbs


# Encryption, against aiosmtpd with a certificate of its own.


class _Handler:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.encrypted: list[bool] = []

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


def _authenticate(_s: SMTP, _se: Session, _e: Envelope, _mechanism: str, given: object) -> AuthResult:
    right = LoginPassword(b"allin", PASSWORD.encode())
    return AuthResult(success=given == right, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["starttls", "smtps"])
def encrypted(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[int, bool, _Handler]]:
    """A server that signs in and encrypts: (port, from the first byte on, what it got)."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    at_once = request.param == "smtps"
    given = {"ssl_context": context} if at_once else {"tls_context": context, "require_starttls": True}
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    handler = _Handler()
    server = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        authenticator=_authenticate,
        auth_required=True,
        auth_require_tls=not at_once,
        **given,
    )
    server.start()
    yield port, at_once, handler
    server.stop()


def test_encrypted_and_signed_in(
    encrypted: tuple[int, bool, _Handler], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    port, at_once, handler = encrypted
    quick(port, user="allin", tls=at_once).send(letter(), lambda: None)
    assert [envelope.rcpt_tos for envelope in handler.envelopes] == [["reader@example.com"]]
    assert handler.encrypted == [not at_once]  # with smtps, aiosmtpd does not see what is around it


def test_a_certificate_nobody_vouches_for_gets_no_password(encrypted: tuple[int, bool, _Handler]) -> None:
    port, at_once, handler = encrypted
    with pytest.raises(NotAccepted, match="certificate that is not trusted"):
        quick(port, user="allin", tls=at_once).send(letter(), no_mark)
    assert handler.envelopes == []


def test_a_wrong_password_is_a_trouble_of_ours(
    encrypted: tuple[int, bool, _Handler], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    port, at_once, _ = encrypted
    with pytest.raises(NotAccepted, match="refused the sign-in: 535"):
        quick(port, user="nobody", tls=at_once).send(letter(), no_mark)
