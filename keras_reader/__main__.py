"""`python -m keras_reader`: commands that need no script of their own."""

from pathlib import Path

from keras_reader.commands import CommandParser, command_errors, quiet_start
from keras_reader.evaluate_command import add_evaluate_options, evaluate_command
from keras_reader.read_command import add_read_options, read_command
from keras_reader.report_command import add_report_options, report_command


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

    evaluate = commands.add_parser("evaluate", help="how well a reader reads, and whether its masks tell the truth")
    add_evaluate_options(evaluate)
    evaluate.set_defaults(run=evaluate_command)

    report = commands.add_parser("report", help="write an HTML page: figures, curves, worst mistakes, where it looked")
    add_report_options(report)
    report.set_defaults(run=report_command)

    args = parser.parse_args()
    args.run(args)


def _convert(args):
    from keras_reader.deep_reader import convert_checkpoint

    with quiet_start():
        model = convert_checkpoint(args.checkpoint, args.out, args.steps)
    height, width = model.config.image_size
    print(f"{args.out}: a seed reader of {height}x{width} images, classes {model.config.alphabet} and the terminator")


if __name__ == "__main__":
    with command_errors():
        main()
