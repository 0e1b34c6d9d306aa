"""Shapes, parameters and multiplications of each part of a reader: the tables of docs/architecture.md.

python -m benchmarks.architecture                       # every preset
python -m benchmarks.architecture --preset small --image-size 32 128 --max-length 10
"""

import math

from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, table
from keras_reader.cli.common import CommandParser, command_errors, quiet_start
from keras_reader.config import DEFAULT_PRESET, PRESETS, ReaderConfig


def main() -> None:
    parser = CommandParser(prog="python -m benchmarks.architecture", description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=sorted(PRESETS), help="default: every preset")
    parser.add_argument("--image-size", type=int, nargs=2, default=(40, 40), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--max-length", type=int, default=4, help="length of the longest text (default: 4)")
    args = parser.parse_args()
    with quiet_start():
        paragraphs = [f"{describe('keras', 'numpy')}."]
        for preset in [args.preset] if args.preset else sorted(PRESETS, key=lambda name: name != DEFAULT_PRESET):
            config = ReaderConfig(preset, max_length=args.max_length, image_size=tuple(args.image_size))
            paragraphs += describe_reader(config)
    publish(paragraphs, None)


def describe_reader(config: ReaderConfig) -> list[str]:
    """A sentence and a table about a reader of this configuration."""
    from keras_reader.models.reader_model import build_reader

    model = build_reader(config)
    rows = [(name, shape, f"{parameters:,}", f"{products:,}") for name, shape, parameters, products in parts(model)]
    height, width = config.image_size
    products = sum(products for *_, products in parts(model))
    return [
        f"`{config.preset}`, images of {height}x{width}, {config.decoding_steps} decoding steps, "
        f"{config.characters.classes} classes: {model.count_params():,} parameters, "
        f"{products / 1e6:.1f} million multiplications an image.",
        table(("part", "output for one image", "parameters", "multiplications"), rows),
    ]


def parts(model) -> list[tuple[str, str, int, int]]:
    """Each part's name, output shape without the batch, parameters, and multiplications for one image.

    Multiplications are those of convolutions and matrix products, over all decoding steps. A part that runs at each
    decoding step says so.
    """
    cell, steps = model.recurrent_attention.cell, model.config.decoding_steps
    rows = (
        _image_parts(cell, model.config, steps)
        if hasattr(cell, "next_mask")
        else _window_parts(cell, model.config.image_size, steps)
    )
    if model.language_model is not None:
        matrices = [weight for weight in model.language_model.weights if len(weight.shape) > 1]
        products = steps * sum(math.prod(weight.shape) for weight in matrices)
        rows.append(("language model", f"{steps}x{cell.classes}", model.language_model.count_params(), products))
    return rows


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


def _window_parts(cell, image_size, steps):
    rows, shape = [], (None, *image_size, 1)
    shape = tuple(side and side + sum(padding) for side, padding in zip(shape, cell.image_padding, strict=True))
    for role, layers in (("what", cell.what), ("where", cell.where)):
        for layer in layers:
            shape = layer.compute_output_shape(shape)
            # Pooling comes after the convolution, which is computed at `pool` x `pool` times as many places.
            products = math.prod(shape[1:]) * layer.pool**2 * layer.kernel.shape[0]
            rows.append((f"{role}: {layer.name}", _shape(shape), layer.count_params(), products))
    height, width = image_size
    cells, keys, context = cell.cells, cell.key.units, cell.key.kernel.shape[0]
    rows.append(("key", f"{cells}x{keys}", cell.key.count_params(), cells * context * keys))
    attention = cell.query.count_params() + cell.spent.count_params() + cell.score.count_params()
    products = steps * (cell.units * keys + cells * (2 * keys + keys))
    rows.append(("attention, each step", f"{cell.rows}x{cell.columns}", attention, products))
    rows.append(("attended context, each step", f"{context}", 0, steps * cells * context))
    lstm = cell.lstm.count_params()
    rows.append(("LSTM, each step", f"{cell.units}", lstm, steps * (lstm - 4 * cell.units)))
    rows.append(("glimpse, each step", f"{cell.filters}", 0, steps * cells * cell.filters))
    reading = cell.hidden.count_params() + cell.character.count_params()
    products = steps * (cell.filters * cell.hidden.units + cell.hidden.units * cell.classes)
    rows.append(("character, each step", f"{cell.classes}", reading, products))
    spread = height * cell.rows * cell.columns + height * cell.columns * width
    rows.append(("mask, each step", f"{height}x{width}", 0, steps * spread))
    return rows


def _shape(shape):
    return "x".join(map(str, shape[1:]))


if __name__ == "__main__":
    with command_errors():
        main()
