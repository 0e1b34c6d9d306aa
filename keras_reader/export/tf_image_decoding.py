"""Opens image files inside a TensorFlow graph, like `keras_reader.images.open_grey`.

This module imports TensorFlow. Only the SavedModel export imports it.
"""

# TensorFlow's stubs cover neither operators between tensors and numbers nor autograph's conditions.
# pyright: reportOperatorIssue=false, reportArgumentType=false

import tensorflow as tf

from keras_reader.limits import SERVED_PIXELS

# The header, the orientation of a JPEG and the palette of a GIF are searched in these first bytes of a file only.
HEAD_BYTES = 1 << 17
ORIENTATION_TAG = 0x0112


@tf.function(input_signature=[tf.TensorSpec((), tf.string)])
def decode_grey(encoded):
    """Decode a PNG, JPEG, BMP or GIF file to grey levels.

    The result equals that of `open_grey`, pixel by pixel: colours become luma, 16 bits become 8, transparent pixels are
    laid on white, the EXIF orientation of a JPEG is applied, and an animation gives its first frame. There are two
    differences: EXIF in a PNG is ignored, and BMP files with less than 8 bits per pixel, with compression or with bit
    masks are refused.

    Args:
        encoded: string `()`, the content of the file.

    Returns:
        uint8 `(height, width)` in [0, 255].

    Raises:
        tf.errors.InvalidArgumentError: if the content is not such a file or is truncated, or if it has more than
            `SERVED_PIXELS` pixels.
    """
    head = tf.cast(tf.io.decode_raw(tf.strings.substr(encoded, 0, HEAD_BYTES), tf.uint8), tf.int32)
    tf.debugging.Assert(
        _pixels(encoded, head) <= SERVED_PIXELS,
        [f"images must have at most {SERVED_PIXELS:,} pixels: shrink them first"],
    )
    if tf.io.is_jpeg(encoded):
        # TensorFlow's default, the quick transform, differs by a few levels.
        image = tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")
        grey = _oriented(_luma_on_white(image), _orientation(head))
    elif tf.strings.substr(encoded, 0, 8) == b"\x89PNG\r\n\x1a\n":
        grey = _luma_on_white(_decode_png(encoded, head))
    elif tf.strings.substr(encoded, 0, 2) == b"BM":
        grey = _luma_on_white(_decode_bmp(encoded, head))
    else:
        if tf.strings.substr(encoded, 0, 3) == b"GIF":
            encoded = _transparent_to_white(encoded, head)
        grey = _luma_on_white(tf.io.decode_image(encoded, channels=3, expand_animations=False))
    return grey


def _luma_on_white(image):
    """Luma of an image on white, in the integer arithmetic of Pillow: uint8 `(height, width)`.

    `image` is uint8 `(height, width, channels)` with 1 to 4 channels. If their number is even, the last one is alpha.
    """
    image = tf.cast(image, tf.int32)
    if tf.shape(image)[2] % 2 == 0:
        alpha = image[:, :, -1:]
        blended = (image[:, :, :-1] * alpha + 255 * (255 - alpha) + 128) * 128
        image = tf.bitwise.right_shift(tf.bitwise.right_shift(blended, 8) + blended, 8 + 7)
    if tf.shape(image)[2] == 3:
        luma = tf.tensordot(image, tf.constant([19595, 38470, 7471]), 1)
        grey = tf.bitwise.right_shift(luma + 32768, 16)
    else:
        grey = image[:, :, 0]
    return tf.cast(grey, tf.uint8)


def _decode_png(encoded, head):
    # With an alpha channel, TensorFlow garbles pixels of less than 8 bits. Without one, it ignores the transparent
    # colour of all other images.
    bit_depth = _byte(head, 24)
    image = tf.io.decode_png(encoded, channels=4) if bit_depth == 8 else tf.io.decode_png(encoded, channels=0)
    return image


def _decode_bmp(encoded, head):
    header_size = _number(head, 14, 4)
    tf.debugging.Assert(
        (header_size >= 40) & (_number(head, 30, 4) == 0), ["BMP images must be uncompressed, without bit masks"]
    )
    image = tf.io.decode_bmp(encoded)
    if tf.shape(image)[2] == 1:
        # TensorFlow returns indices into the palette instead of colours.
        palette = tf.reshape(_bytes(head, 14 + header_size, 4 * 256), (256, 4))
        image = tf.cast(tf.gather(palette[:, 2::-1], tf.cast(image[:, :, 0], tf.int32)), tf.uint8)
    return image[:, :, :3]


def _transparent_to_white(encoded, head):
    """Replace the transparent colour of a GIF's first frame by opaque white.

    TensorFlow decodes transparent pixels as black, and does not say which they were.
    """
    palette, position = 13, 13 + _palette_size(head, 10)
    flags, transparent = 0, 0
    while _byte(head, position) == 0x21:
        if _byte(head, position + 1) == 0xF9:
            flags, transparent = position + 3, _byte(head, position + 6)
        position += 2
        while _byte(head, position) > 0:
            position += 1 + _byte(head, position)
        position += 1
    if _palette_size(head, position + 9) > 0:
        palette = position + 10
    if flags > 0 and _byte(head, flags) % 2 == 1:
        white = palette + 3 * transparent + tf.range(3)
        head = tf.tensor_scatter_nd_update(head, white[:, None], tf.fill([3], 255))
        head = tf.tensor_scatter_nd_sub(head, [[flags]], [1])
        characters = tf.constant([bytes([i]) for i in range(256)])
        rest = tf.strings.substr(encoded, tf.size(head), tf.strings.length(encoded))
        encoded = tf.strings.reduce_join(tf.gather(characters, head)) + rest
    return encoded


def _palette_size(head, flags):
    """Bytes of a GIF's palette, from its flags at `flags`."""
    value = _byte(head, flags)
    return tf.where(value >= 128, 3 * 2 ** (value % 8 + 1), 0)


def _orientation(head):
    """EXIF orientation of a JPEG, 1 to 8; 1 if it has no readable one."""
    position = 2
    is_exif = False
    # Application segments (E0 to EF) and comments (FE) come before the segments of the image.
    marker = _byte(head, 3)
    while not is_exif and (marker // 16 == 0xE or marker == 0xFE):
        is_exif = marker == 0xE1 and tf.reduce_all(_bytes(head, position + 4, 6) == tf.constant([*b"Exif\0\0"]))
        if not is_exif:
            position += 2 + _number(head, position + 2, 2, big_endian=True)
            marker = _byte(head, position + 1)
    orientation = 1
    if is_exif:
        tiff = position + 10
        big_endian = _byte(head, tiff) == ord("M")
        directory = tiff + _number(head, tiff + 4, 4, big_endian)
        for i in tf.range(_number(head, directory, 2, big_endian)):
            entry = directory + 2 + 12 * i
            if _number(head, entry, 2, big_endian) == ORIENTATION_TAG:
                orientation = _number(head, entry + 8, 2, big_endian)
    return orientation


def _oriented(grey, orientation):
    """Undo an EXIF orientation. Numbers other than 2 to 8 leave the image as it is."""
    if orientation >= 5 and orientation <= 8:
        grey = tf.transpose(grey)
    if orientation == 2 or orientation == 3 or orientation == 6 or orientation == 7:
        grey = grey[:, ::-1]
    if orientation == 3 or orientation == 4 or orientation == 7 or orientation == 8:
        grey = grey[::-1]
    return grey


def _bytes(head, start, count):
    """`count` bytes from `start`, int32. Bytes beyond the end, which damaged files point to, are 0."""
    positions = start + tf.range(count)
    inside = (positions >= 0) & (positions < tf.size(head))
    return tf.where(inside, tf.gather(head, tf.where(inside, positions, 0)), 0)


def _pixels(encoded, head):
    """Number of pixels that the header of a file tells of, float32 `()`; 0 for a file of another kind."""
    sides = [0, 0]
    if tf.io.is_jpeg(encoded):
        sides = tf.unstack(tf.io.extract_jpeg_shape(encoded)[:2])
    elif _byte(head, 0) == 0x89:
        sides = [_number(head, 16, 4, big_endian=True), _number(head, 20, 4, big_endian=True)]
    elif _byte(head, 0) == ord("B"):
        sides = [_number(head, 18, 4), _number(head, 22, 4)]
    elif _byte(head, 0) == ord("G"):
        sides = [_number(head, 6, 2), _number(head, 8, 2)]
    # A number that is too large for int32 is negative; the decoders refuse it.
    return tf.abs(tf.cast(sides[0], tf.float32) * tf.cast(sides[1], tf.float32))


def _byte(head, position):
    return _bytes(head, position, 1)[0]


def _number(head, start, count, big_endian=False):
    """The unsigned number in `count` bytes. A number that is too large for int32 becomes negative."""
    values = _bytes(head, start, count)
    values = tf.where(big_endian, values[::-1], values)
    return tf.reduce_sum(values * 256 ** tf.range(count))
