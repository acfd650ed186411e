"""The client's link over HTTP: looking changes nothing, forms decide, and nothing else is ever shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select, text

from app.web import approve
from foundation.database import Tenant, tenant_session, utc_now, worker_session
from foundation.settings import Settings, get_settings
from identity.limits import Limit
from publishing.approvals import letters, workflow
from publishing.approvals.comments import comment
from publishing.approvals.models import ApprovalLink
from publishing.approvals.people import By
from publishing.approvals.steps import Step
from publishing.compose import create_post
from publishing.drafts import Draft
from publishing.editing import edit_post
from publishing.models import Publication
from publishing.states import State
from tests.app import pages
from tests.app.world import World, connected_world
from tests.identity.letters import letters_to, token_in

CLIENT = "client@example.com"


@dataclass(frozen=True)
class Submitted:
    """A post that the client is asked about."""

    world: World
    post_id: UUID

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.world.organization_id)

    def draft(self, words: str) -> Draft:
        accounts = self.world.account_ids[:2]
        own = {accounts[1]: {"text": f"{words} on X"}}
        due_at = utc_now() + timedelta(days=1)
        return Draft(self.world.brand_ids[0], accounts, words, due_at=due_at, own=own)

    def states(self) -> set[str]:
        with worker_session() as session:
            return set(session.scalars(select(Publication.state)))


@pytest.fixture
def post(settings: Settings) -> Submitted:
    del settings
    world = connected_world()
    with tenant_session(Tenant(world.organization_id)) as session:
        steps = [Step("The client", client_email=CLIENT)]
        workflow.set_workflow(session, world.organization_id, world.brand_ids[0], steps)
        draft = Submitted(world, world.person_id).draft("<b>Autumn</b> menu")
        post = Submitted(world, create_post(session, world.organization_id, draft))
    letters.write_all(get_settings(), gather=timedelta(0))
    return post


def token() -> str:
    letters.write_all(get_settings(), gather=timedelta(0))
    return token_in(letters_to(CLIENT)[-1])


def link() -> str:
    return f"/approve?token={token()}"


def send(client: httpx2.Client, do: str, words: str = "", of: str | None = None) -> httpx2.Response:
    return client.post("/approve", data={"token": of or token(), "do": do, "words": words})


def test_scanners_may_look_as_often_as_they_like(client: httpx2.Client, post: Submitted) -> None:
    client.head(link())
    answers = [client.get(link()) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].status_code == 200
    said = pages.text(answers[0])
    for words in ("A post for Nordlicht Coffee", "Lindenhof Agency", "<b>Autumn</b> menu on X", "@nordlicht"):
        assert words in said
    assert "&lt;b&gt;Autumn" in answers[0].text
    assert post.states() == {State.IN_REVIEW}


def test_the_page_is_closed_to_others(client: httpx2.Client, post: Submitted) -> None:
    del post
    answer = client.get(link())
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert answer.headers["referrer-policy"] == "strict-origin"


def test_approving_schedules_and_is_told_of_afterwards(client: httpx2.Client, post: Submitted) -> None:
    answer = send(client, "approve", "Lovely.")
    assert (answer.status_code, answer.headers["location"]) == (303, link())
    assert post.states() == {State.SCHEDULED}
    assert send(client, "approve").status_code == 303  # a second click
    again = client.get(link())
    assert "You approved this post" in pages.text(again)
    assert "<form" not in again.text
    refused = send(client, "changes", "No.")
    assert refused.status_code == 409
    assert "approved already" in pages.text(refused)
    assert post.states() == {State.SCHEDULED}


def test_changes_need_words(client: httpx2.Client, post: Submitted) -> None:
    answer = send(client, "changes", "  ")
    assert answer.status_code == 422
    assert "Say what should be changed" in pages.text(answer)
    assert post.states() == {State.IN_REVIEW}
    assert send(client, "changes", "Softer.").status_code == 303
    assert post.states() == {State.DRAFT}
    assert "“Softer.”" in pages.text(client.get(link()))


def test_too_long_words_are_given_back(client: httpx2.Client, post: Submitted) -> None:
    answer = send(client, "comment", "x" * 3000)
    assert answer.status_code == 422
    assert "x" * 3000 in answer.text
    assert "at most 2000" in pages.text(answer)
    assert post.states() == {State.IN_REVIEW}


def test_comments_for_the_client_are_shown_and_no_others(client: httpx2.Client, post: Submitted) -> None:
    with tenant_session(post.tenant) as session:
        comment(session, post.post_id, By("Anna"), "For you <i>", for_client=True)
        comment(session, post.post_id, By("Anna"), "Among us", for_client=False)
    assert send(client, "comment", "From me").status_code == 303
    said = pages.text(client.get(link()))
    assert "For you <i>" in said
    assert "From me" in said
    assert "Among us" not in said
    assert post.states() == {State.IN_REVIEW}


def test_an_old_link_shows_nothing_of_what_the_post_says_now(client: httpx2.Client, post: Submitted) -> None:
    old = token()
    with tenant_session(post.tenant) as session:
        edit_post(session, post.post_id, post.draft("Secret plan"), version=1)
    assert token() != old
    answer = client.get(f"/approve?token={old}")
    assert (answer.status_code, "is being changed" in pages.text(answer)) == (200, True)
    assert "Secret" not in answer.text
    assert "Autumn" not in answer.text
    refused = send(client, "approve", of=old)
    assert refused.status_code == 409
    assert "Secret" not in refused.text
    assert send(client, "comment", "Hm", of=old).status_code == 410
    assert post.states() == {State.IN_REVIEW}


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE approval_links SET expires_at = now()",
        "UPDATE approval_links SET revoked_at = now()",
        "UPDATE posts SET deleted_at = now()",
        "UPDATE organizations SET deleted_at = now()",
    ],
)
def test_a_link_that_ended_opens_nothing(client: httpx2.Client, post: Submitted, end: str) -> None:
    with worker_session() as session:
        session.execute(text(end))
    answers = [client.get(link()), send(client, "approve"), send(client, "comment", "Hello")]
    assert {answer.status_code for answer in answers} == {410}
    assert all("no longer works" in pages.text(answer) for answer in answers)
    assert post.states() == {State.IN_REVIEW}


def test_forms_of_other_sites_are_not_looked_at(client: httpx2.Client, post: Submitted) -> None:
    client.headers["origin"] = "https://evil.example.com"
    assert send(client, "approve").status_code == 403
    assert post.states() == {State.IN_REVIEW}


def test_guesses_and_forms_are_limited(
    client: httpx2.Client, post: Submitted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approve, "TRIES", Limit("approval_links", 2, 600))
    for _ in range(2):
        assert client.get("/approve?token=guess").status_code == 410
    late = client.get("/approve?token=guess")
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0
    assert send(client, "approve").status_code == 429
    assert client.get(link()).status_code == 200  # who has a link may look
    assert post.states() == {State.IN_REVIEW}


def test_the_token_is_kept_nowhere(client: httpx2.Client, post: Submitted) -> None:
    del post
    secret = token()
    send(client, "approve")
    with worker_session() as session:
        rows = [vars(row) for row in session.scalars(select(ApprovalLink))]
        told = session.execute(text("SELECT details::text FROM happenings")).scalars().all()
    assert secret not in f"{rows} {told}"
