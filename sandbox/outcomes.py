"""What a post will have reached once it is old: audience x content x noise, split into counts."""

from __future__ import annotations

import numpy as np

from sandbox import truth
from sandbox.model import VIDEOS, Counts, Kind, Network
from sandbox.traits import TRAITS

_REACTIONS = np.array([0.72, 0.16, 0.04, 0.05, 0.02, 0.01])
_CLICK_SHARE = {"link": 0.022}
_OTHER_CLICK_SHARE = 0.007


def counts(
    rng: np.random.Generator,
    audience: truth.Audience,
    network: Network,
    followers: float,
    multiplier: float,
    kind: Kind,
    text: str,
) -> Counts:
    """Draw the final counts of a post.

    `followers` when it was posted, `multiplier` of its hour of the week (mean 1), `kind` and `text` for the
    content effect. Views are log-normal around their mean, engagement log-normal around views x rate.
    """
    expected = followers * audience.reach_share * multiplier * truth.content_effect(network, kind, text)
    views = max(int(expected * np.exp(rng.normal(0.0, truth.VIEW_NOISE_SD))), 1)
    engaged = int(views * audience.engagement_rate * np.exp(rng.normal(0.0, truth.ENGAGEMENT_NOISE_SD)))
    reacted, comments, shares, quotes, bookmarks = rng.multinomial(engaged, TRAITS[network].parts).tolist()
    if network == "facebook":
        like, love, wow, haha, sad, angry = rng.multinomial(reacted, _REACTIONS).tolist()
    else:
        like, love, wow, haha, sad, angry = reacted, 0, 0, 0, 0, 0
    return Counts(
        reactions=(like, love, wow, haha, sad, angry),
        comments=comments,
        shares=shares,
        views=views,
        reach=int(views * rng.uniform(0.74, 0.90)),
        clicks=int(rng.binomial(views, _CLICK_SHARE.get(kind, _OTHER_CLICK_SHARE))),
        profile_clicks=int(rng.binomial(views, 0.004)),
        quotes=quotes,
        bookmarks=bookmarks,
        watch_s=float(rng.uniform(4.0, 16.0)) if kind in VIDEOS else None,
    )


def at_age(final: Counts, share: float) -> Counts:
    """The counts reached when `share` (0..1) of the final ones has come in, rounded down."""
    like, love, wow, haha, sad, angry = (int(n * share) for n in final.reactions)
    return Counts(
        reactions=(like, love, wow, haha, sad, angry),
        comments=int(final.comments * share),
        shares=int(final.shares * share),
        views=_part(final.views, share),
        reach=_part(final.reach, share),
        clicks=_part(final.clicks, share),
        profile_clicks=_part(final.profile_clicks, share),
        quotes=int(final.quotes * share),
        bookmarks=int(final.bookmarks * share),
        watch_s=final.watch_s,
    )


def _part(value: int | None, share: float) -> int | None:
    return None if value is None else int(value * share)
