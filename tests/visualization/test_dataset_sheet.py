"""A sheet of labelled images."""

import numpy as np
import pytest

from keras_reader.visualization.dataset_sheet import dataset_sheet


@pytest.mark.parametrize("size", [(16, 48), (40, 40), (64, 300), (120, 30)])
@pytest.mark.parametrize("count", [1, 7, 24])
def test_nothing_is_drawn_over_the_edges_and_every_picture_is_whole(size, count):
    images = [np.random.default_rng(i).integers(0, 200, size).astype(np.uint8) for i in range(count)]
    sheet = dataset_sheet(images, ["W" * 40] * count, ["line 123456"] * count, "a title " * 30, "a hint " * 30)
    pixels = np.asarray(sheet.convert("L"))
    assert sheet.width <= 1120
    for edge in (pixels[:8], pixels[-8:], pixels[:, :14], pixels[:, -14:]):
        assert (edge == 255).all()
    scale = max(2, 240 // size[1])
    first = pixels[64 : 64 + size[0] * scale : scale, 16 : 16 + size[1] * scale : scale]
    np.testing.assert_array_equal(first, images[0])
