"""Boards: each account has three, and its own pins are spread over them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.model import Account, Post
from sandbox.pinterest.call import Calling
from sandbox.pinterest.errors import PinterestError
from sandbox.pinterest.oauth import NETWORK
from sandbox.services import Services

router = APIRouter(prefix="/pinterest/v5")
PIN = "pin"
_NAMES = ("News", "Ideas", "Behind the scenes")


def boards_of(account: Account) -> dict[str, str]:
    """Names of an account's boards by their ids."""
    return {f"{account.id}{number}": name for number, name in enumerate(_NAMES, 1)}


def board_of(sandbox: Services, account: Account, post: Post) -> str:
    """The board a pin is on."""
    thing = objects.get(sandbox, NETWORK, PIN, post.id)
    if thing is not None:
        return str(thing.data["board_id"])
    return f"{account.id}{int(post.id[-5:-2]) % len(_NAMES) + 1}"


def owner(sandbox: Services, board_id: str) -> Account | None:
    """Whose board it is, or None."""
    accounts = sandbox.timeline.accounts_of("pinterest")
    return next((account for account in accounts if board_id in boards_of(account)), None)


@router.get("/boards")
async def boards(call: Calling) -> JSONResponse:
    """The account's boards."""
    call.count("org_read", "boards:read")
    wanted, bookmark = call.page(list(boards_of(call.account)))
    items = [_board(call.account, board_id) for board_id in wanted]
    return call.answer({"items": items, "bookmark": bookmark})


def _board(account: Account, board_id: str) -> dict[str, Any]:
    return {
        "id": board_id,
        "name": boards_of(account)[board_id],
        "description": None,
        "privacy": "PUBLIC",
        "owner": {"username": account.username},
        "created_at": account.created_at.strftime("%Y-%m-%dT%H:%M:%S"),
    }


def own_board(sandbox: Services, account: Account, board_id: str | None) -> str:
    """A board the account may pin to. Raises PinterestError."""
    found = owner(sandbox, board_id or "")
    if board_id is None or found is None:
        raise PinterestError(404, 40, "Board not found.")
    if found.id != account.id:
        raise PinterestError(403, 29, "You are not permitted to access that resource.")
    return board_id
