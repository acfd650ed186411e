"""The report as a client opens it."""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.data import BrandStyle, MonthlyReport, ReportError
from reporting.document import document
from reporting.monthly import write_report
from reporting.pdf import typeset
from tests.reporting.data import SVG_LOGO, empty_report, make_report, png_logo, read, top_rows, words

MARKUP = [
    '#panic("x")',
    "$x^2$",
    "*bold* _it_",
    "= Heading",
    "@cite <label>",
    '"; #read("/etc/passwd")',
    "\\u{41}",
]


def pdf_of(report: MonthlyReport) -> bytes:
    contents, charts = document(report)
    return typeset(contents, charts, report.brand.logo, report.released_at)


def test_says_whose_it_is_what_it_holds_and_where_from(tmp_path: Path) -> None:
    written = write_report(make_report(), tmp_path)
    assert (written.pdf.name, written.csv.name) == ("harbour-pine-2026-11.pdf", "harbour-pine-2026-11.csv")
    text = words(written.pdf)
    for expected in (
        "Harbour & Pine",
        "Social media report · November 2026",
        "Prepared by Northlight Agency",
        "18,000 −10.0 % vs Oct 2026",
        "5.17 % +0.54 pp vs Oct 2026",
        "Our winter menu is here.",
        "8.89 %",
        "Times a post was on screen.",
        "Release 42 of 2 Dec 2026, 07:15 (Europe/Lisbon)",
        "Unknown is shown as –, never as 0",
        "Unknown for 3 of 60 account-days",
    ):
        assert expected in text
    reader = read(written.pdf)
    assert len(reader.pages) <= 2
    assert reader.metadata is not None
    assert reader.metadata.title == "Harbour & Pine – November 2026"
    assert written.csv.read_text("utf-8").startswith("date,account,network,")


def test_no_trend_is_made_up_from_nothing() -> None:
    text = words(pdf_of(make_report()))
    assert "Engagement 5 n/a" in text
    assert "Link clicks – n/a" in text


def test_charts_are_vectors_and_their_text_is_text() -> None:
    reader = read(pdf_of(make_report(brand=BrandStyle("B", "UTC", "#0f766e"))))
    assert [image.name for page in reader.pages for image in page.images] == []
    assert "22 29" in " ".join(page.extract_text() for page in reader.pages).replace("\n", " ")


def test_set_in_its_own_font_only() -> None:
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in read(pdf_of(make_report())).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert fonts
    assert all(re.search("SourceSansPro", font) for font in fonts)


def test_same_input_same_bytes() -> None:
    assert pdf_of(make_report()) == pdf_of(make_report())


def test_empty_month_says_so(tmp_path: Path) -> None:
    written = write_report(empty_report(), tmp_path)
    text = words(written.pdf)
    assert "Nothing was posted in November 2026, and no network reported a number for it." in text
    assert "No follower count is known" in text
    assert "No post was published this month." in text
    assert len(read(written.pdf).pages) == 1
    assert written.csv.read_text("utf-8").count("\n") == 1


def test_posts_without_numbers_are_not_denied() -> None:
    text = words(pdf_of(make_report(top_posts=top_rows())))
    assert "No post of this month has known numbers." in text


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_in_any_text_is_printed_as_it_stands(markup: str) -> None:
    brand = BrandStyle(f"B {markup}", "UTC", "#0f766e")
    report = make_report(
        brand=brand, organization_name=markup, top_posts=top_rows(markup), definitions={markup: markup}
    )
    assert words(pdf_of(report)).count(markup) >= 5  # brand, organization, post, definition twice


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_makes_a_report(name: str, text: str) -> None:
    brand = BrandStyle(name, "UTC", "#0f766e")
    report = make_report(brand=brand, organization_name=name, top_posts=top_rows(text, name))
    assert len(read(pdf_of(report)).pages) >= 1


def test_only_web_addresses_become_links() -> None:
    posts = pl.concat([top_rows("good"), top_rows("bad").with_columns(url=pl.lit("javascript:alert(1)"))])
    reader = read(pdf_of(make_report(top_posts=posts)))
    targets = [
        annotation.get_object()["/A"]["/URI"]
        for page in reader.pages
        for annotation in page.get("/Annots", [])
    ]
    assert set(targets) == {"https://example.org/p/1"}


@pytest.mark.parametrize("logo", [SVG_LOGO, png_logo(), None])
def test_logos(logo: bytes | None, tmp_path: Path) -> None:
    brand = BrandStyle("B", "UTC", "#0f766e", logo)
    assert pdf_of(make_report(brand=brand)).startswith(b"%PDF")
    if logo:
        path = tmp_path / "logo"
        path.write_bytes(logo)
        assert pdf_of(make_report(brand=BrandStyle("B", "UTC", "#0f766e", path))) == pdf_of(
            make_report(brand=brand)
        )


def test_unusable_logos_are_named(tmp_path: Path) -> None:
    def report(logo: bytes | Path) -> MonthlyReport:
        return make_report(brand=BrandStyle("B", "UTC", "#0f766e", logo))

    with pytest.raises(ReportError, match="must be PNG, JPEG or SVG"):
        pdf_of(report(b"GIF89a"))
    with pytest.raises(ReportError, match="cannot be drawn"):
        pdf_of(report(png_logo()[:30]))
    with pytest.raises(ReportError, match=r"cannot read the brand's logo .*missing\.png"):
        pdf_of(report(tmp_path / "missing.png"))


@pytest.mark.parametrize("link", ["file://{}", "{}", "../../../../../../../..{}"])
def test_logo_cannot_reach_other_files(link: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png_logo())
    image = f'<image href="{link.format(secret)}" width="9" height="9"/>'
    logo = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{image}</svg>'.encode()
    with pytest.raises(ReportError, match="cannot be drawn"):
        pdf_of(make_report(brand=BrandStyle("B", "UTC", "#0f766e", logo)))


def test_written_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    write_report(make_report(), out)
    first = (out / "harbour-pine-2026-11.pdf").read_bytes()
    write_report(make_report(release_id=43), out)
    assert sorted(os.listdir(out)) == ["harbour-pine-2026-11.csv", "harbour-pine-2026-11.pdf"]
    assert (out / "harbour-pine-2026-11.pdf").read_bytes() != first


def test_unwritable_folder_is_one_clear_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(ReportError, match=r"cannot write the report into .*file"):
        write_report(make_report(), blocked)
    assert blocked.read_text() == "in the way"


def test_malformed_reports_are_refused() -> None:
    with pytest.raises(ReportError, match="#rrggbb"):
        BrandStyle("B", "UTC", "red")
    with pytest.raises(ReportError, match="unknown time zone"):
        BrandStyle("B", "Mars/Base", "#000000")
    with pytest.raises(ReportError, match="aware"):
        make_report(released_at=datetime(2026, 12, 1))
    with pytest.raises(ReportError, match="outside 2026-10"):
        make_report(month=date(2026, 10, 1))
    with pytest.raises(ReportError, match=r"daily lacks the columns \['views'\]"):
        make_report(daily=make_report().daily.drop("views"))
