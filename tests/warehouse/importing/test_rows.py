"""Rows of AllIN's own columns: each wrong cell is named by line and column, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.importing.reading import HANDLE, PAGE, read
from warehouse.importing.columns import Kind
from warehouse.importing.mapping import Chosen

HEADER = (
    "account,platform,post_id,published_at,kind,text,link,"
    "impressions,reach,reactions,comments,shares,clicks\n"
)
GOOD = "Nordlicht,facebook,77,2026-03-02T09:30:00+01:00,photo,Hello,,100,,7,0,1,\n"


def test_empty_is_unknown_and_nought_is_nought(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER + GOOD).rows
    assert row["account_id"] == str(PAGE.id)
    names = ("impressions", "reach", "reactions", "comments", "shares", "clicks", "saves", "link")
    assert [row[name] for name in names] == [100, None, 7, 0, 1, None, None, None]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "Nordlicht,facebook,77,2026-03-02T09:30:00,,,,,,,,,\n",
            "line 2, column 4 (published_at): There is no offset",
        ),
        (
            "Nordlicht,facebook,77,2027-03-02T09:30:00Z,,,,,,,,,\n",
            "line 2, column 4 (published_at): This is later",
        ),
        (
            "Nordlicht,facebook,,2026-03-02T09:30:00Z,,,,,,,,,\n",
            "line 2, column 3 (post_id): The id of the post",
        ),
        (
            "Nordlicht,facebook,1.2E+17,2026-03-02T09:30Z,,,,,,,,,\n",
            "line 2, column 3 (post_id): The spreadsheet",
        ),
        (
            "Nordlicht,myspace,77,2026-03-02T09:30:00Z,,,,,,,,,\n",
            "line 2, column 2 (platform): No network is called",
        ),
        (
            ",facebook,77,2026-03-02T09:30:00Z,,,,,,,,,\n",
            "line 2, column 1 (account): The account is missing.",
        ),
        (
            "Nordlicht,facebook,77,2026-03-02T09:30Z,poem,,,,,,,,\n",
            "line 2, column 5 (kind): This kind of post",
        ),
        (
            "Nordlicht,facebook,77,2026-03-02T09:30Z,,,here,,,,,,\n",
            "line 2, column 7 (link): This is no web address",
        ),
        (
            "Nordlicht,facebook,77,2026-03-02T09:30Z,,,,,,5%,,,\n",
            "line 2, column 10 (reactions): This is a share",
        ),
        (
            "Nordlicht,facebook,77,2026-03-02T09:30Z,,,,,,-1,,,\n",
            "line 2, column 10 (reactions): A count can't be",
        ),
        (
            "Nordlicht,facebook,77,2026-03-02T09:30Z,,#REF!,,,,,,,\n",
            "line 2, column 6 (text): The spreadsheet has an",
        ),
        (
            "Nordlicht,facebook,77,2026-03-02T09:30Z,,\x00,,,,,,,\n",
            "line 2, column 6 (text): Some letters here",
        ),
        ("Nordlicht,facebook,77,2026-03-02T09:30Z,,a,b,,,,,,,x\n", "line 2, column 14: There are more cells"),
        ("Nordlicht,facebook,77\n", "line 2, column 3: This row has 3 cells"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(tmp_path: Path, line: str, said: str) -> None:
    if "\x00" in line:  # no text at all, where it begins so
        line = GOOD * 4000 + line
        said = said.replace("line 2", "line 4002")
    found = read(tmp_path, HEADER + line + GOOD)
    assert len(found.problems) == 1
    assert found.problems[0].startswith(said)
    assert found.rows[-1]["post_id"] == "1048_77"


def test_everything_wrong_in_a_row_is_said_at_once(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER}Nordlicht,facebook,77,soon,poem,,x,many,,,,,\n")
    assert [one.split(":")[0] for one in found.problems] == [
        "line 2, column 4 (published_at)", "line 2, column 7 (link)", "line 2, column 5 (kind)",
        "line 2, column 8 (impressions)",
    ]  # fmt: skip
    assert found.rows == []


def test_formulas_stay_texts_and_are_no_addresses(tmp_path: Path) -> None:
    formula = '"=HYPERLINK(""https://example.com"",""Look"")"'
    found = read(tmp_path, f"{HEADER}Nordlicht,x,1,2026-03-02T09:30Z,,{formula},{formula},,,,,,\n")
    assert found.problems == ["line 2, column 7 (link): Here is a formula in place of an address."]
    found = read(tmp_path, f"{HEADER}Nordlicht,x,1,2026-03-02T09:30Z,,{formula},,,,,,,\n")
    assert found.rows[0]["text"] == '=HYPERLINK("https://example.com","Look")'


def test_times_without_offset_on_a_clock_that_is_said(tmp_path: Path) -> None:
    text = (
        HEADER + "Nordlicht,facebook,77,2026-03-29 02:30,,,,,,,,,\nNordlicht,x,1,2026-07-01 12:00,,,,,,,,,\n"
    )
    found = read(tmp_path, text, zone="Europe/Berlin")
    assert "does not exist in Europe/Berlin" in found.problems[0]
    assert f"{found.rows[0]['published_at']:%H:%M}" == "10:00"


def test_names_of_columns_in_any_dress_and_columns_by_hand(tmp_path: Path) -> None:
    text = "ACCOUNT;Network;Post ID;Published At;Views;Gefällt mir\n"
    text += '@nordlicht;Twitter;="0012";2026-03-02T09:30Z;1.234;12\n'
    found = read(tmp_path, text, chosen=Chosen(columns={"reactions": "Gefällt mir"}))
    row = found.rows[0]
    assert (row["account_id"], row["post_id"], row["impressions"]) == (str(HANDLE.id), "0012", 1234)
    assert row["reactions"] == 12


def test_a_column_that_is_there_twice_or_not_at_all(tmp_path: Path) -> None:
    twice = read(tmp_path, HEADER.replace("clicks", "Reactions") + GOOD)
    assert twice.problems == [
        "line 1, column 13 (reactions): The column reactions is there twice (columns 10 and 13). Rename the "
        "one that is not meant."
    ]
    lacking = read(tmp_path, "account,platform,published_at,likes\nNordlicht,x,2026-03-02T09:30Z,1\n")
    assert lacking.problems == [
        "line 1, column 1 (post_id): No column says which post this is (post_id). Name the column that does; "
        "the columns are: account, platform, published_at, likes."
    ]
    wide = read(tmp_path, ",".join(f"{'w' * 80}{number}" for number in range(5000)) + "\n1\n").problems[0]
    assert len(wide) < 2500
    assert wide.endswith("and 4,960 more.")
    unused = read(tmp_path, HEADER.replace("clicks", "note,note") + GOOD.replace("1,\n", "1,a,b\n"))
    assert (unused.problems, len(unused.rows)) == ([], 1)


def test_accounts_are_known_by_name_handle_and_id_and_others_are_new(tmp_path: Path) -> None:
    lines = "".join(
        f"{name},x,{number},2026-03-02T09:30Z,,,,,,,,,\n"
        for number, name in enumerate(("nordlicht", "@NORDLICHT", "900", str(HANDLE.id), "Somebody"))
    )
    found = [row["account_id"] for row in read(tmp_path, HEADER + lines).rows]
    assert found[:4] == [str(HANDLE.id)] * 4
    assert found[4] not in found[:4]


def test_followers_need_a_number(tmp_path: Path) -> None:
    text = "account,platform,date,followers\nNordlicht,x,2026-03-01,\nNordlicht,x,2026-03-02,0\n"
    found = read(tmp_path, text, Kind.FOLLOWERS)
    assert found.problems == [
        "line 2, column 4 (followers): The number of followers is missing. Leave the whole row out."
    ]
    assert [row["followers"] for row in found.rows] == [0]
