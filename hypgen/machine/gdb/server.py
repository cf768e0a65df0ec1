"""The socket of the gdb stub: one connection at a time, packets in and answers out."""

from __future__ import annotations

import select
import socket
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from hypgen.machine.debugger import Debugger
from hypgen.machine.gdb.protocol import Event, Reader, Signal, frame
from hypgen.machine.gdb.stub import Stub
from hypgen.machine.results import StopReason

Tick = Callable[[], bool]
"""Called between slices of a run; whether it should stop."""


class Server:
    """Listens at ``host`` and ``port`` (0 for any free one) and serves gdb. Raises OSError if it cannot."""

    def __init__(self, host: str, port: int) -> None:
        self._listener = socket.create_server((host, port), reuse_port=False)
        self._listener.listen(1)

    @property
    def address(self) -> tuple[str, int]:
        """Where gdb connects: host and port."""
        host, port = self._listener.getsockname()[:2]
        return host, port

    def __enter__(self) -> Self:
        return self

    @property
    def wanted(self) -> bool:
        """Whether a gdb has connected that is not served yet."""
        return bool(select.select([self._listener], [], [], 0)[0])

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def serve(
        self, debugger: Debugger, tick: Tick = lambda: False, status: Callable[[], int] = lambda: 0
    ) -> tuple[str, StopReason]:
        """Serve until gdb detaches, kills the machine or is told of its end, or, where it could start the
        machine again, leaves; a connection that breaks off is a detach.

        Gives which (``detach``, ``kill`` or ``exit``) and the last stop; breakpoints and watchpoints are gone
        then, and another gdb may be served. ``status`` is the exit status to tell gdb.
        """
        connection, _ = self._listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                return _Connection(connection, debugger, tick, status).serve()
            finally:
                debugger.forget_points()


class _Connection:
    def __init__(
        self, connection: socket.socket, debugger: Debugger, tick: Tick, status: Callable[[], int]
    ) -> None:
        self._socket = connection
        self._reader = Reader()
        self._events: deque[Event | None] = deque()
        self._tick = tick
        self._last = b""
        self._stub = Stub(debugger, self._print, self._interrupted, status)

    def serve(self) -> tuple[str, StopReason]:
        """Answer until the session ends; gives why, and the last stop."""
        session = self._stub.session
        while not session.ended:
            if not self._events and not self._receive():
                session.break_off()
            while self._events and not session.ended:
                self._handle(self._events.popleft())
        return session.ended, self._stub.stop

    def _handle(self, event: Event | None) -> None:
        session = self._stub.session
        if event is None:
            if session.acknowledge:
                self._socket.sendall(b"-")
        elif isinstance(event, bytes):
            if session.acknowledge:
                self._socket.sendall(b"+")
            answer = self._stub.answer(event)
            if answer is not None:
                self._send(answer)
        elif event is Signal.NACK:
            self._socket.sendall(self._last)

    def _send(self, content: bytes) -> None:
        self._last = frame(content)
        try:
            self._socket.sendall(self._last)
        except OSError:
            self._stub.session.break_off()

    def _print(self, text: str) -> None:
        self._send(b"O" + text.encode().hex().encode())

    def _receive(self) -> bool:
        try:
            data = self._socket.recv(0x10000)
        except OSError:
            data = b""
        self._events.extend(self._reader.feed(data))
        return bool(data)

    def _interrupted(self) -> bool:
        """Whether gdb sent an interrupt, or went away, while the machine runs."""
        stop = self._tick()
        while select.select([self._socket], [], [], 0)[0]:
            if not self._receive():
                self._stub.session.break_off()
                return True
        if Signal.INTERRUPT in self._events:
            self._events.remove(Signal.INTERRUPT)
            return True
        return stop
