"""Pages of misread images."""

import numpy as np

from keras_reader.visualization.contact_sheet import contact_sheet
from keras_reader.visualization.misreadings import IMAGES_A_PAGE, misreading_pages
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
