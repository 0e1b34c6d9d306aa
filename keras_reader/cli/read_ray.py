"""`keras-reader read --ray`: reads on a Ray cluster and writes Parquet files."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from keras_reader.cli.common import print_error, quiet_start
from keras_reader.cli.given_images import find_images
from keras_reader.errors import InputError
from keras_reader.inference.image_sources import find_remote, is_remote
from keras_reader.inference.ray import BATCH_ROWS, connect, cores, dataset_of_paths, write_readings
from keras_reader.progress import progress_bar
from keras_reader.regular_files import shown

# Batches that each worker gets at least, unless they have fewer images than this.
_BATCHES_A_WORKER, _LEAST_ROWS = 4, 64


def read_with_ray(args: argparse.Namespace, model: Path) -> None:
    """Read the images of the command line into `args.out`, and print how many there are.

    The exit code is 0 if files could not be read, since each is a row that says why; it is 2 if a name stands for no
    file, or a path cannot be written down in Parquet.

    Raises:
        InputError: if there is no cluster, or a folder cannot be written.
    """
    failures: list[InputError] = []

    def report(error: InputError) -> None:
        failures.append(error)
        print_error(error)

    tables = [name for name in args.images if name.endswith(".parquet")]
    if tables and len(tables) < len(args.images):
        raise InputError(f"{shown(tables[0])}: a table of images stands alone: read the others in a run of their own")
    with quiet_start():
        ray = connect(args.ray)
    # Ray prints what it has to say to stdout, past its own settings.
    with redirect_stdout(sys.stderr):
        written = _written(args, model, ray, tables, report)
    done = f"{written.read:,} read, {written.failed:,} could not be read (see the column error)"
    print(f"{args.out}: {done}, {written.skipped:,} were there already")
    if failures:
        sys.exit(InputError.exit_code)


def _written(args, model, ray, tables, report):
    try:
        rows, workers = BATCH_ROWS, args.workers
        if tables:
            dataset, count = _tables(tables), 0
        else:
            paths = list(_paths(args.images, report))
            count = len(paths)
            # Nothing else needs a core: the paths are there. Of few images, each worker gets some.
            workers = workers or cores()
            rows = min(BATCH_ROWS, max(_LEAST_ROWS, -(-count // (_BATCHES_A_WORKER * workers))))
            dataset = dataset_of_paths(paths, rows)
        with progress_bar(count, "reading") as bar:
            return write_readings(
                dataset,
                args.out,
                model,
                allow=args.allow,
                pattern=args.pattern,
                top=args.top,
                workers=workers,
                batch_rows=rows,
                progress=bar.update,
            )
    finally:
        ray.shutdown()


def _paths(names, report) -> Iterator[str]:
    """The paths and URLs that the names stand for; paths are made absolute, since workers run elsewhere."""
    local = []
    for name in names:
        if is_remote(name):
            try:
                yield from find_remote(name)
            except InputError as error:
                report(error)
        else:
            local.append(name)
    for name in find_images(local, report):
        if is_remote(name):  # of a list on stdin
            yield name
            continue
        path = str(Path(name).absolute())
        try:
            path.encode()
        except UnicodeEncodeError:
            report(InputError(f"{shown(path)}: not valid UTF-8, which Parquet needs: rename it"))
            continue
        yield path


def _tables(names):
    import ray.data

    try:
        dataset = ray.data.read_parquet(names)
        schema = dataset.schema()
    except Exception as error:  # Ray's and PyArrow's have no common base class
        raise InputError(f"{shown(names[0])}: cannot be read as Parquet ({error})") from None
    columns = schema.names if schema else []
    if "path" not in columns:
        raise InputError(f"{shown(names[0])}: has no column path, but {', '.join(columns)}")
    return dataset.select_columns([name for name in ("path", "bytes") if name in columns])
