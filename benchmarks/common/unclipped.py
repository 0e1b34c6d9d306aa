"""Reading the original's unclipped floats, which no image file holds and no exported reader takes."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from keras_reader.inference.reader import BATCH_IMAGES, Reader, Reading, in_batches


class UnclippedReader(Reader):
    """A reader of images of floating-point levels, which may lie outside of 0 to 255, at the reader's own size.

    Args:
        path: a `.keras` file.
    """

    def __init__(self, path: str | Path):
        from keras_reader.models.loading import load_reader_model
        from keras_reader.models.serving import decoding_model

        reader = load_reader_model(path)
        model = decoding_model(reader)

        def run(images):
            return model.predict_on_batch((np.asarray(images, np.float32) / 255)[..., None])

        super().__init__(reader.config, run, str(path))

    def run_many(self, batches: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
        """What the model gives for batches of images, `(batch, height, width)`, of levels of any kind of number."""
        return self._run_many(batches)

    def read(self, images: Iterable[np.ndarray], batch_size: int = BATCH_IMAGES) -> Iterator[Reading]:
        """Read images, `(height, width)`, of levels of any kind of number."""
        for batch in in_batches(images, batch_size):
            yield from self.read_batch(batch)
