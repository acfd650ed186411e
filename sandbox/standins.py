"""The stand-in networks, and the two services beside them that can fail on demand too."""

from __future__ import annotations

from sandbox import llm
from sandbox.facebook.standin import STANDIN as FACEBOOK
from sandbox.mailbox import mailgun
from sandbox.standin import StandIn
from sandbox.x.standin import STANDIN as X

NETWORKS: tuple[StandIn, ...] = (FACEBOOK, X)
STANDINS: dict[str, StandIn] = {standin.key: standin for standin in (*NETWORKS, llm.STANDIN, mailgun.STANDIN)}
