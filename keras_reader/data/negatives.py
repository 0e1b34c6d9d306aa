"""Training images without text. Their label is the empty string."""

import numpy as np


def negative_image(random: np.random.Generator, image_size: tuple[int, int]) -> np.ndarray:
    """One image without text.

    It shows a slope in any direction, a random field or independent pixels, each equally likely. The levels lie between
    two random levels and are clipped; Gaussian noise of random strength is added. The amplitudes of a field fall with
    the frequency to the power of -a, where a is uniform in [0, 2]. a = 0 is grain, large a is clouds, and a = 1 is
    typical of photographs (Field, "Relations between the statistics of natural images and the response properties of
    cortical cells", 1987).

    Args:
        random: the source of random numbers.
        image_size: `(height, width)` in pixels.

    Returns:
        float32 `(height, width)` in [0, 1].
    """
    kind = random.integers(3)
    # Levels outside of [0, 1] are clipped to black or white, as in overexposed photographs.
    lowest, highest = np.sort(random.uniform(-0.2, 1.2, 2))
    if kind == 0:
        shown = slope(random, image_size)
    elif kind == 1:
        shown = field(random, image_size, random.uniform(0, 2))
    else:
        shown = random.random(image_size)
    image = lowest + (highest - lowest) * shown
    image += random.normal(0, random.uniform(0, 0.5) ** 2, image_size)
    return np.clip(image, 0, 1).astype(np.float32)


def slope(random: np.random.Generator, image_size: tuple[int, int]) -> np.ndarray:
    """Levels that rise from 0 to 1 in a random direction: float64 `(height, width)`."""
    height, width = image_size
    angle = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:height, :width]
    return _stretched(np.cos(angle) * x + np.sin(angle) * y)


def field(random: np.random.Generator, image_size: tuple[int, int], fall: float) -> np.ndarray:
    """A random field from 0 to 1 whose amplitudes fall as the frequency to the power of `-fall`.

    Returns:
        float64 `(height, width)`.
    """
    height, width = image_size
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = np.inf
    return _stretched(np.fft.irfft2(np.fft.rfft2(random.normal(size=image_size)) * frequency**-fall, image_size))


def _stretched(values):
    lowest, highest = values.min(), values.max()
    return (values - lowest) / max(highest - lowest, np.finfo(values.dtype).tiny)
