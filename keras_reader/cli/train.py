"""`keras-reader train`: trains a reader."""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from keras_reader.cli.common import DATA_HELP, CommandParser, add_max_pixels, check_png, quiet_start
from keras_reader.cli.planning import add_start, given_config, given_start, plan
from keras_reader.cli.train_together import (
    add_device_options,
    check_devices,
    leave_tensorflow_out,
    processes_of,
    together,
)
from keras_reader.cli.word_options import add_word_options, looks_given, words_from_options
from keras_reader.config import DEFAULT_PRESET, PRESETS, ReaderConfig
from keras_reader.data.augmentation import AUGMENTATIONS
from keras_reader.data.derived_config import Setting
from keras_reader.data.labelled_images import load_labelled
from keras_reader.data.printed_text.printed_text import DrawnText, PrintedText
from keras_reader.data.tasks import DEFAULT_TASK, PRINT, TASK_CONFIGS, TASK_OPTIONS
from keras_reader.errors import InputError
from keras_reader.evaluation.calibration import FEW_READINGS, expected_calibration_error
from keras_reader.images import RESIZES
from keras_reader.training.cpu_settings import keep_freed_memory, use_onednn
from keras_reader.training.drawing import mixed_of
from keras_reader.training.examples import LabelledTraining, mixed_font_sizes, one_picture, training_examples
from keras_reader.training.memory import check_training_memory
from keras_reader.training.options import AUGMENTATION_WARMUP, OPTIMIZERS, TrainingOptions
from keras_reader.training.run_folder import STATE, check_new, check_state

if TYPE_CHECKING:
    from keras_reader.training.trainer import TrainedReader

DESCRIPTION = (
    "Train a reader on synthetic words, or on labelled images with --data. With --data, what is not given is derived "
    "from the images and their texts, and printed before the training starts."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of the command to its parser."""
    parser.add_argument("--data", type=Path, metavar="CSV", help=f"{DATA_HELP} (default: synthetic words)")
    parser.add_argument(
        "--validation-data",
        type=Path,
        metavar="CSV",
        help="labelled images to validate on (default: a tenth of --data, of other pictures and, if there are enough, "
        "other texts)",
    )
    add_start(parser)
    parser.add_argument(
        "--out", type=Path, help="folder to write to (default: a new one, runs/PRESET, runs/PRESET-2 ...)"
    )
    parser.add_argument("--resume", action="store_true", help="go on from --out, with the same options as before")
    derived = "derived from --data"
    parser.add_argument("--preset", help=f"{', '.join(PRESETS)} (default: {derived}, else {DEFAULT_PRESET})")
    parser.add_argument("--alphabet", help=f"the characters to read (default: {derived}, else A to Z)")
    parser.add_argument(
        "--max-length", type=int, metavar="N", help=f"length of the longest text (default: {derived}, else 4)"
    )
    parser.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        metavar=("HEIGHT", "WIDTH"),
        help=f"pixels that images are resized to (default: {derived}, else 40 40)",
    )
    parser.add_argument(
        "--augment",
        default=TrainingOptions.augment,
        help=f"how labelled images are changed: {', '.join(AUGMENTATIONS)} (default: {TrainingOptions.augment})",
    )
    parser.add_argument(
        "--steps",
        type=int,
        dest="training_steps",
        metavar="N",
        help="training steps (default: from the number of images, else the preset's)",
    )
    parser.add_argument("--seed", type=int, default=0, help="fixes data, initial weights and order (default: 0)")
    training = parser.add_more_options("training")
    training.add_argument(
        "--resize", help=f"how images are fitted: {' or '.join(RESIZES)} (default: {ReaderConfig.resize})"
    )
    training.add_argument(
        "--synthetic",
        type=float,
        metavar="SHARE",
        help="share of the training images that are words drawn on backgrounds of --data (default: 0)",
    )
    training.add_argument(
        "--preview-augmentation",
        type=Path,
        metavar="PNG",
        help="write a picture of images as they are trained on, those of --data and drawn ones, and end",
    )
    training.add_argument(
        "--augmentation-warmup",
        type=float,
        metavar="SHARE",
        help="share of a training on labelled images in which --augment grows from nothing to its full strength "
        f"(default: {AUGMENTATION_WARMUP} from nothing, 0 from a reader)",
    )
    training.add_argument(
        "--early-end",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="go on with the last quarter of the training once three validations in a row have misread nothing "
        "(default: for --data without --steps)",
    )
    training.add_argument("--batch-size", type=int, help="images a training step (default: the preset's)")
    training.add_argument("--learning-rate", type=float, help="its peak (default: the preset's)")
    training.add_argument(
        "--optimizer",
        help=f"{' or '.join(OPTIMIZERS)} (default: the preset's); adam takes about a tenth of muon's learning rate",
    )
    training.add_argument(
        "--negatives", type=float, help="share of training images without text; their label is the empty string"
    )
    training.add_argument(
        "--attention-supervision",
        type=float,
        metavar="WEIGHT",
        help="loss for each pixel that a mask is off its character, for drawn text (default: "
        f"{TASK_OPTIONS[PRINT]['attention_supervision']} for --task print, else 0: the text alone teaches where to "
        "look)",
    )
    training.add_argument(
        "--parts",
        type=float,
        metavar="SHARE",
        help="share of drawn training images of which only a piece around one character is left, so that a character "
        f"is read from what its mask shows alone (default: {TASK_OPTIONS[PRINT]['parts']} for --task print, else 0)",
    )
    training.add_argument(
        "--filters",
        type=int,
        metavar="N",
        help="channels of what a character is classified from; fewer make a smaller and quicker reader (default: the "
        "preset's)",
    )
    training.add_argument(
        "--units", type=int, metavar="N", help="units of the LSTM that moves the attention (default: the preset's)"
    )
    training.add_argument(
        "--language-units",
        type=int,
        metavar="N",
        help="units of a language model, which decides what a character's shape leaves open from the characters beside "
        f"it; 0 for none (default: {TASK_CONFIGS[PRINT]['language_units']} for --task print, else "
        f"{ReaderConfig.language_units})",
    )
    training.add_argument(
        "--language-model-only",
        action="store_true",
        help="train the language model alone, on what the reader of --from sees, which is quicker",
    )
    training.add_argument("--validations", type=int, help="number of validations (default: the preset's)")
    training.add_argument(
        "--validation-images",
        type=int,
        help="images that the reader is validated on, of --data alone at most a tenth of them (default: the preset's)",
    )
    add_device_options(parser.add_more_options("devices"))
    add_max_pixels(training)
    add_word_options(parser, for_training=True)


def run(args: argparse.Namespace) -> None:
    """Run the command.

    Raises:
        InputError: if an option is out of its range, the data cannot be read, or there is nothing to resume.
        CommandError: if the training fails.
    """
    processes = processes_of(args)
    with together(processes, args):
        _run(args, processes)


def _run(args, processes):
    _check_together(args)
    # What is out of its range is said before pictures are measured.
    TrainingOptions(**{"training_steps": 1, "batch_size": 1, "learning_rate": 1.0, **_chosen_options(args)})
    if args.resume:
        check_state(args.out)
    given = given_config(args)
    labelled = load_labelled(args.data) if args.data else None
    if labelled is not None and len(labelled) == 1 and not args.validation_data:
        raise one_picture(labelled)
    validation = load_labelled(args.validation_data) if args.validation_data else None
    state = args.out / STATE if args.resume else None
    if labelled is None:
        start = given_start(args.start, given, state)
        config, settings = ReaderConfig(**TASK_CONFIGS.get(args.task, {}) | given), []
    else:
        everything = labelled if validation is None else labelled.joined(validation)
        start, config, settings, measures = plan(everything, len(labelled), args.start, given, state)
        if args.synthetic and measures.character.downwards:
            raise InputError("--synthetic draws words across, and the text of these pictures is written downwards")
        for part in (labelled, validation):
            if part is not None:
                part.check(config.characters, config.max_length)
    options = _training_options(args, config, labelled, start is not None)
    words = words_from_options(args, config, split="train") if labelled is None or options.synthetic else None
    if labelled is None:
        data = words
    else:
        assert not isinstance(words, PrintedText), "_check_together refuses it"
        if words is not None and not args.font_size:
            words = replace(words, font_size=mixed_font_sizes(config.preset))
        data = LabelledTraining(labelled, validation, words)
    assert data is not None, "without labelled images, there are words"
    if args.preview_augmentation:
        _preview(config, data, options, args)
        return
    out = args.out or _new_folder(config.preset)
    if not args.resume and (processes is None or processes.index == 0):
        check_new(out)
    pictures, others = None if labelled is None else len(labelled), 0 if validation is None else len(validation)
    check_training_memory(config, options, pictures, others)

    # Imported this late, because TensorFlow takes seconds that --help and wrong input need not wait for.
    with quiet_start():
        keep_freed_memory()
        use_onednn()
        leave_tensorflow_out()
        from keras_reader.models.loading import load_reader_model
        from keras_reader.training.devices import device_names, why_no_gpu
        from keras_reader.training.trainer import train

        check_devices(options)
        devices, reason = device_names(), why_no_gpu()
        # A run that goes on has the weights already.
        reader = None if start is None or args.resume else load_reader_model(start)
    at_most = "at most " if options.early_end else ""
    schedule = f"{at_most}{options.training_steps:,} training steps of {options.batch_size} images"
    if labelled is not None:
        source = "given" if args.training_steps else f"for {len(labelled):,} images"
        _print_table([*settings, Setting("schedule", schedule, source)])
    if reason:
        print(f"this machine has a GPU, but it is not used: {reason}")
    where = devices if processes is None else f"{devices}, {processes}"
    print(f"training {config.preset} on {where}: {schedule}, into {out}", flush=True)
    trained = train(config, data, out, options, resume=args.resume, start=reader)
    if processes is None or processes.index == 0:
        _print_result(trained, out)


def _training_options(args, config, labelled, from_reader=False) -> TrainingOptions:
    chosen = _chosen_options(args)
    if labelled is None:
        return TrainingOptions.for_preset(config.preset, **TASK_OPTIONS.get(args.task, {}) | chosen)
    return TrainingOptions.for_pictures(config.preset, len(labelled), from_reader, **chosen)


def _chosen_options(args):
    return {name: value for name, value in vars(args).items() if name in TrainingOptions.names() and value is not None}


def _print_result(trained: "TrainedReader", out: Path) -> None:
    row = trained.row
    figures = (
        f"whole-word accuracy {row['val_whole_word_accuracy']:.2%}, "
        f"character error rate {row['val_character_error_rate']:.2%} on images never trained on"
    )
    print(
        f"{out / 'reader.keras'}: {trained.model.count_params():,} parameters, the best reader, kept after "
        f"{row['step']} training steps and {row['seconds']:.0f} s of training; {figures}"
    )
    if trained.calibration is not None:
        fitted = trained.calibration
        before, after = (expected_calibration_error(values, fitted.right) for values in (fitted.before, fitted.after))
        few = ", which says little of so few" if len(fitted.right) < FEW_READINGS else ""
        print(
            f"confidence: temperature {fitted.temperature:.2f}, fitted on the {len(fitted.right)} validation images; "
            f"expected calibration error on them {before:.4f} before, {after:.4f} after{few}"
        )


def _check_together(args):
    """Refuse options that need one another."""
    if args.resume and not args.out:
        raise InputError("--resume goes on with a run: name its folder with --out")
    for option, value in (
        ("--validation-data", args.validation_data),
        ("--synthetic", args.synthetic),
        ("--augmentation-warmup", args.augmentation_warmup),
    ):
        if value is not None and not args.data:
            raise InputError(f"{option} goes with labelled images: give them with --data")
    if args.data:
        _check_words(args)
        others = args.validation_data
        if others is not None and others.exists() and args.data.exists() and others.samefile(args.data):
            raise InputError(f"{others}: is the CSV of --data: pictures to validate on must be others")
    for option, value in (("--attention-supervision", args.attention_supervision), ("--parts", args.parts)):
        if value and args.data:
            raise InputError(f"{option} needs drawn text: where the characters of --data are is not known")
    if args.augment not in AUGMENTATIONS:
        raise InputError(f"--augment must be one of {', '.join(AUGMENTATIONS)}, got {args.augment!r}")
    if args.augment == "none" and args.augmentation_warmup:
        raise InputError("--augment none changes nothing that --augmentation-warmup could let grow: leave one out")
    if args.preview_augmentation:
        check_png(args.preview_augmentation, "--preview-augmentation")


def _check_words(args):
    """Refuse options of drawn words that labelled images, and words drawn on their backgrounds, do not take."""
    unused = ["--task"] * (args.task != DEFAULT_TASK) + ["--font"] * bool(args.font) + looks_given(args)
    if args.synthetic:
        unused = [option for option in unused if option not in ("--font", "--font-size")]
        reason = "--synthetic draws words of its own look, on backgrounds of --data"
    else:
        reason = "--data draws no words"
    if unused:
        raise InputError(f"{reason}: leave out {', '.join(unused)}")


def _preview(config: ReaderConfig, data: DrawnText | LabelledTraining, options: TrainingOptions, args) -> None:
    path = args.preview_augmentation
    if not isinstance(data, LabelledTraining):
        from keras_reader.visualization.text_sheet import write_text_sheet

        write_text_sheet(data, path)
        print(f"{path}: {data.named} as they are trained on, --task {args.task}")
        return
    from keras_reader.visualization.augmentation_sheet import DRAWN_WORDS, write_augmentation_sheet

    drawn = ()
    if options.synthetic:
        mixed = mixed_of(training_examples(config, data, options).draw)
        # As most of them are trained on: changed in full, as the pictures beside them are.
        every = mixed.drawn(mixed.warmup, mixed.warmup + options.training_steps * options.batch_size)
        drawn = [(image, text) for _, image, text in itertools.islice(every, DRAWN_WORDS)]
    write_augmentation_sheet(data.training, config, AUGMENTATIONS[options.augment], options.seed, path, drawn)
    words = f", and words drawn on their backgrounds, --synthetic {options.synthetic:g}" if drawn else ""
    print(f"{path}: images of {args.data} as they are trained on, --augment {options.augment}{words}")


def _print_table(settings: Sequence[Setting]) -> None:
    names, values = (max(len(row[column]) for row in settings) for column in (0, 1))
    for row in settings:
        print(f"{row.name:{names}}  {row.value:{values}}  {row.source}")


def _new_folder(preset):
    names = itertools.chain([preset], (f"{preset}-{n}" for n in itertools.count(2)))
    return next(path for path in (Path("runs") / name for name in names) if not path.exists())
