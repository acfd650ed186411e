"""A text area that reports while one types: Streamlit's own reports only when it is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import streamlit as st

HERE = Path(__file__).resolve().parent
_HTML = '<label for="text">Text</label><textarea id="text" rows="8" spellcheck="true"></textarea>'
_editor = st.components.v2.component(
    "allin_text_editor",
    html=_HTML,
    css=(HERE / "text_editor.css").read_text(),
    js=(HERE / "text_editor.js").read_text(),
)


@dataclass
class Draft:
    """The text as Python knows it. `revision` is another one when Python, not the person, changed it."""

    text: str = ""
    id: UUID = field(default_factory=uuid4)
    revision: str = field(default_factory=lambda: uuid4().hex)
    touched: bool = False

    def replace(self, text: str) -> None:
        """Put another text into the editor."""
        self.text, self.revision, self.touched = text, uuid4().hex, True

    def take(self, reported: Any) -> None:
        """Accept what the browser reports, unless it was typed over a text replaced since."""
        if isinstance(reported, dict) and reported.get("revision") == self.revision:
            self.text, self.touched = str(reported.get("text", "")), True

    def catch_up(self, key: str) -> None:
        """Take what the browser has sent to the editor of this key; callbacks run before it is drawn."""
        self.take(st.session_state.get(key, {}).get("draft"))


def text_editor(draft: Draft, *, key: str, placeholder: str = "", label: str = "Text", rows: int = 8) -> str:
    """Draw the editor and return the text; `draft` is kept in the session by the caller."""
    result = _editor(
        key=key,
        data={
            "text": draft.text,
            "revision": draft.revision,
            "placeholder": placeholder,
            "label": label,
            "rows": rows,
        },
        default={"draft": None},
        on_draft_change=lambda: None,
    )
    draft.take(result.get("draft"))
    return draft.text
