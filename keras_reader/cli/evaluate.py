"""`keras-reader evaluate`: prints the figures of a reader, and shows what it misread."""

import argparse
import csv
import dataclasses
import json
import sys
from collections.abc import Sequence, Set
from pathlib import Path

from keras_reader.atomic_files import replacing
from keras_reader.cli.common import (
    DATA_HELP,
    WORDS_MODEL_HELP,
    CommandParser,
    add_max_pixels,
    default_model,
    quiet_start,
)
from keras_reader.cli.text_options import add_text_options, restricted
from keras_reader.cli.word_options import (
    add_word_count,
    add_word_options,
    check_word_count,
    describe_task,
    task_from_options,
    words_from_options,
)
from keras_reader.data.label_rows import lines_in_words
from keras_reader.data.labelled_images import LabelledImages, load_readable
from keras_reader.errors import InputError
from keras_reader.evaluation.edit_distance import levenshtein
from keras_reader.evaluation.error_analysis import suspect_labels, worst_mistakes
from keras_reader.evaluation.evaluate import Evaluation, evaluate, examine_words
from keras_reader.inference.loading import load
from keras_reader.inference.read_example import ReadExample, read_examples
from keras_reader.inference.reader import Reader
from keras_reader.progress import with_progress

SUSPECT_CONFIDENCE = 0.9
MOST_PICTURES = 120
_SHOWN_SUSPECTS = 20
DESCRIPTION = (
    "Print the figures of a reader: how well it reads, how far its confidence can be trusted and, on synthetic words, "
    "how far its masks can be trusted. Labelled images have no true boxes and no separate background, so the area is "
    "the only figure of their masks. Labels of --data that may be wrong are listed; --out writes what was misread and "
    "where the reader looked."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL", help=WORDS_MODEL_HELP)
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"{DATA_HELP} (default: synthetic words)")
    add_word_count(parser)
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object with unrounded figures; unknown ones are null"
    )
    add_text_options(parser)
    parser.add_argument(
        "--no-language-model",
        action="store_true",
        help="read every character from what its mask shows alone, as far as the reader has a language model",
    )
    labelled = parser.add_argument_group("misread images of --data")
    labelled.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="write misread.csv and misread_001.png ..., the surest mistakes first",
    )
    labelled.add_argument(
        "--show-mistakes",
        type=int,
        default=MOST_PICTURES,
        metavar="N",
        help=f"misread images to draw at most (default: {MOST_PICTURES}); the CSV holds all",
    )
    labelled.add_argument(
        "--suspect-confidence",
        type=float,
        default=SUSPECT_CONFIDENCE,
        metavar="SHARE",
        help="a label may be wrong if something else is read with at least this confidence "
        f"(default: {SUSPECT_CONFIDENCE})",
    )
    add_max_pixels(parser)
    add_word_options(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if the reader or the labelled images cannot be loaded, an option is out of its range, or `--out`
            cannot be written.
    """
    check_word_count(args)
    if args.show_mistakes < 1:
        raise InputError(f"--show-mistakes must be at least 1, got {args.show_mistakes}")
    if not 0 <= args.suspect_confidence <= 1:
        raise InputError(f"--suspect-confidence must be from 0 to 1, got {args.suspect_confidence}")
    if args.out and not args.data:
        raise InputError("--out is for the misread images of --data: give both or neither")
    if args.out:
        _make_folder(args.out)
    with quiet_start():
        reader = load(args.model or default_model(bool(args.data), args.task))
        reader = restricted(reader.without_language_model() if args.no_language_model else reader, args)
    if args.data:
        _evaluate_labelled(reader, args)
        return
    words = words_from_options(args, reader.config, split="test")
    chosen = describe_task(args, reader.config, words)
    if chosen and not args.json:
        print(chosen, flush=True)
    examples = examine_words(reader, words, args.count)
    figures = evaluate(with_progress(examples, args.count, "read"), reader.config.window)
    if args.json:
        print(json.dumps({"task": task_from_options(args, reader.config), **dataclasses.asdict(figures)}))
    else:
        _print_figures(figures)


def _evaluate_labelled(reader, args):
    labelled, unreadable = load_readable(args.data, reader.config.characters, reader.config.max_length)
    kept: list[ReadExample] = []
    examples = _noting(with_progress(read_examples(reader, labelled.examples()), len(labelled), "read"), kept)
    figures = evaluate(examples, reader.config.window)
    suspects = suspect_labels(kept, args.suspect_confidence)
    suspected = set(suspects)
    rows = [_row(labelled, kept, i, i in suspected) for i in worst_mistakes(kept, len(kept))]
    if args.json:
        beyond = [labelled.lines[i] for i in unreadable]
        told = {**dataclasses.asdict(figures), "suspect_labels": rows[: len(suspects)], "unreadable_labels": beyond}
        print(json.dumps(told))
    else:
        _print_figures(figures)
        _print_unreadable(reader, labelled, unreadable)
        if args.allow is not None or args.pattern is not None:
            _print_forbidden(reader, labelled, set(unreadable))
        _print_suspects(rows[: len(suspects)], args.suspect_confidence)
    if args.out:
        _write_misread(reader, labelled, kept, rows, args)
    elif rows and not args.json:
        print(f"\n{len(rows):,} misread: give --out FOLDER to see them, and where the reader looked")


def _noting(examples, kept):
    """Pass read examples on, and keep of each what is said about it."""
    for example in examples:
        kept.append(example.without_pixels())
        yield example, None


def _row(labelled: LabelledImages, kept: Sequence[ReadExample], index: int, is_suspect: bool):
    example = kept[index]
    return {
        "line": labelled.lines[index],
        "image": str(labelled.paths[index]),
        "text": example.true_text,
        "read": example.reading.text,
        "confidence": round(example.reading.confidence, 6),
        "edits": levenshtein(example.reading.text, example.true_text),
        "suspect": is_suspect,
    }


def _print_figures(figures: Evaluation) -> None:
    rows = figures.rows()
    labels, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for row in rows:
        print(f"{row.label:{labels}}  {row.value:{values}}  {row.meaning}")


def _print_unreadable(reader: Reader, labelled: LabelledImages, unreadable: Sequence[int]) -> None:
    if not unreadable:
        return
    config = reader.config
    texts = [labelled.texts[i] for i in unreadable]
    unknown = sorted(set("".join(texts)) - set(config.alphabet))
    long = sum(len(text) > config.max_length for text in texts)
    reasons = [f"characters that it does not know ({', '.join(map(repr, unknown))})"] * bool(unknown)
    reasons += [f"more than {config.max_length} characters"] * bool(long)
    print(
        f"\n{_labels(len(unreadable))} that this reader cannot give count as misread, and may be wrong: "
        f"{' or '.join(reasons)}: {lines_in_words([labelled.lines[i] for i in unreadable])}"
    )


def _print_forbidden(reader: Reader, labelled: LabelledImages, unreadable: Set[int]) -> None:
    forbidden = [i for i, text in enumerate(labelled.texts) if i not in unreadable and not reader.allows(text)]
    if forbidden:
        lines = lines_in_words([labelled.lines[i] for i in forbidden])
        print(f"\n{_labels(len(forbidden))} that are not among the allowed texts count as misread: {lines}")


def _labels(count):
    return f"{count:,} {'label' if count == 1 else 'labels'}"


def _print_suspects(rows, least):
    if not rows:
        return
    print(f"\n{_labels(len(rows))} that may be wrong: something else is read with a confidence of at least {least:g}")
    table = [("line", "image", "label", "read", "confidence")]
    for row in rows[:_SHOWN_SUSPECTS]:
        label, read = (json.dumps(row[name], ensure_ascii=False) for name in ("text", "read"))
        table.append((str(row["line"]), row["image"], label, read, f"{row['confidence']:.4f}"))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        print("  " + "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip())
    if len(rows) > _SHOWN_SUSPECTS:
        print(f"  ... and {len(rows) - _SHOWN_SUSPECTS:,} more: --json and --out give all")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another folder with --out") from None


def _write_misread(reader, labelled, kept, rows, args):
    """Write the CSV of all misread images and the pages of the first ones, in the same order."""
    # Imported this late, so that figures alone need not wait for it.
    from keras_reader.visualization.media_files import write_png
    from keras_reader.visualization.misreadings import IMAGES_A_PAGE, misreading_pages
    from keras_reader.visualization.style import readable

    names = [f"misread_{1 + i // IMAGES_A_PAGE:03}.png" for i in range(min(len(rows), args.show_mistakes))]
    for old in args.out.glob("misread_[0-9]*.png"):
        old.unlink()  # of an earlier reader or data set
    drawn = worst_mistakes(kept, len(names))
    again = read_examples(reader, labelled.subset(drawn).examples())
    named = (
        dataclasses.replace(
            example,
            source=f"line {row['line']}, {Path(row['image']).name}: labelled {readable(row['text'])}, read "
            + readable(row["read"])
            + " (the label may be wrong)" * row["suspect"],
        )
        for example, row in zip(again, rows[: len(names)], strict=True)
    )
    suspect = (row["suspect"] for row in rows)
    pages = with_progress(misreading_pages(named, suspect), len(set(names)), "draw")
    for name, page in zip(sorted(set(names)), pages, strict=True):
        write_png(page, args.out / name)
    table = args.out / "misread.csv"
    try:
        with replacing(table) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["line", "image", "text", "read", "confidence", "edits", "suspect", "picture"])
            for i, row in enumerate(rows):
                values = {**row, "suspect": "yes" if row["suspect"] else "no"}
                writer.writerow([*values.values(), names[i] if i < len(names) else ""])
    except OSError as error:
        raise InputError(f"{table}: cannot be written ({error.strerror})") from None
    pages = len(set(names))
    pictures = f", pictures of {len(names):,} on {pages} {'page' if pages == 1 else 'pages'}" if names else ""
    print(f"{table}: {len(rows):,} misread images{pictures}", file=sys.stderr if args.json else sys.stdout)
