"""Faults: what goes wrong really goes wrong, and what was accepted really was."""

from __future__ import annotations

import time

import httpx2
import pytest

from sandbox.faults import FaultSpec
from tests.sandbox.server import Running

FEED = "POST /{page}/feed"


def test_accept_then_drop_commits_and_cuts_the_connection(fresh: Running) -> None:
    fresh.fault(network="facebook", endpoint=FEED, kind="accept_then_drop", times=1)
    with pytest.raises(httpx2.TransportError):
        fresh.publish("Did it arrive?")
    assert [post["text"] for post in fresh.accepted()] == ["Did it arrive?"]
    newest = fresh.graph(f"{fresh.page_id}/published_posts", fields="message", limit=1).json()["data"][0]
    assert newest["message"] == "Did it arrive?"
    assert fresh.publish("Did it arrive?").json()["error"]["code"] == 506


def test_accept_then_drop_on_x(fresh: Running) -> None:
    fresh.fault(network="x", endpoint="POST /2/tweets", kind="accept_then_drop", times=1)
    with pytest.raises(httpx2.TransportError):
        fresh.tweet({"text": "Did it arrive?"})
    assert [post["network"] for post in fresh.accepted()] == ["x"]
    assert fresh.tweet({"text": "Did it arrive?"}).status_code == 403


def test_a_rotation_whose_answer_is_lost_has_used_the_token_up(fresh: Running) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": fresh.x["refresh_token"],
        "client_id": fresh.x["client_id"],
    }
    fresh.fault(network="x", endpoint="/2/oauth2/token", kind="accept_then_drop", times=1)
    with pytest.raises(httpx2.TransportError):
        fresh.client.post("/x/2/oauth2/token", data=form)
    assert fresh.client.post("/x/2/oauth2/token", data=form).status_code == 400
    assert fresh.x_get("users/me").status_code == 401


def test_drop_before_accept_keeps_nothing(fresh: Running) -> None:
    fresh.fault(network="facebook", endpoint=FEED, kind="drop_before_accept", times=1)
    with pytest.raises(httpx2.TransportError):
        fresh.publish("Lost")
    assert fresh.accepted() == []
    assert fresh.publish("Lost").status_code == 200


@pytest.mark.parametrize(
    ("kind", "facebook", "code", "x"), [("429", 400, 4, 429), ("5xx", 500, 2, 503), ("401", 400, 190, 401)]
)
def test_refusals_in_each_networks_own_words(
    fresh: Running, kind: str, facebook: int, code: int, x: int
) -> None:
    for network in ("facebook", "x"):
        fresh.fault(network=network, kind=kind, times=1)
    graph, tweet = fresh.publish("no"), fresh.tweet({"text": "no"})
    assert (graph.status_code, graph.json()["error"]["code"]) == (facebook, code)
    assert (tweet.status_code, tweet.json()["status"]) == (x, x)
    assert fresh.accepted() == []


def test_accept_then_5xx_commits_and_complains(fresh: Running) -> None:
    fresh.fault(network="x", endpoint="POST /2/tweets", kind="accept_then_5xx", times=1)
    assert fresh.tweet({"text": "Went out"}).status_code == 503
    assert len(fresh.accepted()) == 1


def test_malformed_is_not_json_and_truncated_ends_half_way(fresh: Running) -> None:
    path = f"{fresh.page_id}/published_posts"
    fresh.fault(network="facebook", endpoint="/{page}/published_posts", kind="malformed", times=1)
    with pytest.raises(ValueError, match="Expecting value"):
        fresh.graph(path).json()
    fresh.fault(network="facebook", endpoint="published_posts", kind="truncated", times=1)
    with pytest.raises(httpx2.RemoteProtocolError):
        fresh.graph(path)
    assert fresh.graph(path).status_code == 200


def test_delay_delays_and_then_answers(fresh: Running) -> None:
    fresh.fault(network="x", kind="delay", times=1, delay_s=0.3)
    start = time.monotonic()
    assert fresh.x_get("users/me").status_code == 200
    assert time.monotonic() - start >= 0.3


def test_a_fault_may_mean_one_account(fresh: Running) -> None:
    second = fresh.brands[1]["facebook"]["page_id"]
    fresh.fault(network="facebook", account=second, kind="5xx")
    fresh.fault(network="x", account=fresh.brands[1]["x"]["user_id"], kind="5xx")
    assert fresh.graph(fresh.page_id).status_code == 200
    assert fresh.get(f"/facebook/{second}", access_token=fresh.page_token_of(1)).status_code == 500
    assert fresh.get("/facebook/me", access_token=fresh.page_token_of(1)).status_code == 500
    assert fresh.x_get("users/me").status_code == 200
    bearer = {"Authorization": f"Bearer {fresh.brands[1]['x']['access_token']}"}
    assert fresh.client.get("/x/2/users/me", headers=bearer).status_code == 503


def test_times_probability_and_the_book_of_faults(fresh: Running) -> None:
    first = fresh.fault(network="facebook", endpoint="GET /{page}", kind="5xx", probability=0.4, seed=3)
    codes = [fresh.graph(fresh.page_id).status_code for _ in range(60)]
    assert 12 <= codes.count(500) <= 36
    [fault] = fresh.get("/_sandbox/faults").json()["faults"]
    assert (fault["id"], fault["hits"], fault["remaining"]) == (first, codes.count(500), None)
    fresh.client.delete("/_sandbox/faults")
    fresh.fault(network="facebook", endpoint="GET /{page}", kind="5xx", probability=0.4, seed=3)
    assert [fresh.graph(fresh.page_id).status_code for _ in range(60)] == codes
    assert fresh.client.delete("/_sandbox/faults").json() == {"deleted": 1}
    assert fresh.graph(fresh.page_id).status_code == 200
    assert fresh.client.delete(f"/_sandbox/faults/{first}").status_code == 404


def test_unknown_kinds_are_refused(fresh: Running) -> None:
    assert fresh.client.post("/_sandbox/faults", json={"network": "x", "kind": "mischief"}).status_code == 422


@pytest.mark.parametrize(
    ("endpoint", "method", "path", "meant"),
    [
        ("", "GET", "/me/accounts", True),
        ("/feed", "POST", "/1/feed", True),
        ("GET /feed", "POST", "/1/feed", False),
        ("POST /{page}/feed", "POST", "/1/feed", True),
        ("/{page}", "GET", "/1/feed", False),
        ("/2/users/{id}/tweets", "GET", "/2/users/7/tweets", True),
        ("/2/tweets", "GET", "/2/tweets/7", True),
    ],
)
def test_endpoints_are_parts_or_templates(endpoint: str, method: str, path: str, meant: bool) -> None:
    spec = FaultSpec(network="x", endpoint=endpoint, kind="5xx")
    assert spec.matches("x", method, path) is meant
    assert not spec.matches("facebook", method, path)
