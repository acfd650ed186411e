"""An SMTP server that says what it is told to, for what no well-behaved one would."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

DROP, HANG = "drop", "hang"
_USUAL = {
    "banner": "220 wire",
    "EHLO": "250-wire\r\n250 AUTH PLAIN",
    "AUTH": "235 2.7.0 Welcome",
    "DATA": "354 Go on",
    "QUIT": "221 Bye",
}


class Wire(socketserver.ThreadingTCPServer):
    """Answers commands by `replies` ("banner", a verb, or "." for the end of a message) or as usual."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, replies: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.replies = {**_USUAL, **replies}
        self.commands: list[str] = []
        self.data = b""
        self.at_the_dot: Callable[[], None] = lambda: None

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def verbs(self) -> list[str]:
        return [command.split(" ", 1)[0].upper() for command in self.commands]


class _Conversation(socketserver.StreamRequestHandler):
    server: Wire

    def handle(self) -> None:
        if not self._say("banner"):
            return
        for line in self.rfile:
            self.server.commands.append(line.decode().rstrip())
            verb = self.server.verbs[-1]
            if not self._say(verb) or verb == "QUIT":
                return
            if verb == "DATA" and not self._message():
                return

    def _message(self) -> bool:
        for line in self.rfile:
            if line == b".\r\n":
                self.server.at_the_dot()
                return self._say(".")
            self.server.data += line
        return False

    def _say(self, moment: str) -> bool:
        words = self.server.replies.get(moment, "250 OK")
        if words == HANG:
            time.sleep(3)
        if words in (DROP, HANG):
            return False
        self.wfile.write(words.encode() + b"\r\n")
        return True


@contextmanager
def wire(**replies: str) -> Iterator[Wire]:
    """A server for the block; `dot` stands for the end of a message."""
    given = {("." if name == "dot" else name): words for name, words in replies.items()}
    with Wire(given) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
