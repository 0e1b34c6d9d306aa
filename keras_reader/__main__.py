"""`python -m keras_reader`: commands that need no script of their own."""

from pathlib import Path

from keras_reader.commands import CommandParser, command_errors, quiet_start
from keras_reader.errors import InputError
from keras_reader.evaluation import evaluate, read_words
from keras_reader.labelled import load_labelled
from keras_reader.read_command import add_read_options, read_command
from keras_reader.reading import load
from keras_reader.word_options import add_word_options, words_from_options


def main() -> None:
    parser = CommandParser(prog="python -m keras_reader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    convert = commands.add_parser("convert", help="turn a checkpoint of the original deep_reader into a .keras file")
    convert.add_argument("checkpoint", type=Path, help=".npz, or the original's model file (takes PyTorch)")
    convert.add_argument("out", type=Path, help="the .keras file to write")
    convert.add_argument("--steps", type=int, default=5, help="steps of the recurrence (default: 5)")
    convert.set_defaults(run=_convert)

    read = commands.add_parser("read", help="print a line an image: path, text, confidence")
    add_read_options(read)
    read.set_defaults(run=read_command)

    evaluate = commands.add_parser("evaluate", help="whole-word accuracy, CER and calibration")
    evaluate.add_argument(
        "model", nargs="?", type=Path, help="the reader (default: the one that comes with the package)"
    )
    evaluate.add_argument("--images", type=int, default=5000, help="number of synthetic images (default: 5000)")
    evaluate.add_argument("--data", type=Path, metavar="CSV", help="labelled images instead: header image,text")
    add_word_options(evaluate.add_argument_group("how synthetic words look"))
    evaluate.set_defaults(run=_evaluate)

    args = parser.parse_args()
    args.run(args)


def _evaluate(args):
    with quiet_start():
        reader = load(args.model)
    config = reader.config
    if args.data:
        labelled = load_labelled(args.data, config.characters, config.max_length, config.image_size)
        readings = ((*pair, None) for pair in zip(reader.read(labelled.images), labelled.texts, strict=True))
    elif args.images < 1:
        raise InputError(f"--images must be at least 1, got {args.images}")
    else:
        readings = read_words(reader, words_from_options(args, config, split="test"), args.images)
    figures = evaluate(readings)
    print(f"images                      {figures.images}")
    print(f"whole-word accuracy         {figures.whole_word_accuracy:.2%}")
    print(f"character error rate        {figures.character_error_rate:.3%}")
    print(f"expected calibration error  {figures.expected_calibration_error:.4f}")
    if figures.pointing is not None:
        print(f"masks that point            {figures.pointing:.2%}")


def _convert(args):
    from keras_reader.deep_reader import convert_checkpoint

    with quiet_start():
        model = convert_checkpoint(args.checkpoint, args.out, args.steps)
    height, width = model.config.image_size
    print(f"{args.out}: a seed reader of {height}x{width} images, classes {model.config.alphabet} and the terminator")


if __name__ == "__main__":
    with command_errors():
        main()
