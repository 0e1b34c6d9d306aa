"""How much the benchmark of a GPU measures: on a GPU, and where it is only tried."""

from typing import NamedTuple

from keras_reader.data.synthetic_words import SyntheticWords


class Sizes(NamedTuple):
    """What is measured, and how long.

    Attributes:
        seconds: of each rate.
        matrix: side of the matrices whose products are measured.
        megabytes: of the array that memory is measured with.
        batch_sizes: those of the growth, the first of them 1.
        executions: training steps an execution.
        processes: numbers of drawing processes.
        config: of the readers, without their preset.
        words: what they read.
        labelled: number of pictures where `--data` is not given.
        options: training options that differ from the preset's.
    """

    seconds: float
    matrix: int
    megabytes: int
    batch_sizes: tuple[int, ...]
    executions: tuple[int, ...]
    processes: tuple[int, ...]
    config: dict
    words: SyntheticWords
    labelled: int
    options: dict


FULL = Sizes(
    seconds=3,
    matrix=8192,
    megabytes=1000,
    batch_sizes=(1, 32, 64, 128, 256, 512, 1024, 2048, 4096),
    executions=(1, 10, 50),
    processes=(0, 1, 2, 4, 8, 15),
    config={},
    words=SyntheticWords(),
    labelled=2000,
    options={},
)
_TINY = {"alphabet": "AB", "max_length": 1, "image_size": (12, 12)}
TINY = Sizes(
    seconds=0.05,
    matrix=64,
    megabytes=1,
    batch_sizes=(1, 8),
    executions=(1,),
    processes=(0, 1),
    config=_TINY | {"filters": 4, "units": 4},
    words=SyntheticWords(**_TINY),
    labelled=20,
    options={"training_steps": 4, "validations": 2, "validation_images": 20, "batch_size": 8},
)
