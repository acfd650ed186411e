"""What a network would refuse about a message, in words for its author. Pure; nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator

from platforms.capabilities import Capabilities, KindRule, MediaRule, Option
from platforms.message import Kind, Media, Message
from platforms.text import problems_of_link, problems_of_text

NAMES = {
    Kind.TEXT: "text posts",
    Kind.LINK: "link posts",
    Kind.IMAGE: "image posts",
    Kind.CAROUSEL: "posts of several files",
    Kind.VIDEO: "videos",
    Kind.REEL: "short videos",
    Kind.STORY: "stories",
    Kind.DOCUMENT: "documents",
}
MIB = 1024 * 1024


def problems(label: str, capabilities: Capabilities, message: Message, length: int) -> list[str]:
    """Everything wrong with a message for the network called `label`; empty when fine.

    `length` is the text's, as the network counts.
    """
    if message.reply_to and capabilities.comments:
        return list(_comment(label, capabilities.comment_limit, message, length))
    rule = capabilities.rule(message.kind)
    if rule is None:
        return [f"{label} has no {NAMES[message.kind]}."]
    found = [*_words(label, capabilities, rule, message, length), *_files(label, rule, message)]
    if message.reply_to and not capabilities.threads:
        found.append(f"{label} has no threads.")
    return [*found, *_options(label, rule.options, message)]


def _comment(label: str, limit: int, message: Message, length: int) -> Iterator[str]:
    """What goes below a post is words alone, whatever the post is."""
    yield from problems_of_text(message.text, label)
    if length > limit:
        yield f"{label} takes comments of {limit:,} characters; this one has {length:,}."
    if message.media or message.cover:
        yield f"{label} takes no files with a comment."
    if message.link:
        yield f"{label} takes no link with a comment but in its text."
    if message.title:
        yield f"{label} has no titles for comments."
    for key in message.options:
        yield f"{label} has no option {key!r} for comments."


def _words(
    label: str, capabilities: Capabilities, rule: KindRule, message: Message, length: int
) -> Iterator[str]:
    may_be_empty = not rule.text_required or bool(message.link)
    yield from problems_of_text(message.text, label, empty_allowed=may_be_empty)
    yield from problems_of_link(message.link)
    if not rule.text_limit and message.text.strip():
        yield f"{label} shows no text with {NAMES[rule.kind]}."
    elif length > rule.text_limit:
        yield f"{label} takes {rule.text_limit:,} {capabilities.counts}; this text has {length:,}."
    if rule.title_required and not message.title.strip():
        yield f"{label} needs a title."
    if len(message.title) > rule.title_limit:
        yield (
            f"{label} takes titles of {rule.title_limit:,} characters; this one has {len(message.title):,}."
            if rule.title_limit
            else f"{label} has no titles for {NAMES[rule.kind]}."
        )
    if message.link and not rule.link:
        yield f"{label} takes no link with {NAMES[rule.kind]}."
    if rule.link_required and not message.link:
        yield f"{label} needs a link for {NAMES[rule.kind]}."


def _files(label: str, rule: KindRule, message: Message) -> Iterator[str]:
    low, high = rule.count
    if not low <= len(message.media) <= high:
        wanted = f"{low}" if low == high else f"{low} to {high}"
        yield (
            f"{label} takes {wanted} files for {NAMES[rule.kind]}; this post has {len(message.media)}."
            if high
            else f"{label} takes no files with {NAMES[rule.kind]}."
        )
    for number, media in enumerate(message.media, 1):
        name = f"file {number}" if len(message.media) > 1 else "the file"
        of_its_type = rule.image if media.is_image else rule.video if media.is_video else rule.document
        if of_its_type is None:
            yield f"{label} takes no {media.mime} for {NAMES[rule.kind]} ({name})."
        else:
            yield from _file(label, name, of_its_type, media)
        if len(media.alt) > rule.alt_limit > 0:
            yield f"{label} takes descriptions of {rule.alt_limit:,} characters ({name})."
    if not rule.mixed and len({media.is_video for media in message.media}) > 1:
        yield f"{label} does not mix images and videos."
    if message.cover:
        if rule.cover is None:
            yield f"{label} takes no cover image for {NAMES[rule.kind]}."
        else:
            yield from _file(label, "the cover", rule.cover, message.cover)


def _file(label: str, name: str, rule: MediaRule, media: Media) -> Iterator[str]:
    if media.mime not in rule.formats:
        yield f"{label} takes {_listed(rule.formats)}; {name} is {media.mime}."
    most = rule.bytes_of(media.mime)
    if media.size > most:
        yield f"{label} takes {most / MIB:.0f} MB; {name} has {media.size / MIB:.1f} MB."
    for what, value, low, high in (
        ("wide", media.width, rule.min_width, rule.max_width),
        ("high", media.height, rule.min_height, rule.max_height),
    ):
        if value and low and value < low:
            yield f"{label} needs {low} pixels; {name} is {value} {what}."
        if value and high and value > high:
            yield f"{label} takes {high} pixels; {name} is {value} {what}."
    if rule.aspect and media.aspect and not rule.aspect[0] <= round(media.aspect, 3) <= rule.aspect[1]:
        yield (
            f"{label} takes widths of {rule.aspect[0]:.2f} to {rule.aspect[1]:.2f} times the height; "
            f"{name} has {media.aspect:.2f}."
        )
    if rule.duration_s and media.duration_s is not None:
        low_s, high_s = rule.duration_s
        if not low_s <= media.duration_s <= high_s:
            yield f"{label} takes {low_s:g} to {high_s:g} seconds; {name} has {media.duration_s:.1f}."


def _options(label: str, options: tuple[Option, ...], message: Message) -> Iterator[str]:
    known = {option.key: option for option in options}
    for key in message.options:
        if key not in known:
            yield f"{label} has no option {key!r} for {NAMES[message.kind]}."
    for option in options:
        value = message.options.get(option.key)
        if option.required and value in (None, ""):
            yield f"{label} needs {option.label.lower()}."
        elif value is not None and not _fits(option, value):
            yield f"{label} can't take {value!r} for {option.label.lower()}."


def _fits(option: Option, value: object) -> bool:
    if option.type == "flag":
        return isinstance(value, bool)
    if option.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if option.type == "choice":
        return value in option.choices
    return option.limit is None or len(value) <= option.limit


def _listed(formats: frozenset[str]) -> str:
    return ", ".join(sorted(name.partition("/")[2].upper() for name in formats))
