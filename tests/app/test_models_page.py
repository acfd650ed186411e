"""The documentation of the models: for signed-in people, as nobody's page, with what it shows in it."""

from __future__ import annotations

import json

import httpx2
import pytest
from sqlalchemy import text

from app.web.cookies import COOKIE
from foundation.database import worker_session
from foundation.settings import Settings
from tests.identity.people import add_person, cookie_for

MANIFEST = {
    "metadata": {"project_name": "allin", "send_anonymous_usage_stats": True, "user_id": "somebody"},
    "nodes": {"model.allin.dim_accounts": {"description": "</script><script>alert(1)</script>"}},
}


def test_it_needs_a_session_and_a_role(client: httpx2.Client, settings: Settings) -> None:
    answer = client.get("/models")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/models"
    add_person("owner@example.com")
    client.cookies.set(COOKIE, cookie_for("owner@example.com"))
    assert "not there yet" in client.get("/models").text
    (settings.home / "dbt").mkdir(parents=True)
    (settings.home / "dbt" / "manifest.json").write_text(json.dumps(MANIFEST))
    page = client.get("/models")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "connect-src" not in page.headers["content-security-policy"]
    assert "INLINE DATA" not in page.text
    assert "</script><script>alert(1)" not in page.text
    assert "somebody" not in page.text
    with worker_session() as session:
        session.execute(text("UPDATE memberships SET role = 'CLIENT', limited = true"))
    assert client.get("/models").status_code == 403


@pytest.mark.parametrize("path", ["/models/", "/models/manifest.json"])
def test_there_is_nothing_below_it(client: httpx2.Client, path: str) -> None:
    assert client.get(path, headers={"accept": "*/*"}).status_code in (303, 307, 404)
