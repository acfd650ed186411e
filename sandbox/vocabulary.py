"""How the fictional brands write: templates and words, combined at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of one brand. Templates may use {thing}, {place}, {number} and {feeling}."""

    site: str
    things: tuple[str, ...]
    places: tuple[str, ...]
    feelings: tuple[str, ...]
    templates: tuple[str, ...]
    tails: tuple[str, ...]
    hashtags: tuple[str, ...]


COFFEE = Vocabulary(
    site="https://www.harborandpine.example",
    things=(
        "the winter blend",
        "our cold brew",
        "a washed Guji",
        "the house espresso",
        "oat flat whites",
        "the decaf we are proud of",
        "the Sunday roast batch",
        "cardamom buns",
        "our refill jars",
        "the cupping table",
    ),
    places=("Pier 4", "the Elm Street bar", "the roastery", "the market hall", "the harbor kiosk"),
    feelings=("bright", "smoky", "quiet", "a little wild", "honest", "warm"),
    templates=(
        "Fresh this morning at {place}: {thing}.",
        "{number} bags of {thing} left before the next roast.",
        "What do you brew when the day feels {feeling}?",
        "{number} tastings later: {thing}. Something {feeling}.",
        "Doors at {place} open early this week. On the bar: {thing}.",
        "Would you drink {thing} after dinner?",
        "Behind the counter at {place}: the story of {thing}.",
        "A {feeling} cup beats a perfect one. Today: {thing}.",
    ),
    tails=(
        "Come by and tell us what you taste.",
        "Grind coarser than you think, pour slower than you want, and give it the four minutes it asks for.",
        "The recipe is on the card, the card is on the counter, and the counter is open until six.",
        "First ten cups are on the house.",
    ),
    hashtags=("#coffee", "#slowmornings", "#roastery", "#coldbrew", "#harborandpine"),
)

LIGHTS = Vocabulary(
    site="https://www.lumenwerk.example",
    things=(
        "the Kompakt 2",
        "our dynamo light",
        "the solar lantern",
        "the workshop lamp",
        "the new bracket",
        "the repairable battery",
        "the Nachtfahrt set",
        "the reading arm",
        "spare lenses",
        "the school kit",
    ),
    places=("Berlin", "the Kreuzberg workshop", "Köln", "the trade fair in München", "the test track"),
    feelings=("bright", "sturdy", "glare-free", "rain-proof", "quietly clever", "schön"),
    templates=(
        "New in the shop: {thing}. {number} lumens, no glare.",
        "We rode {number} km in the rain with {thing}. Still {feeling}.",
        "How old is the light on your bike?",
        "From {place}: the making of {thing}.",
        "Repair day at {place}: bring {thing}, leave with it working.",
        "Back in stock: {thing}, {feeling} as ever.",
        "Which would you take on a night ride: {thing} or a torch?",
        "{number} schools now ride with {thing}. Safe ways home start with being seen.",
    ),
    tails=(
        "Made to be opened, fixed and kept.",
        "Every part has a number, every number is in stock, and every screw takes one key. Grüße aus Berlin!",
        "Tell us where you ride and we will tell you which beam fits the road, the speed and the season.",
        "Workshop hours as always.",
    ),
    hashtags=("#bikelight", "#repair", "#madeinberlin", "#nightride", "#lumenwerk"),
)

PAPER = Vocabulary(
    site="https://www.kumostationery.example",
    things=(
        "the cloud notebook",
        "our 52 gsm paper",
        "the indigo ink",
        "the pocket planner",
        "washi in rain grey",
        "the brass pen",
        "the letter set",
        "ruled refills",
        "the stamp of the month",
        "the desk mat",
    ),
    places=("Tokyo", "the Kuramae store", "the paper mill", "Kyoto", "the bindery"),
    feelings=("calm", "crisp", "soft as rain", "unhurried", "clear", "new"),
    templates=(
        "This week at {place}: {thing} ☁️",
        "{number} pages, one thread, no glue: {thing}.",
        "What was the last thing you wrote by hand?",
        "A {feeling} page and {thing}. That is the whole plan.",
        "Notes from {place}: {thing}, made {number} sheets at a time.",
        "新しい季節、新しいノート。 {thing}.",
        "Do you plan the week on Sunday or on Monday? We tried both with {thing}.",
        "Back by request: {thing}. Still {feeling}.",
    ),
    tails=(
        "Paper remembers.",
        "It takes fountain pens without a ghost, folds without a crack, and lies flat to the last page.",
        "Write slowly; the day is longer than it looks, and there is room in the margin for the rest of it.",
        "In store and online.",
    ),
    hashtags=("#stationery", "#notebook", "#文房具", "#fountainpen", "#kumo"),
)


def compose(words: Vocabulary, rng: np.random.Generator) -> str:
    """One post's text, without a link."""
    text = words.templates[int(rng.integers(len(words.templates)))].format(
        thing=words.things[int(rng.integers(len(words.things)))],
        place=words.places[int(rng.integers(len(words.places)))],
        feeling=words.feelings[int(rng.integers(len(words.feelings)))],
        number=int(rng.integers(3, 400)),
    )
    text = text[0].upper() + text[1:]
    if rng.random() < 0.45:
        text += " " + words.tails[int(rng.integers(len(words.tails)))]
    count = int(rng.integers(0, 3))
    tags = rng.choice(len(words.hashtags), size=count, replace=False)
    return " ".join([text, *(words.hashtags[int(tag)] for tag in tags)])
