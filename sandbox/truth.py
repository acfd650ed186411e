"""The truth behind the generated world: audience curves, content effects, ageing and noise.

Every function is pure. Random streams are keyed by (seed, account, purpose, day), so any day can be made
alone and in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandbox.model import Floats, Kind, Network
from sandbox.traits import TRAITS

AGE_SHAPE, AGE_SCALE_H = 0.704, 10.1
"""Weibull ageing: half of the final count after 6 h, 95 % after 48 h, about 1 % after the first minute."""

QUESTION_EFFECT = 1.15
LONG_TEXT_EFFECT = 0.88
LONG_TEXT_CHARS = 140
VIEW_NOISE_SD, ENGAGEMENT_NOISE_SD = 0.35, 0.25
MISSED_DAY_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Audience:
    """What is true of one account.

    `peaks` are (hour, width in hours, height) of the local day; `weekdays` are seven effects, Monday first;
    `best` is the multiplier of the best hour of the week against the mean hour.
    """

    followers: int
    reach_share: float
    engagement_rate: float
    daily_growth: float
    peaks: tuple[tuple[float, float, float], ...]
    weekdays: tuple[float, float, float, float, float, float, float]
    best: float


def random(seed: int, account_index: int, purpose: int, day: int = 0) -> np.random.Generator:
    """The random stream of one purpose on one local day (proleptic ordinal) of one account."""
    return np.random.default_rng((seed, account_index, purpose, day))


def hour_of_week(audience: Audience) -> Floats:
    """Multipliers of the audience by local hour, shape (7, 24), Monday first, mean 1."""
    hours = np.arange(24.0) + 0.5
    day = np.zeros(24)
    for peak, width, height in audience.peaks:
        distance = np.minimum(np.abs(hours - peak), 24 - np.abs(hours - peak))
        day += height * np.exp(-0.5 * (distance / width) ** 2)
    shape = day[None, :] + np.asarray(audience.weekdays)[:, None]
    return _scaled(shape - shape.mean(), audience.best)


def _scaled(shape: Floats, best: float) -> Floats:
    """exp(k * shape), mean 1, with k such that the largest value is `best`; found by bisection."""
    low, high = 0.0, 20.0
    for _ in range(60):
        k = (low + high) / 2
        curve = np.exp(k * shape)
        low, high = (k, high) if curve.max() / curve.mean() < best else (low, k)
    curve = np.exp(low * shape)
    return np.asarray(curve / curve.mean())


def grown(age_s: NDArray[np.float64] | float) -> Floats:
    """Share of the final count reached at an age in seconds, in [0, 1]."""
    hours = np.maximum(np.asarray(age_s, dtype=np.float64), 0.0) / 3600
    return np.asarray(-np.expm1(-((hours / AGE_SCALE_H) ** AGE_SHAPE)))


def content_effect(network: Network, kind: Kind, text: str) -> float:
    """Multiplier of kind, length and question on views and engagement."""
    effect = TRAITS[network].effects.get(kind, 1.0)
    if "?" in text:
        effect *= QUESTION_EFFECT
    if len(text) > LONG_TEXT_CHARS:
        effect *= LONG_TEXT_EFFECT
    return effect


def describe(network: Network) -> dict[str, Any]:
    """The content, ageing and noise constants of a network, to be served as truth."""
    return {
        "kind_effects": TRAITS[network].effects,
        "question_effect": QUESTION_EFFECT,
        "long_text_effect": LONG_TEXT_EFFECT,
        "long_text_chars": LONG_TEXT_CHARS,
        "noise": {"views_log_sd": VIEW_NOISE_SD, "engagement_log_sd": ENGAGEMENT_NOISE_SD},
        "age": {"weibull_shape": AGE_SHAPE, "weibull_scale_h": AGE_SCALE_H},
    }
