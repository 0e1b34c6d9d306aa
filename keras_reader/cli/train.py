"""`keras-reader train`: trains a reader."""

import argparse
import itertools
import string
from pathlib import Path

from keras_reader.cli.common import DATA_HELP, CommandParser, add_max_pixels, quiet_start
from keras_reader.cli.word_options import add_word_options, words_from_options
from keras_reader.config import DEFAULT_PRESET, PRESETS, ReaderConfig
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError
from keras_reader.training.memory import check_training_memory
from keras_reader.training.options import TrainingOptions
from keras_reader.training.run_folder import check_new

DESCRIPTION = "Train a reader on synthetic words, or on labelled images with --data."


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"{DATA_HELP} (default: synthetic words)")
    parser.add_argument(
        "--out", type=Path, help="folder to write to (default: a new one, runs/PRESET, runs/PRESET-2 ...)"
    )
    parser.add_argument("--resume", action="store_true", help="go on from --out, with the same options as before")
    parser.add_argument("--preset", default=DEFAULT_PRESET, help=f"{', '.join(PRESETS)} (default: {DEFAULT_PRESET})")
    parser.add_argument("--alphabet", default=string.ascii_uppercase, help="the characters to read (default: A to Z)")
    parser.add_argument("--max-length", type=int, default=4, help="length of the longest text (default: 4)")
    parser.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        default=(40, 40),
        metavar=("HEIGHT", "WIDTH"),
        help="pixels that images are resized to (default: 40 40)",
    )
    parser.add_argument(
        "--steps", type=int, dest="training_steps", metavar="N", help="training steps (default: the preset's)"
    )
    parser.add_argument("--seed", type=int, default=0, help="fixes data, initial weights and order (default: 0)")
    training = parser.add_more_options("training")
    training.add_argument("--batch-size", type=int, help="images a training step (default: the preset's)")
    training.add_argument("--learning-rate", type=float, help="its peak (default: the preset's)")
    training.add_argument(
        "--negatives", type=float, help="share of training images without text, read as empty (default: the preset's)"
    )
    training.add_argument("--validations", type=int, default=20, help="number of validations (default: 20)")
    training.add_argument(
        "--validation-images", type=int, default=2000, help="images that the reader is validated on (default: 2000)"
    )
    training.add_argument(
        "--processes", type=int, default=0, help="processes that draw images (default: 0, draw in this one)"
    )
    add_max_pixels(training)
    add_word_options(parser, with_seed=False)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if an option is out of its range, the data cannot be read, or there is nothing to resume.
        CommandError: if the training fails.
    """
    config = ReaderConfig(args.preset, args.alphabet, args.max_length, tuple(args.image_size))
    given = {name: value for name, value in vars(args).items() if name in TrainingOptions.names() and value is not None}
    options = TrainingOptions.for_preset(args.preset, **given)
    check_training_memory(config, options)
    if args.data:
        data = load_labelled(args.data, config.characters, config.max_length)
    else:
        data = words_from_options(args, config, split="train")
    out = args.out or _new_folder(args.preset)
    if args.resume and not args.out:
        raise InputError("--resume goes on with a run: name its folder with --out")
    if not args.resume:
        check_new(out)

    # Imported this late, because TensorFlow takes seconds that --help and wrong input need not wait for.
    with quiet_start():
        from keras_reader.training.devices import device_names, why_no_gpu
        from keras_reader.training.trainer import train

        devices, reason = device_names(), why_no_gpu()
    if reason:
        print(f"this machine has a GPU, but it is not used: {reason}")
    steps = f"{options.training_steps} training steps of {options.batch_size} images"
    print(f"training {args.preset} on {devices}: {steps}, into {out}")
    model, row = train(config, data, out, options, resume=args.resume)
    figures = (
        f"whole-word accuracy {row['val_whole_word_accuracy']:.2%}, "
        f"character error rate {row['val_character_error_rate']:.2%} on images never trained on"
    )
    print(
        f"{out / 'reader.keras'}: {model.count_params():,} parameters, the best reader, kept after {row['step']} "
        f"training steps and {row['seconds']:.0f} s of training; {figures}"
    )


def _new_folder(preset):
    names = itertools.chain([preset], (f"{preset}-{n}" for n in itertools.count(2)))
    return next(path for path in (Path("runs") / name for name in names) if not path.exists())
