"""A brand's month as a PDF for its client and a CSV of the days behind it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from reporting.daily_csv import daily_csv
from reporting.data import MonthlyReport, ReportError
from reporting.document import document
from reporting.figures import slug
from reporting.pdf import typeset


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written."""

    pdf: Path
    csv: Path


def write_report(report: MonthlyReport, out_dir: Path) -> ReportFiles:
    """Write ``<brand>-YYYY-MM.pdf`` and ``.csv`` into a folder, made if need be.

    Same-named files are replaced; each file appears whole or not at all.

    Raises:
        ReportError: the logo cannot be used, or the folder cannot be written to.
    """
    contents, charts = document(report)
    pdf = typeset(contents, charts, report.brand.logo, report.released_at)
    csv = daily_csv(report.daily)
    stem = f"{slug(report.brand.name)}-{report.month:%Y-%m}"
    written = ReportFiles(out_dir / f"{stem}.pdf", out_dir / f"{stem}.csv")
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        _replace(written.pdf, pdf)
        _replace(written.csv, csv)
    except OSError as error:
        raise ReportError(f"cannot write the report into {out_dir}: {error.strerror}") from error
    return written


def _replace(path: Path, data: bytes) -> None:
    """Write beside the target, then rename over it."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:20]}-", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            # A temporary file is private; the report is as open as any file the user makes.
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
