"""Composes pictures of handwritten numbers, with their labels: the data of the guide own_images.md.

    python docs/guides/handwritten_numbers.py FOLDER [IMAGES]

writes `FOLDER/train/` with a `labels.csv` of IMAGES pictures (default: 600), and `FOLDER/validation/` with a
`labels.csv` of a third as many. The digits are real handwriting, which comes with scikit-learn: 1,797 digits of 13
people (Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI, CC BY 4.0). They are in the order of
their writers. The last quarter makes the validation pictures, so that no digit is on both sides, and hardly any writer.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

VALIDATION_SHARE = 0.25


def compose(digits: np.ndarray, random: np.random.Generator) -> Image.Image:
    """Draw digits, `(digits, 8, 8)` in [0, 16], beside each other in ink on paper, each at a size of its own."""
    height = int(random.integers(20, 29))
    ink = Image.new("L", (len(digits) * height + 24, height + 20))
    left = int(random.integers(4, 16))
    for digit in digits:
        size = round(height * random.uniform(0.9, 1.1))
        grey = Image.fromarray(np.uint8(np.minimum(digit * 16, 255))).resize((size, size), Image.Resampling.BICUBIC)
        ink.paste(grey, (left, 10 + int(random.integers(-4, 5))))
        left += round(size * random.uniform(0.8, 1.0))
    share = np.asarray(ink.crop((0, 0, left + int(random.integers(4, 16)), ink.height)))[:, :, None] / 255
    paper, pen = random.integers(190, 250, 3), random.integers(0, 90, 3)
    levels = paper + share * (pen - paper) + random.normal(0, 6, share.shape)
    return Image.fromarray(np.uint8(levels.clip(0, 255)))


def write(folder: Path, images: np.ndarray, labels: np.ndarray, count: int, seed: int) -> None:
    """Write `count` pictures of one to four digits and their `labels.csv` into a new folder."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "text"])
        for i in range(count):
            chosen = random.integers(0, len(images), random.integers(1, 5))
            compose(images[chosen], random).save(folder / f"{i:04}.png")
            rows.writerow([f"{i:04}.png", "".join(map(str, labels[chosen]))])


if __name__ == "__main__":
    out, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 600
    data = load_digits()
    first = round(len(data.images) * (1 - VALIDATION_SHARE))
    write(out / "train", data.images[:first], data.target[:first], count, seed=0)
    write(out / "validation", data.images[first:], data.target[first:], count // 3, seed=1)
    print(f"{out}: {count} pictures to train on, {count // 3} to validate on")
