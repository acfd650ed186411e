"""What people read of a happening: what happened, what to do, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from publishing.happenings import Kind
from publishing.telling.facts import Facts

LONGEST_TITLE: Final = 160  # characters
LONGEST_WORDS: Final = 1000
MOST_COUNTED: Final = 3  # kinds of which the numbers are given
EXCERPT: Final = 60  # characters of a post, enough to know it again

# Kind -> how the settings call it.
NAMES: Final[Mapping[Kind, str]] = {
    Kind.FAILED: "A post was not published",
    Kind.UNKNOWN: "Nobody knows whether a post is public",
    Kind.MISSED: "A post missed its time",
    Kind.NEEDS_RECONNECT: "An account needs you, or has to be connected again",
    Kind.NEEDS_APPROVAL: "A post waits for approval",
    Kind.CHANGES_REQUESTED: "Changes to a post were asked for",
    Kind.APPROVED: "A post was approved",
    Kind.COMMENTED: "Somebody commented on a post",
    Kind.PUBLISHED: "A post was published",
}


# Kind -> how one and how several are counted in an e-mail about many.
COUNTED: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.FAILED: ("post not published", "posts not published"),
    Kind.UNKNOWN: ("post that may be public", "posts that may be public"),
    Kind.MISSED: ("post that missed its time", "posts that missed their time"),
    Kind.NEEDS_RECONNECT: ("account that needs you", "accounts that need you"),
    Kind.NEEDS_APPROVAL: ("post to approve", "posts to approve"),
    Kind.CHANGES_REQUESTED: ("post to change", "posts to change"),
    Kind.COMMENTED: ("comment", "comments"),
    Kind.APPROVED: ("post approved", "posts approved"),
    Kind.PUBLISHED: ("post published", "posts published"),
}


@dataclass(frozen=True)
class Words:
    """A message: its title, what it says, the words of its button, and the local address behind that."""

    title: str
    words: str
    action: str
    link: str


def of(facts: Facts) -> Words:
    """The message of a happening, for people in the app and by e-mail."""
    title, said, action = _SAID[facts.kind](facts)
    return Words(_shortened(title, LONGEST_TITLE), _shortened(said, LONGEST_WORDS), action, link(facts))


def link(facts: Facts) -> str:
    """The local address of the page where something can be done: of the post, or of the account."""
    if facts.kind is Kind.NEEDS_RECONNECT:
        return f"/accounts?account={facts.account_id}"
    if facts.kind is Kind.NEEDS_APPROVAL and facts.post_id is not None:
        return f"/approvals?post={facts.post_id}"
    return "/posts" if facts.post_id is None else f"/posts?post={facts.post_id}"


def counted(kinds: Mapping[Kind, int]) -> str:
    """How many of each kind, what is most urgent first: "2 posts not published, 1 comment".

    Of many kinds only how many things they are.
    """
    found = [(kinds[kind], forms) for kind, forms in COUNTED.items() if kinds.get(kind)]
    if len(found) > MOST_COUNTED:
        return f"{sum(kinds.values())} things to look at"
    return ", ".join(f"{number} {forms[number > 1]}" for number, forms in found)


def _failed(facts: Facts) -> tuple[str, str, str]:
    problem = facts.details.get("problem", f"{_post(facts)} was not published.")
    advice = facts.details.get("advice", "Open the post to see what can be done.")
    return f"Not published: {_place(facts)}", f"{problem} {advice}", "Open the post"


def _unknown(facts: Facts) -> tuple[str, str, str]:
    problem = facts.details.get("problem", f"Whether {_post(facts)} is public could not be found out.")
    advice = facts.details.get("advice", "Look on the network, and answer in AllIN what you see.")
    return f"Is it public? {_place(facts)}", f"{problem} {advice}", "Say what you see"


def _missed(facts: Facts) -> tuple[str, str, str]:
    problem = facts.details.get("problem", f"{_post(facts)} was not sent in time.")
    advice = facts.details.get("advice", "It is not sent by itself. Send it now, or cancel it.")
    return f"Missed its time: {_place(facts)}", f"{problem} {advice}", "Send or cancel it"


def _needs_reconnect(facts: Facts) -> tuple[str, str, str]:
    reason = facts.details.get("problem", "")
    if "still_works" in facts.details:
        said = f"{facts.label or 'The network'} still lets AllIN use this account, but wants something of you"
        return f"Needs you: {_place(facts)}", f"{said}: {reason.rstrip('.')}.", "Look at the account"
    said = f"{facts.label or 'The network'} no longer lets AllIN use this account"
    said += f": {reason.rstrip('.')}." if reason else "."
    advice = "Connect it again: until then its posts are not sent and no numbers are collected."
    return f"Connect again: {_place(facts)}", f"{said} {advice}", "Connect it again"


def _needs_approval(facts: Facts) -> tuple[str, str, str]:
    asks = facts.details.get("by_name")
    said = f"{asks} asks you to approve {_post(facts)}" if asks else f"{_post(facts)} waits for you"
    asking = "Still to approve" if facts.details.get("reminder") else "Please approve"
    return (
        f"{asking}: {_excerpt(facts)}",
        f"{said}{_of_brand(facts)}. Approve it, or say what is to change.{_quoted(facts)}",
        "Look at the post",
    )


def _changes_requested(facts: Facts) -> tuple[str, str, str]:
    said = f"{facts.details.get('by_name', 'Who approves')} asks for changes to {_post(facts)}"
    return (
        f"Changes asked for: {_excerpt(facts)}",
        f"{said}{_of_brand(facts)}.{_quoted(facts)} Change it, and submit it again.",
        "Change the post",
    )


def _approved(facts: Facts) -> tuple[str, str, str]:
    by = facts.details.get("by_name")
    said = f"{_post(facts)}{_of_brand(facts)} was approved{f' by {by}' if by else ''}."
    advice = facts.details.get("advice", "There is nothing to do: it goes out at its time.")
    return f"Approved: {_excerpt(facts)}", f"{said}{_quoted(facts)} {advice}", "Open the post"


def _commented(facts: Facts) -> tuple[str, str, str]:
    said = f"{facts.details.get('by_name', 'Somebody')} commented on {_post(facts)}{_of_brand(facts)}."
    return f"New comment: {_excerpt(facts)}", f"{said}{_quoted(facts)}", "Read and answer"


def _published(facts: Facts) -> tuple[str, str, str]:
    said = f"{_post(facts)} is public{f' on {_place(facts)}' if facts.account else ''}."
    return f"Published: {_place(facts)}", f"{said} There is nothing to do.", "Open the post"


_SAID: Final[Mapping[Kind, Callable[[Facts], tuple[str, str, str]]]] = {
    Kind.FAILED: _failed,
    Kind.UNKNOWN: _unknown,
    Kind.MISSED: _missed,
    Kind.NEEDS_RECONNECT: _needs_reconnect,
    Kind.NEEDS_APPROVAL: _needs_approval,
    Kind.CHANGES_REQUESTED: _changes_requested,
    Kind.APPROVED: _approved,
    Kind.COMMENTED: _commented,
    Kind.PUBLISHED: _published,
}


def _place(facts: Facts) -> str:
    if facts.account is None:
        return facts.brand or "a post"
    return f"{facts.account} ({facts.label})"


def _of_brand(facts: Facts) -> str:
    return f" for {facts.brand}" if facts.brand else ""


def _post(facts: Facts) -> str:
    return f"“{_excerpt(facts)}”" if facts.text else "A post"


def _excerpt(facts: Facts) -> str:
    return _shortened(facts.text or "a post", EXCERPT)


def _quoted(facts: Facts) -> str:
    """What somebody wrote with it."""
    return f" “{_shortened(facts.details['words'], 400)}”" if "words" in facts.details else ""


def _shortened(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
