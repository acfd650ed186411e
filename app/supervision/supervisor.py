"""The supervisor (supervisord): its configuration from our program table, and its control socket."""

from __future__ import annotations

import configparser
import getpass
import hashlib
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from app.supervision.programs import Program
from foundation.settings import REPOSITORY, Settings

LONGEST_SOCKET_PATH = 100  # Linux allows 107 bytes, macOS 103


def socket_path(settings: Settings) -> Path:
    """The control socket; in the temporary folder where HOME's path is too long for a socket."""
    path = settings.home / "run" / "supervisor.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"allin-{digest}.sock"


def logs_folder(settings: Settings) -> Path:
    """Where each process writes its log."""
    return settings.home / "logs"


def write_configuration(settings: Settings, programs: list[Program]) -> Path:
    """Write supervisord's configuration file and return its path."""
    run, logs = settings.home / "run", logs_folder(settings)
    run.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    config = configparser.RawConfigParser()
    config["unix_http_server"] = {"file": _escaped(socket_path(settings)), "chmod": "0700"}
    config["supervisord"] = {
        "nodaemon": "true",
        "user": getpass.getuser(),
        "directory": _escaped(REPOSITORY),
        "logfile": _escaped(logs / "supervisor.log"),
        "pidfile": _escaped(run / "supervisor.pid"),
        "logfile_maxbytes": "5MB",
        "logfile_backups": "1",
    }
    config["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for program in programs:
        config[f"program:{program.name}"] = {
            "command": _escaped(shlex.join(program.command)),
            "autostart": "false" if program.deferred else "true",
            "autorestart": "true",
            "startsecs": "2",
            "startretries": "5",
            "stopasgroup": "true",
            "killasgroup": "true",
            "stopwaitsecs": "6",
            "redirect_stderr": "true",
            # supervisord expands this one twice.
            "stdout_logfile": _escaped(_escaped(logs / f"{program.name}.log")),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "2",
        }
    path = run / "supervisord.conf"
    with path.open("w") as file:
        config.write(file)
    return path


def _escaped(value: object) -> str:
    """A value as supervisord reads it: percent signs are its expansions."""
    return str(value).replace("%", "%%")


def spawn(settings: Settings, configuration: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start supervisord in a session of its own: Ctrl-C reaches us, and we stop it in order."""
    socket_path(settings).unlink(missing_ok=True)
    with (logs_folder(settings) / "supervisor.out").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            env=dict(environment),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


class Control:
    """supervisord's XML-RPC interface over its socket."""

    def __init__(self, settings: Settings) -> None:
        self._address = f"unix://{socket_path(settings)}"

    def _supervisor(self) -> Any:
        # A connection for each call: one that Ctrl-C interrupted could not be used again.
        transport = SupervisorTransport(None, None, self._address)
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def states(self) -> dict[str, str] | None:
        """State name of each program, or None when no supervisor answers."""
        try:
            return {info["name"]: info["statename"] for info in self._supervisor().getAllProcessInfo()}
        except (OSError, HTTPException, Fault):
            return None

    def start(self, name: str) -> None:
        """Start a deferred program; it may be starting already."""
        try:
            self._supervisor().startProcess(name, False)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise

    def shutdown(self) -> bool:
        """Ask for an orderly end of all processes; returns whether a supervisor heard it."""
        try:
            self._supervisor().shutdown()
        except (OSError, HTTPException, Fault):
            return False
        return True

    def wait_until_gone(self, timeout_s: float) -> bool:
        """Wait for the supervisor to have ended; returns whether it has."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.states() is None:
                return True
            time.sleep(0.2)
        return False
