"""Compares the reader `letters` with general readers on its own images.

    pip install -e ".[benchmark]"          # and Tesseract's data: apt-get install tesseract-ocr
    python -m benchmarks.other_readers [READER.onnx]

They are made for larger, dark text on light paper, so their images are enlarged four times and inverted. For each level
of noise, images of another split decide how much smoothing and which of their modes reads best; the best combination
reads the test images. Tesseract gets the alphabet. The text from the others is converted to capitals, and characters
outside of the alphabet are removed. All read one image after the other on all cores; the reader also reads in batches.
The rates do not include the preparation of the images. `python -m benchmarks.pretrained` compares on real images.
"""

import argparse
import string
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

import keras_reader as kr
from benchmarks.common.general_readers import GeneralReader, best_way, general_readers, measure
from benchmarks.common.machine import describe
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.pretrained import LETTERS

ENLARGED = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, help=f"default: {LETTERS}")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--choosing", type=int, default=40, help="number of images to choose the modes on")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.1, 0.0])
    args = parser.parse_args()
    reader = kr.load(args.reader or LETTERS)
    alphabet = reader.config.alphabet
    # Small letters are taken for the capitals that they look like.
    others, missing = general_readers("".join(dict.fromkeys(alphabet + alphabet.lower())))

    print(describe("numpy", "pillow", "onnxruntime"))
    for line in [*(f"{other.name} {other.version}" for other in others), *missing]:
        print(line)
    for noise in args.noise:
        words = {"alphabet": alphabet, "max_length": reader.config.max_length, "image_size": reader.config.image_size}
        images, texts, _ = SyntheticWords(**words, noise=noise, split="test").batch(range(args.images))
        print(f"\nnoise {noise}, {args.images} images{'':<24} whole words  images/s")
        one_by_one = measure(lambda image: reader.read_one(image).text, [Image.fromarray(image) for image in images])
        _print("keras_reader, one by one", one_by_one.right(texts) / len(texts), one_by_one.rate)
        began = time.perf_counter()
        right = [reading.text == text for reading, text in zip(reader.read(images), texts, strict=True)]
        _print("keras_reader, batches of 64", np.mean(right), len(images) / (time.perf_counter() - began))

        chosen_on, true, _ = SyntheticWords(**words, noise=noise, split="validation").batch(range(args.choosing))
        for other in others:
            other = _in_capitals(other)
            preparation, mode = best_way(other, PREPARATIONS, [_as_picture(image) for image in chosen_on], true)
            prepared = [PREPARATIONS[preparation](_as_picture(image)) for image in images]
            measured = measure(other.ways[mode], prepared)
            _print(f"{other.name}, {preparation}, {mode}", measured.right(texts) / len(texts), measured.rate)


def _in_capitals(reader: GeneralReader) -> GeneralReader:
    capitals = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
    ways = {name: lambda image, way=way: way(image).translate(capitals) for name, way in reader.ways.items()}
    return reader._replace(ways=ways)


def _as_picture(image: np.ndarray) -> Image.Image:
    """Dark text on light paper, enlarged."""
    picture = ImageOps.invert(Image.fromarray(image)).convert("RGB")
    return picture.resize((picture.width * ENLARGED, picture.height * ENLARGED), Image.Resampling.BICUBIC)


PREPARATIONS = {
    "plain": lambda image: image,
    "smoothed a little": lambda image: image.filter(ImageFilter.GaussianBlur(ENLARGED / 2)),
    "smoothed": lambda image: image.filter(ImageFilter.GaussianBlur(ENLARGED)),
}


def _print(name, accuracy, rate):
    print(f"  {name:<52} {accuracy:>8.1%} {rate:>9,.1f}", flush=True)


if __name__ == "__main__":
    with command_errors():
        main()
