"""``python -m sandbox``: serve the stand-in networks."""

from __future__ import annotations

import sqlite3
import sys

import uvicorn
from pydantic import ValidationError

from sandbox.app import create_app
from sandbox.archive_file import ArchiveError
from sandbox.services import open_services
from sandbox.settings import Settings


def main() -> int:
    """Serve until told to stop; 2 for settings that cannot work, with one line that says why."""
    try:
        settings = Settings()
        services = open_services(settings)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        return _refuse(f"ALLIN_SANDBOX_{name}: {first['msg']}")
    except (ArchiveError, OSError, sqlite3.Error) as error:
        return _refuse(str(error))
    try:
        uvicorn.run(
            create_app(services),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=3,
        )
    finally:
        services.store.close()
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"sandbox: {reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
