"""A data set that costs nothing."""

import keras

from keras_reader.training.dataset import THREADS
from keras_reader.training.drawing import Draw


class SameBatch(keras.utils.PyDataset):
    """The same batch again and again, so that a step does not wait for images."""

    def __init__(self, draw: Draw, batch_size: int, batches: int):
        super().__init__(workers=THREADS)
        images, ids = draw(0, batch_size)
        self.batch = images[..., None], ids
        self.batches = batches

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        return self.batch
