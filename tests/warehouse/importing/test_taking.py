"""Files go in wholly or not at all, once however often, into the accounts of their own organization alone."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from sqlalchemy import select

from foundation.database import Tenant, tenant_session, utc_now, worker_session
from platforms import accounts as connected_accounts
from platforms.account_rows import IMPORTED, ConnectedAccount
from tests.identity.people import add_brand, add_person
from tests.warehouse.importing.conftest import EXPORTED, FOLLOWERS, HEADER, OPERATOR, Desk, posts
from warehouse.gates import contract
from warehouse.importing.columns import Kind
from warehouse.importing.records import State
from warehouse.importing.taking import NotTakenError, Taken, take, undo

Lake = duckdb.DuckDBPyConnection


def readable(lake: Lake) -> list[tuple[str, str, int]]:
    """Account, post and reactions of every row a model may read."""
    query = "SELECT account_id, item ->> 'post_id', (item ->> 'reactions')::INT FROM readable() ORDER BY 2"
    return lake.execute(query).fetchall()


def answers(lake: Lake) -> int:
    row = lake.execute("SELECT count(*) FROM lake.raw.answers").fetchone()
    assert row is not None
    return int(row[0])


def names() -> set[tuple[str, str]]:
    with worker_session() as session:
        return {(row.name, row.status) for row in session.scalars(select(ConnectedAccount))}


def test_rows_land_as_of_the_moment_the_file_was_exported_at(desk: Desk, imported: Lake) -> None:
    taken = desk.bring(posts(3, 5))
    page = str(desk.accounts["facebook"])
    assert readable(imported) == [(page, "1048_3", 3), (page, "1048_5", 5)]
    kept = imported.execute(
        "SELECT requested_at, observed_hour, run_id, request ->> 'file', request -> 'lines', status "
        "FROM lake.raw.answers"
    ).fetchall()
    assert kept == [(EXPORTED, EXPORTED.replace(minute=0), str(taken.id), "file1.csv", "[2,3]", 200)]
    item = imported.execute("SELECT item ->> 'impressions', item ->> 'comments' FROM readable()").fetchone()
    assert item == (None, "0")
    (row,) = desk.listed()
    assert (row.state, row.row_count, row.account_count, row.file_name) == ("landed", 2, 1, "file1.csv")
    assert imported.execute("SELECT count(*) FROM lake.raw.accounts").fetchone() == (2,)


def test_the_same_rows_again_change_nothing(desk: Desk, imported: Lake) -> None:
    first = desk.bring(posts(3, 5))
    before = imported.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()
    again = desk.bring(posts(3, 5))
    other = desk.bring(("\ufeff" + posts(3, 5).replace(",", ";")).encode("utf-16"))  # saved by a spreadsheet
    assert (first.again, again, other) == (False, Taken(first.id, 2, True), Taken(first.id, 2, True))
    assert imported.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone() == before
    assert len(desk.listed()) == 1


def test_two_who_import_the_same_at_once_import_it_once(desk: Desk, imported: Lake) -> None:
    looks = [desk.look(desk.file(posts(*range(50)))) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(lambda look: take(look, OPERATOR), looks))
    assert sorted(one.again for one in taken) == [False, True, True]
    assert (len(readable(imported)), answers(imported)) == (50, 1)


def test_where_something_is_wrong_nothing_goes_in_unless_agreed(desk: Desk, imported: Lake) -> None:
    content = posts(3, 5) + "Nordlicht,facebook,9,soon,,,,,\n"
    look = desk.look(desk.file(content))
    assert (look.right, look.wrong, look.problems[0].place.line) == (2, 1, 4)
    with pytest.raises(NotTakenError, match="wrong"):
        take(look, OPERATOR)
    assert (readable(imported), desk.listed()) == ([], [])
    take(look, OPERATOR, skip_bad=True)
    assert len(readable(imported)) == 2
    assert [(row.row_count, row.left_out) for row in desk.listed()] == [(2, 1)]


def test_whoever_breaks_off_leaves_nothing(desk: Desk, imported: Lake) -> None:
    def stop(_rows: int, _share: float) -> None:
        raise KeyboardInterrupt

    look = desk.look(desk.file(posts(3, account="Old Page")))
    with pytest.raises(KeyboardInterrupt):
        take(look, OPERATOR, create=True, progress=stop)
    assert (readable(imported), desk.listed(), names()) == ([], [], {("Nordlicht", "connected")})


def test_a_file_that_breaks_off_is_not_taken_in_part(desk: Desk, imported: Lake) -> None:
    look = desk.look(desk.file(posts(3, 5) + '"Nordlicht,facebook,9\n'))
    assert look.blocked
    assert look.problems[0].place.line == 4
    with pytest.raises(NotTakenError, match="can't be read"):
        take(look, OPERATOR, skip_bad=True)
    assert readable(imported) == []


def test_a_post_that_is_there_twice(desk: Desk, imported: Lake) -> None:
    same = posts(3, 5, 3)
    look = desk.look(desk.file(same))
    assert (look.right, look.wrong) == (2, 0)
    assert list(look.notices) == ["Line 4: The same row is there again; it counts once."]
    other = same + posts(3).splitlines()[1].replace(",3,0,", ",4,0,") + "\n"
    look = desk.look(desk.file(other))
    assert [str(place) for place, _ in look.problems] == ["line 5, column 1 (post_id)"]
    take(look, OPERATOR, skip_bad=True)
    assert [row[1:] for row in readable(imported)] == [("1048_3", 3), ("1048_5", 5)]


def test_accounts_that_are_not_there_are_made_only_when_agreed(desk: Desk) -> None:
    look = desk.look(desk.file(posts(3, account="Old Page") + posts(5).splitlines()[1] + "\n"))
    assert [(one.name, one.network) for one in look.made] == [("Old Page", "facebook")]
    with pytest.raises(NotTakenError, match="Old Page \\(facebook\\)"):
        take(look, OPERATOR)
    assert names() == {("Nordlicht", "connected")}
    take(look, OPERATOR, create=True)
    assert ("Old Page", IMPORTED) in names()
    (made,) = look.made
    with tenant_session(desk.tenant) as session:
        assert made.id not in {row.id for row in connected_accounts.connected(session)}
    # Another file finds it by its name, and makes no second one.
    assert [one.id for one in desk.look(desk.file(posts(7, account="old page"))).found] == [made.id]


def test_undone_it_is_read_no_more_and_imported_again_it_is_back(desk: Desk, imported: Lake) -> None:
    first = desk.bring(posts(3, account="Old Page"), create=True)
    kept = desk.bring(posts(5))
    undo(desk.tenant, first.id)
    undo(desk.tenant, first.id)
    assert [row[1] for row in readable(imported)] == ["1048_5"]
    assert names() == {("Nordlicht", "connected")}
    states = {row.id: row.state for row in desk.listed()}
    assert states == {first.id: State.UNDONE, kept.id: State.LANDED}
    held = imported.execute("SELECT verdict, reason FROM lake.raw.quarantine").fetchall()
    assert held == [("rejected", "The import was undone.")]
    again = desk.bring(posts(3, account="Old Page"), create=True)
    assert (again.id, again.again, answers(imported)) == (first.id, False, 2)
    assert [row[1] for row in readable(imported)] == ["1048_3", "1048_5"]
    undo(desk.tenant, first.id)
    # As of another moment it is other answers; those of before stay held.
    later = desk.look(desk.file(posts(3, account="Old Page")), exported_at=EXPORTED + timedelta(days=1))
    take(later, OPERATOR, create=True)
    assert [row[1] for row in readable(imported)] == ["1048_3", "1048_5"]
    assert answers(imported) == 3


def test_an_account_with_other_history_outlives_the_import_that_made_it(desk: Desk) -> None:
    first = desk.bring(posts(3, account="Old Page"), create=True)
    second = desk.bring(posts(5, account="Old Page"))
    undo(desk.tenant, first.id)
    assert ("Old Page", IMPORTED) in names()
    undo(desk.tenant, second.id)
    assert names() == {("Nordlicht", "connected")}


def test_another_organization_sees_and_undoes_nothing(desk: Desk, imported: Lake) -> None:
    taken = desk.bring(posts(3))
    _, organization_id = add_person("eve@example.com", organization="Other")
    other = Desk(Tenant(organization_id), add_brand(organization_id), {}, desk.folder, 10)
    with pytest.raises(LookupError):
        undo(other.tenant, taken.id)
    assert (other.listed(), len(readable(imported))) == ([], 1)
    # The names of the first one's accounts, even their ids, lead to none of them.
    look = other.look(other.file(posts(3) + posts(5, account=str(desk.accounts["facebook"])).splitlines()[1]))
    assert not look.found
    assert len(look.made) == 2
    with pytest.raises(LookupError):
        Desk(desk.tenant, other.brand_id, {}, desk.folder, 20).look(desk.file(posts(3)))
    assert take(look, OPERATOR, create=True).id != taken.id
    owners = imported.execute(
        "SELECT DISTINCT organization_id FROM lake.raw.answers WHERE run_id <> ?", [str(taken.id)]
    ).fetchall()
    assert owners == [(str(organization_id),)]


def test_someone_limited_to_a_brand_reaches_nothing_of_another(desk: Desk) -> None:
    taken = desk.bring(posts(7))
    organization_id = desk.tenant.organization_id
    brand_id = add_brand(organization_id, "Second")
    limited = Desk(Tenant(organization_id, frozenset({brand_id})), brand_id, {}, desk.folder, 30)
    by_id = posts(3).replace("account,", "account,account_id,").replace("cht,", "cht,1048,")
    look = limited.look(limited.file(by_id))
    assert not look.found
    with pytest.raises(NotTakenError, match="somebody else's brand"):
        take(look, OPERATOR, create=True)
    key = Tenant(organization_id, account_ids=frozenset(desk.accounts.values()))
    for tenant in (limited.tenant, key):
        assert Desk(tenant, brand_id, {}, desk.folder).listed() == []
        with pytest.raises(LookupError):
            undo(tenant, taken.id)


def test_nothing_is_true_for_a_moment_that_is_still_to_come(desk: Desk) -> None:
    tomorrow = utc_now() + timedelta(days=1)
    assert desk.look(desk.file(posts(3), exported=tomorrow)).exported_at <= utc_now()
    assert desk.look(desk.file(posts(3)), exported_at=tomorrow).exported_at <= utc_now()
    early = desk.look(desk.file(posts(3)), exported_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert "later than the moment the file was exported" in early.problems[0].words


def test_followers_by_day(desk: Desk, imported: Lake) -> None:
    content = FOLLOWERS + "Nordlicht,x,2026-03-01,1.200\nNordlicht,x,2026-03-02,\nNordlicht,x,2026-03-03,0\n"
    look = desk.look(desk.file(content), Kind.FOLLOWERS)
    assert (look.right, look.wrong) == (2, 1)
    take(look, OPERATOR, skip_bad=True)
    rows = imported.execute(
        "SELECT account_id, item ->> 'date', (item ->> 'followers')::INT FROM readable() ORDER BY ALL"
    ).fetchall()
    account = str(desk.accounts["x"])
    assert rows == [(account, "2026-03-01", 1200), (account, "2026-03-03", 0)]


def test_the_gate_has_nothing_to_say_of_what_was_checked_cell_by_cell(desk: Desk, imported: Lake) -> None:
    desk.bring(posts(*range(600)))
    assert contract.look(imported, "run").findings == ()
    assert len(readable(imported)) == 600


def test_a_file_of_the_other_kind_is_named(desk: Desk) -> None:
    look = desk.look(desk.file(FOLLOWERS + "Nordlicht,x,2026-03-01,5\n"))
    assert look.blocked
    assert "Import it as followers" in look.problems[0].words


def test_what_is_staged_goes_with_the_last_look_and_after_half_a_day(desk: Desk) -> None:
    look = desk.look(desk.file(posts(3)))
    assert look.told.exists()
    look.drop()
    assert not look.folder.exists()
    left = desk.look(desk.file(posts(3))).folder
    os.utime(left, (0, 0))
    desk.look(desk.file(posts(3)))
    assert not left.exists()


def test_problems_in_a_file_of_their_own_do_no_harm_in_a_spreadsheet(desk: Desk) -> None:
    lines = "".join(f"Nordlicht,facebook,{number},soon,,,,,\n" for number in range(300))
    look = desk.look(desk.file(HEADER + lines, name="=cmd.csv"))
    told = look.told.read_text(encoding="utf-8-sig").splitlines()
    assert (len(told), look.problem_count, len(look.problems)) == (301, 300, 200)
    assert told[1].startswith("'=cmd.csv,2,4,published_at,This is no date.")
