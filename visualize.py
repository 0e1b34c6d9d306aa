"""Show where a reader looks: `python visualize.py`, or `python visualize.py --help`."""

from pathlib import Path

from keras_reader.commands import CommandParser, command_errors, quiet_start
from keras_reader.errors import InputError
from keras_reader.word_options import add_word_options, words_from_options


def main() -> None:
    parser = CommandParser(description=__doc__)
    parser.add_argument(
        "model",
        nargs="?",
        type=Path,
        help="a .keras file, an .onnx file or a SavedModel folder (default: the reader that comes with the package)",
    )
    parser.add_argument(
        "--images", type=Path, nargs="+", metavar="IMAGE", help="image files, instead of synthetic words"
    )
    parser.add_argument("--count", type=int, default=8, help="number of synthetic words (default: 8)")
    add_word_options(parser.add_argument_group("how synthetic words look"))
    parser.add_argument("--mistakes", action="store_true", help="only synthetic words that are misread")
    parser.add_argument("--boxes", action="store_true", help="outline the true boxes of synthetic words")
    parser.add_argument("--mosaic", action="store_true", help="also write all words as one animation")
    parser.add_argument("--format", default="gif", help="of the animations: gif, webp or mp4 (default: gif)")
    parser.add_argument("--out", type=Path, default=Path("img"), help="folder to write to (default: img)")
    args = parser.parse_args()
    if args.count < 1:
        raise InputError(f"--count must be at least 1, got {args.count}")
    if args.images and (args.mistakes or args.boxes):
        raise InputError("--mistakes and --boxes need the truth, which images given with --images come without")

    # Imported this late, so that --help need not wait for it.
    from keras_reader.reading import load
    from keras_reader.visualizing import (
        describe,
        find_mistakes,
        make_folder,
        read_images,
        read_synthetic,
        write_pictures,
    )

    make_folder(args.out, args.format)
    with quiet_start():
        reader = load(args.model)
    words = words_from_options(args, reader.config, split="test")
    sources = args.images or [None] * args.count
    if args.images:
        examples = read_images(reader, args.images)
    elif args.mistakes:
        examples, looked_at = find_mistakes(reader, words, args.count)
        print(f"{len(examples)} misread among the first {looked_at} words")
    else:
        examples = read_synthetic(reader, words, range(args.count))
    for example, source in zip(examples, sources, strict=False):
        print(describe(example, source))
    if examples:
        drawn = examples if args.boxes else [example._replace(boxes=None) for example in examples]
        paths = write_pictures(drawn, args.out, args.format, reader.config.steps, args.mosaic)
        print(f"wrote {paths[0]} ... {paths[-1]}")


if __name__ == "__main__":
    with command_errors():
        main()
