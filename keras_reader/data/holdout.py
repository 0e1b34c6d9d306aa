"""Pictures to validate on: none of them may be trained on, neither their content nor, if set aside, their text."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

# With fewer different texts, setting some aside would take too much from training.
FEWEST_TEXTS = 50


def held_out_count(pictures: int) -> int:
    """How many of so many labelled pictures are set aside: a tenth, but at least one."""
    return max(1, pictures // 10)


def hold_out(contents: Sequence[bytes], texts: Sequence[str], count: int, seed: int) -> list[int]:
    """Choose pictures to validate on.

    Pictures of the same content stay together. Where there are at least 50 different texts, so do pictures of the same
    text, unless fewer than half of what is asked for can be found so: where each text has a character that no other
    has, a text that is not trained on cannot be read. A group is not chosen while others are left if training would
    keep fewer than half of the occurrences of one of its characters, or if it is larger than a quarter of what is
    asked for.

    Args:
        contents: something that is equal for pictures of the same content.
        texts: the text of each picture.
        count: how many to choose, at least 1. A little more or less is chosen where groups are large.
        seed: fixes the choice.

    Returns:
        Their indices, in rising order; at least one, and never all.
    """
    if len(set(texts)) >= FEWEST_TEXTS:
        chosen, _ = _chosen(_groups(contents, texts, by_text=True), texts, count, seed)
        if 2 * len(chosen) >= count:
            return sorted(chosen)
    chosen, postponed = _chosen(_groups(contents, texts, by_text=False), texts, count, seed)
    # Rare characters and large groups only where there is nothing else.
    for group in sorted(postponed, key=len):
        if chosen:
            break
        if len(group) < len(texts):
            chosen = group
    return sorted(chosen)


def _chosen(groups, texts, count, seed):
    """Pictures to validate on, and the groups that should rather be trained on."""
    occurrences = Counter("".join(texts))
    left = occurrences.copy()
    chosen: list[int] = []
    postponed = []
    for number in np.random.default_rng(seed).permutation(len(groups)):
        group = groups[number]
        if len(chosen) >= count:
            break
        used = Counter("".join([str(texts[i]) for i in group]))
        rare = any(2 * (left[character] - times) < occurrences[character] for character, times in used.items())
        if rare or len(group) > max(1, count / 4):
            postponed.append(group)
            continue
        left -= used
        chosen += group
    return chosen, postponed


def content_digest(image: np.ndarray) -> bytes:
    """A digest of an image, uint8 `(height, width)`: equal for equal pictures, whatever their files."""
    return hashlib.blake2b(repr(image.shape).encode() + image.tobytes()).digest()


def also_trained_on(training: Sequence[bytes], validation: Sequence[bytes]) -> list[int]:
    """The pictures to validate on that are trained on, too.

    Args:
        training, validation: the digest of each picture, as `content_digest` gives it.

    Returns:
        Their indices in `validation`.
    """
    trained = set(training)
    return [i for i, content in enumerate(validation) if content in trained]


def describe_leak(count: int) -> str:
    """What is wrong with so many pictures to validate on that are trained on, and what to do."""
    return f"{count:,} of the pictures are also trained on: take them out of one of the two files"


def spread(total: int, count: int) -> list[int]:
    """Choose items of a list, evenly spread over it, the same ones every time.

    One item is drawn from each of `count` stretches of the same length. An even step would take one kind only where
    kinds take turns.

    Args:
        total: the length of the list.
        count: how many to choose.

    Returns:
        Indices in rising order; all if there are no more.
    """
    if count >= total:
        return list(range(total))
    edges = [k * total // count for k in range(count + 1)]
    return np.random.default_rng(0).integers(edges[:-1], edges[1:]).tolist()


def _groups(contents, texts, by_text):
    """The indices of the pictures in groups that share a content or, if asked for, a text."""
    parent = list(range(len(texts)))

    def root(i):
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    first: dict = {}
    for i, keys in enumerate(zip(contents, texts, strict=True)):
        for key in keys if by_text else keys[:1]:
            parent[root(i)] = root(first.setdefault(key, i))
    groups = defaultdict(list)
    for i in range(len(texts)):
        groups[root(i)].append(i)
    return list(groups.values())
