"""What has to be true before anything starts; each failure is one clear line."""

from __future__ import annotations

import os
import socket

from app.supervision.programs import Program
from foundation.settings import Settings


class StartError(RuntimeError):
    """The start can't go on; the message says in one line what to do."""


def check_home(settings: Settings) -> None:
    """HOME can be made and written.

    Raises:
        StartError: it can't.
    """
    probe = settings.home / f".probe-{os.getpid()}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StartError(
            f"can't write to {settings.home} ({error.strerror}): set ALLIN_HOME to a folder you own"
        ) from None


def check_ports(programs: list[Program]) -> None:
    """Every port is free, and no two programs want the same one.

    Raises:
        StartError: naming the port, who wants it and the setting that moves it.
    """
    taken_by: dict[int, str] = {}
    wanted = [(program, port, setting) for program in programs for port, setting in program.ports]
    for program, port, setting in wanted:
        if port in taken_by:
            raise StartError(
                f"port {port} is set for both {taken_by[port]} and {program.name}: set {setting} to another"
            )
        taken_by[port] = program.name
        if not _is_free(program.host, port):
            raise StartError(
                f"port {port} ({program.name}) is taken by another program: set {setting} to a free port"
            )


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are still fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
