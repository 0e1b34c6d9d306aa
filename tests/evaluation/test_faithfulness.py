"""Faithfulness, on readers made by hand that look where they say, or do not."""

import numpy as np
import pytest

from keras_reader.config import ReaderConfig
from keras_reader.data.example import Example
from keras_reader.evaluation.faithfulness import examine_faithfulness, shown_pixels
from keras_reader.inference.read_example import read_examples
from keras_reader.inference.reader import Reader

SIZE = (10, 60)
LEFTS = (4, 20, 36)  # where letters may stand, further apart than half a window
LEVELS = {"A": 100, "B": 200}
CONFIG = ReaderConfig(alphabet="AB", max_length=3, image_size=SIZE)


def draw(text, letters=LEFTS):
    """Letters are grey squares of 4 x 4 pixels; a blank leaves its place empty."""
    image = np.zeros(SIZE, np.uint8)
    for left, letter in zip(letters, text, strict=False):
        image[3:7, left : left + 4] = LEVELS.get(letter, 0)
    return image


def square(left):
    mask = np.zeros(SIZE, np.float32)
    mask[3:7, left : left + 4] = 0.5
    return mask


def reader_of(find):
    """A reader whose `find` gives (letter, mask) pairs for an image."""

    def run(images):
        ids = np.full((len(images), CONFIG.decoding_steps), CONFIG.characters.terminator)
        masks = np.zeros((len(images), CONFIG.decoding_steps, *SIZE), np.float32)
        for i, image in enumerate(images):
            for t, (letter, mask) in enumerate(find(image)):
                ids[i, t], masks[i, t] = CONFIG.alphabet.index(letter), mask
        ones = np.ones(ids.shape, np.float32)
        outputs = {"ids": ids, "masks": masks, "character_confidence": ones, "confidence": ones[:, 0]}
        return {**outputs, "probabilities": np.eye(len(CONFIG.alphabet) + 1)[ids]}

    return Reader(CONFIG, run, "made by hand")


def letters_in(image):
    """(left, letter) of what is drawn in the image."""
    names = {level: letter for letter, level in LEVELS.items()}
    return [(left, names[level]) for left in LEFTS if (level := int(image[4, left + 1])) in names]


def honest(image):
    return [(letter, square(left)) for left, letter in letters_in(image)]


def beside(image):
    """Reads correctly, but its masks are 9 pixels too far to the right."""
    return [(letter, square(left + 9)) for left, letter in letters_in(image)]


def deaf(image):
    """Always says AB, whatever the image shows."""
    return [("A", square(LEFTS[0])), ("B", square(LEFTS[1]))]


def needs_company(image):
    """Reads letters only where there are two: more than each mask shows goes into the reading."""
    found = honest(image)
    return found if len(found) > 1 else []


def misreads_alone(image):
    """Takes every letter that stands alone for an A."""
    found = honest(image)
    return found if len(found) > 1 else [("A", mask) for _, mask in found]


def takes_another(image):
    """With a letter gone, reads the next one twice, the first time where the lost one was."""
    found = honest(image)
    return found if len(found) == 2 else [(letter, square(LEFTS[0])) for letter, _ in found] + found


def examine(reader, images, batch_size=250):
    """What comes of changing images on black backgrounds."""
    examples = list(read_examples(reader, [Example(image=image) for image in images]))
    return examine_faithfulness(reader, examples, np.zeros_like(images), batch_size)


@pytest.mark.parametrize(
    ("find", "text", "sufficient", "necessary"),
    [
        (honest, "AB", [True, True], [True, True]),
        (honest, "AA", [True, True], [True, True]),  # the other A is still read, but not there
        (honest, "A A", [True, True], [True, True]),
        (beside, "AB", [False, False], [False, False]),
        (deaf, "AB", [True, True], [False, False]),
        (needs_company, "AB", [False, False], [True, True]),
        (misreads_alone, "AB", [True, False], [True, True]),
        (takes_another, "AA", [True, True], [False, True]),
        (takes_another, "AB", [True, True], [True, True]),  # what it reads there is another letter
        (honest, "", [], []),
    ],
)
def test_sufficient_and_necessary(find, text, sufficient, necessary):
    reader, images = reader_of(find), draw(text)[None]
    (found,) = examine(reader, images)
    assert (found.sufficient.tolist(), found.necessary.tolist()) == (sufficient, necessary)
    assert found.sufficient.dtype == found.necessary.dtype == bool
    assert found.text == text.replace(" ", "")


def test_there_is_within_half_a_window():
    """A letter that is found again 7 pixels away is there, one that is found 8 pixels away is not."""

    def moved(by):
        def find(image):
            alone = len(letters_in(image)) == 1
            return [(letter, square(left + by * alone)) for left, letter in letters_in(image)]

        reader, images = reader_of(find), draw("AB")[None]
        (found,) = examine(reader, images)
        return found.sufficient.tolist()

    assert moved(7) == [True, True]
    assert moved(8) == [False, False]


def test_of_two_masks_that_are_there_the_nearer_must_give_the_character_and_neither_may():
    def stutters(image):
        """Where a letter stands alone, reads it two pixels beside and a B three pixels beside."""
        found = letters_in(image)
        if len(found) != 1:
            return honest(image)
        ((left, letter),) = found
        return [("B", square(left - 3)), (letter, square(left + 2))]

    reader, images = reader_of(stutters), draw("AA")[None]
    (found,) = examine(reader, images)
    assert found.sufficient.tolist() == [True, True]

    def echoes(image):
        """With the first letter gone, still reads it where it was, after a B that is nearer."""
        found = honest(image)
        lost = LEFTS[0] not in [left for left, _ in letters_in(image)]
        return [("B", square(LEFTS[0])), ("A", square(LEFTS[0] + 1)), *found] if lost else found

    reader = reader_of(echoes)
    (found,) = examine(reader, images)
    assert found.necessary.tolist() == [False, True]


def test_images_keep_their_results_whatever_the_batch_size():
    texts = ["AB", "", "B", "AAB"]
    images = np.stack([draw(text) for text in texts])
    reader = reader_of(lambda image: [pair for pair in honest(image) if pair[0] == "A"] if honest(image) else [])
    for batch_size in (1, 3, 100):
        found = examine(reader, images, batch_size)
        assert [len(each.sufficient) for each in found] == [1, 0, 0, 2]
        assert all(each.sufficient.all() and each.necessary.all() for each in found)


def test_pixels_come_from_the_image_where_the_mask_shows_and_from_the_background_elsewhere():
    seen = []
    reader = reader_of(lambda image: seen.append(image.copy()) or honest(image))
    image, background = draw("AB"), np.full(SIZE, 7, np.uint8)
    examples = list(read_examples(reader, [Example(image=image)]))
    seen.clear()
    examine_faithfulness(reader, examples, background[None])
    shows = square(LEFTS[0]) > 0
    np.testing.assert_array_equal(seen[0], np.where(shows, 100, 7))
    np.testing.assert_array_equal(seen[1], np.where(shows, 7, image))


def test_a_mask_shows_what_is_above_a_fifth_of_its_largest_value():
    masks = np.zeros((2, 2, 3), np.float32)
    masks[0] = [[0, 0.1, 0.2], [0.5, 0.11, 0.05]]
    assert shown_pixels(masks).tolist() == [[[False, False, True], [True, True, False]], [[False] * 3] * 2]
    assert shown_pixels(masks[:0]).shape == (0, 2, 3)
