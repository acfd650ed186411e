"""An installation for publishing alone: a database, the sandbox, connected accounts, publishers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg

from bench.members import Files, Member, connect_all, keep_files
from bench.sandboxed import sandbox
from foundation import postgres
from foundation.migrate import migrate
from foundation.settings import REPOSITORY, Settings, get_settings

# The sandbox's own limits are not what is looked at here.
UNLIMITED = {
    "ALLIN_SANDBOX_SMTP_PORT": "0",
    "ALLIN_SANDBOX_DAYS": "2",
    "ALLIN_SANDBOX_BUSY": "0",
    "ALLIN_SANDBOX_FACEBOOK_HOURLY_CALLS": "10000000",
}


@dataclass(frozen=True)
class Installation:
    """What there is; `variables` make a process part of it."""

    home: Path
    database_url: str
    settings: Settings
    variables: Mapping[str, str]
    organization_id: UUID
    members: Sequence[Member]
    files: Files

    def sandbox(self, path: str, **query: str) -> Any:
        """GET a control address of the sandbox."""
        url = f"{self.settings.sandbox_url}/_sandbox/{path}"
        return httpx2.get(url, params=query, trust_env=False, timeout=120).raise_for_status().json()

    def fault(self, **spec: Any) -> None:
        """Arm a fault in the sandbox."""
        url = f"{self.settings.sandbox_url}/_sandbox/faults"
        httpx2.post(url, json=spec, trust_env=False, timeout=30).raise_for_status()

    def clear_faults(self) -> None:
        """Disarm all faults."""
        url = f"{self.settings.sandbox_url}/_sandbox/faults"
        httpx2.delete(url, trust_env=False, timeout=30).raise_for_status()

    def publisher(
        self, seconds: float, policy: Mapping[str, float] | None = None, record: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """A publisher for so long, as a process of its own; the rest as `bench.publisher` takes it."""
        arguments = [str(seconds), json.dumps(dict(policy or {})), *([str(record)] if record else [])]
        return subprocess.Popen(
            [sys.executable, "-m", "bench.publisher", *arguments],
            cwd=REPOSITORY, env={**os.environ, **self.variables}, stdout=subprocess.PIPE,
        )  # fmt: skip

    def restart_database(self) -> None:
        """Stop the database under everybody's feet, and start it again."""
        embedded = Settings(home=self.home, database_url="")
        postgres.stop(embedded)
        postgres.start(embedded)


@contextmanager
def installed(networks: Sequence[str], brands: int, **limits: str) -> Iterator[Installation]:
    """An installation in a folder of its own, gone at the end; this process is part of it meanwhile."""
    with tempfile.TemporaryDirectory(prefix="allin-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        embedded = Settings(home=home, database_url="")
        url = postgres.start(embedded)
        try:
            migrate(url)
            with (
                sandbox({**UNLIMITED, "ALLIN_SANDBOX_BRANDS": str(brands), **limits}) as port,
                serving_files(home) as at,
            ):
                variables = {
                    "ALLIN_HOME": str(home),
                    "DATABASE_URL": url,
                    "ALLIN_SANDBOX_PORT": str(port),
                    "ALLIN_PUBLIC_URL": at,
                    "ALLIN_DEMO": "true",
                }
                with _as_environment(variables):
                    settings = get_settings()
                    organization_id = uuid4()
                    members = connect_all(settings, organization_id, networks)
                    files = keep_files(organization_id, settings)
                    yield Installation(home, url, settings, variables, organization_id, members, files)
        finally:
            postgres.stop(embedded)


@contextmanager
def _as_environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    get_settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


@contextmanager
def serving_files(home: Path) -> Iterator[str]:
    """Where networks fetch the kept files: their address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, _, organization, key, proof = self.path.split("/")
            content = (home / "media" / organization / key).read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4" if proof.endswith("mp4") else "image/jpeg")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def owner(installation: Installation) -> psycopg.Connection[Any]:
    """A connection that may do anything, each statement committed at once."""
    return psycopg.connect(installation.database_url, autocommit=True, options="-c search_path=allin,public")
