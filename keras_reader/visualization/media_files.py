"""Writes animations and pictures to files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from keras_reader.atomic_files import replacing
from keras_reader.errors import InputError
from keras_reader.visualization.palette import shared_palette
from keras_reader.visualization.style import PAPER

FRAME_MILLISECONDS = 670  # about 1.5 frames per second, in hundredths of a second as GIF needs it
LAST_FRAME_MILLISECONDS = 2000
FORMATS = ("gif", "webp", "mp4")


def write_animation(frames: Sequence[Image.Image], path: str | Path) -> None:
    """Write frames as an animation of 1.5 frames per second. The last frame stays for two seconds.

    GIF and WebP repeat for ever. WebP is lossless. GIF has 256 colours for all frames together; see
    `keras_reader.visualization.palette`.
    The file gets its name only when it is complete.

    Args:
        frames: RGB images of one size.
        path: the file to write. Its suffix is the format, one of `FORMATS`.

    Raises:
        InputError: if the format is unknown, MP4 is asked for without imageio-ffmpeg, or `path` cannot be written.
    """
    path = Path(path)
    format = path.suffix.removeprefix(".")
    check_format(format)
    durations = [FRAME_MILLISECONDS] * (len(frames) - 1) + [LAST_FRAME_MILLISECONDS]
    with _writing(path) as temporary:
        if format == "mp4":
            _write_mp4(frames, durations, temporary)
            return
        options: dict[str, Any] = {"lossless": True}
        if format == "gif":
            frames, options = shared_palette(frames), {"optimize": False}
        frames[0].save(temporary, save_all=True, append_images=frames[1:], duration=durations, loop=0, **options)


def check_format(format: str, more: Sequence[str] = ()) -> None:
    """Raise an `InputError`, which names `more` formats beside ours, if an animation of this one cannot be written."""
    if format not in FORMATS:
        raise InputError(f"{format!r} is not a format for animations: choose from {', '.join((*FORMATS, *more))}")
    if format == "mp4" and not (find_spec("imageio") and find_spec("imageio_ffmpeg")):
        raise InputError("MP4 needs imageio-ffmpeg: pip install imageio imageio-ffmpeg")


def write_png(image: Image.Image, path: str | Path) -> None:
    """Write an image as PNG. The file gets its name only when it is complete.

    Raises:
        InputError: if `path` cannot be written.
    """
    with _writing(path) as temporary:
        image.save(temporary, format="PNG")


def _write_mp4(frames, durations, path):
    import imageio.v2 as imageio

    per_second = 30
    # Every player plays H.264 with subsampled colours, which needs even sides.
    width, height = (side + side % 2 for side in frames[0].size)
    options = {"codec": "libx264", "pixelformat": "yuv420p", "macro_block_size": 2, "ffmpeg_params": ["-crf", "12"]}
    with imageio.get_writer(path, format="FFMPEG", fps=per_second, **options) as writer:
        for frame, duration in zip(frames, durations, strict=True):
            even = Image.new("RGB", (width, height), PAPER)
            even.paste(frame)
            for _ in range(round(duration / 1000 * per_second)):
                writer.append_data(np.asarray(even))  # pyright: ignore[reportAttributeAccessIssue] (wrong stubs)


@contextmanager
def _writing(path) -> Iterator[Path]:
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
