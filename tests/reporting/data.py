"""A small brand and its month."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from pypdf import PdfReader

from reporting.data import DAILY_SCHEMA, TOP_POSTS_SCHEMA, BrandStyle, Kpi, MonthlyReport

MONTH = date(2026, 11, 1)
SVG_LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20"/></svg>'
)


def png_logo() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def daily_rows() -> pl.DataFrame:
    """Two accounts; X says nothing on the 10th to the 12th."""
    rows = []
    for day in range(1, 31):
        silent = 10 <= day <= 12
        rows.append((date(2026, 11, day), "Harbour", "Facebook", 1000 + 3 * day, 500, 40 + day, 1))
        unknown = (None, None, None) if silent else (200 + day, 90, 7)
        rows.append((date(2026, 11, day), "@harbour", "X", *unknown, 0))
    return pl.DataFrame(rows, schema=DAILY_SCHEMA, orient="row")


def top_rows(*texts: str) -> pl.DataFrame:
    rows = [
        ("3 Nov 2026, 18:00", "Facebook", "Harbour", text, "https://example.org/p/1", 9000, 800, 0.0889)
        for text in texts
    ]
    return pl.DataFrame(rows, schema=TOP_POSTS_SCHEMA, orient="row")


def make_report(**changes: Any) -> MonthlyReport:
    """The month, with any field changed."""
    report = MonthlyReport(
        brand=BrandStyle("Harbour & Pine", "Europe/Lisbon", "#0f766e", SVG_LOGO),
        month=MONTH,
        release_id=42,
        released_at=datetime(2026, 12, 2, 7, 15, 0, 123456, tzinfo=UTC),
        organization_name="Northlight Agency",
        totals=[
            Kpi("Followers", 1320, 1200),
            Kpi("Views", 18_000, 20_000, note="all networks"),
            Kpi("Engagement", 5, 0),
            Kpi("Link clicks", None, 10),
            Kpi("Engagement rate", 5.17, 4.63, "%", "engagement by views"),
        ],
        daily=daily_rows(),
        top_posts=top_rows("Our winter menu is here.", "Last tables."),
        definitions={"Views": "Times a post was on screen."},
    )
    return replace(report, **changes)


def empty_report() -> MonthlyReport:
    return make_report(
        totals=[Kpi("Views", None, None), Kpi("Posts", 0, 0)],
        daily=pl.DataFrame(schema=DAILY_SCHEMA),
        top_posts=pl.DataFrame(schema=TOP_POSTS_SCHEMA),
    )


def read(pdf: Path | bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf) if isinstance(pdf, bytes) else pdf)


def words(pdf: Path | bytes) -> str:
    """All text of a PDF, blanks collapsed and break hints gone."""
    text = " ".join(page.extract_text() for page in read(pdf).pages)
    return " ".join(text.replace("\u200b", "").split())
