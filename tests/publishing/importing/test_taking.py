"""Posts of a file become posts: all or none, once, with every error at its place."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select, text

from foundation.database import Tenant, utc_now, worker_session
from publishing.importing.documents import read_document
from publishing.importing.tables import read_table
from publishing.importing.taking import Taken, take
from publishing.library import KeptFile
from publishing.models import Post, Publication
from publishing.states import State
from tests.publishing.conftest import Agency, make_tenant


def taken(tenant: Agency, table: str, **more: Any) -> Taken:
    return take(
        read_table(table.encode()), Tenant(tenant.organization_id), tenant.brand_id,
        senders=tenant.senders, **more,
    )  # fmt: skip


def said(found: Taken) -> list[str]:
    return [f"{place}: {words}" for place, words in found.problems]


def posts() -> list[Post]:
    with worker_session() as session:
        return list(session.scalars(select(Post).order_by(Post.text)))


def publications() -> list[Publication]:
    with worker_session() as session:
        return list(session.scalars(select(Publication).order_by(Publication.network)))


def names(tenant: Agency) -> set[str]:
    """What the accounts of the tenant are called."""
    with worker_session() as session:
        rows = session.execute(
            text("SELECT name FROM accounts WHERE brand_id = :id"), {"id": tenant.brand_id}
        )
        return {name for (name,) in rows}


def local(hours: int) -> str:
    return f"{utc_now() + timedelta(hours=hours):%Y-%m-%dT%H:%MZ}"


def test_a_table_becomes_posts(tenant: Agency) -> None:
    table = (
        "account;network;text;link;at;labels\n"
        f";facebook|x;Everywhere;https://example.com/a;{local(2)};one|two\n"
        f"{tenant.x};;On X;;;\n"
    )
    found = taken(tenant, table)
    assert (said(found), len(found.made), found.undone) == ([], 2, False)
    everywhere, on_x = posts()
    assert (everywhere.link, everywhere.labels) == ("https://example.com/a", ["one", "two"])
    states = {(one.post_id, one.network): one.current for one in publications()}
    assert states == {
        (everywhere.id, "facebook"): State.SCHEDULED,
        (everywhere.id, "x"): State.SCHEDULED,
        (on_x.id, "x"): State.DRAFT,  # without a time
    }


def test_with_anything_wrong_nothing_is_made_unless_only_the_good_are_wanted(tenant: Agency) -> None:
    past = local(-48)
    table = (
        "account,network,text,link,at,kind,campaign,labels\n"
        f",x,Good,,{local(2)},,,\n"
        f"Nobody,,Hello,,{local(2)},,,\n"
        ",,Hello,,,,,\n"
        f",mastodon,Hello,ftp://no,{past},letter,Spring,\n"
        f",x,Hello,,{past},,,\n"
        f",x,{'x' * 281},,{local(2)},,,{'l' * 51}\n"
        ",x,,,now,,,\n"
        f",x,Good,,{local(2)},,,another label\n"
    )
    found = taken(tenant, table)
    assert found.undone
    assert [place for place, _ in found.problems] == [
        (3, 1, "account"), (4, 1, "account"), (5, 2, "network"), (5, 4, "link"), (5, 6, "kind"),
        (5, 7, "campaign"), (6, 5, "at"), (7, 3, "text"), (7, 8, "labels"), (8, 3, "text"), (9, 1, ""),
    ]  # fmt: skip
    assert "Its accounts are: " in said(found)[0]
    assert "same post as in line 2" in said(found)[-1]
    assert posts() == []
    some = taken(tenant, table, only_good=True)
    assert (len(some.made), some.undone, said(some)) == (1, False, said(found))
    assert [post.text for post in posts()] == ["Good"]


def test_everything_wrong_with_a_post_is_named_at_once(tenant: Agency) -> None:
    long, soon, past = "x" * 281, local(2), local(-48)
    table = (
        "network,text,at,media,kind,campaign\n"
        "x,One,tomorrow,nowhere.png,letter,\n"
        f"x,{long},tomorrow,,,Spring\n"
        f"x,{long},{past},,,\n"
        f"x,{long},{soon},nowhere.png,,\n"  # who knows what it says without its file
        "#REF!,Two,tomorrow,,,\n"  # it does say where it goes
        f"x,Three,{soon},,,Spring\n"
        f"x,Three,{soon},,,\n"  # a good one, though that above is the same but wrong
    )
    found = taken(tenant, table, only_good=True)
    assert [place for place, _ in found.problems] == [
        (2, 3, "at"), (2, 4, "media"), (2, 5, "kind"), (3, 2, "text"), (3, 3, "at"), (3, 6, "campaign"),
        (4, 2, "text"), (4, 3, "at"), (5, 4, "media"), (6, 1, "network"), (6, 3, "at"), (7, 6, "campaign"),
    ]  # fmt: skip
    assert (len(found.made), found.good, found.total) == (1, 1, 7)
    document = b"acount: x\ntext: Hello\nat: tomorrow\n"
    where = Tenant(tenant.organization_id)
    wrong = take(read_document(document), where, tenant.brand_id, senders=tenant.senders).problems
    assert [place for place, _ in wrong] == [(1, 1, "acount"), (3, 5, "at")]


def test_imported_twice_nothing_changes(tenant: Agency) -> None:
    table = f"network,text,at,labels\nx,One,{local(2)},\nx,Two,now,\n"
    first = taken(tenant, table)
    again = taken(tenant, table.replace("One,", "One ,").replace(",\n", ",corrected\n", 1))
    assert (again.made, sorted(again.there)) == ([], sorted(first.made))
    with worker_session() as session:
        session.execute(text("UPDATE posts SET deleted_at = now() WHERE text = 'Two'"))
    third = taken(tenant, table)
    assert (third.made, len(third.there), third.undone, third.problems) == ([], 1, False, [])
    assert third.deleted == [(3, 1, "")], "what was deleted stays deleted, and is named"
    assert third.good == third.total == 2
    other = make_tenant(tenant.senders)
    assert len(taken(other, table).made) == 2


def test_two_imports_at_once_are_one(tenant: Agency) -> None:
    table = "network,text\n" + "".join(f"x,Post {number}\n" for number in range(5))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: taken(tenant, table), range(2)))
    assert all(said(one) == [] for one in found)
    assert len(posts()) == len(publications()) == 5


def test_a_dry_run_says_the_same_and_keeps_nothing(tenant: Agency, tmp_path: Path) -> None:
    (tmp_path / "door.png").write_bytes(picture())
    table = f"network,text,at,media\nx,Hello,{local(1)},door.png\nx,{'x' * 281},{local(1)},\n"
    dry = taken(tenant, table, dry_run=True, only_good=True, base=tmp_path)
    assert (len(dry.made), dry.undone, [place for place, _ in dry.problems]) == (1, True, [(3, 2, "text")])
    with worker_session() as session:
        assert session.scalar(select(func.count()).select_from(KeptFile)) == 0
    assert posts() == []


def test_files_beside_the_table_and_at_addresses(tenant: Agency, tmp_path: Path) -> None:
    (tmp_path / "door.png").write_bytes(picture())
    (tmp_path / "words.png").write_text("only words")
    table = (
        "network,text,media,alt\n"
        "facebook,Good,door.png,A door\n"
        "facebook,Bad,words.png,\n"
        "facebook,Bad,nowhere.png,\n"
        "facebook,Bad,http://127.0.0.1/a.png,\n"
        f"facebook,Bad,{'0' * 64},\n"
    )
    found = taken(tenant, table, base=tmp_path, only_good=True)
    assert [place for place, _ in found.problems] == [(line, 3, "media") for line in range(3, 7)]
    (post,) = posts()
    assert [(one["mime"], one["alt"]) for one in post.media] == [("image/png", "A door")]
    assert taken(tenant, table, only_good=True).made == [], "without a folder there are no paths"


def test_a_document_with_words_of_its_own_for_an_account(tenant: Agency) -> None:
    document = f"network: [facebook, x]\ntext: Hello\nown:\n  {tenant.x}: {{text: Hi}}\n"
    where, brand = Tenant(tenant.organization_id), tenant.brand_id
    found = take(read_document(document.encode()), where, brand, senders=tenant.senders)
    assert said(found) == []
    assert {one.network: one.own.get("text") for one in publications()} == {"facebook": None, "x": "Hi"}
    wrong = document.replace(str(tenant.x), "Nobody")
    (problem,) = take(read_document(wrong.encode()), where, brand, senders=tenant.senders).problems
    assert problem.place == (4, 3, "own")


def test_what_is_said_for_an_account_that_several_could_be_reaches_none(tenant: Agency) -> None:
    (name,) = names(tenant)  # both accounts have it

    def problems(own: str, networks: str = "facebook, x") -> list[str]:
        document = f"network: [{networks}]\ntext: Hello\nown: {{{own}}}\n"
        contents = read_document(document.encode())
        return said(take(contents, Tenant(tenant.organization_id), tenant.brand_id, senders=tenant.senders))

    (several,) = problems(f"{name}: {{text: Hi}}")
    assert several.startswith("line 3, column 6 (own): Several")
    assert several.endswith("Say which one: facebook or x.")
    (twice,) = problems(f"x: {{text: Hi}}, {tenant.x}: {{text: Ho}}")
    assert f"twice for {name} (x)" in twice
    assert len(problems("a: {kind: letter}, b: {text: Hi}")) == 3
    assert posts() == []
    assert problems("X: {text: Hi}") == []
    assert {one.network: one.own.get("text") for one in publications()} == {"facebook": None, "x": "Hi"}
    with worker_session() as session:
        session.execute(text("UPDATE accounts SET network = 'x', external_id = id::text"))
    (both,) = problems("x: {text: Hi}", networks="x")
    assert str(tenant.x) in both
    assert str(tenant.facebook) in both


def test_another_organizations_brand_and_accounts_do_not_exist(tenant: Agency) -> None:
    other = make_tenant(tenant.senders)
    with pytest.raises(LookupError):
        take(read_table(b"network\nx\n"), Tenant(tenant.organization_id), other.brand_id)
    (line,) = said(taken(tenant, f"account,text\n{other.x},Hello\n"))
    assert "has no account" in line
    with pytest.raises(LookupError):
        take(read_table(b"network\nx\n"), Tenant(uuid4()), tenant.brand_id)


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 480), "navy").save(buffer, "PNG")
    return buffer.getvalue()
