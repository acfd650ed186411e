"""What of dbt's models a build can leave out."""

from __future__ import annotations

from foundation.settings import Settings
from platforms.registry import NETWORK_KEYS
from warehouse import lake

PRESENT = "SELECT DISTINCT network FROM lake.raw.accounts"


def left_out(settings: Settings) -> list[str]:
    """dbt's arguments that leave out the staging of networks without an account: it would hold nothing.

    The macro ``staged`` reads the same table, so nothing asks for a model that was left out.

    Raises:
        LakeError: the lake can't be opened.
    """
    with lake.connect(settings, read_only=True) as connection:
        present = {str(row[0]) for row in connection.execute(PRESENT).fetchall()}
    absent = [key for key in NETWORK_KEYS if key not in present]
    # One argument: dagster-dbt moves the flag and only what comes right after it.
    return ["--exclude", " ".join(f"path:models/staging/{key}" for key in absent)] if absent else []
