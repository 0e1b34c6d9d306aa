"""Compares this package's reader with Tesseract and RapidOCR on the same images.

    pip install -e ".[benchmark]"          # and Tesseract itself: apt-get install tesseract-ocr
    python -m benchmarks.other_readers [READER.onnx]

Both are made for larger, dark text on light paper, so their images are enlarged four times and inverted. For each level
of noise, images of another split decide how much smoothing and which of their modes reads best; the best combination
reads the test images. Tesseract gets the alphabet. The text from RapidOCR is converted to capitals, and characters
outside of the alphabet are removed. All read one image after the other on all cores; the reader also reads in batches.
The rates do not include the preparation of the images.
"""

import argparse
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

import keras_reader as kr
from benchmarks.common.machine import describe
from keras_reader.data.synthetic_words import SyntheticWords

ENLARGED = 4
PREPARATIONS = {
    "plain": None,
    "smoothed a little": ImageFilter.GaussianBlur(ENLARGED / 2),
    "smoothed": ImageFilter.GaussianBlur(ENLARGED),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", type=Path, help="default: the reader that ships with the package")
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--choosing", type=int, default=40, help="number of images to choose the modes on")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.1, 0.0])
    args = parser.parse_args()
    reader = kr.load(args.reader)
    alphabet = reader.config.alphabet
    others, missing = {}, []
    for name, ways in {"Tesseract": _tesseract, "RapidOCR": _rapidocr}.items():
        try:
            others[name] = ways(alphabet)
        except ModuleNotFoundError as error:
            missing.append(f"{name}: not installed ({error.name})")

    print(describe("numpy", "pillow", "onnxruntime", *_installed("pytesseract", "rapidocr-onnxruntime")))
    if "Tesseract" in others:
        import pytesseract

        print(f"Tesseract {pytesseract.get_tesseract_version()}")
    for line in missing:
        print(line)
    for noise in args.noise:
        words = {"alphabet": alphabet, "max_length": reader.config.max_length, "image_size": reader.config.image_size}
        images, texts, _ = SyntheticWords(**words, noise=noise, split="test").batch(range(args.images))
        print(f"\nnoise {noise}, {args.images} images{'':<24} whole words  images/s")
        one_by_one = _measure(lambda image: reader.read_one(image).text, images, texts)
        _print("keras_reader, one by one", *one_by_one)
        began = time.perf_counter()
        right = [reading.text == text for reading, text in zip(reader.read(images), texts, strict=True)]
        _print("keras_reader, batches of 64", np.mean(right), len(images) / (time.perf_counter() - began))

        trial_images, trial_texts, _ = SyntheticWords(**words, noise=noise, split="validation").batch(
            range(args.choosing)
        )
        for name, ways in others.items():
            trials = {}
            for preparation, smoothing in PREPARATIONS.items():
                prepared = [_prepare(image, smoothing) for image in trial_images]
                for mode, way in ways.items():
                    trials[preparation, mode] = _measure(way, prepared, trial_texts)
            preparation, mode = max(trials, key=lambda key: trials[key])
            prepared = [_prepare(image, PREPARATIONS[preparation]) for image in images]
            _print(f"{name}, {preparation}, {mode}", *_measure(ways[mode], prepared, texts))


def _tesseract(alphabet):
    import pytesseract

    # A quote or a space would end the option. The alphabets measured here have neither.
    whitelist = f"-c tessedit_char_whitelist={alphabet}"

    def way(mode):
        def read(image):
            try:
                return pytesseract.image_to_string(image, config=f"--psm {mode} {whitelist}").strip()
            except pytesseract.TesseractError as error:
                # On smoothed noise, Tesseract 5.3 sometimes crashes with a division by zero. It then read nothing.
                if error.status >= 0:
                    raise
                return ""

        return read

    return {"a line (psm 7)": way(7), "a word (psm 8)": way(8)}


def _rapidocr(alphabet):
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()

    def way(use_det):
        def read(image):
            # Unsure answers are kept: they may be right, and no answer is always wrong.
            results, _ = engine(np.stack([np.asarray(image)] * 3, -1), use_det=use_det, use_cls=False, text_score=0.0)
            found = [result[1 if use_det else 0] for result in results or []]
            return "".join(c for c in "".join(found).upper() if c in alphabet)

        return read

    return {"found and read": way(True), "read as one line": way(False)}


def _prepare(image, smoothing):
    image = Image.fromarray(image)
    image = image.resize((image.width * ENLARGED, image.height * ENLARGED), Image.Resampling.BICUBIC)
    image = ImageOps.invert(image)
    return image if smoothing is None else image.filter(smoothing)


def _measure(way, images, texts):
    """Whole-word accuracy and images per second. The first image is read once before, to warm up."""
    way(images[0])
    began = time.perf_counter()
    read = [way(image) for image in images]
    seconds = time.perf_counter() - began
    return np.mean([a == b for a, b in zip(read, texts, strict=True)]), len(images) / seconds


def _print(name, accuracy, rate):
    print(f"  {name:<44} {accuracy:>8.1%} {rate:>9,.1f}", flush=True)


def _installed(*packages):
    found = []
    for package in packages:
        try:
            version(package)
        except PackageNotFoundError:
            continue
        found.append(package)
    return found


if __name__ == "__main__":
    main()
