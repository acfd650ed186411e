"""The jobs of the analytics location. Each runs in one process: a step of its own would cost seconds."""

from __future__ import annotations

import dagster as dg

TAGS = {"allin/kind": "analytics"}
RAW = dg.AssetSelection.groups("raw")

ingest = dg.define_asset_job("ingest", RAW, description="Fetch and land, nothing more.", tags=TAGS)
build = dg.define_asset_job(
    "build",
    dg.AssetSelection.all() - RAW,
    description="Model what has landed, audit it, release it.",
    tags=TAGS,
)
refresh = dg.define_asset_job(
    "refresh", dg.AssetSelection.all(), description="Ingest, then build: what the schedules run.", tags=TAGS
)
mirror = dg.define_asset_job(
    "mirror",
    dg.AssetSelection.assets(dg.AssetKey(["release", "mirror"])),
    description="Bring PostgreSQL's copy of the marts to what people see, after somebody went back.",
    tags=TAGS,
)
