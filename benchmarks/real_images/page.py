"""The page and its pictures, from the results alone."""

import itertools
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.common.markdown_page import share, table
from keras_reader.atomic_files import replacing
from keras_reader.training.starting_reader import FEWER_OF_OTHER_PRESET, FEWER_PICTURES

OURS = "keras_reader"  # the first row of each table; a row that begins with it is the second
NARROW = 72  # filters, in place of 128
LISTED = 20  # words that every method misreads

METHOD = f"""
Each method is trained by its own command with its own defaults, on the same nine tenths of the training images, and
chooses its best weights with the same last tenth. *Seconds of training* are wall seconds of the whole training
command, from the start of its process to its end: imports, reading the images, compilation, training, validation and
saving. Exporting is not counted. The test images are read once, by the exported ONNX file. *Images a second* are
those of this file in ONNX Runtime, a thread a core, images already in memory and in the size that the network works
in; medians of 7 rounds. Absolute times depend on the machine and on what else runs on it: compare ratios. Where there
are fewer than {FEWER_PICTURES:,} images of its preset, or {FEWER_OF_OTHER_PRESET:,} of smaller characters, `train.py
--data` starts from the reader `print`, which ships and has learned from drawn text; the others have no such start.
""".strip().replace("\n", " ")

# What is said of a row, by how its title ends, where there is one.
ROWS = {
    ", from nothing": "Nor has the row *from nothing* (`--from none`).",
    f", {NARROW} filters": (
        f"The network of the row *{NARROW} filters* (`--from none --preset base --filters {NARROW}`) has half of the "
        "parameters of fast-plate-ocr's and of the Keras example's, or less."
    ),
}

PEERS = """
[fast-plate-ocr](https://github.com/ankandrew/fast-plate-ocr) trains the network `cct_xs_v1` with its own trainer and
its defaults (150 epochs, its augmentation), on grey images of about as many pixels as its default of 64x128, in the
shape of the usual image of the data set. The [Keras example](https://keras.io/examples/vision/captcha_ocr/) is
written anew from its description (`benchmarks/real_images/keras_ctc_example.py`): up to 100 epochs, stopped when the
validation loss has not improved for 10; images in their usual size; greedy CTC decoding.
""".strip().replace("\n", " ")


def page(results: Sequence[dict], pictures: Path | None, folds: int | None = None) -> Iterable[str]:
    """The paragraphs of the page.

    Args:
        results: contents of the `result.json` files, either all of folds or none.
        pictures: the folder to write a picture for each table to; `None` for none.
        folds: in how many parts the images of all were cut; `None` for their own split.
    """
    names = dict.fromkeys(result["data_set"]["name"] for result in results)
    yield "# Real images, in folds" if folds else "# Real images"
    options = f" --folds {folds}" if folds else ""
    if folds:
        yield (
            f"All images of a data set, those to train on and those to test with, are cut in {folds} parts, and each "
            "part is the test part once: so every image is read once, by a reader that has not seen it. The test parts "
            "of [the same data sets' own splits](real_images.md) are small."
        )
    yield (
        "Ours and what its user might otherwise train, on the same images and cores. Written by "
        f"`python -m benchmarks.real_images --data {' '.join(names)}{options} --write docs/results`. The images are "
        "not part of this project: each table says where they come from. `--data` takes folders of images with a "
        "`train.csv` and a `test.csv`, both with the header `image,text`. A method that a table lacks was not trained "
        "on these images."
    )
    machines = sorted({result["machine"] for result in results})
    yield "; ".join(machines) + "."
    yield "\n".join(
        f"- {method}: {'; '.join(sorted({result['versions'] for result in group}))}."
        for method, group in _grouped(results, _method).items()
    )
    if any(result["settings"]["cut_short"] for result in results):
        yield "**A trial with shortened training: the figures say nothing.**"
    titles = _grouped(results, _method)
    yield " ".join([METHOD, *(says for end, says in ROWS.items() if any(title.endswith(end) for title in titles))])
    yield PEERS
    for name, group in _grouped(results, _data_set_name).items():
        yield from _data_set(name, folds is not None, group, pictures)


def of_folds(result: dict) -> bool:
    """Whether a result is of a fold, and not of the data set's own split."""
    return result["run"] != "split"


def _method(result):
    return result["method"]


def _data_set_name(result):
    return result["data_set"]["name"]


def _grouped(results, key):
    groups: dict = {}
    for result in sorted(results, key=lambda result: (result["method"] != OURS, not result["method"].startswith(OURS))):
        groups.setdefault(key(result), []).append(result)
    return groups


def _data_set(name, folds, results, pictures):
    methods = _grouped(results, _method)
    facts = results[0]["data_set"]
    title = f"{name} in {len({result['run'] for result in results})} folds" if folds else name
    yield f"## {title}"
    fit, validation, test = facts["images"]
    shortest, longest = facts["lengths"]
    left_out = facts.get("left_out", 0)  # which earlier results do not have
    length = f"{longest}" if shortest == longest else f"{shortest} to {longest}"
    yield (
        f"{fit:,} images to fit to, {validation:,} to choose the best weights with, {test:,} to test"
        f"{' in each fold' if folds else ''}; usually {facts['usual_size'][0]}x{facts['usual_size'][1]} pixels "
        f"(height x width); {length} of {facts['characters']} characters. "
        + (f"{left_out:,} images to test with are trained on, too, and were left out. " if left_out else "")
        + (f"From: {facts['source']}." if facts["source"] else "The folder does not say where they come from.")
    )
    yield table(
        (
            "",
            "trainings",
            "whole words",
            "CER",
            "seconds of training",
            "parameters",
            "ONNX file",
            "image size",
            "images/s, batches of 1",
            "of 64",
        ),
        (_row(method, group) for method, group in methods.items()),
    )
    yield from _failures(methods)
    if len(methods) > 1:
        yield from _misread_by_all(list(methods.values()))
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        draw_curves(methods, pictures / f"{name}.png")
        yield f"![Misread words of the validation images against seconds of training]({pictures.name}/{name}.png)"


def _row(method, group):
    """Words and characters of all trainings together; of seconds and rates the mean; of words and seconds the range."""
    tests = [result["test"] for result in group]
    words, right, characters, edits = (
        sum(test[name] for test in tests) for name in ("words", "right", "characters", "edits")
    )
    seconds = [result["seconds"] for result in group]
    spread = f" ({_range(seconds)})" if len(seconds) > 1 else ""
    each = [100 * test["right"] / test["words"] for test in tests]
    spread_of_words = f"; {min(each):.1f} to {max(each):.1f} %" if len(each) > 1 else ""
    rates = [statistics.mean(result["images_a_second"][batch] for result in group) for batch in ("1", "64")]
    sizes = sorted({"x".join(map(str, result["image_size"])) for result in group})
    return (
        method,
        len(group),
        f"{share(right, words)} ({right:,} of {words:,}{spread_of_words})",
        share(edits, characters),
        f"{statistics.mean(seconds):,.0f}{spread}",
        f"{max(result['parameters'] for result in group):,}",
        f"{max(result['bytes'] for result in group) / 1e6:.2f} MB",
        ", ".join(sizes),
        *(f"{rate:,.0f}" for rate in rates),
    )


def _range(values):
    return f"{min(values):,.0f} to {max(values):,.0f}"


def _came_to_nothing(result):
    """A training that has failed tells something else than one that reads a little worse."""
    return 2 * result["test"]["right"] < result["test"]["words"]


def _failures(methods):
    for method, group in methods.items():
        done = [result for result in group if not _came_to_nothing(result)]
        if len(group) > 1 and len(done) < len(group):
            words, right = (sum(result["test"][name] for result in done) for name in ("words", "right"))
            others = ""
            if done:
                seconds = _range([result["seconds"] for result in done])
                others = f"; the others read {share(right, words)} after {seconds} s of training"
            yield (
                f"{len(group) - len(done)} of the {len(group)} trainings of {method} came to nothing: fewer than half "
                f"of the words were read{others}."
            )


def _misread_by_all(methods):
    """What stays when every method has tried: pictures that hardly anybody can read, and wrong labels."""
    by_run = [{_run(result): result["test"] for result in group if not _came_to_nothing(result)} for group in methods]
    common = set.intersection(*map(set, by_run))
    if not common:
        return
    read: dict = {}
    for run in common:
        for number, text, instead in itertools.chain(*(tests[run]["misread"] for tests in by_run)):
            read.setdefault((run, number, text), []).append(instead)
    by_all = {key: texts for key, texts in read.items() if len(texts) == len(methods)}
    listed = [
        f"`{text}` (as {', '.join(f'`{instead}`' if instead else 'nothing' for instead in dict.fromkeys(texts))})"
        for (*_, text), texts in sorted(by_all.items())
    ]
    more = [f"and {len(listed) - LISTED} more"] if len(listed) > LISTED else []
    words = sum(by_run[0][run]["words"] for run in common)
    where = "" if len(common) == len(methods[0]) else f" of the {len(common)} runs that came to something with all"
    if listed:
        names = ", ".join(listed[:LISTED] + more)
        yield f"Every method misreads {len(listed):,} of the {words:,} words{where}: {names}."
    else:
        yield f"No word is misread by every method{where}."


def _run(result):
    return result["run"], result["seed"]


def draw_curves(methods: dict[str, list[dict]], path: Path) -> None:
    """Draw how many validation words each method misreads, against seconds since its command started.

    Both axes are logarithmic, the vertical one ends in zero. A line a training; its dot is at its end and at its best
    validation.
    """
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    least = 1 / max(result["data_set"]["images"][1] for group in methods.values() for result in group)
    for number, (method, group) in enumerate(methods.items()):
        for k, result in enumerate(group):
            seconds = [point[0] for point in result["curve"]]
            misread = [1 - point[1] for point in result["curve"]]
            label = method if k == 0 else None
            axes.plot(seconds, misread, color=f"C{number}", label=label, alpha=1 if len(group) == 1 else 0.6)
            axes.plot(result["seconds"], min(misread), "o", color=f"C{number}", clip_on=False)
    axes.set_yscale("symlog", linthresh=least, linscale=0.3)
    axes.set_ylim(0, 1.05)
    ticks = [0, *(tick for tick in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if tick >= least)]
    axes.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
    axes.yaxis.set_minor_locator(LogLocator(subs=()))
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("seconds since the training command was started (dot: its end, at its best validation)")
    axes.set_ylabel("validation words misread")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside upper left", ncols=2)
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
