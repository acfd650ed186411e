from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.settings import provider_form
from foundation.settings import get_settings
from identity import providers
from identity.permissions import Role
from identity.providers import CheckResult, ProviderInfo
from tests.app.pages import html, said
from tests.app.settings.conftest import Agency
from tests.identity.acting import acting, trail_of

Look = Callable[..., AppTest]


def stored(agency: Agency) -> list[ProviderInfo]:
    with acting(agency.member()) as work:
        return providers.listed(work)


def test_a_provider_is_added_and_its_secret_is_shown_to_nobody(agency: Agency, look: Look) -> None:
    test = look("identity_provider")
    assert "No identity provider yet" in "".join(html(test))
    test.button(key="provider_add").click().run()
    redirect = f"{get_settings().public_url}/sso/callback/{agency.world.organization_id}"
    assert test.code[0].value == redirect
    test.text_input(key="provider_new_name").set_value("Acme <b>ID</b>")
    test.text_input(key="provider_new_issuer").set_value("https://login.example.com")
    test.text_input(key="provider_new_client_id").set_value("allin")
    test.text_input(key="provider_new_client_secret").set_value("s3cret-of-acme")
    test.selectbox(key="provider_new_role").set_value(Role.VIEWER)
    test.button(key="save_provider_new").click().run()
    (info,) = stored(agency)
    assert (info.name, info.provision_role, info.enforced) == ("Acme <b>ID</b>", Role.VIEWER, False)
    assert {code.value for code in test.code} == {redirect, f"{get_settings().public_url}/sso/{info.id}"}
    assert "&lt;b&gt;ID" in "".join(html(test))
    assert "s3cret" not in said(test) + str(trail_of(agency.world.organization_id)[-1].after)


def test_where_registration_is_closed_nobody_is_told_that_newcomers_are_invited(
    busy: Agency, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    (info,) = stored(busy)
    with acting(busy.member()) as work:
        providers.update(work, info.id, provision_role=Role.VIEWER)
    assert "is invited as viewer" in said(look("identity_provider"))
    monkeypatch.setenv("ALLIN_REGISTRATION", "closed")
    get_settings.cache_clear()
    test = look("identity_provider")
    assert "is invited as" not in said(test)
    assert "they need an invitation" in said(test)
    test.button(key=f"edit_{info.id}").click().run()
    assert "nobody is invited this way" in said(test)


def test_an_edit_keeps_the_secret(busy: Agency, look: Look) -> None:
    (info,) = stored(busy)
    place = provider_form.place_of(info)
    test = look("identity_provider")
    test.button(key=f"edit_{info.id}").click().run()
    assert test.text_input(key=f"{place}_client_secret").value == ""
    test.toggle(key=f"{place}_enforced").set_value(True)
    test.button(key=f"save_{place}").click().run()
    assert stored(busy)[0].enforced
    assert trail_of(busy.world.organization_id)[-1].after == {"enforced": True}
    assert "Required for members" in "".join(html(test))


def test_a_new_issuer_asks_for_the_secret_again(busy: Agency, look: Look) -> None:
    (info,) = stored(busy)
    place = provider_form.place_of(info)
    test = look("identity_provider")
    test.button(key=f"edit_{info.id}").click().run()
    test.text_input(key=f"{place}_issuer").set_value("https://elsewhere.example.com")
    test.button(key=f"save_{place}").click().run()
    assert "secret again" in test.session_state[f"refusal_{place}"][0]
    assert stored(busy)[0].issuer == "https://login.example.com"


def test_it_is_turned_off_and_on_and_deleted(busy: Agency, look: Look) -> None:
    (info,) = stored(busy)
    test = look("identity_provider")
    test.button(key=f"off_{info.id}").click().run()
    assert not stored(busy)[0].enabled
    test.button(key=f"on_{info.id}").click().run()
    assert stored(busy)[0].enabled
    test.button(key=f"delete_{info.id}").click().run()
    assert not stored(busy)


@pytest.mark.parametrize(
    ("result", "advice"),
    [
        (CheckResult(True, "It answers"), "private window"),
        (CheckResult(False, "It is silent"), "Look at the issuer"),
    ],
)
def test_the_test_says_what_the_provider_answered(
    busy: Agency, look: Look, monkeypatch: pytest.MonkeyPatch, result: CheckResult, advice: str
) -> None:
    (info,) = stored(busy)
    monkeypatch.setattr(providers, "check", lambda *_: result)
    test = look("identity_provider")
    test.button(key=f"test_{info.id}").click().run()
    shown = [item.value for kind in (test.success, test.error) for item in kind]
    assert len(shown) == 1
    assert shown[0].startswith(result.message)
    assert advice in shown[0]
    assert bool(test.success) == result.ok
