"""Makes the golden artifacts: a tiny trained reader in all formats, images, and what it gives for them.

    python tests/data/golden/make.py

They stand for the files that users of this format version have. Make them anew only together with a new
`FORMAT_VERSION`: a test that today's code cannot read them has found that users' files cannot be read either.
"""

import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3]))

import keras_reader as kr
from keras_reader.commands import command_errors
from keras_reader.exporting import OUTPUTS, export_reader
from keras_reader.files import replacing
from keras_reader.nn.serving import serving_model
from keras_reader.training import TrainingOptions, train

ARCHIVE = Path(__file__).parent / "golden.tar.xz"
CONFIG = kr.ReaderConfig(alphabet="AB", max_length=2, image_size=(12, 12), filters=8, units=8)
WORDS = {"alphabet": "AB", "min_length": 0, "max_length": 2, "intensity": 255}
# Height and width of the images, and the sizes of the font: the reader's own, and twice as large.
SIZES = {"": ((12, 12), (5, 6)), "_enlarged": ((24, 24), (10, 12))}


def main() -> None:
    options = TrainingOptions.for_preset("small", steps=800, batch_size=64, validations=2, validation_images=500)
    with tempfile.TemporaryDirectory() as folder:
        words = kr.SyntheticWords(**WORDS, image_size=CONFIG.image_size, font_size=(5, 6))
        trained, row = train(CONFIG, words, folder, options, verbose=2)
        print(row)
        # As a file that is for reading only: without optimizer, loss and metrics.
        model = kr.build_reader(CONFIG)
        model.set_weights(trained.get_weights())
        path = Path(folder) / "golden" / "reader.keras"
        path.parent.mkdir()
        model.save(path)
        export_reader(path)

        expected = {}
        for suffix, (image_size, font_size) in SIZES.items():
            words = kr.SyntheticWords(**WORDS, image_size=image_size, font_size=font_size, split="test")
            images, texts, _ = words.batch(range(8))
            outputs = serving_model(model).predict(images, verbose=0)
            expected |= {f"{name}{suffix}": outputs[name] for name in OUTPUTS}
            expected[f"images{suffix}"] = images
            expected[f"texts{suffix}"] = [CONFIG.characters.decode(ids) for ids in outputs["ids"]]
            print("drawn:", *texts, "- read:", *expected[f"texts{suffix}"])
        np.savez(path.parent / "expected.npz", **expected)
        # One archive, since the same weights in three files are compressed to one.
        with replacing(ARCHIVE) as temporary, tarfile.open(temporary, "w:xz") as archive:
            archive.add(path.parent, arcname="golden")


if __name__ == "__main__":
    with command_errors():
        main()
