"""The page about a reader that ships is made of its figures: where it loses, and what was left out."""

import csv
import math

import numpy as np
import pytest
from PIL import Image

import keras_reader as kr
from benchmarks import pretrained
from benchmarks.common.font_kinds import font_kinds
from benchmarks.common.general_readers import PREPARATIONS, GeneralReader, best_way, enlarged, measure
from benchmarks.common.images_without_text import drawings, pieces_of_photographs, textures
from benchmarks.common.look_alikes import but_for_look_alikes
from benchmarks.common.printed_crops import SIZES, Printed, read_printed, size_class, weakest
from benchmarks.common.real_crops import load_crops
from benchmarks.common.tally import Tally, tallies, tally
from benchmarks.common.temperatures import TEMPERATURES, confidences
from keras_reader.data.printed_text.printed_text import Facts
from keras_reader.data.text_rendering import find_fonts


class Words:
    """Synthetic words of `letters`, with facts as printed text has them."""

    def __init__(self):
        self.words = kr.SyntheticWords(split="test")
        self.image_size = self.words.image_size
        self.batch, self.examples, self.backgrounds = self.words.batch, self.words.examples, self.words.backgrounds

    def crops(self, indices):
        return list(self.batch(indices)[0])

    def facts(self, indices):
        texts = self.batch(indices)[1]
        return [
            Facts(
                text=text,
                kind=("words", "codes")[i % 2],
                degradation=("strong", "none", "light")[i % 3],
                family=f"family {i % 5}",
                font=find_fonts(["DejaVuSansMono.ttf"])[0],
                height=(10, 14, 18, 30)[i % 4],
            )
            for i, text in zip(indices, texts, strict=True)
        ]


@pytest.fixture
def folder(tmp_path):
    """Crops of which the reader `letters` can read all but two, by their alphabet and length."""
    words = kr.SyntheticWords(split="test", seed=3)
    texts = ["2A", "ABCDE", *(example.text for example in words.examples(range(2, 12)))]
    folder = tmp_path / "receipts"
    folder.mkdir()
    (folder / "SOURCE.txt").write_text("drawn\nby a test\n")
    with (folder / "test.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "text"))
        for i, text in enumerate(texts):
            Image.fromarray(words.example(i).image).save(folder / f"{i}.png")
            rows.writerow((f"{i}.png", text))
    (folder / "train.csv").write_text((folder / "test.csv").read_text())
    return folder


@pytest.fixture
def page(folder, tmp_path, monkeypatch, capsys):
    """The page about `letters` beside a reader that knows all answers and one that knows none."""
    words = Words()
    known = [*words.examples(range(60)), *kr.SyntheticWords(split="test", seed=3).examples(range(12))]
    answers = {example.image.tobytes(): example.true_text for example in known}

    def knows(image):
        return answers.get(np.asarray(image.convert("L")).tobytes(), "")

    others = [
        GeneralReader("RapidOCR", "9", {"recogniser": knows}),
        GeneralReader("Tesseract", "5", {"a line": lambda image: "?"}),
    ]
    monkeypatch.setattr(pretrained, "printed_text", lambda config, fonts, split="test": words)
    missing = ["ddddocr is left out: not installed"]
    monkeypatch.setattr(pretrained, "general_readers", lambda alphabet: (others, missing))
    foreign = tmp_path / "plates"
    foreign.mkdir()
    (foreign / "test.csv").write_text(f"image,text\n{folder / '3.png'},\N{CJK UNIFIED IDEOGRAPH-4EAC}A12\n")
    command = ["letters", "--data", folder, foreign, "--count", 60, "--masks", 10, "--compared", 20, "--choosing", 4]
    pretrained.main([*map(str, command), "--without-text", "10", "--write", str(tmp_path)])
    printed = capsys.readouterr().out
    assert printed == (tmp_path / "pretrained.md").read_text(encoding="utf-8")
    return printed


@pytest.mark.slow
@pytest.mark.long
def test_the_page_says_what_was_reached_and_where_it_loses(page):
    def row(start):
        return next(line for line in page.splitlines() if line.startswith(f"| {start}"))

    assert row("whole words, 20 px and more, not").split("|")[2].strip() == "at least 97 %"
    assert row("pointing").endswith("yes |")
    assert "more than Tesseract's 0.0 %" in row("whole words of receipts") and "yes |" in row("whole words of receipts")
    assert "- No reader that was compared reads more whole words" in page
    assert "Of all by degradation, it reads" in page
    assert "px and more that are not degraded, 100.00 % read right if upper and lower case" in page
    assert "10 images of the test part. 2 are left out, whose texts it cannot give." in page
    assert "From: drawn by a test." in page
    assert "`plates` is left out: all 1 texts have characters that it does not know." in page
    assert "ddddocr is left out: not installed." in page
    assert row("parameters").endswith("114,043 |")
    read_right = [cell.strip() for cell in row("read right").split("|")[2:-1]]
    assert read_right[0] == "10" and read_right[1] == "100.00 %" and read_right[-1] == "- of 0"
    assert "misread " not in page
    assert "<summary>All families</summary>" in page and row("family 4").count("100.00 %") == 1
    assert "it reads 100.0 % in the family in the middle, and least in family 4 (100 %), family 3 (100 %)" in page
    lines = page[page.index("What another temperature would do") :].splitlines()
    temperatures = [line.split("|")[1:-1] for line in lines if line.startswith(("| 0.8 ", "| 1 "))][:2]
    assert [len(row) for row in temperatures] == [5, 5]
    # Letters that are read without a mistake are read with the more confidence, the lower the temperature.
    assert float(temperatures[0][2]) < float(temperatures[1][2]) < 0.1
    assert row("monospaced").count(" of 60 ") == 2 and row("bold").count(" - |") == 2
    assert "textures: stripes, checks, dots" in page and "| as it is" in page


def test_only_what_a_reader_can_give_is_read(folder):
    config = kr.load("letters").config
    crops = load_crops(folder, config, most=5, choosing=3)
    assert (len(crops.texts), crops.left_out, crops.source, crops.name) == (5, 2, "drawn by a test", "receipts")
    assert len(crops.chosen_on[1]) == 3 and set(crops.alphabet) == set("".join(crops.texts))
    assert all(image.mode == "RGB" for image in crops.images)
    only = load_crops(folder / "test.csv", config, most=100, choosing=3)
    assert (len(only.texts), only.chosen_on) == (10, ([], []))


def test_words_and_characters_are_counted_by_group():
    counted = tallies([("a", "ABC", "ABC"), ("b", "AB", "AXB"), ("a", "A", "")])
    assert counted == {"a": Tally(2, 1, 4, 1), "b": Tally(1, 0, 2, 1)}
    assert str(counted["a"]) == "50.00 % of 2" and counted["a"].character_errors == "25.00 %"
    assert math.isnan(tally([]).accuracy)


def test_a_confidence_at_another_temperature_is_that_of_the_divided_logits():
    logits = np.log(np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.4, 0.4, 0.2]]))
    two = np.exp(logits / 0.8) / np.exp(logits / 0.8).sum(axis=-1, keepdims=True)

    def reading(probabilities):
        nothing = np.zeros(0)
        return kr.Reading("A", 0.42, nothing, nothing, None, None, probabilities)

    found = confidences(reading(np.exp(logits)))
    assert found[TEMPERATURES.index(1)] == pytest.approx(0.42)
    assert found[TEMPERATURES.index(0.8)] == pytest.approx(two[0, 0] * two[1, 2])
    certain = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, 0, 1.0]], np.float32)
    assert confidences(reading(certain)) == (1.0,) * len(TEMPERATURES)


def test_only_characters_that_fonts_draw_alike_are_taken_for_one():
    assert but_for_look_alikes("ClO01I|") == but_for_look_alikes("cI0olii") == "cloolll"
    assert but_for_look_alikes("5S") == "5s" and but_for_look_alikes("rn.") != but_for_look_alikes("m,")


def test_the_weakest_group_is_one_of_many_crops():
    def crops(kind, right, count):
        return [Printed("A", "A" if i < right else "B", 1.0, kind, "none", "f", "f.ttf", 30) for i in range(count)]

    printed = [*crops("few", 0, 3), *crops("many", 20, 40), *crops("easy", 40, 40)]
    kind, read = weakest(printed, "kind")
    assert kind == "many" and read.accuracy == 0.5
    assert weakest(printed, "size")[0] == "20 px and more"


@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("DejaVuSans.ttf", ("none of these",)),
        ("DejaVuSans-BoldOblique.ttf", ("bold", "italic")),
        ("DejaVuSansMono-Bold.ttf", ("bold", "monospaced")),
    ],
)
def test_a_font_is_of_the_kinds_that_its_name_and_its_widths_say(file, kinds):
    assert font_kinds(*find_fonts([file])) == kinds


def test_sizes_have_classes():
    names = [size_class(height)[1] for height in (5, 12, 16, 19.9, 20)]
    assert names == ["below 12 px", "12 to 16 px", "16 to 20 px", "16 to 20 px", "20 px and more"]
    assert SIZES == (12, 16, 20)


def test_printed_crops_are_read_with_what_is_known_of_them():
    rows = read_printed(kr.load("letters"), Words(), 12)
    assert [row.kind for row in rows[:2]] == ["words", "codes"] and rows[3].height == 30
    assert sum(row.text == row.read for row in rows) >= 11


def test_the_way_that_reads_most_is_chosen_and_measured():
    images = [Image.new("RGB", (8, 6), (i, i, i)) for i in range(5)]
    texts = [str(i) for i in range(5)]
    ways = {"blind": lambda image: "", "sees": lambda image: str(image.getpixel((0, 0))[0])}
    reader = GeneralReader("one", "1", ways)
    inverted = {"inverted": lambda image: image.point(lambda level: 255 - level), "plain": lambda image: image}
    assert best_way(reader, inverted, images, texts) == ("plain", "sees")
    measured = measure(ways["sees"], images)
    assert measured.texts == texts and measured.right(texts) == 5 and measured.rate > 0


def test_small_images_are_enlarged_and_get_a_margin_of_their_border():
    image = Image.new("RGB", (20, 10), (200, 100, 50))
    assert enlarged(40)(image).size == (80, 40)
    assert enlarged(5)(image).size == (20, 10)
    wide = enlarged(40, 0.25)(image)
    assert wide.size == (100, 60) and wide.getpixel((0, 0)) == (200, 100, 50)
    assert PREPARATIONS["as they are"](image) is image


def test_images_without_text_have_the_readers_size_and_differ():
    photograph = np.random.default_rng(0).integers(0, 256, (50, 70), np.uint8)
    drawn = [images for _, images in drawings((32, 128), 4)]
    for images in (textures((32, 128), 4), *drawn, pieces_of_photographs([photograph], (32, 128), 4)):
        assert images.shape == (4, 32, 128) and images.dtype == np.uint8
        assert len({image.tobytes() for image in images}) == 4
