"""Analyses the mistakes of a reader: which letters, where, and which of them no reader can avoid.

    python -m benchmarks.mistakes                   # the reader letters, which ships with the package
    python -m benchmarks.mistakes READER --write docs/results

Prints a page about fresh images of the synthetic task. `--write docs/results` writes it as mistakes.md, with pictures
of the worst mistakes in mistakes/. An ideal observer (`benchmarks.common.ideal_observer`) reads the same images. If it
misreads a word too, the image does not show the word.
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import keras_reader as kr
from benchmarks.common.ideal_observer import as_one_letter
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from benchmarks.common.misreadings import CELL, kind, letters_of, read_all, read_for_each
from benchmarks.pictures.mistakes import draw_pictures
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.pretrained import LETTERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, metavar="READER", help="default: letters")
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write mistakes.md and mistakes/ there")
    args = parser.parse_args()

    reader = kr.load(args.reader or LETTERS)
    words = SyntheticWords(image_size=reader.config.image_size, split="test")
    read = read_all(reader, words, args.images)
    pictures = draw_pictures(reader, words, read, args.write / "mistakes") if args.write else []
    letters = [letter for word in read for letter in letters_of(word, words.image_size)]
    parts = [*_opening(read, args), *_letters(read), *_places(letters), *pictures]
    publish(parts, args.write and args.write / "mistakes.md")


def _opening(read, args):
    count = len(read)
    wrong = [word for word in read if word.wrong]
    both = [word for word in wrong if word.observer_wrong]
    lucky = sum(word.observer_wrong for word in read) - len(both)
    excess = len(wrong) - len(both) - lucky
    confident = sum(word.confidence >= 0.9 for word in wrong)
    kinds, kinds_of_both = (Counter(kind(word.text, word.read) for word in words) for words in (wrong, both))
    observer_as_one = sum(as_one_letter(word.named) == as_one_letter(word.text) for word in read)
    command = f"python -m benchmarks.mistakes {args.reader or ''}".rstrip()
    return [
        "# The mistakes that are left",
        f"For {args.reader or 'the reader `letters`'}, on {count:,} fresh images of the default "
        f"words. Written by `{command} --images {count} --write docs/results`; {describe('numpy', 'pillow')}.",
        table(
            ("whole words read", "as they are", "O and Q as one letter"),
            [
                (
                    "the reader",
                    share(count - len(wrong), count),
                    share(sum(not word.wrong_as_one for word in read), count),
                ),
                (
                    "the ideal observer",
                    share(sum(not word.observer_wrong for word in read), count),
                    share(observer_as_one, count),
                ),
            ],
        ),
        "The ideal observer knows how every letter is drawn, how the noise is distributed, where the word lies, how "
        "long it is, and all its letters except the one it has to name. Its accuracy is an upper bound for every "
        "reader.",
        f"The reader misreads {len(wrong):,} words. The ideal observer misreads {len(both):,} of them too "
        f"({share(len(both), len(wrong))}), and {lucky:,} others that the reader got right by luck. What the "
        f"reader has more than the observer, {excess:,} mistakes ({share(excess, count)} of all words), was avoidable. "
        f"{confident:,} of the reader's mistakes "
        f"({share(confident, len(wrong))}) have a confidence of 0.9 or more.",
        table(
            ("mistake", "words", "share of the mistakes", "also by the ideal observer"),
            [
                (name, f"{number:,}", share(number, len(wrong)), f"{kinds_of_both[name]:,}")
                for name, number in kinds.most_common()
            ],
        ),
    ]


def _letters(read):
    pairs, observer_pairs = Counter(), Counter()
    for word in read:
        if word.wrong:
            pairs.update(
                pair for pair in zip(word.text, read_for_each(word.text, word.read), strict=True) if pair[0] != pair[1]
            )
        observer_pairs.update(pair for pair in zip(word.text, word.named, strict=True) if pair[0] != pair[1])
    rows = [
        (f"{true} read as {got}" if got else f"{true} left out", f"{number:,}", f"{observer_pairs[true, got]:,}")
        for (true, got), number in pairs.most_common(12)
    ]
    rest = sum(pairs.values()) - sum(number for _, number in pairs.most_common(12))
    rows.append((f"{max(0, len(pairs) - 12)} other pairs", f"{rest:,}", "-"))
    lengths = sorted({len(word.text) for word in read})
    sizes = sorted({word.size for word in read})
    return [
        "## Which letters",
        table(("letter", "reader", "ideal observer"), rows),
        "## Which words",
        table(
            ("letters in the word", "words", "misread", "O and Q as one", "ideal observer"),
            [_rates(f"{length}", [word for word in read if len(word.text) == length]) for length in lengths],
        ),
        "Words that are too wide for the image are drawn in a smaller size:",
        table(
            ("drawn in font size", "words", "misread", "O and Q as one", "ideal observer"),
            [_rates(f"{size}", [word for word in read if word.size == size]) for size in sizes],
        ),
    ]


def _places(letters):
    """Tables of how often letters are misread, with O and Q as one letter, by their place."""
    wrong = Counter(letter.true for letter in letters if letter.wrong_as_one)
    usual = {true: wrong[true] / count for true, count in Counter(letter.true for letter in letters).items()}
    unusual = []

    def by(title, name):
        groups = defaultdict(list)
        for letter in letters:
            groups[name(letter)].append(letter)
        rows = []
        for number_and_name in sorted(groups):
            group, label = groups[number_and_name], number_and_name[1]
            rate = np.mean([letter.wrong_as_one for letter in group])
            expected = np.mean([usual[letter.true] for letter in group])
            error = (expected * (1 - expected) / len(group)) ** 0.5
            rows.append((label, f"{len(group):,}", share(rate, 1), share(expected, 1), share(error, 1)))
            if abs(rate - expected) > 3 * error:
                unusual.append(f"{title}: {label} ({share(rate, 1)} instead of {share(expected, 1)})")
        return table((title, "letters", "misread", "expected", "standard error"), rows)

    tables = [
        by("letter of the word", lambda letter: (10 * letter.length + letter.position, _of(letter))),
        by("gap to the nearest letter", lambda letter: _gap(letter.gap)),
        by("distance to the image's edge", lambda letter: _between(letter.edge, (0, 1, 2, 4, 8, 99))),
        by("distance to a column of cells", lambda letter: (letter.across, f"{letter.across} px")),
        by("distance to a row of cells", lambda letter: (letter.down, f"{letter.down} px")),
    ]
    return [
        "## Where",
        "These tables count letters instead of words, with O and Q as one letter. Some letters are misread more often "
        "than others, and some places have more of them. *Expected* is the figure that would result if only the letter "
        f"mattered and not its place. The cells of the reader's attention are {CELL} pixels apart, so the middle of a "
        f"letter is at most {CELL // 2} pixels away from the centre of a cell in each direction.",
        f"More than three standard errors from the expected figure: {'; '.join(unusual) or 'none'}.",
        *tables,
    ]


def _of(letter):
    return f"{letter.position} of {letter.length}"


def _gap(pixels):
    if pixels <= 0:
        return 0, "none: they touch or overlap"
    return (pixels, f"{pixels:.0f} px") if pixels < np.inf else (pixels, "alone")


def _between(pixels, bounds):
    """The number and the name of the range that a number of pixels lies in. `bounds` are the ends of the ranges."""
    i = next(i for i, high in enumerate(bounds) if pixels <= high)
    low, high = bounds[i - 1] + 1, bounds[i]
    if i == len(bounds) - 1:
        return i, f"{low} px or more"
    return i, f"{high} px" if low == high else f"{low} to {high} px"


def _rates(name, group):
    """A row: the name, the number of words, and the shares that the reader and the ideal observer misread."""
    count = len(group)
    wrong = (sum(getattr(item, name) for item in group) for name in ("wrong", "wrong_as_one", "observer_wrong"))
    return name, f"{count:,}", *(share(number, count) for number in wrong)


if __name__ == "__main__":
    with command_errors():
        main()
