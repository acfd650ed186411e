"""The stand-in networks, and the two services beside them that can fail on demand too."""

from __future__ import annotations

from sandbox import llm
from sandbox.bluesky.standin import STANDIN as BLUESKY
from sandbox.facebook.standin import STANDIN as FACEBOOK
from sandbox.instagram.standin import STANDIN as INSTAGRAM
from sandbox.linkedin.standin import STANDIN as LINKEDIN
from sandbox.mailbox import mailgun
from sandbox.mastodon.standin import STANDIN as MASTODON
from sandbox.pinterest.standin import STANDIN as PINTEREST
from sandbox.standin import StandIn
from sandbox.threads.standin import STANDIN as THREADS
from sandbox.tiktok.standin import STANDIN as TIKTOK
from sandbox.x.standin import STANDIN as X
from sandbox.youtube.standin import STANDIN as YOUTUBE

# Instagram comes before Facebook, whose host serves edges of both.
NETWORKS: tuple[StandIn, ...] = (
    INSTAGRAM,
    FACEBOOK,
    X,
    BLUESKY,
    MASTODON,
    THREADS,
    TIKTOK,
    YOUTUBE,
    LINKEDIN,
    PINTEREST,
)
STANDINS: dict[str, StandIn] = {standin.key: standin for standin in (*NETWORKS, llm.STANDIN, mailgun.STANDIN)}
