from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.settings import zones
from foundation.database import Tenant, tenant_session
from identity import brands
from identity.models import Brand
from tests.app.pages import html, said
from tests.app.settings.conftest import Agency
from tests.identity.acting import acting, trail_of

Look = Callable[..., AppTest]


def named(agency: Agency) -> dict[str, Brand]:
    with tenant_session(Tenant(agency.world.organization_id)) as session:
        return {brand.name: brand for brand in brands.brands(session)}


def test_a_brand_is_added_with_its_persona(agency: Agency, look: Look) -> None:
    test = look("brands")
    test.button(key="brand_new").click().run()
    test.text_input(key="brand_new_name").set_value("Mondstein")
    test.selectbox(key="brand_new_zone").set_value("Asia/Kathmandu")
    test.color_picker(key="brand_new_colour").set_value("#8a4fd3")
    test.text_area(key="brand_new_voice").set_value("Calm.")
    test.text_area(key="brand_new_audience").set_value("Neighbours.")
    test.button(key="save_brand_new").click().run()
    made = named(agency)["Mondstein"]
    assert (made.timezone, made.colour, made.accent_colour) == ("Asia/Kathmandu", "#8a4fd3", None)
    assert (made.voice, made.audience) == ("Calm.", "Neighbours.")
    assert "Mondstein" in "".join(html(test))
    assert [toast.value for toast in test.toast] == ["Mondstein was added\\."]


def test_an_edit_writes_what_was_changed_alone(agency: Agency, look: Look) -> None:
    brand_id = agency.world.brand_ids[0]
    test = look("brands", "limited@example.com")
    test.button(key=f"edit_{brand_id}").click().run()
    assert test.text_input(key=f"brand_{brand_id}_name").value == "Nordlicht Coffee"
    test.text_area(key=f"brand_{brand_id}_voice").set_value("Warm.")
    test.button(key=f"save_brand_{brand_id}").click().run()
    assert named(agency)["Nordlicht Coffee"].voice == "Warm."
    assert trail_of(agency.world.organization_id)[-1].after == {"voice": "Warm."}


def test_a_name_that_is_taken_is_refused_beside_the_form(agency: Agency, look: Look) -> None:
    test = look("brands")
    test.button(key="brand_new").click().run()
    test.text_input(key="brand_new_name").set_value("Harbor & Pine")
    test.button(key="save_brand_new").click().run()
    assert "There is a brand named Harbor & Pine already" in test.session_state["refusal_brand_new"][0]
    assert not test.toast
    assert len(named(agency)) == 2


def test_a_brand_with_accounts_is_not_deleted(agency: Agency, look: Look) -> None:
    test = look("brands")
    test.button(key=f"delete_{agency.world.brand_ids[0]}").click().run()
    assert "has accounts" in said(test)
    assert len(named(agency)) == 2


def test_without_a_brand_the_page_says_what_to_do(agency: Agency, look: Look) -> None:
    with acting(agency.member()) as work:
        brand_id = brands.create(work, "<i>Only</i>", "UTC")
    test = look("brands")
    assert "&lt;i&gt;Only&lt;/i&gt;" in "".join(html(test))
    test.button(key=f"delete_{brand_id}").click().run()
    assert "<i>Only</i>" not in named(agency)


def test_many_brands_are_searched(agency: Agency, look: Look) -> None:
    with acting(agency.member()) as work:
        for number in range(7):
            brands.create(work, f"Brand {number}", "UTC")
    test = look("brands")
    test.text_input(key="brands_search").set_value("nord").run()
    assert [button.key for button in test.button if button.label == "Edit"] == [
        f"edit_{agency.world.brand_ids[0]}"
    ]
    test.text_input(key="brands_search").set_value("nothing like it").run()
    assert "No brand of that name" in said(test)


@pytest.mark.parametrize(
    ("name", "label"),
    [("Asia/Kathmandu", "Asia/Kathmandu (UTC+05:45)"), ("Pacific/Honolulu", "Pacific/Honolulu (UTC−10:00)")],
)
def test_zones_are_named_with_their_distance(name: str, label: str) -> None:
    assert zones.label(name) == label
