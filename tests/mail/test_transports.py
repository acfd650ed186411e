"""Which service the settings name, and what is said of settings that name none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from foundation.settings import Settings
from mail.transports import MailSettingsError, transport

MAILGUN = {"mailgun_domain": "mg.example.com", "mailgun_api_key": SecretStr("k3y-0f-mailgun")}


def settings(**changes: Any) -> Settings:
    return Settings(demo=False).model_copy(update=changes)


def smtp(url: str) -> Settings:
    return settings(smtp_url=SecretStr(url))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (smtp("smtp://mail.example.com"), "SMTP mail.example.com:587"),
        (smtp("smtps://us%40er:pass%2Fword@mail.example.com"), "SMTP mail.example.com:465"),
        (smtp("smtp://127.0.0.1:8625/"), "SMTP 127.0.0.1:8625"),
        (settings(**MAILGUN, smtp_url=SecretStr("smtp://mail.example.com")), "Mailgun mg.example.com"),
        (Settings(sandbox_smtp_port=8700), "SMTP 127.0.0.1:8700"),  # the demo
    ],
)
def test_the_service_is_named_without_secrets(given: Settings, named: str) -> None:
    assert str(transport(given)) == named


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (settings(), "no mail service is set"),
        (smtp("http://mail.example.com"), "ALLIN_SMTP_URL must be"),
        (smtp("smtp://"), "ALLIN_SMTP_URL must be"),
        (smtp("smtp://u:p4ss@mail.example.com:none"), "ALLIN_SMTP_URL must be"),
        (smtp("smtp://u:p4ssö@mail.example.com"), "must be ASCII"),
        (settings(**MAILGUN, mailgun_api_url="http://api.example.com"), "must be an https address"),
        (settings(**MAILGUN | {"mailgun_domain": ""}), "ALLIN_MAILGUN_DOMAIN is missing"),
        (settings(**MAILGUN | {"mailgun_domain": "a/b"}), "must be a domain"),
        (settings(mailgun_domain="mg.example.com"), "ALLIN_MAILGUN_API_KEY is missing"),
    ],
)
def test_what_cannot_work_is_said_without_secrets(given: Settings, said: str) -> None:
    with pytest.raises(MailSettingsError, match=said) as refusal:
        transport(given)
    assert "p4ss" not in str(refusal.value)
    assert "k3y" not in str(refusal.value)
