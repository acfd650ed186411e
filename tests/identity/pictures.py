"""Pictures for tests."""

from __future__ import annotations

import io

from PIL import Image


def picture(form: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB") -> bytes:
    """A plain picture as a file; `size` is width and height in pixels."""
    file = io.BytesIO()
    Image.new(mode, size, 1).save(file, form)
    return file.getvalue()
