"""Images without text, to train on: what shows none should be read as empty, whatever else it shows."""

import numpy as np

from keras_reader.batches import Draw
from keras_reader.streams import Streams

# Synthetic words have a seed below 2**63 for the first word of their streams' key.
_KEY = 2**63


class WithNegatives:
    """Puts images without text in the place of a share of the examples; see `Draw`.

    A reader that was trained on words alone has only letters and the end to call anything by, and calls
    random pixels, a gradient or a photograph letters with confidence. Whether example i is a negative, and
    which one, depends on the seed and i only.

    Args:
        draw: draws the other examples.
        share: of the examples, in [0, 1].
        terminator: class number that an empty text consists of.
        seed: fixes which examples, and what they show.
    """

    def __init__(self, draw: Draw, share: float, terminator: int, seed: int):
        self.draw = draw
        self.share = share
        self.terminator = terminator
        self.seed = seed

    def __call__(self, start, stop):
        images, ids = self.draw(start, stop)
        streams = Streams((_KEY, self.seed))
        for image, row, index in zip(images, ids, range(start, stop), strict=True):
            random = streams.at(index, 0)
            if random.random() < self.share:
                image[:] = negative_image(random, image.shape)
                row[:] = self.terminator
        return images, ids


def negative_image(random: np.random.Generator, image_size: tuple[int, int]) -> np.ndarray:
    """One image without text.

    A slope in any direction, a random field, or independent pixels, each as likely, between two random
    levels (clipped), under Gaussian noise of a random strength. Fields have amplitudes that fall as the frequency
    to the power of -a, a uniform in [0, 2]: from grain over what photographs have (a = 1; Field, "Relations
    between the statistics of natural images and the response properties of cortical cells", 1987) to clouds.

    Args:
        random: what is drawn from.
        image_size: `(height, width)` in pixels.

    Returns:
        float32 `(height, width)` in [0, 1].
    """
    show = (_slope, _field, _pixels)[random.integers(3)]
    # Beyond what an image can show: parts of it then are black or white, as in overexposed photographs.
    lowest, highest = np.sort(random.uniform(-0.2, 1.2, 2))
    image = lowest + (highest - lowest) * show(random, image_size)
    image += random.normal(0, random.uniform(0, 0.5) ** 2, image_size)
    return np.clip(image, 0, 1).astype(np.float32)


def _slope(random, image_size):
    height, width = image_size
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:height, :width]
    return _stretched(np.cos(angle) * x + np.sin(angle) * y)


def _field(random, image_size):
    height, width = image_size
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = np.inf
    amplitude = frequency ** -random.uniform(0, 2)
    return _stretched(np.fft.irfft2(np.fft.rfft2(random.normal(size=image_size)) * amplitude, image_size))


def _pixels(random, image_size):
    return random.random(image_size)


def _stretched(values):
    lowest, highest = values.min(), values.max()
    return (values - lowest) / max(highest - lowest, np.finfo(values.dtype).tiny)
