"""Where files wait between being looked at and being taken in: a folder each, gone when it is done."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from foundation.settings import Settings

KEPT: Final = timedelta(hours=12)  # for a person who looks at a preview; a killed process leaves its folder


def fresh(settings: Settings) -> Path:
    """A new, empty folder. Those that nobody has touched for half a day are removed."""
    root = settings.home / "tmp" / "imports"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in root.iterdir():
        with suppress(OSError):  # another process removes it at this moment
            if time.time() - old.stat().st_mtime > KEPT.total_seconds():
                drop(old)
    folder = root / uuid4().hex
    folder.mkdir(mode=0o700)
    return folder


def drop(folder: Path) -> None:
    """Remove a folder with everything in it; without effect where it is gone."""
    shutil.rmtree(folder, ignore_errors=True)
