"""The picture of drawn texts: twelve rows of images as they are trained on."""

import numpy as np
import pytest
from PIL import Image

from keras_reader.cli.main import main
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.data.tasks import ARIAL
from keras_reader.data.text_rendering import find_family
from keras_reader.visualization.text_sheet import ROWS, write_text_sheet


@pytest.mark.parametrize("clip", [True, False])
def test_the_first_images_are_shown_enlarged(tmp_path, clip):
    words = SyntheticWords(image_size=(32, 128), clip=clip)
    write_text_sheet(words, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        levels = np.asarray(sheet.convert("L"))
    assert levels.shape[1] <= 1400
    image = np.rint(words.batch([0])[0][0]).clip(0, 255)
    np.testing.assert_array_equal(levels[16:80:2, 16:272:2], image)
    assert levels.shape[0] == 16 + ROWS * (64 + 20 + 16)


def test_training_on_printed_text_can_be_looked_at_first(tmp_path, capsys):
    path = find_family(*ARIAL)
    if path is None:
        pytest.skip("neither Arial nor Liberation Sans is installed: apt-get install fonts-liberation")
    main(["train", "--task", "print", "--font", path, "--preview-augmentation", str(tmp_path / "sheet.png")])
    assert "printed text in 1 fonts of 1 families" in capsys.readouterr().out
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 1000, "images of 32x128, which the task has unless the user says otherwise"
