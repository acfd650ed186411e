"""`allin report`: a brand's month as PDF and CSV, from one release."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import typer

from app.cli.console import fail, out, step
from foundation import postgres
from foundation.settings import get_settings


def report(
    brand: str = typer.Option(..., help="Name of the brand."),
    month: str = typer.Option(..., help="The month, as YYYY-MM."),
    folder: Path = typer.Option(..., "--out", help="Folder to write to."),
    organization: str = typer.Option("", help="Name of the organization, where brands share a name."),
) -> None:
    """Write a client report (PDF and CSV) of one brand and month."""
    from reporting.data import ReportError  # loads the typesetter: only here
    from reporting.gather import write_month

    first = _first_day(month)
    with postgres.borrowed(get_settings()):
        try:
            with step(f"report of {brand}, {month}"):
                files = write_month(
                    brand, first, folder, organization=organization or None, settings=get_settings()
                )
        except ReportError as error:
            fail(str(error))
            raise typer.Exit(1) from None
    out.print(f"{files.pdf}\n{files.csv}", soft_wrap=True, markup=False)


def _first_day(month: str) -> date:
    try:
        return datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a calendar month has no zone
    except ValueError:
        raise typer.BadParameter(f"{month!r} is not a month: write YYYY-MM", param_hint="--month") from None
