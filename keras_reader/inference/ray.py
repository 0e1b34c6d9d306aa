"""Reading on many machines: Ray Data maps a dataset of images over a pool of readers, and writes Parquet.

Ray gives out the work, moves the data, and starts a worker that was killed again, with the batch that it had. What is
here reads a batch, and writes it so that nothing is lost or written twice. Importing this module takes neither Ray nor
PyArrow; using it does (`pip install keras_reader[ray]`), with `keras_reader` on every machine of the cluster.
"""

import importlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from keras_reader.errors import CommandError, InputError, first_line
from keras_reader.inference.loading import find_reader, load
from keras_reader.inference.parquet_output import ParquetOutput
from keras_reader.inference.reading_rows import ReadBatch, ReaderOptions, WriteBatch
from keras_reader.limits import MODEL_BYTES, max_pixels
from keras_reader.regular_files import read_regular

if TYPE_CHECKING:
    from ray.data import Dataset

# Images that one call reads, and that one Parquet file holds. A worker that is killed loses the work of one call.
BATCH_ROWS = 2048

# Ray gives a cluster of this machine 30 seconds to start, which is too little for a busy machine.
_ATTEMPTS, _TOO_SLOW = 3, "timed out during startup"


class Written(NamedTuple):
    """What `write_readings` did.

    Attributes:
        read: number of images that were read.
        failed: number of files that could not be read; each is a row with an `error`.
        skipped: number of images that the folder held already.
    """

    read: int
    failed: int
    skipped: int


def read_dataset(
    dataset: "Dataset",
    model: str | Path | None = None,
    *,
    allow: str | None = None,
    pattern: str | None = None,
    top: int | None = None,
    workers: int | None = None,
    batch_rows: int = BATCH_ROWS,
) -> "Dataset":
    """Map a dataset of images to a dataset of readings.

    Args:
        dataset: a Ray dataset with a column `path` (files here, or at s3://, gs:// and whatever else PyArrow or an
            installed fsspec file system reaches), or a column `bytes` with the contents of image files, or both.
        model: an `.onnx` file; `None` for the default of those that ship. Its bytes are sent to the workers.
        allow, pattern, top: as in `Reader.searching`.
        workers: number of readers in the pool, each on one core; `None` for one for each core of the cluster, less one
            for what makes the dataset where there is more than one.
        batch_rows: number of images that a call reads, at least 1.

    Returns:
        A lazy dataset with the columns of `keras_reader.inference.reading_rows.schema`: path, text, confidence,
        character_confidence, character_boxes, width, height and error, and more with `allow`, `pattern` or `top`. A
        file that cannot be read is a row with an `error`.

    Raises:
        InputError: if `ray` is not installed, the model cannot be loaded, or an option is out of its range.
    """
    options = _reader_options(dataset, model, allow, pattern, top)
    return _mapped(dataset, ReadBatch, (options,), workers, batch_rows)


def write_readings(
    dataset: "Dataset",
    out: str,
    model: str | Path | None = None,
    *,
    allow: str | None = None,
    pattern: str | None = None,
    top: int | None = None,
    workers: int | None = None,
    batch_rows: int = BATCH_ROWS,
    progress: Callable[[int], object] | None = None,
) -> Written:
    """Read a dataset into a folder of Parquet files, and go on where an earlier run ended.

    Each batch becomes a file `readings-KEY.parquet`, whose key is made of the paths in it, so that a batch that is read
    again, because its worker was killed, replaces its own file. A file gets its name when it is whole. Paths that the
    folder holds already, failed ones among them, are not read again.

    Args:
        dataset: as in `read_dataset`; the column `path` is needed, and names the image where there are `bytes` too.
        out: the folder, here or at s3://, gs:// and the like. It must be the same for all machines of the cluster.
        model, allow, pattern, top, workers, batch_rows: as in `read_dataset`.
        progress: a function that is called with the number of images of every batch.

    Raises:
        InputError: as `read_dataset`, or if the folder cannot be written, or holds damaged files or readings of another
            reader or with other options.
        CommandError: if reading fails for good; what was written stays.
    """
    options = _reader_options(dataset, model, allow, pattern, top)
    schema = dataset.schema()
    if schema is not None and "path" not in schema.names:
        raise InputError(f"the dataset has no column path, but {', '.join(schema.names)}: name the images there")
    ray = connect()
    output = ParquetOutput(out, options.made_with)
    output.make()
    # In the object store, once for each machine: of 10^9 paths these are 16 GB.
    written = ray.put(output.written())
    summaries = _mapped(dataset, WriteBatch, (options, output, written), workers, batch_rows)
    read = failed = skipped = 0
    try:
        for row in summaries.iter_rows():
            if row["stopped"] is not None:
                raise InputError(row["stopped"])
            read, failed, skipped = read + row["read"], failed + row["failed"], skipped + row["skipped"]
            if progress:
                progress(row["read"] + row["failed"] + row["skipped"])
    except ray.exceptions.RayError as error:
        why = first_line(getattr(error, "cause", None) or error)
        raise CommandError(
            f"{out}: reading ended early ({why}); what was written stays, and the same command goes on from there"
        ) from error
    return Written(read, failed, skipped)


def connect(address: str | None = None) -> Any:
    """Connect to a Ray cluster, and keep Ray quiet, unless this process is connected already.

    Args:
        address: `"local"` for a new one on this machine, `"auto"` for the one that runs on it, `"HOST:PORT"` or
            `"ray://HOST:PORT"`; `None` for that of the environment variable `RAY_ADDRESS`, else the one that runs on
            this machine, else a new one.

    Returns:
        The module `ray`.

    Raises:
        InputError: if there is no such cluster, or `ray` is not installed.
    """
    # Before Ray is imported: it would send statistics of its use to its makers.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    ray = _ray()
    if ray.is_initialized():
        return ray
    for attempt in range(_ATTEMPTS):
        try:
            ray.init(address=address or None, log_to_driver=False, logging_level=logging.ERROR)
            break
        except Exception as error:  # Ray raises of any kind, `Exception` itself among them
            ray.shutdown()
            if attempt + 1 == _ATTEMPTS or _TOO_SLOW not in str(error):
                raise InputError(f"{address or 'Ray'}: no cluster to read with ({first_line(error)})") from None
    context = importlib.import_module("ray.data").DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    return ray


def dataset_of_paths(paths: list[str], batch_rows: int = BATCH_ROWS) -> "Dataset":
    """A Ray dataset with the column `path`, in blocks of `batch_rows`."""
    _ray()
    data, arrow = importlib.import_module("ray.data"), importlib.import_module("pyarrow")
    starts = range(0, max(len(paths), 1), batch_rows)
    column = [arrow.array(paths[start : start + batch_rows], arrow.string()) for start in starts]
    return data.from_arrow([arrow.table({"path": values}) for values in column])


def cores() -> int:
    """Number of cores of the cluster that this process is connected to; it is connected if it is not yet."""
    return int(connect().cluster_resources().get("CPU", 1))


def _ray() -> Any:
    try:
        importlib.import_module("ray.data")
    except ModuleNotFoundError as error:
        raise InputError(f"reading with Ray needs {error.name}: pip install keras_reader[ray]") from None
    return importlib.import_module("ray")


def _reader_options(dataset, model, allow, pattern, top):
    """What a worker makes its reader of; a reader is made here first, so that what is wrong is said at once."""
    _ray()
    path = find_reader(model)
    if path.suffix != ".onnx":
        raise InputError(f"{path}: reading with Ray is for .onnx files: export the reader")
    reader = load(path, threads=1)
    if (allow, pattern, top) != (None, None, None):
        reader.searching(allow, pattern, top)
    content = read_regular(path, MODEL_BYTES, "an ONNX file")
    return ReaderOptions(content, str(path), allow, pattern, top, max_pixels())


def _mapped(dataset, what, arguments, workers, batch_rows):
    for name, value in (("workers", workers), ("batch_rows", batch_rows)):
        if value is not None and value < 1:
            raise InputError(f"{name} must be at least 1, got {value}")
    there = cores()
    if workers is not None and workers > there:
        raise InputError(f"{workers} workers need as many cores, but the cluster has {there}: ask for fewer")
    data = importlib.import_module("ray.data")
    return dataset.map_batches(
        what,
        fn_constructor_args=arguments,
        batch_size=batch_rows,
        batch_format="pyarrow",
        compute=data.ActorPoolStrategy(size=workers or max(1, there - 1)),
        num_cpus=1,
    )
