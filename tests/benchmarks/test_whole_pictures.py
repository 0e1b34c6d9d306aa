"""Composed pictures of more than the text, and what is measured in them."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from benchmarks import whole_pictures as benchmark
from benchmarks.common.font_families import common_fonts
from benchmarks.common.whole_pictures import FONT_FOLDER, WholePictures, find_number_fonts, read_truth, write_pictures
from benchmarks.pictures.whole_pictures import Read
from keras_reader.data.derived_config import derive_config
from keras_reader.data.labelled_images import load_labelled
from keras_reader.errors import InputError
from keras_reader.images import fit
from keras_reader.inference.reader import Reading

# The fonts that matplotlib brings along stand for both kinds, so that the tests need no package of Debian's.
FONTS = {
    kind: (next(font for font in common_fonts() if Path(font).stem == "DejaVuSans"),)
    for kind in ("seven-segment", "printed")
}


def pictures(**options):
    return WholePictures(**{"fonts": FONTS, "size": (120, 200), **options})


def test_a_picture_depends_on_the_seed_and_its_number_only():
    first, again, other = (pictures(seed=seed).picture(3) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.image, again.image)
    assert (first.text, first.kind) == (again.text, again.kind)
    assert not np.array_equal(first.image, other.image)
    assert not np.array_equal(first.image, pictures().picture(4).image)


def test_numbers_fill_the_share_asked_for_wherever_they_are():
    shares, middles, lengths = [], [], set()
    for index in range(40):
        picture = pictures().picture(index)
        assert (picture.image.shape, picture.image.dtype) == ((120, 200, 3), np.uint8)
        assert len(picture.boxes) == len(picture.text) and picture.text.isdigit()
        (left, top), (right, bottom) = picture.boxes[:, :2].min(0), picture.boxes[:, 2:].max(0)
        assert 0 <= left < right <= 200 and 0 <= top < bottom <= 120
        assert (np.diff(picture.boxes[:, 0]) > 0).all()
        shares.append((right - left) * (bottom - top) / (120 * 200))
        middles.append(((left + right) / 400, (top + bottom) / 240))
        lengths.add(len(picture.text))
    assert lengths == {3, 4, 5, 6}
    assert 0.03 < min(shares) < 0.08 < max(shares) < 0.17
    assert (np.std(middles, axis=0) > 0.08).all()


def test_the_boxes_are_where_the_digits_are():
    plain = pictures(digits=(3, 3))
    for index in range(8):
        picture = plain.picture(index)
        grey = picture.image.astype(float).mean(axis=2)
        inside = np.concatenate([grey[top:bottom, left:right].ravel() for left, top, right, bottom in picture.boxes])
        # Digits and what is behind them differ by at least 70 levels of brightness.
        assert inside.std() > 15


def test_written_pictures_come_back_with_their_truth_and_are_called_scenes(tmp_path):
    source = pictures(size=(240, 400))
    csv_path = write_pictures(source, range(16), tmp_path)
    truth = read_truth(csv_path)
    for index, (path, text, kind, boxes) in enumerate(truth):
        picture = source.picture(index)
        assert (text, kind, path.exists()) == (picture.text, picture.kind, True)
        np.testing.assert_array_equal(boxes, picture.boxes)
    config, _ = derive_config(load_labelled(csv_path), {})
    assert (config.preset, config.image_size, config.alphabet) == (
        "base",
        (96, 160),
        "".join(sorted(set(config.alphabet))),
    )


def test_true_boxes_map_to_the_readers_own_size():
    masks = np.zeros((1, 96, 160), np.float32)
    masks[0, 20:24, 40:44] = 1
    reading = Reading("7", 1.0, np.ones(1), masks, None, None)
    axes = fit((480, 800), (96, 160), "pad")
    box = np.array([[200, 100, 220, 120]])  # a fifth of the scale
    row = Read(Path("a.png"), "7", "printed", box, reading, axes)
    np.testing.assert_allclose(row.network_boxes, [[40, 20, 44, 24]])
    assert row.is_right
    # A wide picture has a margin above and below it.
    padded = row._replace(axes=fit((400, 800), (96, 160), "pad"))
    np.testing.assert_allclose(padded.network_boxes, [[40, 28, 44, 32]])


def test_fonts_that_are_not_installed_are_named_with_their_package(tmp_path):
    with pytest.raises(InputError, match="apt-get install fonts-dseg"):
        find_number_fonts(tmp_path)


def test_training_and_test_pictures_differ(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "find_number_fonts", lambda folder: FONTS)
    args = argparse.Namespace(fonts=None, size=(60, 100), seed=0, out=tmp_path, train_pictures=3, test_pictures=2)
    train, test = benchmark.compose(args)
    assert (len(read_truth(train)), len(read_truth(test))) == (3, 2)
    assert {p.read_bytes() for p in train.parent.glob("*.jpg")}.isdisjoint(
        p.read_bytes() for p in test.parent.glob("*.jpg")
    )


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not (FONT_FOLDER / "dseg").is_dir(), reason="needs Debian's fonts-dseg")
def test_the_whole_benchmark_composes_trains_measures_and_writes_its_page(tmp_path, capfd):
    options = ["--train-pictures", "20", "--test-pictures", "3", "--steps", "2", "--size", "240", "400"]
    benchmark.main(["--out", str(tmp_path / "work"), *options, "--write", str(tmp_path / "page")])
    page = (tmp_path / "page" / "whole_pictures.md").read_text()
    assert "preset `base` at 96x160 pixels" in page
    assert "mask centred on its digit" in page
    assert (tmp_path / "page" / "whole_pictures" / "sheet.jpg").stat().st_size > 10_000
