"""The network of Keras' example "OCR model for reading Captchas", for any labelled images.

    python -m benchmarks.real_images.keras_ctc_example fit.csv validation.csv OUT --size 50 200 --alphabet 0123456789

Written anew from its description (https://keras.io/examples/vision/captcha_ocr/): two 3x3 convolutions of 32 and 64
filters, each with 2x2 pooling, a dense layer of 64 with dropout, two bidirectional LSTMs of 128 and 64 units, a
softmax a column, and the CTC loss. Adam, batches of 16, up to 100 epochs; training stops when the validation loss has
not improved for 10 epochs, and the weights of the best epoch are kept. Two things differ from the example: the order
of the images changes every epoch, and texts may differ in length. Images are grey and stretched to one size.

Writes to the folder OUT `log.csv`, a row an epoch; `model.npz`, the weights; and with `--export` `model.onnx`, which
takes uint8 images `(batch, height, width)` and gives float32 probabilities `(batch, columns, classes)`.
"""

import argparse
import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

BATCH_SIZE = 16
EPOCHS = 100
PATIENCE = 10
PADDING = -1  # class index where a text has ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fit", type=Path)
    parser.add_argument("validation", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=int, nargs=2, required=True, metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--alphabet", required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export", action="store_true", help="export the weights in OUT instead of training")
    args = parser.parse_args()
    os.environ["KERAS_BACKEND"] = "tensorflow"  # whose CTC loss has a kernel of its own
    if args.export:
        export(args.out, tuple(args.size), args.alphabet)
    else:
        train(args.fit, args.validation, args.out, tuple(args.size), args.alphabet, args.epochs, args.seed)


def train(fit: Path, validation: Path, out: Path, size: tuple[int, int], alphabet: str, epochs: int, seed: int) -> None:
    """Train the network, and keep the weights of the epoch with the least validation loss in `out`."""
    import keras

    keras.utils.set_random_seed(seed)
    images, labels = load(fit, size, alphabet)
    model = build(size, len(alphabet))
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=ctc_loss,
        metrics=[whole_word_accuracy],
        jit_compile=False,  # XLA has no such loss
    )
    out.mkdir(parents=True, exist_ok=True)
    model.fit(
        images,
        labels,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        validation_data=load(validation, size, alphabet),
        verbose=2,
        callbacks=[
            keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True),
            keras.callbacks.CSVLogger(str(out / "log.csv")),
        ],
    )
    np.savez(out / "model.npz", *model.get_weights())


def build(size: tuple[int, int], characters: int):
    """The network: images `(batch, height, width)` uint8 to logits `(batch, width // 4, characters + 1)`.

    The last class is the blank of CTC.
    """
    from keras import Input, Model, layers

    height, width = size
    image = Input((height, width), dtype="uint8", name="image")
    # Columns become time steps.
    x = layers.Permute((2, 1))(layers.Rescaling(1 / 255)(image))
    x = layers.Reshape((width, height, 1))(x)
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
        x = layers.MaxPooling2D(2)(x)
    x = layers.Reshape((width // 4, height // 4 * 64))(x)
    x = layers.Dropout(0.2)(layers.Dense(64, activation="relu")(x))
    for units in (128, 64):
        x = layers.Bidirectional(layers.LSTM(units, return_sequences=True, dropout=0.25))(x)
    return Model(image, layers.Dense(characters + 1, name="logits")(x))


def load(path: Path, size: tuple[int, int], alphabet: str) -> tuple[np.ndarray, np.ndarray]:
    """The images of a CSV, uint8 `(count, height, width)`, and their class indices, int32 `(count, longest)`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # A text of the validation images may have a character that nobody was shown: the network cannot read it.
    numbers = {character: number for number, character in enumerate(alphabet)}
    texts = [[numbers[character] for character in row["text"] if character in numbers] for row in rows]
    labels = np.full((len(rows), max(map(len, texts))), PADDING, np.int32)
    for label, text in zip(labels, texts, strict=True):
        label[: len(text)] = text
    return np.stack([open_image(path.parent / row["image"], size) for row in rows]), labels


def open_image(path: Path, size: tuple[int, int]) -> np.ndarray:
    """An image file as uint8 `(height, width)`, grey, stretched to the size."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L").resize(size[::-1], Image.Resampling.BILINEAR))


def ctc_loss(labels, logits):
    """CTC loss of class indices `(batch, longest)`, padded, and logits `(batch, columns, classes)`: `(batch,)`."""
    import tensorflow as tf

    labels = tf.cast(labels, tf.int32)
    where = tf.where(labels != PADDING)
    sparse = tf.SparseTensor(where, tf.gather_nd(labels, where), tf.cast(tf.shape(labels), tf.int64))
    columns = tf.fill(tf.shape(logits)[:1], tf.shape(logits)[1])
    return tf.nn.ctc_loss(sparse, logits, None, columns, logits_time_major=False, blank_index=-1)


def whole_word_accuracy(labels, logits):
    """1 for each text that greedy decoding reads rightly, else 0."""
    import tensorflow as tf

    labels = tf.cast(labels, tf.int32)
    best = tf.argmax(logits, -1, output_type=tf.int32)
    blank = tf.shape(logits)[-1] - 1
    before = tf.concat([tf.fill([tf.shape(best)[0], 1], blank), best[:, :-1]], 1)
    read = tf.ragged.boolean_mask(best, (best != blank) & (best != before))
    same_length = read.row_lengths() == tf.reduce_sum(tf.cast(labels != PADDING, tf.int64), 1)
    padded = read.to_tensor(PADDING, shape=[None, labels.shape[1]])
    return tf.cast(tf.reduce_all(padded == labels, 1) & same_length, tf.float32)


def image_size(height: float, width: float, max_length: int) -> tuple[int, int]:
    """The height and width to stretch images to: those of the usual one.

    Images are enlarged where they have too few columns for the CTC of `max_length` equal characters, blanks between
    them: 2 `max_length` - 1, and one on either side.
    """
    least = 4 * (2 * max_length + 1)
    scale = max(1.0, least / width)
    return max(8, round(height * scale)), max(least, round(width * scale))


def read(onnx: Path, paths: Sequence[Path], size: tuple[int, int], alphabet: str) -> list[str]:
    """The texts that an exported network reads in image files."""
    import onnxruntime

    session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    texts = []
    for start in range(0, len(paths), 64):
        images = np.stack([open_image(path, size) for path in paths[start : start + 64]])
        texts += greedy_texts(session.run(None, {name: images})[0], alphabet)
    return texts


def greedy_texts(probabilities: np.ndarray, alphabet: str) -> list[str]:
    """The likeliest class of each column, repeats taken once and blanks left out.

    Args:
        probabilities: `(batch, columns, classes)`; the blank is the last class.
        alphabet: the other classes.
    """
    texts = []
    for best in probabilities.argmax(-1):
        before = np.concatenate([[len(alphabet)], best[:-1]])
        texts.append("".join(alphabet[k] for k in best[(best != before) & (best != len(alphabet))]))
    return texts


def export(out: Path, size: tuple[int, int], alphabet: str) -> None:
    """Write the weights in `out` as `model.onnx`, and print the number of parameters."""
    import keras

    trained = build(size, len(alphabet))
    with np.load(out / "model.npz") as weights:
        trained.set_weights([weights[name] for name in weights.files])
    model = keras.Model(trained.input, keras.layers.Softmax(name="probabilities")(trained.output))
    signature = [keras.InputSpec(shape=(None, *size), dtype="uint8", name="image")]
    model.export(out / "model.onnx", format="onnx", input_signature=signature, verbose=False)
    print(trained.count_params())


if __name__ == "__main__":
    main()
