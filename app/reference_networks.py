"""What each network takes, as Markdown: the part of the reference that is written from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from platforms.capabilities import KindRule, MediaRule, Option, Quota
from platforms.contract import Network
from platforms.registry import NETWORK_KEYS, network

MIB = 1024 * 1024


def networks() -> Iterator[str]:
    """The section, line by line."""
    yield "## Networks\n"
    yield "What AllIN publishes there, and the limits that the composer and the API hold a post against.\n"
    for key in NETWORK_KEYS:
        yield from _network(network(key))


def _network(one: Network) -> Iterator[str]:
    can = one.capabilities
    yield f"### {one.label}\n"
    yield "| kind | text | title | files | images | videos | options |\n|---|---|---|---|---|---|---|"
    for rule in can.kinds:
        yield f"| {rule.kind.value} | {' | '.join(cell or '–' for cell in _cells(rule))} |"
    yield f"\nText is counted in {can.counts}. " + ("Threads can be published. " if can.threads else "")
    if can.comments:
        yield f"A first comment can be put below a post, of {can.comment_limit:,} characters."
    yield f"A post whose answer was lost is found by this: {can.finds}"
    if can.history:
        yield f"History: {can.history}"
    yield ""
    for feature, scopes in can.scopes.items():
        yield f"- to {feature.value}: {', '.join(f'`{scope}`' for scope in sorted(scopes)) or 'nothing more'}"
    for quota in can.quotas:
        yield f"- {_quota(quota)}"
    yield ""


def _cells(rule: KindRule) -> Iterator[str]:
    text = f"{rule.text_limit:,}" if rule.text_limit else "none"
    yield text + (" (needed)" if rule.text_required else "")
    yield (f"{rule.title_limit:,}" + (" (needed)" if rule.title_required else "")) if rule.title_limit else ""
    low, high = rule.count
    yield "" if not high else str(low) if low == high else f"{low} to {high}"
    yield _files(rule.image)
    yield _files(rule.video or rule.document)
    yield ", ".join(_option(option) for option in rule.options)


def _files(rule: MediaRule | None) -> str:
    if rule is None:
        return ""
    formats = "/".join(sorted(name.partition("/")[2].upper() for name in rule.formats))
    larger = f" (GIF {rule.gif_bytes / MIB:,.0f} MB)" if rule.gif_bytes else ""
    parts = [formats, f"{rule.max_bytes / MIB:,.0f} MB{larger}"]
    if rule.duration_s:
        parts.append(f"{rule.duration_s[0]:g} to {rule.duration_s[1]:g} s")
    if rule.aspect:
        parts.append(f"{rule.aspect[0]:.2f} to {rule.aspect[1]:.2f} wide")
    return ", ".join(parts)


def _option(option: Option) -> str:
    return f"{option.label.lower()}{' (needed)' if option.required else ''}"


def _quota(quota: Quota) -> str:
    of = "each account" if quota.of == "account" else "all accounts together"
    return f"{quota.name}: {quota.count:,} in {_time(quota.per)} for {of}"


def _time(per: timedelta) -> str:
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count, rest = divmod(int(per.total_seconds()), size)
        if count and not rest:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{per.total_seconds():g} seconds"
