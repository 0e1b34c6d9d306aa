"""Writes the checksums and the number of weights of the readers that ship into the headers of their cards.

    python -m benchmarks.cards

To be run after the files of a reader have changed; the text of a card, its licence and what it reads are its author's.
A new card needs these two lines between two lines of `---` at its beginning: `license: mit`, `reads: "..."`.
"""

import argparse
from dataclasses import replace

from keras_reader.atomic_files import replacing
from keras_reader.card import file_checksum, load_card
from keras_reader.cli.common import command_errors
from keras_reader.pretrained import model_names, shipped_card, shipped_reader


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    from keras_reader.models.loading import load_reader_model

    for name in model_names():
        files = [shipped_reader(name, suffix) for suffix in (".onnx", ".keras")]
        card = replace(
            load_card(shipped_card(name)),
            parameters=load_reader_model(files[1]).count_params(),
            checksums={path.name: file_checksum(path) for path in files},
        )
        with replacing(shipped_card(name)) as temporary:
            temporary.write_text(card.text(), encoding="utf-8")
        print(f"{shipped_card(name)}: {card.parameters:,} parameters")


if __name__ == "__main__":
    with command_errors():
        main()
