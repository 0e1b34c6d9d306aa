"""The most probable of all texts, or of those that are allowed, by search over the decoding steps' probabilities."""

import heapq
import math
import re
import unicodedata
from typing import NamedTuple

import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.inference.pattern import compile_pattern
from keras_reader.limits import NEXT_BEST_TEXTS


class FoundText(NamedTuple):
    """A text that a search found.

    Attributes:
        probability: of the text, its length included, in (0, 1].
        ids: the class indices of its characters, without the terminator.
    """

    probability: float
    ids: tuple[int, ...]


class TextSearch:
    """Finds the most probable texts among those that are allowed.

    The decoding steps' probabilities are independent of each other once the image is given, so that the probability
    of a text is the product of those of its characters and of the terminator. The search is exact: best first, guided
    by the best that each prefix can still become (Hart, Nilsson and Raphael, 1968), which a walk from the last
    step to the first finds for each state of the automaton of the allowed texts. The texts that a reader can give have
    at most `max_length` characters, or one more where no decoding step gives the terminator.

    Args:
        config: the reader's configuration.
        allow: the only characters that a text may have; `None` for all. Those that the reader does not know are
            without effect.
        pattern: what the whole text must match, see `keras_reader.inference.pattern.compile_pattern`; `None` for
            anything.
        top: number of texts to find; `None` for the best one.

    Attributes:
        is_restricted: whether `allow` or `pattern` is given.
        gives_all: whether `top` is given.

    Raises:
        InputError: if `top` is not in 1 to 100, the pattern cannot be compiled, or no text of the reader is allowed;
            or if `allow` seems to mean a range, such as 0-9.
    """

    def __init__(
        self, config: ReaderConfig, allow: str | None = None, pattern: str | None = None, top: int | None = None
    ):
        if top is not None and (not isinstance(top, int) or isinstance(top, bool) or not 1 <= top <= NEXT_BEST_TEXTS):
            raise InputError(f"top must be a whole number from 1 to {NEXT_BEST_TEXTS}, got {top!r}")
        if allow is not None:
            check_ranges(allow, config.alphabet)
        self._count = top or 1
        self.gives_all = top is not None
        self.is_restricted = allow is not None or pattern is not None
        self._alphabet = config.characters
        self._automaton = compile_pattern(pattern, self._alphabet, config.max_length, allow)
        # Characters by their groups, and where each group begins: what `reduceat` takes.
        self._order = np.argsort(self._automaton.group_of, kind="stable")
        groups = self._automaton.group_of[self._order]
        self._group_starts = np.flatnonzero(np.diff(groups, prepend=-1))

    def allows(self, text: str) -> bool:
        """Whether a text of at most `max_length` characters is allowed; one of unknown characters is not."""
        text = unicodedata.normalize("NFC", text)
        known = self._alphabet.characters
        return set(text) <= set(known) and self._automaton.accepts(known.index(c) for c in text)

    def allowed_probability(self, probabilities: np.ndarray) -> float:
        """The probability of all allowed texts together, in [0, 1].

        Args:
            probabilities: `(decoding steps, classes)` in [0, 1].
        """
        values = np.asarray(probabilities, np.float64)
        by_group = np.add.reduceat(values[:, self._order], self._group_starts, axis=1)
        accepting, transitions = self._automaton.accepting, self._automaton.transitions
        total = accepting.astype(np.float64)
        for at_step, end in zip(by_group[::-1], values[::-1, -1], strict=True):
            total = accepting * end + total[transitions] @ at_step
        return float(min(total[0], 1.0))

    def best(self, probabilities: np.ndarray) -> list[FoundText]:
        """The most probable allowed texts, best first; texts of probability 0 are left out.

        Args:
            probabilities: `(decoding steps, classes)` in [0, 1].

        Returns:
            At most as many texts as were asked for; none if no allowed text has a probability above 0.
        """
        values = np.asarray(probabilities, np.float64)
        with np.errstate(divide="ignore"):
            logs = np.log(values)
        ahead = self._best_ahead(logs)
        steps, group_of = len(values), self._automaton.group_of
        accepting, transitions = self._automaton.accepting, self._automaton.transitions
        # Of a prefix: less the logarithm of the best that it can become, its class indices, its own logarithm, the
        # state it leads to, and whether it is a whole text.
        waiting: list[tuple[float, tuple[int, ...], float, int, bool]]
        waiting = [(-ahead[0, 0], (), 0.0, 0, False)] if ahead[0, 0] > -math.inf else []
        found = []
        while waiting and len(found) < self._count:
            _, ids, log, state, is_whole = heapq.heappop(waiting)
            step = len(ids)
            if is_whole or step == steps:
                found.append(FoundText(self._probability(values, ids), ids))
                continue
            end = log + logs[step, -1]
            if accepting[state] and end > -math.inf:
                heapq.heappush(waiting, (-end, ids, end, state, True))
            states = transitions[state][group_of]
            own = log + logs[step, :-1]
            whole = own + ahead[step + 1][states]
            # Each of them becomes at least one text, so that more of them are never needed.
            best = (
                np.argpartition(-whole, self._count - 1)[: self._count]
                if self._count < len(whole)
                else range(len(whole))
            )
            for i in best:
                if whole[i] > -math.inf:
                    heapq.heappush(waiting, (-whole[i], (*ids, int(i)), own[i], int(states[i]), False))
        return sorted(found, key=lambda text: -text.probability)

    def _best_ahead(self, logs):
        """Logarithm of the best end that a text can take from each step and state: `(steps + 1, states)`."""
        accepting, transitions = self._automaton.accepting, self._automaton.transitions
        by_group = np.maximum.reduceat(logs[:, self._order], self._group_starts, axis=1)
        ahead = np.empty((len(logs) + 1, len(accepting)))
        ahead[-1] = np.where(accepting, 0.0, -np.inf)
        for step in reversed(range(len(logs))):
            end = np.where(accepting, logs[step, -1], -np.inf)
            ahead[step] = np.maximum(end, (ahead[step + 1][transitions] + by_group[step]).max(axis=1))
        return ahead

    @staticmethod
    def _probability(values, ids):
        steps = (*ids, -1)[: len(values)]
        return float(np.prod([values[step, i] for step, i in enumerate(steps)]))


def check_ranges(allow: str, alphabet: str, named: str = "allow") -> None:
    """Refuse characters that seem to mean a range, such as 0-9, of which only the ends would be read.

    Args:
        allow: the characters that may be read.
        alphabet: those that the reader knows.
        named: what the user calls them.

    Raises:
        InputError: saying what to write instead.
    """
    meant = re.sub("(.)-(.)", lambda ends: _range(ends[1], ends[2], alphabet, allow) or ends[0], allow)
    if meant == allow:
        return
    meant, given = ("".join(dict.fromkeys(text)) for text in (meant, allow))
    raise InputError(
        f"{named} {allow} stands for {len(given)} characters, not for a range: write {named} {meant}, or "
        f"{given.replace('-', '')}- if you mean these"
    )


def _range(first, last, alphabet, allow):
    """The characters of the alphabet from one to another of its kind; empty if some between them are given, or none."""
    kinds = [kind for kind in (str.isdigit, str.isupper, str.islower) if kind(first) and kind(last)]
    if not kinds or not {first, last} <= set(alphabet):
        return ""
    between = sorted(c for c in alphabet if first < c < last and kinds[0](c))
    return first + "".join(between) + last if between and not set(between) & set(allow) else ""
