"""What can be chosen for an option whose values only the account's network knows: its boards, say."""

from __future__ import annotations

from uuid import UUID

from foundation.settings import get_settings
from platforms.contract import Offering
from platforms.errors import NetworkError
from publishing.senders import ConnectedSenders, Senders


def choices(account_id: UUID, option_key: str, senders: Senders | None = None) -> dict[str, str]:
    """Values, and words for each, as the network tells them now. The caller answers for whose account it is.

    Raises:
        NetworkError: the network did not tell.
        LookupError: there is no such account.
    """
    senders = senders or ConnectedSenders(get_settings())
    account = senders.account(account_id)
    publisher = senders.publisher(account.network)
    if not isinstance(publisher, Offering):
        return {}
    try:
        return publisher.choices(account, option_key)
    except NetworkError as error:
        senders.report(account, error)
        raise
