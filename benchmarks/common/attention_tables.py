"""Where a reader looks in printed text, by what became of the word."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.common.markdown_page import share, table
from keras_reader.evaluation.evaluate import Evaluation, evaluate
from keras_reader.evaluation.faithfulness import Faithfulness
from keras_reader.inference.read_example import ReadExample

Examined = tuple[ReadExample, Faithfulness]


def where_it_looks(examined: Sequence[Examined], masks: Evaluation, window: tuple[int, int]) -> Iterator[str]:
    """The section on masks: all figures, and the two that a misreading spoils, by what became of the word.

    Args:
        examined: what `examine_words` gave.
        masks: the figures of all of them together.
        window: height and width of the reader's receptive window in pixels.
    """
    yield "## Where it looks"
    yield (
        f"The first {len(examined):,} of the crops in fonts set aside. `keras_reader/evaluation/evaluate.py` explains "
        "the figures."
    )
    yield table(("", "value", "meaning"), masks.rows())
    yield (
        "The same by what became of the word. The k-th mask is compared with the box of the k-th character, so that a "
        "character that is read twice, or left out, moves all that follow: in words of another length, pointing is a "
        "figure of the reading. A space that is shown alone is an empty image, as the end of a text is: what makes it "
        "a space lies beside it."
    )
    groups: dict[str, list[Examined]] = {"read right": [], "misread": [], "read at another length": []}
    for pair in examined:
        groups[_outcome(pair[0])].append(pair)
    figures = [(name, group, evaluate(group, window)) for name, group in groups.items() if group]
    yield table(
        ("", "words", "pointing", "sufficiency", "of all but spaces", "of spaces"),
        [_looked(*row) for row in [*figures, ("all", examined, masks)]],
    )


def _outcome(example: ReadExample) -> str:
    if example.reading.text == example.true_text:
        return "read right"
    return "misread" if len(example.reading.text) == len(example.true_text) else "read at another length"


def _looked(name, group, figures):
    is_space = np.array([character == " " for _, changed in group for character in changed.text], bool)
    sufficient = np.concatenate([changed.sufficient for _, changed in group])
    parts = [sufficient, sufficient[~is_space], sufficient[is_space]]
    pointing = "-" if figures.pointing is None else f"{100 * figures.pointing:.2f} %"
    return name, f"{len(group):,}", pointing, *(f"{share(part.sum(), len(part))} of {len(part):,}" for part in parts)
