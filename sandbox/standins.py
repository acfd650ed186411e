"""The stand-in networks, and the two services beside them that can fail on demand too."""

from __future__ import annotations

from sandbox import llm
from sandbox.facebook.standin import STANDIN as FACEBOOK
from sandbox.instagram.standin import STANDIN as INSTAGRAM
from sandbox.mailbox import mailgun
from sandbox.standin import StandIn
from sandbox.tiktok.standin import STANDIN as TIKTOK
from sandbox.x.standin import STANDIN as X

# Instagram comes before Facebook, whose host serves edges of both.
NETWORKS: tuple[StandIn, ...] = (INSTAGRAM, FACEBOOK, X, TIKTOK)
STANDINS: dict[str, StandIn] = {standin.key: standin for standin in (*NETWORKS, llm.STANDIN, mailgun.STANDIN)}
