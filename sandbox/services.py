"""Everything a route needs, made once at start and found on the application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Request

from sandbox.archive import ArchiveWorld
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.model import World
from sandbox.settings import Settings
from sandbox.store import Store
from sandbox.timeline import Timeline
from sandbox.world import GeneratedWorld


@dataclass(frozen=True, slots=True)
class Services:
    """The running sandbox."""

    settings: Settings
    clock: Clock
    world: World
    store: Store
    timeline: Timeline
    faults: Faults


def open_services(settings: Settings) -> Services:
    """Make the world, open its state under `settings.home`, and let the world start at the kept anchor.

    Raises ArchiveError for a bad archive, OSError or sqlite3.Error when the state cannot be opened.
    """
    world = _world(settings)
    store = Store(settings.home / f"{world.fingerprint}.sqlite3")
    offset = float(store.remember("clock_offset_s", "0"))
    clock = Clock(offset, lambda value: store.replace("clock_offset_s", repr(value)))
    anchor = datetime.fromisoformat(store.remember("anchor", clock.now().isoformat()))
    world.start(anchor.astimezone(UTC))
    timeline = Timeline(world, store, timedelta(seconds=settings.duplicate_window_s))
    return Services(settings, clock, world, store, timeline, Faults(store))


def _world(settings: Settings) -> World:
    if settings.archive is not None:
        return ArchiveWorld(settings.archive, settings.pages)
    return GeneratedWorld(settings.seed, settings.days, settings.brands, settings.busy)


async def services(request: Request) -> Services:
    """The running sandbox of a request."""
    found: Services = request.app.state.services
    return found
