"""Connected accounts, and connecting more."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from app.api.callers import From, acting, member
from app.api.problems import refusals
from app.api.route import Router
from app.api.schemas.accounts import (
    Account,
    AccountCheck,
    AccountInFull,
    AccountQuota,
    ChosenAccounts,
    ConnectedIds,
    Connection,
    ConnectionBegun,
    NewConnection,
)
from app.api.schemas.common import Cursor, Limit, Listed
from identity import accounts, connecting
from identity.accounts import AccountInfo
from identity.connecting import Answered
from identity.paging import DEFAULT_LIMIT
from identity.permissions import Permission
from identity.principal import Principal
from identity.work import Work
from platforms import limits

router = Router("accounts")
Reading = Annotated[Work, member(Permission.ACCOUNTS_READ)]
Connecting = Annotated[Principal, acting(Permission.ACCOUNTS_CONNECT)]


@router.get("/accounts", summary="List the accounts")
def list_all(work: Reading, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Listed[Account]:
    """Those you may see, by brand, network and name."""
    page = accounts.listed(work, limit=limit, cursor=cursor)
    return Listed(items=[Account(**_shown(one)) for one in page.items], next_cursor=page.next_cursor)


@router.get("/accounts/{account_id:uuid}", summary="One account")
def get(account_id: UUID, work: Reading) -> AccountInFull:
    """With what is used of its network's limits."""
    found = accounts.get(work, account_id)
    quotas = [
        AccountQuota(
            name=one.name,
            of="app" if one.subject == limits.APP else "account",
            used=one.used,
            allowed=one.allowed,
            ends_at=one.ends_at,
        )
        for one in limits.used(work.settings, found.network, [str(account_id)])
    ]
    return AccountInFull(**_shown(found), quotas=quotas)


@router.post("/accounts/{account_id:uuid}/check", summary="Does the account work?")
def check(account_id: UUID, principal: Connecting, caller: From) -> AccountCheck:
    """Asks the network now; it is asked once a day without you."""
    return AccountCheck(problem=accounts.check(principal, account_id, caller.settings))


@router.delete("/accounts/{account_id:uuid}", status_code=204, summary="Disconnect an account")
def disconnect(account_id: UUID, principal: Connecting, caller: From) -> None:
    """Gives the access back. Posts and numbers stay; scheduled posts on it will not go out."""
    accounts.disconnect(principal, account_id, caller.origin, caller.settings)


@router.post(
    "/accounts/connections",
    status_code=201,
    summary="Begin to connect accounts",
    responses=refusals(404),
)
def begin(new: NewConnection, principal: Connecting, caller: From) -> ConnectionBegun:
    """The person opens `url` in a browser they are signed in with. A single new account is connected as they
    come back; of several they choose there, or you do here.
    """
    begun = connecting.begin(
        *(principal, new.network, new.brand_id, new.inputs, caller.origin, caller.settings), by_program=True
    )
    return ConnectionBegun(id=begun.id, url=begun.url)


@router.get("/accounts/connections/{connection_id:uuid}", summary="What a consent reaches")
def answered(connection_id: UUID, principal: Connecting, caller: From) -> Connection:
    """The accounts that can be connected; 404 until the person is back, and when some were connected."""
    return _reached(connecting.answered(principal, connection_id, caller.settings))


@router.post("/accounts/connections/{connection_id:uuid}", summary="Connect the chosen accounts")
def choose(connection_id: UUID, chosen: ChosenAccounts, principal: Connecting, caller: From) -> ConnectedIds:
    """All of them, or none where one can't be."""
    made = connecting.choose(principal, connection_id, chosen.external_ids, caller.origin, caller.settings)
    return ConnectedIds(account_ids=made)


def _shown(account: AccountInfo) -> dict[str, Any]:
    scopes = list(account.scopes) if account.scopes is not None else None
    missing = {feature: sorted(lacking) for feature, lacking in account.missing.items()}
    return {**vars(account), "scopes": scopes, "missing": missing}


def _reached(found: Answered) -> Connection:
    choices = [
        {**vars(one), "missing": {feature: sorted(lacking) for feature, lacking in one.missing.items()}}
        for one in found.choices
    ]
    return Connection.model_validate({**vars(found), "choices": choices})
