"""Measures how many synthetic images per second are drawn: by the generator on one core, and by the input pipeline.

    python -m benchmarks.drawing_rate
    python -m benchmarks.drawing_rate --task print   # only printed text, beside the training step that takes it

A plain Pillow loop draws the same kind of images for comparison. All run in one process in turns, in several rounds,
and the medians and their ratios are printed. Words in strong clutter (`--clutter`), with all options of the clutter,
and printed text (`--task print`) in all fonts of the system are measured too; a quarter as many images of the last.
"""

import argparse
import statistics
import time
from dataclasses import replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.common.machine import describe
from benchmarks.common.print_rate import print_rate
from keras_reader.cli.common import command_errors
from keras_reader.data.printed_text.printed_text import PrintedText
from keras_reader.data.synthetic_words import SMALLEST_FONT_SIZE, STRONG_CLUTTER, SyntheticWords
from keras_reader.data.tasks import PRINT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000, help="number of images in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--task", choices=(PRINT,), help="only how quickly one process draws for the training of print")
    args = parser.parse_args()

    if args.task == PRINT:
        print(print_rate(args.rounds).sentence())
        print(describe("numpy", "pillow", "keras", "tensorflow"))
        return
    print(describe("numpy", "pillow", "keras", "tensorflow"))
    words, cluttered = SyntheticWords(), SyntheticWords(**STRONG_CLUTTER)
    all_options = replace(cluttered, fragments=3, polarity="both", intensity=(60, 160), noise=(0.0, 0.2))
    work = {
        "plain Pillow loop": lambda start: _pillow_loop(words, start, args.images),
        "generator": lambda start: _generate(words, start, args),
        "input pipeline": lambda start: _pipeline(words, start, args),
        "generator, clutter": lambda start: _generate(cluttered, start, args),
        "input pipeline, clutter": lambda start: _pipeline(cluttered, start, args),
        "generator, all options": lambda start: _generate(all_options, start, args),
    }
    text = PrintedText.installed()
    work["generator, print"] = lambda start: _generate(text, start, args, args.images // 4)
    work["input pipeline, print"] = lambda start: _pipeline(text, start, args, args.images // 4)
    rates = {name: [] for name in work}
    for number in range(args.rounds):
        for place, (name, draw) in enumerate(work.items()):
            # Every run draws other images, so that no run finds words that another one has cached.
            count = args.images // 4 if name.endswith("print") else args.images
            rates[name].append(_rate(draw, (number * len(work) + place) * args.images, count))
    plain = statistics.median(rates["plain Pillow loop"])
    print(f"{'images per second, median of ' + str(args.rounds):<34} {'':>8} ratio to the plain loop")
    for name, values in rates.items():
        median = statistics.median(values)
        print(f"{name:<34} {median:>8,.0f} {median / plain:>5.2f}   (from {min(values):,.0f} to {max(values):,.0f})")


def _rate(draw, start, count):
    began = time.perf_counter()
    draw(start)
    return count / (time.perf_counter() - began)


def _pillow_loop(words, start, count):
    """The same task as a simple loop."""
    random = np.random.default_rng(start)
    fonts = [ImageFont.load_default(size) for size in range(words.font_size[0], SMALLEST_FONT_SIZE - 1, -1)]
    height, width = words.image_size
    for _ in range(count):
        text = "".join(random.choice(list(words.alphabet), random.integers(1, words.max_length + 1)))
        for font in fonts:
            left, top, right, bottom = font.getbbox(text)
            if right - left <= width - 2:
                break
        x = random.integers(1, width - (right - left))
        y = random.integers(1, height - (bottom - top))
        image = Image.new("L", (width, height))
        ImageDraw.Draw(image).text((x - left, y - top), text, fill=words.intensity, font=font)
        noisy = np.asarray(image, np.float32) + random.normal(0, 255 * words.noise, (height, width))
        np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _generate(words, start, args, count=None):
    for i in range(start, start + (count or args.images), args.batch_size):
        words.batch(range(i, i + args.batch_size))


def _pipeline(words, start, args, count=None):
    """What `fit` waits for: images drawn in a thread and texts encoded, as tensors of the backend."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    from keras_reader.training.dataset import TrainingDataset
    from keras_reader.training.drawing import DrawWords

    batches = (count or args.images) // args.batch_size
    dataset = TrainingDataset(
        DrawWords(words, words.max_length + 1), args.batch_size, batches, epoch=start // args.images
    )
    adapter = PyDatasetAdapter(dataset, shuffle=False)
    adapter.on_epoch_begin()
    for _ in adapter.get_tf_dataset():
        pass


if __name__ == "__main__":
    with command_errors():
        main()
