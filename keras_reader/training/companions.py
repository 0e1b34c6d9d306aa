"""Processes that train one reader together: how they find each other, and how they notice that one has ended.

Process 0 listens on the port after the coordinator's. Every other process keeps one connection to it for as long as it
trains. The system closes the connections of a process that ends, however it does, so all others know it at once; where
a whole machine or its network is gone, within half a minute. JAX alone would wait in a collective operation, in some
cases for minutes, and end with pages of its own log.
"""

import errno
import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from keras_reader.errors import CommandError, InputError, reason
from keras_reader.limits import COMPANION_LINE_BYTES

# How long processes wait for each other at the start.
JOIN_SECONDS = 300

# A connection that says nothing is asked whether it is still there; see tcp(7).
_KEEPALIVE = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))

_ADDRESS, _COUNT, _INDEX = (f"KERAS_DISTRIBUTION_{name}" for name in ("JOB_ADDRESSES", "NUM_PROCESSES", "PROCESS_ID"))


class Processes(NamedTuple):
    """One process's place among those that train together.

    Attributes:
        host, port: where process 0 listens for JAX. The next port is ours.
        count: number of processes.
        index: this one's number, from 0.
    """

    host: str
    port: int
    count: int
    index: int

    @property
    def coordinator(self) -> str:
        """`HOST:PORT`, as JAX takes it."""
        return f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"process {self.index} of {self.count}"


def processes_from(
    coordinator: str | None, count: int | None, index: int | None, environment: Mapping[str, str] = os.environ
) -> Processes | None:
    """The place of this process, from the command's options or else from Keras' environment variables.

    The variables are `KERAS_DISTRIBUTION_JOB_ADDRESSES` (of a list, the first counts),
    `KERAS_DISTRIBUTION_NUM_PROCESSES` and `KERAS_DISTRIBUTION_PROCESS_ID`.

    Returns:
        `None` if nothing is said of several processes.

    Raises:
        InputError: if something is missing or out of its range.
    """
    address = coordinator or environment.get(_ADDRESS)
    count, index = _number(count, _COUNT, environment), _number(index, _INDEX, environment)
    if address is None and count is None and index is None:
        return None
    if address is None or count is None or index is None:
        raise InputError(
            "several processes need all of --coordinator, --process-count and --process-index, or the environment "
            f"variables {_ADDRESS}, {_COUNT} and {_INDEX}"
        )
    host, _, port = address.split(",")[0].strip().rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65535:
        raise InputError(f"--coordinator must be HOST:PORT with a port below 65535, got {address!r}")
    if count < 1 or not 0 <= index < count:
        raise InputError(f"--process-index must lie in 0 to --process-count - 1, got {index} of {count} processes")
    return Processes(host, int(port), count, index)


def _number(given, variable, environment) -> int | None:
    """A number from an option or else from an environment variable."""
    if given is not None or variable not in environment:
        return given
    try:
        return int(environment[variable])
    except ValueError:
        raise InputError(f"{variable} must be a number, got {environment[variable]!r}") from None


class Companions:
    """The other processes of a training: waits until all are there, and watches them until `leave`.

    Args:
        processes: the place of this process.
        run: what all processes must agree on, as text.
        on_loss: called, in a thread, with one sentence if another process has ended.
        seconds: how long to wait for the others.

    Raises:
        InputError: if the processes do not agree, or the port cannot be had.
        CommandError: if the others do not come.
    """

    def __init__(self, processes: Processes, run: str, on_loss: Callable[[str], None], seconds: float = JOIN_SECONDS):
        self._processes = processes
        self._on_loss = on_loss
        self._ends = time.monotonic() + seconds
        self._connections = self._gather(run) if processes.index == 0 else {0: self._join(run)}
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def leave(self) -> None:
        """Tell the others that this process has finished its part. It goes on watching those that have not."""
        for connection in self._connections.values():
            with suppress(OSError):
                _send(connection, {"done": True})

    def _gather(self, run):
        """Process 0: wait for all others, and let them begin."""
        where = (self._processes.host, self._processes.port + 1)
        connections = {}
        with _server(where) as server:
            while len(connections) < self._processes.count - 1:
                server.settimeout(max(0.01, self._ends - time.monotonic()))
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    missing = sorted({*range(1, self._processes.count)} - {*connections})
                    raise CommandError(
                        f"{self._processes}: process {', '.join(map(str, missing))} did not come to "
                        f"{self._processes.coordinator}: start all {self._processes.count}"
                    ) from None
                hello = _hello(connection)
                if hello is None:  # another program
                    continue
                refused = self._refusal(hello, run, connections)
                if refused:
                    _send(connection, {"refused": refused})
                    raise InputError(f"{self._processes}: {refused}")
                connections[hello["index"]] = connection
        for connection in connections.values():
            _send(connection, {"begin": True})
        return connections

    def _refusal(self, hello, run, connections):
        if hello["count"] != self._processes.count:
            return f"another process counts {hello['count']} processes: give all the same --process-count"
        if hello["index"] in connections or not 0 < hello["index"] < self._processes.count:
            return f"two processes have the number {hello['index']}: give each its own --process-index"
        if hello["run"] != run:
            return f"process {hello['index']} was started with other options or data: start all in the same way"
        return None

    def _join(self, run):
        """Another process: connect to process 0, and wait until it lets all begin."""
        where = (self._processes.host, self._processes.port + 1)
        nobody = f"{self._processes}: process 0 does not answer at {where[0]}:{where[1]}: start it there"
        while True:
            try:
                connection = socket.create_connection(where, timeout=5)
                break
            except OSError:
                if time.monotonic() > self._ends:
                    raise CommandError(nobody) from None
                time.sleep(0.2)
        _keep_alive(connection)
        connection.settimeout(max(1.0, self._ends - time.monotonic() + 5))
        try:
            _send(connection, {"index": self._processes.index, "count": self._processes.count, "run": run})
            answer = _receive(connection)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"{self._processes}: process 0 has ended before all were there ({reason(error)})"
            ) from None
        if "begin" not in answer:
            raise InputError(f"{self._processes}: {answer.get('refused', 'not understood by process 0')}")
        connection.settimeout(None)
        return connection

    def _watch(self):
        watched = dict(self._connections)
        while watched:
            ready, _, _ = select.select([*watched.values()], [], [])
            for index in [index for index, connection in watched.items() if connection in ready]:
                try:
                    said = _receive(watched.pop(index))
                except (OSError, ValueError):
                    said = {"lost": index}
                if "lost" in said:
                    self._lose(said["lost"])
                    return

    def _lose(self, index):
        for other in self._connections.values():
            with suppress(OSError):
                _send(other, {"lost": index})
        self._on_loss(
            f"{self._processes}: process {index} has ended, and the training cannot go on without it: start all "
            "processes again with --resume"
        )


def _server(where):
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    try:
        try:
            return socket.create_server(where, family=family)
        except OSError as error:
            # The others may know this machine by an address that is not its own.
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return socket.create_server(("", where[1]), family=family)
    except OSError as error:
        raise InputError(
            f"--coordinator: {where[0]}:{where[1]} cannot be listened on ({reason(error)}): process 0 takes the port "
            "of --coordinator and the next one"
        ) from None


def _hello(connection):
    """What another process says of itself; `None` if it is none of ours."""
    try:
        _keep_alive(connection)
        connection.settimeout(5)
        hello = _receive(connection)
        connection.settimeout(None)
    except (OSError, ValueError):
        return None
    known = all(isinstance(hello.get(name), kind) for name, kind in (("index", int), ("count", int), ("run", str)))
    return hello if known else None


def _keep_alive(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _send(connection, message):
    connection.sendall(json.dumps(message).encode() + b"\n")


def _receive(connection):
    """One message; a `ValueError` if the connection was closed, or another program speaks there."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte or len(line) > COMPANION_LINE_BYTES:
            raise ValueError("the connection was closed")
        line += byte
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message
