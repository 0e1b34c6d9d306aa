"""Pages of misread images."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.misreadings import IMAGES_A_PAGE, misreading_pages
from keras_reader.visualization.style import PAPER, TEXT, WRONG, draw_text
from tests.helpers.reports import example


def test_each_image_has_its_sheet_under_its_name_and_pages_are_full():
    count = IMAGES_A_PAGE + 2
    pages = list(misreading_pages(example("AB", "AC", source=f"line {i}") for i in range(count)))
    assert len(pages) == 2
    sheet = np.asarray(contact_sheet(example("AB", "AC"), 48))
    step = len(sheet) + 40
    assert [page.height for page in pages] == [IMAGES_A_PAGE * step, 2 * step]
    first = np.asarray(pages[0])
    for i in range(IMAGES_A_PAGE):
        np.testing.assert_array_equal(first[i * step + 40 : (i + 1) * step], sheet)
        assert (first[i * step + 4 : i * step + 36] < 128).any()
    assert not (first[16:32] == first[step + 16 : step + 32]).all()


def test_no_misreadings_give_no_pages():
    assert list(misreading_pages([])) == []


@pytest.mark.parametrize(
    ("suspect", "verdict", "colour"), [(True, "labelled AB", TEXT), (False, "wrong, it is AB", WRONG)]
)
def test_where_the_label_may_be_wrong_it_is_not_called_the_truth(suspect, verdict, colour):
    (page,) = misreading_pages([example("AB", "AC")], [suspect])
    expected = Image.new("RGB", page.size, PAPER)
    draw_text(ImageDraw.Draw(expected), (16, 40 + 8 + 32), verdict, 17, colour, "lt", page.width - 32)
    rows = slice(40 + 8 + 28, 40 + 8 + 52)
    np.testing.assert_array_equal(np.asarray(page)[rows], np.asarray(expected)[rows])
