"""Measures how well the reader `print` reads what it was never trained on, beside general readers.

    pip install -e ".[benchmark]"          # and Tesseract's data: apt-get install tesseract-ocr
    python -m benchmarks.pretrained --data FOLDER [FOLDER ...] --write docs/results

Reads crops of printed text in families of fonts that are set aside, by kind of text, size and degradation, and by kind
of font beside other crops in the fonts that it was trained on; the test parts of folders of real images, or CSVs of
labelled images; images without text; and the original's images. Tesseract, RapidOCR and ddddocr read the same crops in
the same run, each in the mode and with the enlargement that reads best on images of the training part; those that are
not installed are left out. Needs neither Keras nor TensorFlow.

Prints the page; `--write docs/results` writes it as pretrained.md.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

import keras_reader as kr
from benchmarks.common.attention_tables import where_it_looks
from benchmarks.common.confidence_tables import MOST_BELIEVED, read_without_text, what_it_knows_of_its_mistakes
from benchmarks.common.general_readers import PREPARATIONS, best_way, general_readers, measure
from benchmarks.common.look_alikes import but_for_look_alikes
from benchmarks.common.machine import describe
from benchmarks.common.markdown_page import publish, share, table
from benchmarks.common.printed_crops import Printed, read_printed, weakest
from benchmarks.common.printed_tables import LARGE, SET_ASIDE, large_crops, on_fonts, on_kinds_of_fonts
from benchmarks.common.real_crops import Crops, load_crops
from benchmarks.common.tally import Tally, tally
from benchmarks.real_images.measuring import images_a_second
from keras_reader.card import load_card
from keras_reader.cli.common import command_errors
from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import InputError
from keras_reader.evaluation.evaluate import Evaluation, evaluate, examine_words
from keras_reader.inference.loading import find_reader
from keras_reader.pretrained import model_names, shipped_card
from keras_reader.progress import with_progress

MODEL = "print"
RAPIDOCR = "RapidOCR"
BATCHES = "batches of 64"


class Row(NamedTuple):
    """What a reader made of some crops.

    Attributes:
        reader: its name.
        mode: how it was used.
        read: what it read.
        rate: images a second, one after the other.
        plain: what it read of the large crops that are not degraded, where it is known which these are.
        shapes: the same, where characters that fonts draw alike count as one.
    """

    reader: str
    mode: str
    read: Tally
    rate: float
    plain: Tally
    shapes: Tally


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", nargs="?", default=MODEL, help=f"an .onnx file or a name (default: {MODEL})")
    parser.add_argument("--data", type=Path, nargs="*", default=[], metavar="FOLDER", help="real images; or CSVs")
    parser.add_argument("--count", type=int, default=10_000, help="printed crops to read (default: 10000)")
    parser.add_argument("--masks", type=int, default=1000, help="printed crops to test the masks on (default: 1000)")
    parser.add_argument("--compared", type=int, default=1200, help="crops of each set that all read (default: 1200)")
    parser.add_argument("--choosing", type=int, default=40, help="images to choose others' modes on (default: 40)")
    parser.add_argument("--without-text", type=int, default=1000, help="images of each kind (default: 1000)")
    parser.add_argument("--photographs", type=Path, metavar="FOLDER", help="(default: those that scikit-learn carries)")
    parser.add_argument("--fonts", nargs="*", default=[], metavar="FOLDER", help="(default: those of the system)")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write pretrained.md there")
    args = parser.parse_args(arguments)
    with command_errors():
        publish(_page(args), args.write and args.write / "pretrained.md")


def printed_text(config: kr.ReaderConfig, fonts: Sequence[str], split: str = "test"):
    """Printed text as a reader of this configuration takes it, in fonts that are set aside.

    With the split `"validation"`, it is other text in the fonts of training.
    """
    from keras_reader.data.printed_text.printed_text import PrintedText

    size = {"alphabet": config.alphabet, "max_length": config.max_length, "image_size": config.image_size}
    return PrintedText.installed(tuple(fonts), split=split, seed=1, **size)


def _page(args) -> Iterator[str]:
    path = find_reader(args.reader)
    reader = kr.load(path)
    words = printed_text(reader.config, args.fonts)
    sets = [load_crops(data, reader.config, args.compared, args.choosing) for data in args.data]
    if len({data.name for data in sets}) < len(sets):
        raise InputError("two folders have the same name: rename one")
    named = args.reader if args.reader in model_names() else path.name
    command = f"python -m benchmarks.pretrained --data {' '.join(data.name for data in sets)} --count {args.count}"
    yield f"# How well `{named}` reads"
    yield (
        f"Fonts and images that it was never trained on. Written by `{command} --write docs/results`; "
        f"{describe('onnxruntime', 'numpy', 'pillow')}. Rates depend on the machine and on what else runs on it: "
        "compare ratios."
    )
    printed = read_printed(reader, words, args.count)
    trained = read_printed(reader, printed_text(reader.config, args.fonts, "validation"), args.count)
    examined = list(examine_words(reader, words, args.masks))
    masks = evaluate(examined, reader.config.window)
    compared = {SET_ASIDE: _compare(reader, _drawn(words, args))}
    compared |= {data.name: _compare(reader, data) for data in sets if data.texts}
    nothing = list(read_without_text(reader, args.without_text, args.photographs))
    yield from _targets(printed, masks, compared, nothing)
    yield from _losses(named, printed, compared)
    yield from on_fonts(printed)
    yield from on_kinds_of_fonts(printed, trained)
    yield from _on_crops(sets, compared)
    yield from where_it_looks(examined, masks, reader.config.window)
    yield from what_it_knows_of_its_mistakes(printed, trained, nothing)
    yield from _original(reader)
    yield from _size(path, named, reader)


def _drawn(words, args) -> Crops:
    """Printed crops as they are before they are resized, for all readers; the first ones are to choose modes on."""
    indices = range(args.choosing + args.compared)
    images = [Image.fromarray(crop).convert("RGB") for crop in words.crops(indices)]
    facts = words.facts(indices)
    texts = [each.text for each in facts]
    chosen_on = images[: args.choosing], texts[: args.choosing]
    plain = [each.height >= LARGE and each.degradation == "none" for each in facts[args.choosing :]]
    return Crops(SET_ASIDE, "", images[args.choosing :], texts[args.choosing :], 0, chosen_on, plain)


def _compare(reader: kr.Reader, data: Crops) -> list[Row]:
    """Ours and all others that are installed on the same images."""
    rows = []

    def add(name, mode, texts, rate):
        pairs = list(zip(data.texts, texts, strict=True))
        plain = [pair for pair, is_plain in zip(pairs, data.plain, strict=False) if is_plain]
        shapes = tally(tuple(map(but_for_look_alikes, pair)) for pair in plain)
        rows.append(Row(name, mode, tally(pairs), rate, tally(plain), shapes))

    ways = [("", reader), (", its characters given", reader.searching(allow=data.alphabet))]
    if reader.config.language_units:
        ways.append((", without its language model", reader.without_language_model()))
    for mode, way in ways:
        measured = measure(lambda image, way=way: way.read_one(image).text, data.images)
        add("keras_reader", f"one by one{mode}", measured.texts, measured.rate)
    began = time.perf_counter()
    texts = [reading.text for reading in reader.read(data.images)]
    add("keras_reader", BATCHES, texts, len(texts) / (time.perf_counter() - began))
    others, _ = general_readers(data.alphabet)
    for other in with_progress(others, len(others), data.name):
        preparation, mode = next(iter(PREPARATIONS)), next(iter(other.ways))
        if data.chosen_on[1]:
            preparation, mode = best_way(other, PREPARATIONS, *data.chosen_on)
        measured = measure(other.ways[mode], [PREPARATIONS[preparation](image) for image in data.images])
        add(f"{other.name} {other.version}", f"{mode}; images {preparation}", measured.texts, measured.rate)
    return rows


def _targets(printed, masks: Evaluation, compared, nothing) -> Iterator[str]:
    clean, degraded = large_crops(printed)
    rows = [
        ("whole words, 20 px and more, not degraded", 0.97, tally((r.text, r.read) for r in clean).accuracy),
        ("whole words, 20 px and more, degraded", 0.90, tally((r.text, r.read) for r in degraded).accuracy),
        ("pointing", 0.99, masks.pointing),
        ("sufficiency", 0.95, masks.sufficiency),
        ("necessity", 0.98, masks.necessity),
    ]
    if "sroie_amounts" in compared:
        rows.insert(2, ("whole words of sroie_amounts", 0.90, compared["sroie_amounts"][0].read.accuracy))
    cells = [
        (name, f"at least {100 * least:g} %", f"{100 * got:.2f} %", "yes" if got >= least else "**no**")
        for name, least, got in rows
    ]
    worst = max(nothing, key=lambda kind: kind.believed / kind.images)
    of_worst = f"believed of the worst kind: {worst.kind}"
    for named, kinds in (("images without text believed", nothing), (of_worst, [worst])):
        images, believed = (sum(getattr(kind, name) for kind in kinds) for name in ("images", "believed"))
        most = f"at most {100 * MOST_BELIEVED:g} %"
        cells.append((named, most, share(believed, images), _yes(believed <= MOST_BELIEVED * images)))
    for name, group in compared.items():
        for other in group:
            if other.reader.startswith("Tesseract") and name != SET_ASIDE:
                goal, got = f"more than Tesseract's {100 * other.read.accuracy:.1f} %", group[0].read.accuracy
                reached = _yes(got > other.read.accuracy)
                cells.append((f"whole words of {name}", goal, f"{100 * got:.1f} %", reached))
            if other.reader.startswith(RAPIDOCR):
                for ours in (group[0], *(row for row in group if row.mode == BATCHES)):
                    times = ours.rate / other.rate
                    how = f"images a second, {ours.mode}, {name}"
                    cells.append((how, "10 times RapidOCR's", f"{times:.1f} times", _yes(times >= 10)))
    yield "## What was to be reached"
    yield table(("", "wanted", "measured", "reached"), cells)


def _yes(reached):
    return "yes" if reached else "**no**"


def _losses(named: str, printed: Sequence[Printed], compared) -> Iterator[str]:
    """Where it loses, from the figures alone."""
    yield "## Where it loses"
    lines = []
    for name, group in compared.items():
        ours = group[0]
        better = [other for other in group if other.reader != ours.reader and other.read.right > ours.read.right]
        for other in sorted(better, key=lambda other: -other.read.right):
            lines.append(
                f"- {name}: {other.reader} reads {100 * other.read.accuracy:.1f} % of the whole words, "
                f"`{named}` {100 * ours.read.accuracy:.1f} %."
            )
    if not lines:
        lines.append("- No reader that was compared reads more whole words of any of these sets.")
    for title, key in (("kind", "kind"), ("degradation", "degradation"), ("size", "size")):
        worst, read = weakest(printed, key)
        lines.append(f"- Of all by {title}, it reads {worst} worst: {read}.")
    yield "\n".join(lines)
    yield (
        "Where there are images of one's own, a reader that is trained on them is the better answer: see "
        "[fine-tuning](fine_tuning.md) and [real images](real_images.md)."
    )


def _on_crops(sets: Sequence[Crops], compared) -> Iterator[str]:
    yield "## The same crops, read by others"
    yield (
        "Whole words and character error rate. The crops in fonts set aside are the first of those above. One image "
        "is read after the other, on all cores, but for ours in batches; rates count neither enlarging nor opening "
        "the images. Tesseract and ddddocr know the characters that occur; what RapidOCR reads beside them is "
        "removed, after full-width characters and other dashes are taken for the usual ones. Ours knows them in the "
        "second row only. Mode and enlargement of the others are those that read most of the images of the training "
        "part, where there is one."
    )
    facts = {data.name: data for data in sets}
    for name, group in compared.items():
        yield f"### {name}"
        if name in facts:
            data = facts[name]
            left_out = f" {data.left_out:,} are left out, whose texts it cannot give." if data.left_out else ""
            source = f" From: {data.source}." if data.source else ""
            yield f"{len(data.texts):,} images of the test part.{left_out}{source}"
        heads = ["", "mode", "whole words", "CER", "images/s"]
        rows = [[r.reader, r.mode, str(r.read), r.read.character_errors, f"{r.rate:,.1f}"] for r in group]
        if group[0].plain.words:
            heads[3:3] = [f"{LARGE} px and more, not degraded", "the same, but for look-alikes"]
            for row, each in zip(rows, group, strict=True):
                row[3:3] = [str(each.plain), str(each.shapes)]
        yield table(heads, rows)
    for data in sets:
        if not data.texts:
            yield f"`{data.name}` is left out: all {data.left_out:,} texts have characters that it does not know."
    _, missing = general_readers("0")
    if missing:
        yield " ".join(f"{line}." for line in missing)


def _original(reader: kr.Reader, count: int = 2000) -> Iterator[str]:
    """The original's images, for the record."""
    try:
        words = SyntheticWords.of_task("original", split="test", seed=1)
    except InputError as error:
        yield f"The original's images were not read: {error}."
        return
    images, texts, _ = words.batch(range(count))
    rows = []
    capitals = "".join(c for c in words.alphabet if c in reader.config.alphabet)
    for name, restricted in (("as it is", reader), ("capitals alone allowed", reader.searching(allow=capitals))):
        read = [reading.text for reading in restricted.read(images, 250)]
        same = tally((text.upper(), other.upper()) for text, other in zip(texts, read, strict=True))
        counted = tally(zip(texts, read, strict=True))
        rows.append((name, str(counted), counted.character_errors, str(same)))
    yield "## The original's images"
    yield f"`--task original`, {count:,} images: 1 to 4 capitals of Arial, 7 pixels high, under noise."
    yield table(("", "whole words", "CER", "whole words, whatever the case"), rows)


def _size(path: Path, named: str, reader: kr.Reader) -> Iterator[str]:
    card = load_card(shipped_card(named)) if named in model_names() else None
    rates = images_a_second(path, reader.config.image_size)
    yield "## Size and speed"
    rows = [
        ("parameters", f"{card.parameters:,}" if card and card.parameters is not None else "-"),
        ("ONNX file", f"{path.stat().st_size / 1e6:.2f} MB"),
        ("image", "{}x{} pixels".format(*reader.config.image_size)),
        *((f"images a second, batches of {batch}", f"{rate:,.0f}") for batch, rate in rates.items()),
    ]
    yield table(("", ""), rows)


if __name__ == "__main__":
    main()
