"""A real sandbox on a free port, in a thread, with clients for what it serves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from sandbox.app import create_app
from sandbox.services import open_services
from sandbox.settings import Settings


class Running:
    """A sandbox that answers at `client`; brands are as `/_sandbox/world` gives them."""

    def __init__(self, port: int) -> None:
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
        self.brands: list[dict[str, Any]] = self.get("/_sandbox/world").json()["brands"]
        self.page_id: str = self.brands[0]["facebook"]["page_id"]
        self.page_token = self.page_token_of(0)
        self.x: dict[str, Any] = self.brands[0]["x"] or {}

    def get(self, path: str, **params: Any) -> httpx2.Response:
        """GET with query parameters."""
        return self.client.get(path, params=params)

    def page_token_of(self, brand: int) -> str:
        """The page token of a brand, fetched as a connector would."""
        user_token = self.brands[brand]["facebook"]["user_token"]
        page = self.get("/facebook/v26.0/me/accounts", access_token=user_token).json()["data"][0]
        return str(page["access_token"])

    def graph(self, path: str, **params: Any) -> httpx2.Response:
        """GET from the Graph API with the first brand's page token."""
        return self.get(f"/facebook/v26.0/{path}", **{"access_token": self.page_token, **params})

    def publish(self, message: str, **params: Any) -> httpx2.Response:
        """Publish on the first brand's page."""
        data = {"message": message, "access_token": self.page_token, **params}
        return self.client.post(f"/facebook/v26.0/{self.page_id}/feed", data=data)

    def x_get(self, path: str, **params: Any) -> httpx2.Response:
        """GET from X as the first brand."""
        return self.client.get(f"/x/2/{path}", params=params, headers=self.bearer)

    def tweet(self, body: dict[str, Any]) -> httpx2.Response:
        """Publish on X as the first brand."""
        return self.client.post("/x/2/tweets", json=body, headers=self.bearer)

    @property
    def bearer(self) -> dict[str, str]:
        """The first brand's authorization on X."""
        return {"Authorization": f"Bearer {self.x['access_token']}"}

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.client.post("/_sandbox/clock", json={"advance_s": seconds}).raise_for_status()

    def fault(self, **spec: Any) -> int:
        """Arm a fault; its id."""
        answer = self.client.post("/_sandbox/faults", json=spec)
        answer.raise_for_status()
        return int(answer.json()["id"])

    def mail(self, to: str | None = None) -> list[dict[str, Any]]:
        """The mail that has come in, newest first."""
        found: list[dict[str, Any]] = self.get("/_sandbox/mail", **({"to": to} if to else {})).json()["mail"]
        return found

    @property
    def smtp_port(self) -> int:
        """Where mail comes in."""
        return int(self.get("/_sandbox/mail", to="nobody").json()["smtp_port"])

    def accepted(self) -> list[dict[str, Any]]:
        """Everything accepted."""
        posts: list[dict[str, Any]] = self.get("/_sandbox/posts").json()["posts"]
        return posts


@contextmanager
def running(home: Path, **settings: Any) -> Iterator[Running]:
    """Serve a sandbox whose state is in `home`."""
    services = open_services(Settings(home=home, **{"smtp_port": 0, **settings}))
    server = uvicorn.Server(uvicorn.Config(create_app(services), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server died while starting"
            time.sleep(0.01)
        found = Running(server.servers[0].sockets[0].getsockname()[1])
        yield found
        found.client.close()
    finally:
        server.should_exit = True
        thread.join(10)
        services.store.close()
