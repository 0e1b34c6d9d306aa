"""General readers, which were trained by others on text of any kind: Tesseract, RapidOCR, ddddocr.

They are compared with ours on the same images, in one process. Each is left out, with a message, where it is not
installed: `pip install -e ".[benchmark]"`, and Tesseract's data, on Debian `apt-get install tesseract-ocr`.
"""

import importlib.metadata
import os
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

Way = Callable[[Image.Image], str]
Preparation = Callable[[Image.Image], Image.Image]

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_TESSDATA = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata")


class GeneralReader(NamedTuple):
    """A reader that others have trained.

    Attributes:
        name: for a person.
        version: of the package, and of what it runs.
        ways: its modes by their names; each takes an RGB image and gives the text without characters outside of the
            alphabet.
    """

    name: str
    version: str
    ways: Mapping[str, Way]


class Measured(NamedTuple):
    """What a reader gave for some images.

    Attributes:
        texts: what it read.
        rate: images a second, one after the other.
    """

    texts: list[str]
    rate: float

    def right(self, texts: Sequence[str]) -> int:
        """How many of the images it read without any mistake."""
        return sum(a == b for a, b in zip(self.texts, texts, strict=True))


def general_readers(alphabet: str) -> tuple[list[GeneralReader], list[str]]:
    """The readers that are installed, and a line for each one that is not.

    Args:
        alphabet: the characters of the texts to read. Tesseract and ddddocr are told of them; of what RapidOCR reads,
            others are removed.
    """
    found, missing = [], []
    for name, make in {"Tesseract": _tesseract, "RapidOCR": _rapidocr, "ddddocr": _ddddocr}.items():
        try:
            found.append(make(alphabet))
        except (ModuleNotFoundError, FileNotFoundError) as error:
            missing.append(f"{name} is left out: not installed ({error})")
    return found, missing


def _tesseract(alphabet):
    import tesserocr

    places = [os.environ.get("TESSDATA_PREFIX", ""), *_TESSDATA]
    data = next((place for place in places if (Path(place) / "eng.traineddata").is_file()), None)
    if data is None:
        raise FileNotFoundError("no eng.traineddata: apt-get install tesseract-ocr-eng, or set TESSDATA_PREFIX")

    def way(mode):
        api = tesserocr.PyTessBaseAPI(path=data, lang="eng", psm=mode)
        api.SetVariable("tessedit_char_whitelist", alphabet)

        def read(image):
            api.SetImage(image)
            return _within(api.GetUTF8Text().strip(), alphabet)

        return read

    modes = tesserocr.PSM
    ways = {
        "a line (psm 7)": way(modes.SINGLE_LINE),
        "a word (psm 8)": way(modes.SINGLE_WORD),
        "a raw line (psm 13)": way(modes.RAW_LINE),
    }
    engine = tesserocr.tesseract_version().split()[1]
    return GeneralReader("Tesseract", f"{engine}, tesserocr {_version('tesserocr')}", ways)


def _rapidocr(alphabet):
    from rapidocr import RapidOCR

    # Unsure answers are kept: they may be right, and no answer is always wrong.
    engine = RapidOCR(params={"Global.log_level": "error", "Global.text_score": 0.0})

    def way(use_det):
        def read(image):
            pixels = np.asarray(image)[:, :, ::-1]
            found = engine(pixels, use_det=use_det, use_cls=False, use_rec=True).txts
            return _within("".join(found or ()), alphabet)

        return read

    return GeneralReader("RapidOCR", _version("rapidocr"), {"recogniser": way(False), "found and read": way(True)})


def _ddddocr(alphabet):
    import ddddocr

    def way(beta):
        engine = ddddocr.DdddOcr(show_ad=False, beta=beta)
        return lambda image: _within(engine.classification(image), alphabet)

    return GeneralReader(
        "ddddocr", _version("ddddocr"), {"its default network": way(False), "its newer one": way(True)}
    )


def _within(text, alphabet):
    """The characters of the alphabet. Full-width ones and other dashes are taken for those that they look like."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return "".join(character for character in text if character in alphabet)


def _version(package):
    return importlib.metadata.version(package)


def enlarged(height: int, margin: float = 0.0) -> Preparation:
    """A preparation that enlarges smaller images to a height, and lays them on the level of their border.

    Args:
        height: in pixels.
        margin: as a share of the height, on each side.
    """

    def prepare(image):
        if image.height < height:
            scale = height / image.height
            image = image.resize((max(1, round(scale * image.width)), height), Image.Resampling.BICUBIC)
        space = round(margin * image.height)
        if not space:
            return image
        pixels = np.asarray(image)
        border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        level = tuple(int(value) for value in np.median(border, axis=0))
        laid = Image.new("RGB", (image.width + 2 * space, image.height + 2 * space), level)
        laid.paste(image, (space, space))
        return laid

    return prepare


PREPARATIONS: Mapping[str, Preparation] = {
    "as they are": lambda image: image,
    "enlarged to 48 px": enlarged(48),
    "enlarged to 48 px, with a margin": enlarged(48, 0.3),
}


def measure(way: Way, images: Sequence[Image.Image]) -> Measured:
    """Read images one after the other. The first one is read once before, to warm up."""
    way(images[0])
    began = time.perf_counter()
    texts = [way(image) for image in images]
    return Measured(texts, len(images) / (time.perf_counter() - began))


def best_way(
    reader: GeneralReader,
    preparations: Mapping[str, Preparation],
    images: Sequence[Image.Image],
    texts: Sequence[str],
) -> tuple[str, str]:
    """The preparation and the mode that read most of some images; of equals the first.

    Args:
        reader: the reader.
        preparations: the preparations to try, by their names.
        images: the images to choose on, which are not those to measure on.
        texts: their true texts.
    """
    trials = {}
    for preparation, prepare in preparations.items():
        prepared = [prepare(image) for image in images]
        for mode, way in reader.ways.items():
            trials[preparation, mode] = sum(way(image) == text for image, text in zip(prepared, texts, strict=True))
    return max(trials, key=lambda key: trials[key])
