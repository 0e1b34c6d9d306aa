"""Shapes, parameters and multiplications of each part of a reader: the table of docs/architecture.md.

python -m benchmarks.architecture
python -m benchmarks.architecture --preset small --image-size 32 128 --max-length 10
"""

import argparse
import math

from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from keras_reader.cli.common import CommandParser, command_errors
from keras_reader.config import DEFAULT_PRESET, PRESETS, ReaderConfig


def main() -> None:
    parser = CommandParser(prog="python -m benchmarks.architecture", description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default=DEFAULT_PRESET, help=f"{', '.join(PRESETS)} (default: {DEFAULT_PRESET})")
    parser.add_argument("--image-size", type=int, nargs=2, default=(40, 40), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--max-length", type=int, default=4, help="length of the longest text (default: 4)")
    args = parser.parse_args()
    config = ReaderConfig(args.preset, max_length=args.max_length, image_size=tuple(args.image_size))
    publish(page(config, args), None)


def page(config: ReaderConfig, args: argparse.Namespace) -> list[str]:
    """The paragraphs and the table about a reader of this configuration."""
    from keras_reader.models.reader_model import build_reader

    model = build_reader(config)
    rows = [(name, shape, f"{parameters:,}", f"{products:,}") for name, shape, parameters, products in parts(model)]
    height, width = config.image_size
    return [
        f"`{config.preset}`, images of {height}x{width}, {config.decoding_steps} decoding steps, "
        f"{config.characters.classes} classes: {model.count_params():,} parameters, those of batch normalisation "
        f"included. {describe('keras')}.",
        table(("part", "output for one image", "parameters", "multiplications"), rows),
    ]


def parts(model) -> list[tuple[str, str, int, int]]:
    """Each part's name, output shape without the batch, parameters, and multiplications for one image."""
    cell, steps = model.recurrent_attention.cell, model.config.decoding_steps
    return _image_parts(cell, model.config, steps) if hasattr(cell, "next_mask") else _window_parts(cell, steps)


def _image_parts(cell, config, steps):
    rows, shape = [], (None, *config.image_size, 1)
    for layer in cell.convolutions:
        shape, inputs = layer.compute_output_shape(shape), shape[-1]
        products = steps * math.prod(shape[1:]) * math.prod(layer.kernel_size) * inputs
        rows.append((f"{layer.name}, each step", _shape(shape), layer.count_params(), products))
    lstm = cell.lstm.count_params()
    rows.append(("LSTM, each step", f"{cell.units}", lstm, steps * (lstm - 4 * cell.units)))
    for name, layer in (("next mask, each step", cell.next_mask), ("character, each step", cell.character)):
        rows.append((name, f"{layer.units}", layer.count_params(), steps * cell.units * layer.units))
    return rows


def _window_parts(cell, steps):
    rows, shape = [], (None, *cell.padded_size, 1)
    for role, layers in (("what", cell.what), ("where", cell.where)):
        for layer in layers:
            inner = layer.compute_inner_shape(shape)
            products = math.prod(inner[1:]) * layer.kernel.shape[0]
            shape = layer.compute_output_shape(shape)
            rows.append((f"{role}: {layer.name}", _shape(shape), layer.count_params(), products))
    cells, keys = cell.cells, cell.key.units
    rows.append(("key", f"{cells}x{keys}", cell.key.count_params(), cells * cell.key.kernel.shape[0] * keys))
    attention = cell.query.count_params() + cell.spent.count_params() + cell.score.count_params()
    products = steps * (cell.units * keys + cells * (2 * keys + keys))
    rows.append(("attention, each step", f"{cell.rows}x{cell.columns}", attention, products))
    lstm = cell.lstm.count_params()
    rows.append(("LSTM, each step", f"{cell.units}", lstm, steps * (lstm - 4 * cell.units)))
    rows.append(("glimpse, each step", f"{cell.filters}", 0, steps * cells * cell.filters))
    reading = cell.hidden.count_params() + cell.character.count_params()
    products = steps * (cell.filters * cell.hidden.units + cell.hidden.units * cell.classes)
    rows.append(("character, each step", f"{cell.classes}", reading, products))
    return rows


def _shape(shape):
    return "x".join(map(str, shape[1:]))


if __name__ == "__main__":
    with command_errors():
        main()
