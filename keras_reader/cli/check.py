"""`keras-reader check`: what is wrong with labelled images, before a reader is trained on them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_reader.cli.common import DATA_HELP, CommandParser, add_max_pixels, check_png
from keras_reader.cli.planning import add_start, given_config, plan
from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.data.dataset_check import (
    ERROR,
    NOTE,
    OK,
    WARNING,
    DatasetCheck,
    Finding,
    check_dataset,
)
from keras_reader.data.derived_config import MEASURED_PICTURES
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.legibility import at_network_size, legibility, sample
from keras_reader.errors import InputError
from keras_reader.images import RESIZES, open_grey
from keras_reader.progress import with_progress
from keras_reader.training.memory import check_training_memory
from keras_reader.training.options import TrainingOptions

SHOWN_IMAGES = 24
DESCRIPTION = (
    "Look through labelled images before an hour of training is spent on them: missing and broken files, labels that "
    "cannot be learnt, pictures with two labels or hardly any contrast, pictures both to train and to validate on. "
    "Prints a table, and writes a picture of the texts as the network will see them. The exit code is 2 if training "
    "would fail."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("data", type=Path, metavar="CSV", help=DATA_HELP)
    parser.add_argument("--validation-data", type=Path, metavar="CSV", help="the same, of the images to validate on")
    parser.add_argument("--alphabet", help="the characters to read (default: those of the labels)")
    parser.add_argument("--max-length", type=int, metavar="N", help="length of the longest text (default: the labels')")
    parser.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        metavar=("HEIGHT", "WIDTH"),
        help="pixels that images are resized to (default: what training takes)",
    )
    add_start(parser)
    parser.add_argument("--preset", help=f"{', '.join(PRESETS)} (default: what training takes)")
    parser.add_argument("--resize", help=f"{' or '.join(RESIZES)} (default: {ReaderConfig.resize})")
    parser.add_argument("--out", type=Path, default=Path("check.png"), help="picture to write (default: check.png)")
    parser.add_argument(
        "--show", type=int, default=10, metavar="N", help="places to name of each problem, at most (default: 10)"
    )
    add_max_pixels(parser)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if training would fail, an option is out of its range, or the picture cannot be written.
    """
    if args.show < 0:
        raise InputError(f"--show must be at least 0, got {args.show}")
    check_png(args.out, "--out")
    if not args.out.parent.is_dir():
        raise InputError(f"{args.out}: there is no folder {args.out.parent}: make it, or choose another with --out")
    check = check_dataset(
        args.data,
        args.validation_data,
        args.alphabet,
        args.max_length,
        lambda rows: with_progress(rows, len(rows), "opened"),
    )
    try:
        picture = _add_network(check, args) if check.training else None
    finally:  # the table often says why there can be no network
        _print_table(check.findings)
        _print_places(check.findings, args.show)
    if picture is not None:
        # Imported this late, so that wrong input need not wait for it.
        from keras_reader.visualization.media_files import write_png

        write_png(picture, args.out)
        print(f"\n{args.out}: texts as the network will see them")
    if check.fails:
        failed = [finding.check for finding in check.findings if finding.status == ERROR]
        raise InputError(f"{args.data}: training would fail: {', '.join(failed)}")


def _add_network(check: DatasetCheck, args: argparse.Namespace):
    """Add to the table what the network would be and how large characters are for it; gives the picture of them."""
    labelled = check.labelled()
    if args.alphabet is None and not any(labelled.texts):
        check.findings.append(Finding(ERROR, "alphabet", "empty: no label has a character"))
        return None
    planned = plan(labelled, len(check.training), args.start, given_config(args))
    config, measures = planned.config, planned.measures
    options = TrainingOptions.for_pictures(config.preset, len(check.training), planned.start is not None)
    check_training_memory(config, options, len(check.training), len(check.validation))
    check.findings += [Finding(OK, name, f"{value} ({source})") for name, value, source in planned.settings]
    training = labelled.subset(range(len(check.training)))
    chosen = sample(training, MEASURED_PICTURES)
    if not chosen:
        return None
    images = _network_images(training, chosen, config)
    found = legibility(images, [training.laid_out[i] for i in chosen], config)
    status, hint = WARNING, "no picture has any contrast"
    if measures.is_scene:
        status, hint = NOTE, "of unknown size, among other things: look at the picture whether they can be read"
    elif found is not None:
        hint = f"about {found.height:.0f} px high, {found.width:.0f} px wide: {found.hint}"
        status = OK if found.is_good else WARNING
    check.findings.append(Finding(status, "characters at that size", hint))
    shown = _to_show(check, training)
    return _picture(check, training, shown, _network_images(training, shown, config), config, hint)


def _network_images(labelled: LabelledImages, indices: Sequence[int], config: ReaderConfig) -> list[np.ndarray]:
    return [at_network_size(open_grey(labelled.paths[i]), config) for i in indices]


def _to_show(check, labelled):
    """The longest texts, the smallest pictures, and others between them."""
    indices = range(len(labelled))
    longest = sorted(indices, key=lambda i: -len(labelled.texts[i]))[: SHOWN_IMAGES // 6]
    smallest = sorted(indices, key=lambda i: check.training[i].size)[: SHOWN_IMAGES // 6]
    others = sample(labelled, SHOWN_IMAGES)
    return list(dict.fromkeys([*longest, *smallest, *others]))[:SHOWN_IMAGES]


def _picture(check, labelled, shown, images, config, hint):
    from keras_reader.visualization.dataset_sheet import dataset_sheet

    high, wide = config.image_size
    title = (
        f"{labelled.csv_path.name}: {len(shown)} of {len(labelled):,} pictures at the network's {high}x{wide} pixels"
    )
    names = ["line {}, from {}x{}".format(labelled.lines[i], *check.training[i].size) for i in shown]
    return dataset_sheet(images, [labelled.texts[i] for i in shown], names, title, f"characters are {hint}")


def _print_table(findings):
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        status = finding.status.upper() if finding.status == ERROR else finding.status
        print(f"{status:7}  {finding.check:{width}}  {finding.result}")


def _print_places(findings, most):
    for finding in findings:
        if finding.status == OK or not finding.places or not most:
            continue
        print(f"\n{finding.check}")
        for place in finding.places[:most]:
            print(f"  {place}")
        if len(finding.places) > most:
            print(f"  ... and {len(finding.places) - most:,} more: --show {len(finding.places)} names all")
