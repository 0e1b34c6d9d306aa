"""What a reader is trained and validated on."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from keras_reader.config import PRESETS, ReaderConfig
from keras_reader.data.augmentation import AUGMENTATIONS
from keras_reader.data.holdout import also_trained_on, content_digest, describe_leak, held_out_count, hold_out, spread
from keras_reader.data.labelled_images import LabelledImages
from keras_reader.data.negatives import negative_image
from keras_reader.data.own_backgrounds import without_text
from keras_reader.data.printed_text.printed_text import DrawnText, PrintedText
from keras_reader.data.printed_text.without_text import printed_negative
from keras_reader.data.synthetic_words import SMALLEST_FONT_SIZE, SyntheticWords
from keras_reader.errors import InputError
from keras_reader.images import resize
from keras_reader.progress import with_progress
from keras_reader.training.drawing import Draw, DrawLabelled, DrawMixed, DrawWords, Labels, WithNegatives, encode_texts
from keras_reader.training.options import TrainingOptions

MOST_BACKGROUNDS = 500


class TrainingExamples(NamedTuple):
    """What a reader is trained and validated on.

    Attributes:
        draw: draws the training examples.
        images: float32 `(validation images, height, width, 1)` in [0, 1].
        labels: of the validation images.
        summary: one line, for a person.
        pictures: a checksum of what the labelled images show; empty if there are none.
    """

    draw: Draw
    images: np.ndarray
    labels: Labels
    summary: str
    pictures: str = ""


class LabelledTraining(NamedTuple):
    """Labelled images to train on.

    Attributes:
        training: the images; a tenth is set aside for validation, unless there are others for it.
        validation: images to validate on, none of them trained on; `None` to set some aside.
        words: synthetic words in the user's alphabet and fonts, which are mixed in; `None` for none.
    """

    training: LabelledImages
    validation: LabelledImages | None = None
    words: SyntheticWords | None = None


def training_examples(
    config: ReaderConfig, data: DrawnText | LabelledTraining, options: TrainingOptions
) -> TrainingExamples:
    """Make the examples ready to train on.

    Raises:
        InputError: if a labelled image cannot be read, there are too few, or a font lacks a character of the alphabet.
    """
    examples = (_of_labelled if isinstance(data, LabelledTraining) else _of_words)(config, data, options)
    negative = printed_negative if isinstance(data, PrintedText) else negative_image
    draw = WithNegatives(examples.draw, options.negatives, config.characters.terminator, options.seed, negative)
    return examples._replace(draw=draw)


def _of_words(config, words, options):
    if isinstance(words, SyntheticWords):
        words.check_fonts()
    centres = options.attention_supervision > 0
    draw = DrawWords(words, config.decoding_steps, centres, options.parts, options.seed)
    draw_others = DrawWords(replace(words, split="validation"), config.decoding_steps, centres)
    images, labels = draw_others(0, options.validation_images)
    summary = f"{words.named}, and {len(images):,} others to validate on"
    return TrainingExamples(draw, images[..., None], labels, summary)


def _of_labelled(config, data, options):
    for name in ("attention_supervision", "parts"):
        if getattr(options, name):
            raise InputError(f"{name} needs drawn text: it is not known where the characters of pictures are")
    alphabet, decoding_steps = config.characters, config.decoding_steps
    images, contents = fitted_images(data.training, config)
    validation_contents = []
    texts = data.training.texts
    if data.validation is None:
        if len(set(contents)) < 2:
            raise one_picture(data.training)
        held_out = hold_out(contents, texts, min(options.validation_images, held_out_count(len(texts))), options.seed)
        kept = np.setdiff1d(np.arange(len(texts)), held_out)
        validation_images, validation_texts = images[held_out], [texts[i] for i in held_out]
        images, texts = images[kept], [texts[i] for i in kept]
    else:
        others = data.validation
        chosen = spread(len(others), options.validation_images)
        # All are opened: what `check` finds wrong with any of them is wrong here, too.
        validation_images, validation_contents = fitted_images(others, config, chosen)
        validation_texts = [others.texts[i] for i in chosen]
        shared = also_trained_on(contents, validation_contents)
        if shared:
            raise InputError(f"{others.csv_path}: {describe_leak(len(shared))} (keras-reader check names them)")
    summary = _summary(texts, validation_texts, data.validation)
    augmentation, seed = AUGMENTATIONS[options.augment], options.seed
    warmup = round(options.augmentation_warmup * options.training_steps) * options.batch_size
    draw: Draw = DrawLabelled(images, texts, alphabet, decoding_steps, augmentation, seed, warmup)
    if data.words is not None:
        backgrounds = _backgrounds(images, seed)
        words = mixed_words(data.words, config, min(map(len, texts)))
        draw = DrawMixed(draw, options.synthetic, words, backgrounds, decoding_steps, augmentation, seed, warmup)
        summary += f"; {options.synthetic:.0%} of the training examples are synthetic words on their backgrounds"
    validation = validation_images[..., None].astype(np.float32) / 255
    labels = encode_texts(validation_texts, alphabet, decoding_steps)
    return TrainingExamples(draw, validation, labels, summary, _checksum(contents + validation_contents))


def one_picture(labelled: LabelledImages) -> InputError:
    """What is wrong with labelled images that are one picture only."""
    return InputError(
        f"{labelled.csv_path}: one picture is too few to train on: a tenth of them is set aside for validation"
    )


def mixed_words(words: SyntheticWords, config: ReaderConfig, shortest: int = 1) -> SyntheticWords:
    """The words that `DrawMixed` takes: the user's, white on black, without noise or clutter.

    They are no longer than what fits into an image, which a label of several lines may not on one.

    Args:
        words: the user's.
        config: the reader's configuration.
        shortest: number of characters of the shortest label; no word is shorter.

    Raises:
        InputError: if a font has no glyph for a character of the alphabet, or the images are too small for any word.
    """
    words.check_fonts()
    longest = words.longest_that_fits()
    if not longest:
        height, width = config.image_size
        raise InputError(f"no word fits an image of {height}x{width} pixels: make the images larger, or draw none")
    return replace(
        words,
        min_length=min(max(1, shortest), longest),
        max_length=longest,
        intensity=255,
        noise=0,
        background=0,
        background_files=(),
        strokes=0,
        fragments=0,
        polarity="light",
    )


def mixed_font_sizes(preset: str) -> tuple[int, int]:
    """The smallest and the largest font size of words that are mixed with pictures, so that they are as large as the
    characters that a preset is made for: capitals are about 0.7 of the font's size high."""
    _, tallest = PRESETS[preset].character_height
    return max(SMALLEST_FONT_SIZE, tallest // 2), round(1.3 * tallest)


def fitted_images(
    labelled: LabelledImages, config: ReaderConfig, chosen: Sequence[int] | None = None
) -> tuple[np.ndarray, list[bytes]]:
    """Images in the reader's size, and a digest of the content of each.

    Args:
        labelled: the images, which are all opened.
        config: the reader's configuration.
        chosen: indices of the images that are kept, in rising order; `None` for all.

    Returns:
        Those that are kept, uint8 `(images, height, width)`; the digests of all.

    Raises:
        InputError: if an image cannot be read.
    """
    kept = {index: row for row, index in enumerate(range(len(labelled)) if chosen is None else chosen)}
    images = np.empty((len(kept), *config.image_size), np.uint8)
    contents = []
    for index, example in enumerate(with_progress(labelled.examples(), len(labelled), "opened")):
        if index in kept:
            images[kept[index]] = np.rint(resize(example.image, config.image_size, config.resize) * 255)
        contents.append(content_digest(example.image))
    return images, contents


def _checksum(contents):
    return hashlib.blake2b(b"".join(contents), digest_size=8).hexdigest()


def _summary(texts: Sequence[str], validation_texts: Sequence[str], validation: LabelledImages | None):
    seen = len(set(texts) & set(validation_texts))
    different = f"{seen} of their texts" if seen else "none of their texts"
    count, others = f"{len(validation_texts):,}", "others"
    if validation is not None and len(validation) > len(validation_texts):
        count, others = f"{count} of {len(validation):,}", f"others, evenly spread over {validation.csv_path.name},"
    return f"{len(texts):,} pictures to train on, {count} {others} to validate on; {different} are trained on"


def _backgrounds(images, seed):
    random = np.random.default_rng((seed, 1))
    chosen = random.permutation(len(images))[:MOST_BACKGROUNDS]
    return np.stack([without_text(images[i], random) for i in chosen])
