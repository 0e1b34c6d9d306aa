"""Ours and other trainable readers on the same real images, divided in the same way, on the same cores.

    python -m benchmarks.real_images --data FOLDER [FOLDER ...] --write docs/results
    python -m benchmarks.real_images --data FOLDER --folds 5 --write docs/results    # train and test in fifths

A FOLDER has images, `train.csv` and `test.csv` (header `image,text`, paths relative to the folder), and maybe
SOURCE.txt, which says where they come from. A tenth of the training images is set aside by the seed, once for all
methods, to choose the best weights with. The test images are read once, by the exported files.

Methods are trained one after the other, each by a command of its own. One that is not installed is left out with a
message. fast-plate-ocr (`pip install '.[peers]'`) may live in another environment: name its interpreter with
`--fast-plate-ocr-python`.

Each finished training leaves a `result.json` in the work folder and is not repeated, so that an interrupted benchmark
goes on. The page is made from all results in the work folder, and those of `--known`. It is printed; `--write
docs/results` writes it as real_images.md, with pictures and all results, results.json, in real_images/. With `--folds`
the page is real_images_folds.md. `--known docs/results/real_images/results.json` adds the results of an earlier page,
so that a page can grow.
"""

import argparse
import datetime
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common.kept_results import KEPT, write_results
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish
from benchmarks.real_images.data_sets import DataSet, Run, load_folder, median_size, runs_of
from benchmarks.real_images.measuring import images_a_second, score
from benchmarks.real_images.methods import Method, all_methods
from benchmarks.real_images.page import of_folds, page
from keras_reader.atomic_files import replacing
from keras_reader.cli.common import command_errors
from keras_reader.errors import InputError


def main(arguments: Sequence[str] | None = None) -> None:
    names = [method.name for method in all_methods(sys.executable, None, None)]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_images",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--methods", nargs="+", choices=names, default=names, help="default: all that are installed")
    parser.add_argument("--folds", type=int, help="cut train and test together in so many parts (default: do not)")
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="a training each (default: 0)")
    parser.add_argument("--fast-plate-ocr-python", default=sys.executable, metavar="PYTHON", help="default: this one")
    parser.add_argument("--work", type=Path, default=Path("runs/real_images"), help="default: runs/real_images")
    parser.add_argument("--known", type=Path, metavar="FILE", help="results.json of an earlier page")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the page and its pictures there")
    trial = parser.add_argument_group("for a trial, whose figures say nothing")
    trial.add_argument("--steps", type=int, help="training steps of ours (default: its own)")
    trial.add_argument("--epochs", type=int, help="of the other methods (default: their own)")
    args = parser.parse_args(arguments)
    with command_errors():
        _benchmark(args)


def _benchmark(args):
    folders = [load_folder(folder) for folder in args.data]
    if len({data.name for data in folders}) < len(folders):
        raise InputError("two folders have the same name: results are kept by the name of the folder")
    known = _known(args.known) if args.known else []
    versions = {}
    for method in all_methods(args.fast_plate_ocr_python, args.steps, args.epochs):
        if method.name in args.methods:
            versions[method] = method.versions()
            if versions[method] is None:
                print(f"{method.name} is left out: not installed ({method.how_to_install()})", file=sys.stderr)
    installed = {method: version for method, version in versions.items() if version is not None}
    work = args.work.resolve()
    for data in folders:
        for run in runs_of(data, args.folds, args.seed):
            for method, version in installed.items():
                _measure(method, version, data, run, work / data.name / run.name / method.name)
    measured = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(work.glob("*/*/*/result.json"))]
    results = [
        result
        for _, result in sorted({_key(result): result for result in [*known, *measured]}.items())
        if of_folds(result) == (args.folds is not None)
    ]
    if not results:
        return
    place = args.write and args.write / ("real_images_folds" if args.folds else "real_images")
    publish(page(results, place, args.folds), place and place.with_suffix(".md"))
    if place:
        write_results(results, place / KEPT)


def _key(result):
    return result["data_set"]["name"], result["run"], result["seed"], result["method"]


def _known(path):
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        for result in results:
            _key(result)
    except (OSError, ValueError, TypeError, KeyError):
        raise InputError(f"{path}: not the results.json of an earlier page") from None
    return results


def _measure(method: Method, versions: str, data: DataSet, run: Run, folder: Path) -> None:
    """Train and measure a method, unless that is done already.

    Raises:
        InputError: if the folder holds a result of other images or settings.
        CommandError: if one of the method's commands fails.
    """
    path = folder / "result.json"
    settings = {"images": run.digest(), "cut_short": _cut_short(method)}
    if path.is_file():
        if json.loads(path.read_text(encoding="utf-8"))["settings"] != settings:
            raise InputError(f"{path}: of other images or settings: choose another folder with --work, or remove it")
        return
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    print(f"{data.name}, {run.name}: {method.title} is being trained", file=sys.stderr)
    began = time.perf_counter()
    trained = method.train(run, folder)
    texts = [item.text for item in run.test]
    height, width = median_size(run.fit)
    result = {
        "settings": settings,
        "data_set": {
            "name": data.name,
            "source": data.source,
            "left_out": data.left_out,
            "images": [len(run.fit), len(run.validation), len(run.test)],
            "usual_size": [round(height), round(width)],
            "characters": len(run.alphabet),
            "lengths": [min(map(len, texts)), max(run.max_length, *map(len, texts))],
        },
        "run": run.name.rpartition("-seed-")[0],
        "seed": run.seed,
        "method": method.title,
        "machine": describe("onnxruntime"),
        "versions": versions,
        "date": datetime.date.today().isoformat(),
        "seconds": trained.seconds,
        "curve": trained.curve,
        "parameters": trained.parameters,
        "bytes": trained.onnx.stat().st_size,
        "image_size": list(trained.image_shape[:2]),
        "images_a_second": images_a_second(trained.onnx, trained.image_shape),
        "test": score(texts, trained.texts),
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    right, words = result["test"]["right"], result["test"]["words"]
    print(
        f"{data.name}, {run.name}: {method.title} reads {right} of {words} after {trained.seconds:.0f} s of training "
        f"({time.perf_counter() - began:.0f} s in all)",
        file=sys.stderr,
    )


def _cut_short(method):
    return getattr(method, "steps", None) or getattr(method, "epochs", None)


if __name__ == "__main__":
    main()
