"""How long calls take, of one function or of several in turns."""

import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def seconds_a_call(call: Callable[[], object], least: float) -> float:
    """Seconds that a call takes, over at least `least` seconds of calls.

    A first call is not counted: until then, the caches hold what another function needs.
    """
    call()
    calls, began = 0, time.perf_counter()
    while (taken := time.perf_counter() - began) < least:
        call()
        calls += 1
    return taken / calls


def in_turns(calls: Mapping[Key, Callable[[], object]], rounds: int, least: float) -> dict[Key, float]:
    """Seconds that a call of each function takes, the median over the rounds.

    Each has its turn in every round, so that what else runs on the machine slows down all of them alike.

    Args:
        calls: the functions, by what their times are called.
        rounds: number of rounds, at least 1.
        least: least time in seconds of a function in a round.
    """
    taken = {key: [] for key in calls}
    for _ in range(rounds):
        for key, call in calls.items():
            taken[key].append(seconds_a_call(call, least))
    return {key: statistics.median(seconds) for key, seconds in taken.items()}
