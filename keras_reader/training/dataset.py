"""Training batches, drawn ahead while the network computes."""

import keras

from keras_reader.training.drawing import Draw
from keras_reader.worker_processes import WorkerProcesses


class TrainingDataset(keras.utils.PyDataset):
    """An endless row of examples as a Keras dataset; an epoch goes on where the last one ended.

    Args:
        draw: draws the examples.
        batch_size: number of examples a batch.
        batches_per_epoch: number of batches an epoch.
        epoch: the epoch to begin with.
        processes: number of processes that draw; 0 to draw in this one.
        share: index and number of the equal parts of each batch, of which this dataset gives one.

    Raises:
        ValueError: if a batch has no such parts.
    """

    def __init__(
        self,
        draw: Draw,
        batch_size: int,
        batches_per_epoch: int,
        epoch: int = 0,
        processes: int = 0,
        share: tuple[int, int] = (0, 1),
    ):
        if batch_size % share[1]:
            raise ValueError(f"a batch of {batch_size} examples has no {share[1]} equal parts")
        super().__init__(workers=max(processes, 1), use_multiprocessing=False, max_queue_size=max(8, 4 * processes))
        self.draw = draw
        self.batch_size = batch_size
        self.batches_per_epoch = batches_per_epoch
        self.epoch = epoch
        self.share = share
        self.processes = WorkerProcesses(processes, draw) if processes else None

    def __len__(self):
        return self.batches_per_epoch

    def __getitem__(self, batch):
        start = (self.epoch * self.batches_per_epoch + batch) * self.batch_size
        index, parts = self.share
        part = self.batch_size // parts
        span = (start + index * part, start + (index + 1) * part)
        images, labels = self.processes.call(*span) if self.processes else self.draw(*span)
        return images[..., None], labels

    def on_epoch_end(self):
        self.epoch += 1

    def close(self):
        """End the processes that draw."""
        if self.processes:
            self.processes.close()
