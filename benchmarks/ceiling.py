"""The best whole-word accuracy that any reader can reach on the synthetic words.

    python benchmarks/ceiling.py

At size 9 some letters differ in a few grey pixels, and the noise covers the difference: O and Q above
all. An ideal observer is told where the word lies, how long it is, and all its letters but one; it
knows how every letter is drawn and how the noise is distributed, and names the likeliest letter (among
those as wide as the true one, or the rest of the word would move). A word counts as read when each of
its letters, asked for in this way, is named rightly. No reader knows more than this observer, so none
can expect to do better on the same images.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).parent.parent))

from machine import describe

from keras_reader.synthetic import SyntheticWords


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    args = parser.parse_args()
    print(describe("numpy", "pillow"))
    words = SyntheticWords(split="test")
    font = ImageFont.load_default(words.font_size[0])
    probability = _probability(words)
    wrong, confusions = 0, Counter()
    for index in range(args.images):
        image, text, boxes = words.sample(index)
        pen = _pen(boxes, text, font)
        named = [_likeliest(image, text, k, pen, font, words, probability) for k in range(len(text))]
        wrong += named != list(text)
        confusions.update(f"{true} read as {read}" for true, read in zip(text, named, strict=True) if true != read)
    rate = wrong / args.images
    error = (rate * (1 - rate) / args.images) ** 0.5
    print(f"{args.images} images: an ideal observer misreads {rate:.2%} of the words (standard error {error:.2%})")
    print(f"no reader can expect more than {1 - rate:.2%} whole words")
    print("its mistakes: " + ", ".join(f"{pair} {count}" for pair, count in confusions.most_common(8)))


def _probability(words):
    """Log-probability of each pixel value given each level without noise: `(256, 256)`, [level, value]."""
    sigma = 255 * words.noise
    edges = np.arange(257) - 0.5
    edges[0], edges[-1] = -np.inf, np.inf  # clipped
    below = _normal_cdf((edges - np.arange(256)[:, None]) / sigma)
    return np.log(np.maximum(np.diff(below, axis=1), 1e-300))


def _normal_cdf(z):
    from math import erf

    return 0.5 * (1 + np.vectorize(erf)(z / np.sqrt(2)))


def _pen(boxes, text, font):
    """Where the text must be drawn for its ink to lie in the boxes."""
    left, top, _, _ = Image.Image.getbbox(_draw(text, (10, 10), (60, 120), 255, font))
    return boxes[:, 0].min() - (left - 10), boxes[:, 1].min() - (top - 10)


def _draw(text, pen, size, intensity, font):
    image = Image.new("L", size[::-1])
    ImageDraw.Draw(image).text((int(pen[0]), int(pen[1])), text, fill=intensity, font=font)
    return image


def _likeliest(image, text, k, pen, font, words, probability):
    likelihood = {}
    for letter in words.alphabet:
        changed = text[:k] + letter + text[k + 1 :]
        if font.getlength(changed) == font.getlength(text):
            level = np.asarray(_draw(changed, pen, image.shape, words.intensity, font))
            likelihood[letter] = probability[level, image].sum()
    return max(likelihood, key=likelihood.get)


if __name__ == "__main__":
    main()
