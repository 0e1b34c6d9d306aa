"""Processes that train together find each other, agree, and learn at once that one has ended."""

import socket
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from keras_reader.errors import CommandError, InputError
from keras_reader.training.companions import Companions, Processes, processes_from
from tests.helpers import ROOT

WAIT = 60


def free_port() -> int:
    """A port that is free, and whose next one is too."""
    while True:
        with closing(socket.create_server(("127.0.0.1", 0))) as first:
            port = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port


class Member(threading.Thread):
    """A process of a training, in a thread of this one."""

    def __init__(self, port, count, index, run="same", seconds=WAIT):
        super().__init__(daemon=True)
        self.arguments = Processes("127.0.0.1", port, count, index), run, self.learn, seconds
        self.companions, self.error, self.lost = None, None, []
        self.learned = threading.Event()
        self.start()

    def run(self):
        try:
            self.companions = Companions(*self.arguments)
        except CommandError as error:
            self.error = error

    def learn(self, message):
        self.lost.append(message)
        self.learned.set()


def join(*members):
    for member in members:
        member.join(WAIT)
        assert not member.is_alive()


# Another process of three: it says when it is in, and then waits.
THIRD = """
import sys
from keras_reader.training.companions import Companions, Processes
Companions(Processes("127.0.0.1", int(sys.argv[1]), 3, 2), "same", print)
print("in", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "ended by itself"])
def test_when_a_process_ends_all_others_learn_which_one(killed):
    port = free_port()
    first, second = Member(port, 3, 0), Member(port, 3, 1)
    third = subprocess.Popen(
        [sys.executable, "-c", THIRD, str(port)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    join(first, second)
    assert (first.error, second.error) == (None, None)
    assert third.stdout.readline() == "in\n"
    assert not first.lost and not second.lost
    if killed:
        third.kill()
    third.communicate()
    for index, member in enumerate((first, second)):
        assert member.learned.wait(WAIT)
        assert member.lost == [
            f"process {index} of 3: process 2 has ended, and the training cannot go on without it: start all processes "
            "again with --resume"
        ]


def test_a_process_that_has_done_its_part_is_not_missed():
    port = free_port()
    first, second = Member(port, 2, 0), Member(port, 2, 1)
    join(first, second)
    for member in (second, first):
        member.companions.leave()
    for member in (first, second):
        member.companions._watcher.join(WAIT)
        assert not member.companions._watcher.is_alive()
        assert member.lost == []


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"count": 3}, "counts 3 processes"),
        ({"run": "other"}, "process 1 was started with other options or data"),
        ({"count": 9, "index": 5}, "counts 9 processes"),
    ],
)
def test_processes_that_do_not_agree_are_refused_on_both_sides(second, message):
    port = free_port()
    members = Member(port, 2, 0), Member(port, **({"count": 2, "index": 1} | second))
    join(*members)
    for member in members:
        assert isinstance(member.error, InputError) and message in str(member.error)


def test_other_programs_that_connect_are_ignored():
    port = free_port()
    first = Member(port, 2, 0)
    while True:
        try:
            with closing(socket.create_connection(("127.0.0.1", port + 1))) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            break
        except ConnectionRefusedError:
            continue
    second = Member(port, 2, 1)
    join(first, second)
    assert (first.error, second.error) == (None, None)


def test_a_process_that_nobody_joins_gives_up_and_names_who_is_missing():
    port = free_port()
    first, second = Member(port, 3, 0, seconds=0.3), Member(port + 2, 3, 1, seconds=0.3)
    join(first, second)
    assert str(first.error).startswith(f"process 0 of 3: process 1, 2 did not come to 127.0.0.1:{port}")
    assert str(second.error).startswith("process 1 of 3: process 0 does not answer at 127.0.0.1:")


def test_a_port_that_is_taken_is_named():
    port = free_port()
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        member = Member(port, 2, 0)
        join(member)
    assert isinstance(member.error, InputError) and f"127.0.0.1:{port + 1} cannot be listened on" in str(member.error)


VARIABLES = {
    "KERAS_DISTRIBUTION_JOB_ADDRESSES": "10.0.0.1:1234,10.0.0.2:1234",
    "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    "KERAS_DISTRIBUTION_PROCESS_ID": "1",
}


def test_the_place_comes_from_options_or_from_keras_variables():
    assert processes_from(None, None, None, {}) is None
    assert processes_from("a:1", 3, 0, VARIABLES) == Processes("a", 1, 3, 0)
    assert processes_from(None, None, None, VARIABLES) == Processes("10.0.0.1", 1234, 2, 1)
    assert processes_from(None, None, 0, VARIABLES) == Processes("10.0.0.1", 1234, 2, 0)


@pytest.mark.parametrize(
    ("given", "environment", "message"),
    [
        (("a:1", 2, None), {}, "need all of --coordinator, --process-count and --process-index"),
        ((None, 2, 0), {}, "need all of"),
        (("a", 2, 0), {}, "--coordinator must be HOST:PORT"),
        (("a:65535", 2, 0), {}, "with a port below 65535"),
        (("a:1", 2, 2), {}, "--process-index must lie in 0 to"),
        (("a:1", 0, 0), {}, "--process-index must lie in 0 to"),
        (
            (None, None, None),
            VARIABLES | {"KERAS_DISTRIBUTION_PROCESS_ID": "x"},
            "PROCESS_ID must be a number, got 'x'",
        ),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(given, environment, message):
    with pytest.raises(InputError, match=message):
        processes_from(*given, environment)
