"""The video service: takes a video on an account's behalf, and puts it on its host when it is processed."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from sandbox import grants, objects
from sandbox.bluesky import tokens
from sandbox.bluesky.calls import Sandbox
from sandbox.bluesky.errors import XrpcError, invalid
from sandbox.bluesky.repo_routes import store_blob
from sandbox.objects import Thing

router = APIRouter(prefix="/bluesky/xrpc")
JOB = "video job"
PROCESSING_S = 6.0
VIDEO_BYTES = 300_000_000
BROKEN = b"broken"
"""A video that has this in its first bytes can't be processed."""


@router.post("/app.bsky.video.uploadVideo")
async def upload_video(request: Request, sandbox: Sandbox) -> JSONResponse:
    """Take a video. One that is known already is answered with what became of it."""
    claims = tokens.claims(grants.bearer(request))
    did, now_s = request.query_params.get("did", ""), sandbox.clock.now().timestamp()
    if not claims or claims.get("exp", 0) < now_s:
        raise XrpcError(401, "unauthorized", "bad jwt")
    if claims.get("iss") != did or claims.get("lxm") != "com.atproto.repo.uploadBlob":
        raise XrpcError(401, "unauthorized", "the token is for something else")
    mime = request.headers.get("content-type")
    if mime != "video/mp4" or not request.query_params.get("name"):
        raise invalid("a name and video/mp4 are needed")
    content = await request.body()
    if not content or len(content) > VIDEO_BYTES:
        raise XrpcError(400, "invalid_request", "the video is empty or too large")
    job = hashlib.sha256(did.encode() + content).hexdigest()[:13]
    known = objects.get(sandbox, tokens.NETWORK, JOB, job)
    if known is not None:
        told = {**_told(sandbox, known), "error": "already_exists", "message": "Video already processed"}
        return JSONResponse(told, 409)
    blob = store_blob(sandbox, did, content, mime)
    data = {"did": did, "blob": blob, "broken": BROKEN in content[:200], "sent_at": now_s}
    objects.put(sandbox, tokens.NETWORK, JOB, job, did, data)
    return JSONResponse({"jobId": job, "did": did, "state": "JOB_STATE_CREATED"})


@router.get("/app.bsky.video.getJobStatus")
async def job_status(request: Request, sandbox: Sandbox) -> JSONResponse:
    """How far a video is."""
    known = objects.get(sandbox, tokens.NETWORK, JOB, request.query_params.get("jobId", ""))
    if known is None:
        raise XrpcError(400, "JobNotFound", "job not found")
    return JSONResponse({"jobStatus": _told(sandbox, known)})


def _told(sandbox: Sandbox, job: Thing) -> dict[str, Any]:
    """app.bsky.video.defs#jobStatus."""
    passed_s = sandbox.clock.now().timestamp() - job.data["sent_at"]
    told = {"jobId": job.id, "did": job.data["did"]}
    if passed_s < PROCESSING_S:
        progress = int(100 * passed_s / PROCESSING_S)
        return {**told, "state": "JOB_STATE_ENCODING", "progress": progress}
    if job.data["broken"]:
        return {
            **told,
            "state": "JOB_STATE_FAILED",
            "error": "EncodingFailed",
            "message": "Video can't be read",
        }
    return {**told, "state": "JOB_STATE_COMPLETED", "progress": 100, "blob": job.data["blob"]}
