"""What the original deep_reader drew of a word: one picture, the steps side by side, the mask as its blue."""

import math

import numpy as np
from PIL import Image

from keras_reader.images import resize
from keras_reader.inference.read_example import ReadExample
from keras_reader.visualization.parts import decoding_steps_of

STRIP_HEIGHT = 120  # the original's; a strip is at least so many pixels high


def strip(example: ReadExample) -> Image.Image:
    """The decoding steps of a reading side by side, the terminator's last.

    Of each step, red and green are the image and blue is the mask that it looked through: where the mask is 1, black is
    blue and white stays white; where it is 0, white is yellow. The image has the reader's own size.

    Returns:
        An RGB image, enlarged in whole pixels; at least 120 pixels high.
    """
    masks = [step.mask for step in decoding_steps_of(example.reading)]
    image = example.image
    if masks and image.shape != masks[0].shape:
        image = np.rint(resize(image, masks[0].shape, example.resize) * 255).astype(np.uint8)
    tiles = [np.dstack([image, image, np.rint(255 * mask).astype(np.uint8)]) for mask in masks]
    picture = Image.fromarray(np.concatenate(tiles, axis=1))
    scale = math.ceil(STRIP_HEIGHT / picture.height)
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
