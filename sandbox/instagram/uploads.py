"""Bytes sent to a container, from an offset on; for Facebook's login only."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.instagram.call import NETWORK, PUBLISH, Calling
from sandbox.instagram.containers import KIND, VIDEO_S

router = APIRouter(prefix="/facebook/rupload/ig-api-upload")
_LONGEST = 300 * 1024 * 1024


@router.post("/{version}/{container}")
async def upload(version: str, container: str, call: Calling) -> JSONResponse:  # noqa: ARG001
    """Take bytes as they come: what arrived before a connection broke is kept."""
    account = call.account("me", PUBLISH)
    thing = objects.get(call.sandbox, NETWORK, KIND, container)
    headers = call.request.headers
    offset, size = headers.get("offset", ""), headers.get("file_size", "")
    if thing is None or thing.account != account.id or "received" not in thing.data:
        return _refused("ProcessingFailedError", "Request processing failed", retriable=False)
    if not offset.isdecimal() or not size.isdecimal() or not 0 < int(size) <= _LONGEST:
        return _refused("ParameterError", "offset and file_size are needed", retriable=False)
    received = thing.data["received"]
    if int(offset) != received:
        return _refused("OffsetInvalidError", f"The offset is {received}", retriable=True)
    with objects.bytes_path(call.sandbox, NETWORK, container).open("ab") as file:
        try:
            async for block in call.request.stream():
                file.write(block)
                received += len(block)
        except ClientDisconnect:
            pass
    ready_at = call.sandbox.clock.now().timestamp() + VIDEO_S if received >= int(size) else None
    data = {**thing.data, "received": received, "ready_at": ready_at}
    objects.put(call.sandbox, NETWORK, KIND, container, account.id, data)
    if ready_at is None:
        return _refused(
            "PartialRequestError", "Partial request (did not match length of file)", retriable=True
        )
    return JSONResponse({"success": True, "message": "Upload successful."})


def _refused(kind: str, message: str, *, retriable: bool) -> JSONResponse:
    return JSONResponse({"debug_info": {"retriable": retriable, "type": kind, "message": message}}, 400)
