"""Batches to train and to validate on, made ahead while the network computes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import keras
import numpy as np

from keras_reader.training.drawing import Draw, Labels
from keras_reader.worker_processes import WorkerProcesses

# Threads that Keras makes batches ahead in. With fewer than two it leaves that to TensorFlow's `tf.data`, whose tuning
# thread may miss that an iterator ends, at the end of each epoch: then it sleeps on, for up to as long as the iterator
# has lasted. (`CancellationManager` wakes `Model::OptimizeLoop` before it says that it is cancelled.) With two, Keras
# switches that tuning off.
THREADS = 2

# So many drawn batches are mixed where each image is trained on several times.
ECHO_BLOCK = 32


class TrainingDataset(keras.utils.PyDataset):
    """An endless row of examples as a Keras dataset; an epoch goes on where the last one ended.

    Args:
        draw: draws the examples. Without processes, nothing else may call it meanwhile: it is no work for two threads,
            and this dataset lets one at a time do it.
        batch_size: number of examples a batch.
        batches_per_epoch: number of batches an epoch.
        epoch: the epoch to begin with.
        processes: number of processes that draw; 0 to draw in this one.
        share: index and number of the equal parts of each batch, of which this dataset gives one.
        echo: how often each image is trained on. `ECHO_BLOCK` batches are drawn, and their images mixed into as many
            new batches, so often; then come the next ones. Which images a batch has depends on its number only.

    Raises:
        ValueError: if a batch has no such parts.

    References:
        Choi et al., "Faster Neural Network Training with Data Echoing" (2019).
    """

    def __init__(
        self,
        draw: Draw,
        batch_size: int,
        batches_per_epoch: int,
        epoch: int = 0,
        processes: int = 0,
        share: tuple[int, int] = (0, 1),
        echo: int = 1,
    ):
        if batch_size % share[1]:
            raise ValueError(f"a batch of {batch_size} examples has no {share[1]} equal parts")
        threads = max(processes, THREADS)
        super().__init__(workers=threads, use_multiprocessing=False, max_queue_size=max(8, 4 * processes))
        self.draw = draw
        self.alone = threading.Lock()
        self.batch_size = batch_size
        self.batches_per_epoch = batches_per_epoch
        self.epoch = epoch
        index, parts = share
        part = batch_size // parts
        self.rows = slice(index * part, (index + 1) * part)
        self.processes = WorkerProcesses(processes, draw) if processes else None
        self.blocks = _Blocks(self._drawn, max(processes, 1)) if echo > 1 else None
        self.echo = echo

    def __len__(self):
        return self.batches_per_epoch

    def __getitem__(self, batch):
        number = self.epoch * self.batches_per_epoch + batch
        images, labels = self._echoed(self.blocks, number) if self.blocks else self._drawn(number)
        return images[..., None], labels

    def _drawn(self, number):
        """This dataset's part of the batch of this number, as it is drawn."""
        start = number * self.batch_size
        span = (start + self.rows.start, start + self.rows.stop)
        if self.processes:
            return self.processes.call(*span)
        with self.alone:
            return self.draw(*span)

    def _echoed(self, blocks, number):
        """The batch of this number, where each image is trained on several times.

        The image in row i of a batch is one of those in row i of the drawn batches, so that it stays in its part.
        """
        block, place = divmod(number, ECHO_BLOCK * self.echo)
        round_, row = divmod(place, ECHO_BLOCK)
        order = np.random.default_rng((block, round_)).random((ECHO_BLOCK, self.batch_size)).argsort(axis=0)
        chosen = list(enumerate(order[row, self.rows]))
        return keras.tree.map_structure(lambda *drawn: np.stack([drawn[n][i] for i, n in chosen]), *blocks[block])

    def on_epoch_end(self):
        self.epoch += 1

    def close(self):
        """End what draws."""
        if self.blocks:
            self.blocks.close()
        if self.processes:
            self.processes.close()


class ValidationDataset(keras.utils.PyDataset):
    """Examples that there are, in their order, as a Keras dataset.

    Args:
        images: float32 `(examples, height, width, 1)` in [0, 1].
        labels: of the images.
        batch_size: number of examples a batch; the last one has those that are left.
    """

    def __init__(self, images: np.ndarray, labels: Labels, batch_size: int):
        super().__init__(workers=THREADS, use_multiprocessing=False)
        self.examples = images, labels
        self.batch_size = batch_size

    def __len__(self):
        return -(-len(self.examples[0]) // self.batch_size)

    def __getitem__(self, batch):
        rows = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
        return keras.tree.map_structure(lambda given: given[rows], self.examples)


class _Blocks:
    """Blocks of drawn batches: each is drawn while the one before it is trained on.

    Args:
        draw: draws the batch of a number.
        threads: how many draw at once.
    """

    def __init__(self, draw: Callable[[int], tuple[np.ndarray, Labels]], threads: int):
        self._draw = draw
        self._pool = ThreadPoolExecutor(threads)
        self._lock = threading.Lock()
        self._batches: dict[int, list[Future]] = {}

    def __getitem__(self, block):
        """The drawn batches of a block: their images and labels."""
        with self._lock:
            batches = self._begun(block)
            self._begun(block + 1)
            # A thread may be at the block before this one still.
            for old in [number for number in self._batches if number < block - 1]:
                del self._batches[old]
        return [batch.result() for batch in batches]

    def _begun(self, block):
        if block not in self._batches:
            numbers = range(block * ECHO_BLOCK, (block + 1) * ECHO_BLOCK)
            self._batches[block] = [self._pool.submit(self._draw, number) for number in numbers]
        return self._batches[block]

    def close(self):
        self._pool.shutdown(cancel_futures=True)
