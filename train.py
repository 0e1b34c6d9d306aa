"""Train a reader: `python train.py`, or `python train.py --help`."""

import argparse
import itertools
import string
from pathlib import Path

from keras_reader.commands import CommandParser, command_errors, quiet_start
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.labelled import load_labelled
from keras_reader.word_options import add_word_options, words_from_options


def main() -> None:
    parser = CommandParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    reader = parser.add_argument_group("the reader")
    reader.add_argument("--preset", default="small", help="small, or seed (the original's network)")
    reader.add_argument("--alphabet", default=string.ascii_uppercase, help="the characters to read")
    reader.add_argument("--max-length", type=int, default=4, help="length of the longest text")
    reader.add_argument("--image-size", type=int, nargs=2, default=(40, 40), metavar=("HEIGHT", "WIDTH"), help="pixels")
    data = parser.add_argument_group("the data: synthetic words, unless --data names images")
    data.add_argument(
        "--data", type=Path, metavar="CSV", help="labelled images: header image,text; paths relative to it"
    )
    add_word_options(data)
    training = parser.add_argument_group("the training")
    training.add_argument("--steps", type=int, help="training steps (default: the preset's)")
    training.add_argument("--batch-size", type=int, help="images a step (default: the preset's)")
    training.add_argument("--learning-rate", type=float, help="its peak (default: the preset's)")
    training.add_argument(
        "--negatives", type=float, help="share of images without text, which to read as empty (default: the preset's)"
    )
    training.add_argument("--validations", type=int, default=20, help="how often the reader is validated on the way")
    training.add_argument("--validation-images", type=int, default=2000, help="images it is validated on")
    training.add_argument("--processes", type=int, default=0, help="processes that draw images; 0: this one")
    training.add_argument(
        "--out", type=Path, help="folder to write to (default: a new one, runs/PRESET or runs/PRESET-2 ...)"
    )
    training.add_argument("--resume", action="store_true", help="go on from --out, with the same options as before")
    args = parser.parse_args()

    config = ReaderConfig(args.preset, args.alphabet, args.max_length, tuple(args.image_size))
    if args.data:
        data = load_labelled(args.data, config.characters, config.max_length, config.image_size)
    else:
        data = words_from_options(args, config, split="train")
    out = args.out or _new_folder(args.preset)
    if args.resume and not args.out:
        raise InputError("--resume goes on with a run: name its folder with --out")
    if not args.resume and (out / "reader.keras").exists():
        raise InputError(f"{out}: holds a reader: go on with --resume, or choose another folder with --out")

    # Imported this late, because TensorFlow takes seconds that --help and wrong input need not wait for.
    with quiet_start():
        from keras_reader.training import TrainingOptions, device_names, train

    given = {name: value for name, value in vars(args).items() if name in TrainingOptions.names() and value is not None}
    options = TrainingOptions.for_preset(args.preset, **given)
    print(
        f"training {args.preset} on {device_names()}: {options.steps} steps of {options.batch_size} images, into {out}"
    )
    model, row = train(config, data, out, options, resume=args.resume)
    print(
        f"{out / 'reader.keras'}: {model.count_params():,} parameters, the best reader, kept after {row['step']} steps "
        f"and {row['seconds']:.0f} s of training; whole-word accuracy {row['val_whole_word_accuracy']:.2%}, "
        f"character error rate {row['val_character_error_rate']:.2%} on images never trained on"
    )


def _new_folder(preset):
    names = itertools.chain([preset], (f"{preset}-{n}" for n in itertools.count(2)))
    return next(path for path in (Path("runs") / name for name in names) if not path.exists())


if __name__ == "__main__":
    with command_errors():
        main()
