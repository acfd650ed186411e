"""Where the parts of a thread and a first comment go, on networks with a place for them and on others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import pytest

from foundation.settings import Settings
from platforms import registry
from platforms.capabilities import Capabilities
from platforms.contract import Publisher
from platforms.message import Kind
from publishing.drafts import Chosen, Draft, planned, problems_of
from publishing.senders import Senders


@dataclass(frozen=True)
class Known:
    """The networks as they declare themselves; nobody is asked."""

    def capabilities(self, network: str) -> Capabilities:
        return registry.network(network, Settings()).capabilities

    def publisher(self, network: str) -> Publisher:
        return registry.network(network, Settings()).publish

    def label(self, network: str) -> str:
        return registry.network(network, Settings()).label


SENDERS = cast(Senders, Known())


def account(network: str, **options: Any) -> Chosen:
    return Chosen(uuid4(), network, "Bakery", options)


def draft(chosen: Chosen, **more: Any) -> Draft:
    return Draft(uuid4(), [chosen.id], "Fresh bread", **more)


def texts(chosen: Chosen, wanted: Draft) -> list[tuple[int, str | None]]:
    return [(one.part, one.own.get("text")) for one in planned(wanted, [chosen], SENDERS)]


def problems(chosen: Chosen, wanted: Draft) -> list[str]:
    return problems_of(wanted, planned(wanted, [chosen], SENDERS), uuid4(), SENDERS)


def test_a_thread_carries_its_parts_and_then_the_comment() -> None:
    chosen = account("x")
    wanted = draft(chosen, parts=["Two", "Three"], first_comment="More below")
    assert texts(chosen, wanted) == [(0, None), (1, "Two"), (2, "Three"), (3, "More below")]
    assert problems(chosen, wanted) == []


@pytest.mark.parametrize("network", ["facebook", "linkedin"])
def test_a_comment_goes_below_the_post(network: str) -> None:
    chosen = account(network)
    wanted = draft(chosen, first_comment="More below")
    assert texts(chosen, wanted) == [(0, None), (1, "More below")]
    assert problems(chosen, wanted) == []


def test_where_there_are_no_threads_the_post_goes_out_without_the_parts() -> None:
    chosen = account("facebook")
    wanted = draft(chosen, parts=["Two"], first_comment="More below")
    assert texts(chosen, wanted) == [(0, None), (1, "More below")]
    assert problems(chosen, wanted) == []


@pytest.mark.parametrize("network", ["tiktok", "pinterest"])
def test_where_there_are_no_comments_the_post_goes_out_without(network: str) -> None:
    chosen = account(network)
    wanted = draft(chosen, first_comment="More below")
    assert texts(chosen, wanted) == [(0, None)]
    assert not any("comment" in problem for problem in problems(chosen, wanted))


def test_a_story_goes_out_without_a_comment() -> None:
    chosen = account("instagram")
    wanted = draft(chosen, first_comment="More below", own={chosen.id: {"kind": Kind.STORY.value}})
    assert texts(chosen, wanted) == [(0, None)]


def test_a_comment_that_is_too_long_is_pointed_out() -> None:
    chosen = account("linkedin")
    wanted = draft(chosen, first_comment="a" * 1_251)
    told = "Bakery (LinkedIn, part 2): LinkedIn takes comments of 1,250 characters; this one has 1,251."
    assert problems(chosen, wanted) == [told]


def test_no_comment_is_no_part() -> None:
    chosen = account("x")
    assert texts(chosen, draft(chosen, first_comment=" \n")) == [(0, None)]


def test_what_an_account_may_do_by_itself_is_known() -> None:
    long = "Fresh bread, every day. " * 40
    usual, premium = account("x"), account("x", long=True)
    [problem] = problems(usual, draft(usual, first_comment=long))
    assert "280" in problem
    assert problems(premium, draft(premium, first_comment=long)) == []
    own = {premium.id: {"text": long, "options": {"long": False}}}
    [problem] = problems(premium, draft(premium, own=own))
    assert "280" in problem, "what is chosen for the post counts"
