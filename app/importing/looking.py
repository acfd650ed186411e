"""An uploaded file, looked at: kept until it is imported or another one is brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from app.importing import words
from app.importing.choices import Said
from foundation.settings import get_settings
from identity.models import Brand
from identity.principal import Principal
from warehouse.importing import folders
from warehouse.importing.columns import Kind
from warehouse.importing.examining import Examined, Wanted, examine

KEPT: Final = "import_look"
UPLOAD: Final = "upload.csv"


@dataclass(frozen=True)
class Look:
    """What came of a file, and for which file and choices that is."""

    key: tuple[Any, ...]
    examined: Examined


def look(principal: Principal, brand: Brand, kind: Kind, upload: Any, said: Said) -> Examined:
    """Examine the uploaded file, with progress; once for the same file and choices."""
    key = (principal.organization_id, brand.id, kind, upload.file_id, repr(said))
    kept: Look | None = st.session_state.get(KEPT)
    if kept is not None and kept.key == key and kept.examined.folder.exists():
        return kept.examined
    forget()
    folder = folders.fresh(get_settings())
    path = folder / UPLOAD
    path.write_bytes(upload.getbuffer())
    wanted = Wanted(
        principal.tenant, brand.id, kind, path, upload.name, said.preset, said.chosen, said.exported_at,
        said.encoding,
    )  # fmt: skip
    bar = st.progress(0.0, "Reading the file …")
    try:
        examined = examine(
            wanted,
            folder=folder,
            progress=lambda rows, share: bar.progress(
                share, f"Reading the file: {words.count(rows, 'row')} …"
            ),
        )
    except BaseException:  # also when the person leaves meanwhile
        folders.drop(folder)
        raise
    bar.empty()
    st.session_state[KEPT] = Look(key, examined)
    return examined


def header(upload: Any) -> tuple[str, ...]:
    """The columns of the uploaded file, where it has been looked at."""
    kept: Look | None = st.session_state.get(KEPT)
    return kept.examined.header if kept is not None and upload.file_id in kept.key else ()


def forget() -> None:
    """Drop what was looked at."""
    kept: Look | None = st.session_state.pop(KEPT, None)
    if kept is not None:
        kept.examined.drop()
