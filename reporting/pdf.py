"""Typeset a report's contents. User text travels as JSON, so none of it is ever read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from reporting.charts import font_folder
from reporting.data import ReportError

TEMPLATE = "monthly.typ"


def typeset(
    contents: dict[str, Any], charts: Mapping[str, str], logo: bytes | Path | None, made_at: datetime
) -> bytes:
    """The PDF of a report; the same input gives the same bytes.

    The page is set in the report's own font; scripts it lacks fall back to fonts of the machine.

    Raises:
        ReportError: the logo cannot be read or is no PNG, JPEG or SVG.
    """
    with TemporaryDirectory(prefix="report-") as name:
        folder = Path(name)
        for chart, svg in charts.items():
            (folder / chart).write_text(svg, encoding="utf-8")
        logo_name = _put_logo(logo, folder)
        (folder / "report.json").write_text(json.dumps({**contents, "logo": logo_name}), encoding="utf-8")
        template = files("reporting").joinpath("templates", TEMPLATE).read_text(encoding="utf-8")
        (folder / TEMPLATE).write_text(template, encoding="utf-8")
        try:
            pdf = typst.compile(
                folder / TEMPLATE,
                root=folder,
                font_paths=[Path(font_folder())],
                timestamp=made_at.replace(microsecond=0),  # a PDF knows whole seconds
                format="pdf",
            )
        except typst.TypstError as error:
            if logo_name and "image" in error.diagnostic:
                raise ReportError(f"the brand's logo cannot be drawn: {error.message}") from error
            raise
    return bytes(pdf)


def _put_logo(logo: bytes | Path | None, folder: Path) -> str | None:
    """Copy the logo beside the template under a name of its kind; None when there is none."""
    if logo is None:
        return None
    try:
        data = logo.read_bytes() if isinstance(logo, Path) else logo
    except OSError as error:
        raise ReportError(f"cannot read the brand's logo {error.filename}: {error.strerror}") from error
    name = f"logo.{_image_kind(data)}"
    (folder / name).write_bytes(data)
    return name


def _image_kind(data: bytes) -> str:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if b"<svg" in data[:2048]:
        return "svg"
    raise ReportError("the brand's logo must be PNG, JPEG or SVG")
