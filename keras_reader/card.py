"""The card of a reader: what it reads, and with which licence, figures, limits and checksums.

A card is Markdown behind a header in YAML, as the Hugging Face Hub takes it for README.md. The header has the Hub's own
keys (`license`, `library_name`, `pipeline_tag`, `tags`) and ours: `reads`, `parameters`, and `sha256` of each file.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from keras_reader.alphabet import characters_in_words
from keras_reader.config import ReaderConfig
from keras_reader.errors import InputError
from keras_reader.limits import METADATA_BYTES, MODEL_BYTES
from keras_reader.regular_files import read_regular

_HUB = {"library_name": "keras_reader", "pipeline_tag": "image-to-text"}
_TAGS = ("ocr", "text-recognition", "image-to-text", "attention", "keras", "onnx")


@dataclass(frozen=True)
class Card:
    """A card.

    Attributes:
        license: the licence of the weights, by its identifier on the Hub: `mit`, `apache-2.0`, `cc-by-4.0`.
        reads: what the reader reads, in one line.
        body: the text below the header, in Markdown.
        parameters: number of weights; `None` if it is not known.
        checksums: SHA-256 of each file, by its name.
    """

    license: str
    reads: str
    body: str
    parameters: int | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, where: str) -> "Card":
        """The card that `text` gave.

        Args:
            text: the header and the body.
            where: name of the file, for error messages.

        Raises:
            InputError: if there is no such header.
        """
        found = re.match(r"---\n(.*?)\n---\n(.*)", text, flags=re.DOTALL)
        try:
            if found is None:
                raise ValueError("it does not begin with a header between two lines of ---")
            values = _parse_header(found[1])
            parameters = values.get("parameters")
            return cls(
                license=values["license"],
                reads=values["reads"],
                body=found[2].strip(),
                parameters=None if parameters is None else int(parameters),
                checksums=values.get("sha256", {}),
            )
        except (ValueError, KeyError, TypeError) as error:
            reason = f"its header has no {error}" if isinstance(error, KeyError) else error
            raise InputError(f"{where}: not a card of keras_reader ({reason})") from None

    def text(self) -> str:
        """The card as Markdown behind its header, which ends in a line break."""
        lines = [f"license: {self.license}", *(f"{key}: {value}" for key, value in _HUB.items())]
        lines += ["tags:", *(f"- {tag}" for tag in _TAGS), f"reads: {json.dumps(self.reads, ensure_ascii=False)}"]
        if self.parameters is not None:
            lines.append(f"parameters: {self.parameters}")
        if self.checksums:
            lines += ["sha256:", *(f"  {name}: {digest}" for name, digest in self.checksums.items())]
        return "\n".join(["---", *lines, "---", "", self.body, ""])


def _parse_header(text):
    """The keys of a header of the kind that `Card.text` writes; YAML of other kinds is not understood."""
    values: dict = {}
    key = None
    for line in text.splitlines():
        if item := re.fullmatch(r"\s*- (.+)", line):
            values[key] = [*(values.get(key) or []), _scalar(item[1])]
        elif pair := re.fullmatch(r"  ([\w.-]+): (.+)", line):
            values[key] = {**(values.get(key) or {}), pair[1]: _scalar(pair[2])}
        elif pair := re.fullmatch(r"(\w+):(?: (.+))?", line):
            key = pair[1]
            values[key] = None if pair[2] is None else _scalar(pair[2])
        elif line.strip():
            raise ValueError(f"its header has a line that is not understood: {line}")
    return values


def _scalar(text):
    return json.loads(text) if text.startswith('"') else text


def load_card(path: Path) -> Card:
    """Read a card.

    Raises:
        InputError: if it cannot be read or is none.
    """
    return Card.parse(_text_of(path), str(path))


def _text_of(path):
    try:
        return read_regular(path, METADATA_BYTES, "a card").decode()
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8: save the card as UTF-8") from None


def card_body(path: Path) -> str:
    """The Markdown of a card, with or without a header before it.

    Raises:
        InputError: if it cannot be read.
    """
    return re.sub(r"\A---\n.*?\n---\n", "", _text_of(path), flags=re.DOTALL).strip()


def file_checksum(path: Path) -> str:
    """SHA-256 of a reader's file, in hexadecimal digits.

    Raises:
        InputError: if it cannot be read.
    """
    return hashlib.sha256(read_regular(path, MODEL_BYTES, "a reader")).hexdigest()


def what_it_reads(config: ReaderConfig) -> str:
    """What a reader of this configuration reads, in one line, where nobody has said more."""
    characters = characters_in_words(config.alphabet, 100)
    return f"texts of up to {config.max_length} of the {len(config.alphabet)} characters {characters}"


def made_up_body(config: ReaderConfig, address: str) -> str:
    """The text of a card whose author has written none.

    Args:
        config: the reader's configuration.
        address: where it will be, such as `hf://owner/name`.
    """
    name = address.rpartition("/")[2]
    height, width = config.image_size
    return (
        f"# {name}\n\n"
        f"A reader of [keras_reader](https://pypi.org/project/keras-reader/), preset `{config.preset}`. It reads "
        f"{what_it_reads(config)}. It looks at images of {height}x{width} pixels; others are resized.\n\n"
        "Its author has not said what it was trained on, nor how well it reads.\n\n"
        "```python\nimport keras_reader as kr\n\n"
        f'reader = kr.load("{address}")\n```'
    )
