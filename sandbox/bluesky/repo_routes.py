"""com.atproto.repo.*: records under keys, and blobs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from sandbox import objects
from sandbox.bluesky import posts
from sandbox.bluesky.calls import Call, Calling, Sandbox
from sandbox.bluesky.errors import XrpcError, invalid
from sandbox.bluesky.limits import POINTS
from sandbox.bluesky.records import POST, cid, read_post
from sandbox.bluesky.tokens import NETWORK, handle_of
from sandbox.ids import tid

router = APIRouter(prefix="/bluesky/xrpc")
BLOB = "blob"
BLOB_BYTES = 50 * 1024 * 1024
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:~-]{1,512}$")]


class Write(BaseModel):
    """A record to write."""

    model_config = ConfigDict(strict=True)
    repo: str
    collection: str
    record: dict[str, Any]
    rkey: Key | None = None
    validate_it: Annotated[bool | None, Field(alias="validate")] = None
    swapRecord: str | None = None  # noqa: N815 - the lexicon's name
    swapCommit: str | None = None  # noqa: N815 - the lexicon's name


class Delete(BaseModel):
    """A record to delete."""

    model_config = ConfigDict(strict=True)
    repo: str
    collection: str
    rkey: Key


@router.post("/com.atproto.repo.createRecord")
async def create_record(call: Calling) -> JSONResponse:
    """Write a new record. A key that is taken breaks the real host, too."""
    body = await call.body(Write)
    rkey = body.rkey or tid(call.now)
    taken = call.sandbox.timeline.find(posts.uri_of(call.account, rkey), "bluesky", call.now)
    if taken is not None:
        raise XrpcError(500, "InternalServerError", "Internal Server Error")
    return _written(call, body, rkey, "create")


@router.post("/com.atproto.repo.putRecord")
async def put_record(call: Calling) -> JSONResponse:
    """Write a record under its key, new or not."""
    body = await call.body(Write)
    if body.rkey is None:
        raise invalid('Error: Input must have the property "rkey"')
    known = call.sandbox.timeline.find(posts.uri_of(call.account, body.rkey), "bluesky", call.now)
    return _written(call, body, body.rkey, "update" if known else "create")


@router.post("/com.atproto.repo.deleteRecord")
async def delete_record(call: Calling) -> JSONResponse:
    """Delete a record, or do nothing."""
    body = await call.body(Delete)
    _own(call, body.repo)
    call.spend("points an hour", POINTS["delete"])
    found = call.sandbox.timeline.find(posts.uri_of(call.account, body.rkey), "bluesky", call.now)
    if found is None or body.collection != POST:
        return call.answer({})
    call.sandbox.timeline.delete(found[1], call.now)
    return call.answer({"commit": _commit(call, found[1].id)})


@router.get("/com.atproto.repo.getRecord")
async def get_record(request: Request, sandbox: Sandbox) -> JSONResponse:
    """A record; everyone may read it."""
    query = request.query_params
    repo, collection, rkey = (query.get(name, "") for name in ("repo", "collection", "rkey"))
    did = next((a.id for a in sandbox.timeline.accounts_of("bluesky") if repo in (a.id, handle_of(a))), repo)
    uri = f"at://{did}/{collection}/{rkey}"
    found = posts.find(sandbox, uri, sandbox.clock.now())
    if found is None:
        raise XrpcError(400, "RecordNotFound", f"Could not locate record: {uri}")
    record = posts.record_of(sandbox, found[1])
    return JSONResponse({"uri": uri, "cid": cid(record), "value": record})


@router.post("/com.atproto.repo.uploadBlob")
async def upload_blob(call: Calling) -> JSONResponse:
    """Take the bytes of a file."""
    call.spend("uploadBlob")
    content = await call.request.body()
    if len(content) > BLOB_BYTES:
        raise XrpcError(413, "PayloadTooLarge", "request entity too large")
    mime = call.request.headers.get("content-type", "application/octet-stream")
    blob = store_blob(call.sandbox, call.account.id, content, mime)
    return call.answer({"blob": blob})


def store_blob(sandbox: Sandbox, account: str, content: bytes, mime: str) -> dict[str, Any]:
    """Keep a file of an account; its reference."""
    link = cid(content)
    blob = {"$type": "blob", "ref": {"$link": link}, "mimeType": mime, "size": len(content)}
    objects.bytes_path(sandbox, NETWORK, link).write_bytes(content)
    objects.put(sandbox, NETWORK, BLOB, f"{account}/{link}", account, blob)
    return blob


def _written(call: Call, body: Write, rkey: str, action: str) -> JSONResponse:
    _own(call, body.repo)
    if body.collection != POST:
        raise invalid(f"the sandbox has no {body.collection}")
    post = read_post(body.record)
    for blob in post.blobs():
        if objects.get(call.sandbox, NETWORK, BLOB, f"{call.account.id}/{blob.ref.link}") is None:
            raise XrpcError(400, "BlobNotFound", f"Could not find blob: {blob.ref.link}")
    call.spend("points a day", POINTS[action])
    call.spend("points an hour", POINTS[action])
    payload = {"repo": body.repo, "collection": body.collection, "rkey": rkey, "record": body.record}
    uri, content_id = posts.keep(call.sandbox, call.account, rkey, post, payload)
    commit = _commit(call, uri)
    return call.answer({"uri": uri, "cid": content_id, "commit": commit, "validationStatus": "valid"})


def _own(call: Call, repo: str) -> None:
    if repo not in (call.account.id, handle_of(call.account)):
        raise XrpcError(403, "AccountNotFound", "Account not found")


def _commit(call: Call, uri: str) -> dict[str, str]:
    return {"cid": cid([uri, call.now.isoformat()]), "rev": tid(call.now)}
