"""Batches of images to rows of readings, as Arrow tables: what a worker of Ray does."""

import hashlib
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_reader.data.example import Example
from keras_reader.errors import InputError
from keras_reader.inference.image_sources import is_remote, open_source
from keras_reader.inference.loading import load
from keras_reader.inference.mask_boxes import character_box
from keras_reader.inference.parquet_output import ParquetOutput, digests
from keras_reader.inference.read_example import ReadExample, read_in_place
from keras_reader.limits import set_max_pixels

# Files from far away are fetched at once, because each is waited for longer than it takes to read.
_FETCHED_AT_ONCE = 32


class ReaderOptions(NamedTuple):
    """What a worker makes its reader of.

    Attributes:
        content: the bytes of an ONNX file.
        name: its name, for error messages.
        allow, pattern, top: as in `Reader.searching`.
        max_pixels: the largest number of pixels that an image file may have.
    """

    content: bytes
    name: str
    allow: str | None
    pattern: str | None
    top: int | None
    max_pixels: int

    @property
    def made_with(self) -> dict[str, Any]:
        """What readings depend on."""
        model = hashlib.sha256(self.content).hexdigest()
        return {"model": model, "allow": self.allow, "pattern": self.pattern, "top": self.top}

    @property
    def is_restricted(self) -> bool:
        """Whether texts are restricted."""
        return self.allow is not None or self.pattern is not None


def schema(options: ReaderOptions) -> Any:
    """The columns of readings, a `pyarrow.Schema`.

    - `path`: of the image, as it was given; null where there was none.
    - `text`: null for a file that could not be read.
    - `confidence`: of the whole text, in [0, 1].
    - `character_confidence`: of each character, in [0, 1].
    - `character_boxes`: for each character left, top, right and bottom in pixels of the image, the smallest box that
      holds 90 % of its mask; null where the mask is empty.
    - `width`, `height`: of the image in pixels.
    - `error`: why the file could not be read, else null.
    - `allowed_probability`: where texts are restricted, of all allowed texts together.
    - `alternatives`: with `top`, the most probable texts and their probabilities, best first.
    """
    import pyarrow as pa

    columns = [
        ("path", pa.string()),
        ("text", pa.string()),
        ("confidence", pa.float64()),
        ("character_confidence", pa.list_(pa.float32())),
        ("character_boxes", pa.list_(pa.list_(pa.float32()))),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("error", pa.string()),
    ]
    if options.is_restricted:
        columns.append(("allowed_probability", pa.float64()))
    if options.top is not None:
        columns.append(("alternatives", pa.list_(pa.struct([("text", pa.string()), ("probability", pa.float64())]))))
    return pa.schema(columns)


class ReadBatch:
    """Reads batches: a table with the columns `path`, `bytes` or both becomes one of the columns of `schema`."""

    def __init__(self, options: ReaderOptions):
        set_max_pixels(options.max_pixels)
        self._options = options
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "reader.onnx"
            path.write_bytes(options.content)
            reader = load(path, threads=1)
        if options.is_restricted or options.top is not None:
            reader = reader.searching(options.allow, options.pattern, options.top)
        self._reader = reader

    def __call__(self, table: Any) -> Any:
        """Read the images of a table, in order."""
        import pyarrow as pa

        columns = [table.column(name).to_pylist() for name in ("path", "bytes") if name in table.column_names]
        if not columns:
            raise InputError(f"a dataset of images needs a column path or bytes, but has {table.column_names}")
        paths = columns[0] if "path" in table.column_names else [None] * len(table)
        sources = columns[-1]
        at_once = _FETCHED_AT_ONCE if any(map(is_remote, sources)) else 1
        examples = _ahead(_opened, zip(sources, paths, strict=True), at_once)
        rows = [
            {"path": path, **({"error": str(row)} if isinstance(row, InputError) else row)}
            for path, row in zip(paths, read_in_place(self._reader, examples, self._row), strict=True)
        ]
        return pa.Table.from_pylist(rows, schema(self._options))

    def _row(self, example: ReadExample) -> dict:
        reading, size = example.reading, example.full_size
        assert size is not None
        row = {
            "text": reading.text,
            "confidence": reading.confidence,
            "character_confidence": reading.character_confidence,
            "character_boxes": [character_box(mask, size, example.resize) for mask in reading.masks],
            "width": size[1],
            "height": size[0],
            "allowed_probability": reading.allowed_probability,
        }
        if self._options.top is not None:
            row["alternatives"] = [{"text": text, "probability": value} for text, value in reading.alternatives]
        return row


class WriteBatch(ReadBatch):
    """Reads batches and writes them.

    It gives the numbers of images that were read, failed and skipped, and in `stopped` why a file could not be written.

    Args:
        options: as in `ReadBatch`.
        output: the folder to write to.
        written: the sorted digests of the paths that it holds, or Ray's reference to them.
    """

    def __init__(self, options: ReaderOptions, output: ParquetOutput, written: Any):
        super().__init__(options)
        if not isinstance(written, np.ndarray):
            import ray

            # Where there is no Ray, a type checker takes this module for the file ray.py beside this one.
            written = ray.get(written)  # pyright: ignore[reportAttributeAccessIssue]
        self._output = output
        self._written = written

    def __call__(self, table: Any) -> Any:
        """Read and write what the folder does not hold yet."""
        import pyarrow as pa

        paths = table.column("path").to_pylist()
        is_new = ~_found(digests(paths), self._written)
        left = table.filter(pa.array(is_new))
        failed, stopped = 0, None
        if len(left):
            readings = super().__call__(left)
            failed = len(readings) - readings.column("error").null_count
            try:
                self._output.write(readings)
            except InputError as error:  # as a row, since Ray does not carry errors over as they are
                stopped = str(error)
        counts = {"read": len(left) - failed, "failed": failed, "skipped": len(table) - len(left)}
        columns = {name: [count] for name, count in counts.items()}
        return pa.table({**columns, "stopped": pa.array([stopped], pa.string())})


def _found(values, among):
    """Which values are among sorted ones."""
    if not len(among):
        return np.zeros(len(values), bool)
    places = np.minimum(np.searchsorted(among, values), len(among) - 1)
    return among[places] == values


def _opened(item):
    source, path = item
    try:
        picture = open_source(source, path)
    except InputError as error:
        return error
    return Example(image=picture.pixels, full_size=picture.size, source=str(path))


def _ahead(function: Callable, items: Iterable, at_once: int) -> Iterator:
    """`map`, with so many calls at the same time."""
    if at_once == 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(at_once) as threads:
        waiting = deque()
        for item in items:
            waiting.append(threads.submit(function, item))
            if len(waiting) == at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
