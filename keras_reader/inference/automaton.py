"""Sets of texts as finite automata over a reader's characters."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from keras_reader.errors import InputError
from keras_reader.limits import PATTERN_PARTS, PATTERN_STATES


@dataclass(frozen=True, eq=False)
class Automaton:
    """A deterministic automaton. It starts in state 0; its last state accepts nothing and is never left.

    Characters that the automaton treats alike form a group.

    Attributes:
        group_of: int `(characters,)`: the group of each character, by class index.
        transitions: int `(states, groups)`: the state that a character of a group leads to.
        accepting: bool `(states,)`: whether a text may end in a state.
        shortest: number of characters of the shortest text that is accepted; `None` if there is none of at most the
            length that the automaton was made for.
    """

    group_of: np.ndarray
    transitions: np.ndarray
    accepting: np.ndarray
    shortest: int | None

    def accepts(self, ids: Iterable[int]) -> bool:
        """Whether a text is one of the set.

        Args:
            ids: the class indices of its characters, without the terminator: at most as many as the automaton was
                made for.
        """
        state = 0
        for i in ids:
            state = self.transitions[state, self.group_of[i]]
        return bool(self.accepting[state])


class AutomatonBuilder:
    """Builds an automaton from the parts of a regular expression (Thompson, 1968), which it then makes deterministic.

    A part is added behind a state and gives the state behind it.

    Args:
        characters: number of characters.
        longest: length of the longest text that matters, in characters.
    """

    def __init__(self, characters: int, longest: int):
        self._characters = characters
        self._longest = longest
        self._by_character: list[list[tuple[int, int]]] = [[]]  # of each state: set of characters as bits, target
        self._free: list[list[tuple[str, int]]] = [[]]  # of each state: condition, target
        self.parts = 0

    def state(self) -> int:
        """A new state. State 0 is there from the beginning, and is the start.

        Raises:
            InputError: if there are too many.
        """
        self.count_part()
        self._by_character.append([])
        self._free.append([])
        return len(self._free) - 1

    def count_part(self) -> None:
        """Count a part that may add no state.

        Raises:
            InputError: if there are too many.
        """
        self.parts += 1
        if self.parts > PATTERN_PARTS:
            raise InputError("too large: use fewer and shorter repeats")

    def step(self, source: int, members: int) -> int:
        """Add one character of a set behind a state.

        Args:
            source: the state.
            members: the set: bit i says whether the character of class index i is in it.
        """
        target = self.state()
        self._by_character[source].append((members, target))
        return target

    def join(self, source: int, target: int, condition: str = "") -> None:
        """Let a state be left for another without a character: always, only at the `"start"`, or at the `"end"`."""
        self._free[source].append((condition, target))

    def build(self, final: int) -> Automaton:
        """The deterministic automaton of the texts that lead from state 0 to `final`.

        Raises:
            InputError: if it has too many states.
        """
        group_of, samples = self._groups()
        start = self._closure([0], {"", "start"})
        numbers: dict[object, int] = {"start": 0}
        members, transitions = [start], []
        accepting = [final in self._closure(start, {"", "start", "end"})]
        level, shortest = [0], 0 if accepting[0] else None
        for length in range(1, self._longest + 1):
            following = []
            for number in level:
                row = []
                for sample in samples:
                    targets = [t for s in members[number] for set_, t in self._by_character[s] if set_ >> sample & 1]
                    reached = self._closure(targets, {""})
                    if reached not in numbers and reached:
                        if len(members) == PATTERN_STATES:
                            raise InputError(f"too large: more than {PATTERN_STATES:,} states: make it simpler")
                        numbers[reached] = len(members)
                        following.append(len(members))
                        members.append(reached)
                        accepting.append(final in self._closure(reached, {"", "end"}))
                        if accepting[-1] and shortest is None:
                            shortest = length
                    row.append(numbers[reached] if reached else -1)
                transitions.append(row)
            level = following
        # What is reached by the longest texts only need not go on.
        transitions += [[-1] * len(samples)] * (len(members) + 1 - len(transitions))
        table = np.array(transitions).reshape(len(members) + 1, len(samples))
        return Automaton(group_of, np.where(table < 0, len(members), table), np.array([*accepting, False]), shortest)

    def _groups(self):
        """The group of each character, and a character of each group."""
        sets = sorted({members for edges in self._by_character for members, _ in edges})
        samples, group_of = {}, []
        for i in range(self._characters):
            signature = tuple(members >> i & 1 for members in sets)
            group_of.append(samples.setdefault(signature, (len(samples), i))[0])
        return np.array(group_of), [sample for _, sample in samples.values()]

    def _closure(self, states, conditions):
        """The states that can be reached without a character."""
        reached, waiting = set(states), list(states)
        while waiting:
            for condition, target in self._free[waiting.pop()]:
                if condition in conditions and target not in reached:
                    reached.add(target)
                    waiting.append(target)
        return frozenset(reached)
