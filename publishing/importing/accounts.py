"""The accounts of a brand, by what they are called in files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Known:
    """An account of the brand, by all the names it may be called."""

    id: UUID
    network: str
    name: str
    handle: str

    def is_called(self, written: str) -> bool:
        """Whether this name, handle or id is its own."""
        names = (str(self.id), self.name.casefold(), self.handle.casefold().removeprefix("@"))
        return written.casefold().removeprefix("@") in {*names, self.name.casefold().removeprefix("@")}


def named(written: str, there: Sequence[Known], all_of_them: Sequence[Known]) -> Known:
    """The one account that is called so, of those it may be; `all_of_them` are the brand's.

    Raises:
        ValueError: there is none, or there are several; the message is for people.
    """
    found = [one for one in there if one.is_called(written)]
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(one.network for one in found)
        raise ValueError(f"Several accounts are called {written}: say the network too ({names}), or the id.")
    known = ", ".join(f"{one.name} ({one.network})" for one in all_of_them) or "none"
    raise ValueError(f"This brand has no account {written}. Its accounts are: {known}.")


def meant(written: str, chosen: Sequence[Known]) -> Known:
    """The one of the chosen accounts that is called so, or is on this network.

    Raises:
        ValueError: there is none, or there are several; the message is for people.
    """
    found = _matching(written, chosen)
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(_clear_name(one, chosen) for one in found)
        raise ValueError(f"Several of its accounts could be meant by {written}. Say which one: {names}.")
    raise ValueError(f"Something is said for {written}, where the post does not go.")


def _matching(written: str, chosen: Sequence[Known]) -> list[Known]:
    return [one for one in chosen if one.is_called(written) or one.network == written.casefold()]


def _clear_name(account: Known, chosen: Sequence[Known]) -> str:
    """What only this one of the chosen accounts can be called."""
    if len(_matching(account.network, chosen)) == 1:
        return account.network
    return f"{account.id} ({account.name}, {account.network})"
