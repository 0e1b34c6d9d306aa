"""Export: both artifacts give what the Keras model gives, stand alone, and never replace a good one by a bad one."""

import base64
import io
import json
import runpy
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
import tf2onnx
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from PIL import Image

import keras_reader as kr
from keras_reader import exporting
from keras_reader.artifact import config_from_metadata, metadata
from keras_reader.encoded_images import decode_grey
from keras_reader.errors import InputError
from keras_reader.exporting import ExportError, check_parity, export_reader
from keras_reader.images import open_grey
from keras_reader.nn.serving import Decode, serving_model
from keras_reader.reading import load

SCRIPT = Path(__file__).parent.parent / "export.py"
WRITE_ONNX = exporting._write_onnx
OUTPUTS = ["ids", "confidence", "character_confidence", "masks"]
CONFIGS = {
    "small": kr.ReaderConfig(alphabet="AÉ漢", max_length=2, image_size=(18, 26), filters=12, units=8),
    "seed": kr.ReaderConfig(preset="seed", alphabet="ABC", max_length=2, image_size=(14, 14), filters=4, units=8),
}


@dataclass
class Export:
    """A reader, its export, and the three ways to run it."""

    keras_path: Path
    folder: Path
    config: kr.ReaderConfig
    keras_model: keras.Model
    saved_model: object
    onnx_session: onnxruntime.InferenceSession

    def run_keras(self, images):
        return self.keras_model.predict_on_batch(images)

    def run_saved_model(self, images):
        return {name: value.numpy() for name, value in self.saved_model.serve(images).items()}

    def run_bytes(self, files):
        outputs = self.saved_model.serve_bytes(tf.constant(files, tf.string, shape=(len(files),)))
        return {name: value.numpy() for name, value in outputs.items()}

    def run_onnx(self, images):
        return dict(zip(OUTPUTS, self.onnx_session.run(OUTPUTS, {"image": images}), strict=True))


def trained_alike(config):
    """A reader whose every weight and batch statistic matters, and that reads words of all lengths in `noise`."""
    model = kr.build_reader(config)
    random = np.random.default_rng(4 if config.preset == "small" else 0)
    gain = 1.5 if config.preset == "small" else 2
    for weight in model.weights:
        value = random.normal(0, gain, weight.shape) / np.sqrt(max(1, np.prod(weight.shape[:-1])))
        weight.assign(np.abs(value) + 0.5 if "variance" in weight.path or "gamma" in weight.path else value)
    # Every character as likely as any other, and sure enough of itself not to tie.
    logits = model.predict(noise(200, *config.image_size)[..., None] / 255, verbose=0)["logits"]
    character, spread = model.recurrent_attention.cell.character, 1 / logits.std(0).mean(0)
    character.bias.assign((character.bias - logits.mean((0, 1))) * spread)
    character.kernel.assign(character.kernel * spread)
    return model


def noise(count, height, width, seed=0):
    """Images from flat ones to pure noise, from dark to bright."""
    random = np.random.default_rng(seed)
    level, spread = random.uniform(0, 255, (count, 1, 1)), random.uniform(0, 100, (count, 1, 1))
    return random.normal(level, spread, (count, height, width)).clip(0, 255).astype(np.uint8)


def png(image):
    return encode(Image.fromarray(image), "PNG")


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def assert_same(got, expected, tolerance=1e-5):
    np.testing.assert_array_equal(got["ids"], expected["ids"])
    for name in OUTPUTS[1:]:
        assert got[name].dtype == np.float32
        np.testing.assert_allclose(got[name], expected[name], rtol=0, atol=tolerance, err_msg=name)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_export(folder, config):
    path = folder / "reader.keras"
    model = trained_alike(config)
    model.save(path)
    saved_model, onnx_path = export_reader(path)
    assert (saved_model, onnx_path) == (folder / "saved_model", folder / "reader.onnx")
    assert sorted(child.name for child in folder.iterdir()) == ["reader.keras", "reader.onnx", "saved_model"]
    return Export(
        path,
        folder,
        config,
        serving_model(model),
        tf.saved_model.load(str(saved_model)),
        onnxruntime.InferenceSession(onnx_path, providers=["CPUExecutionProvider"]),
    )


@pytest.fixture(scope="module")
def small_export(tmp_path_factory):
    return make_export(tmp_path_factory.mktemp("small"), CONFIGS["small"])


@pytest.fixture(scope="module")
def seed_export(tmp_path_factory):
    # So that weights go past the converter, as those of a full-size reader do.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting, "LARGE_WEIGHT", 1000)
        return make_export(tmp_path_factory.mktemp("seed"), CONFIGS["seed"])


@pytest.fixture(scope="module", params=CONFIGS)
def export(request):
    return request.getfixturevalue(f"{request.param}_export")


def test_the_test_readers_read_words_of_several_lengths(export):
    reader = load(export.folder / "reader.onnx")
    words = {reading.text for reading in reader.read(noise(200, *export.config.image_size))}
    assert {len(word) for word in words} >= {0, 1, 2}


@pytest.mark.parametrize(
    "size", [(1, 1), (5, 4000), (3000, 2000), (9, 7), (200, 300)], ids=lambda size: "x".join(map(str, size))
)
def test_all_formats_agree_on_images_of_any_size(export, size):
    images = noise(2, *size)
    expected = export.run_keras(images)
    assert_same(export.run_saved_model(images), expected)
    assert_same(export.run_onnx(images), expected)
    assert_same(export.run_bytes([png(image) for image in images]), expected)


@pytest.mark.parametrize("count", [1, 256])
def test_all_formats_agree_on_one_image_and_on_many(export, count):
    images = noise(count, 20, 30)
    expected = export.run_keras(images)
    assert_same(export.run_saved_model(images), expected)
    assert_same(export.run_onnx(images), expected)
    assert_same(export.run_bytes([png(image) for image in images]), expected)


def test_no_image_gives_no_reading(export):
    images = noise(0, 20, 30)
    config = export.config
    for outputs in (export.run_saved_model(images), export.run_onnx(images), export.run_bytes([])):
        assert outputs["masks"].shape == (0, config.steps, *config.image_size)
        assert outputs["ids"].shape == outputs["character_confidence"].shape == (0, config.steps)
        assert outputs["confidence"].shape == outputs.get("text", outputs["confidence"]).shape == (0,)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_all_formats_agree_on_random_images(export, height, width, count, seed):
    images = noise(count, height, width, seed)
    expected = export.run_keras(images)
    assert_same(export.run_saved_model(images), expected)
    assert_same(export.run_onnx(images), expected)


def test_the_text_ends_at_the_first_terminator(export):
    images = noise(200, *export.config.image_size)
    characters = [*export.config.alphabet, None]
    for outputs in (export.run_saved_model(images), export.run_bytes([png(image) for image in images])):
        for text, ids in zip(outputs["text"], outputs["ids"], strict=True):
            word = [characters[i] for i in ids] + [None]
            assert text.decode() == "".join(word[: word.index(None)])


def test_each_endpoint_is_a_signature_with_the_same_names(export):
    signatures = export.saved_model.signatures
    assert sorted(signatures) == ["serve", "serve_bytes", "serving_default"]
    images = noise(3, 20, 30)
    expected = export.run_keras(images)
    for name in ("serve", "serving_default"):
        outputs = signatures[name](image=tf.constant(images))
        assert sorted(outputs) == sorted(["text", *OUTPUTS])
        assert_same({key: value.numpy() for key, value in outputs.items()}, expected)
    files = tf.constant([png(image) for image in images])
    assert_same({key: value.numpy() for key, value in signatures["serve_bytes"](image_bytes=files).items()}, expected)


def test_a_request_as_tensorflow_serving_documents_it(export):
    # https://www.tensorflow.org/tfx/serving/api_rest, "Encoding binary values"
    images = noise(3, 20, 30)
    body = json.dumps(
        {
            "signature_name": "serve_bytes",
            "instances": [{"image_bytes": {"b64": base64.b64encode(png(image)).decode()}} for image in images],
        }
    )

    request = json.loads(body)
    columns = {}
    for instance in request["instances"]:
        for name, value in instance.items():
            columns.setdefault(name, []).append(base64.b64decode(value["b64"]))
    outputs = export.saved_model.signatures[request["signature_name"]](
        **{name: tf.constant(values) for name, values in columns.items()}
    )
    predictions = [{name: value[i].numpy() for name, value in outputs.items()} for i in range(3)]

    expected = export.run_keras(images)
    for i, prediction in enumerate(predictions):
        assert prediction["text"].decode() == export.config.characters.decode(expected["ids"][i])
        assert_same(prediction, {name: value[i] for name, value in expected.items()})


def picture():
    y, x = np.mgrid[0:46, 0:61]
    colours = np.stack([x * 4, y * 5, (x + y) * 2], axis=-1) + np.random.default_rng(0).normal(0, 12, (46, 61, 3))
    return Image.fromarray(colours.clip(0, 255).astype(np.uint8))


def with_alpha(image, alpha):
    image = image.copy()
    image.putalpha(Image.fromarray(alpha))
    return image


def image_files():
    colour = picture()
    grey, palette = colour.convert("L"), colour.quantize(64)
    alpha = noise(1, 46, 61)[0]
    grey_16 = Image.fromarray(np.random.default_rng(1).integers(0, 65536, (46, 61)).astype(np.uint16))
    other = colour.transpose(Image.Transpose.ROTATE_180).quantize(64)
    return {
        "PNG grey": encode(grey, "PNG"),
        "PNG colour": encode(colour, "PNG"),
        "PNG palette": encode(palette, "PNG"),
        "PNG palette of 4 bits": encode(colour.quantize(16), "PNG", bits=4),
        "PNG black and white": encode(colour.convert("1"), "PNG"),
        "PNG 16 bits": encode(grey_16, "PNG"),
        "PNG grey and alpha": encode(with_alpha(grey, alpha), "PNG"),
        "PNG colour and alpha": encode(with_alpha(colour, alpha), "PNG"),
        "PNG palette and alpha": encode(palette, "PNG", transparency=bytes(range(0, 256, 4))),
        "PNG 4 bits and alpha": encode(colour.quantize(16), "PNG", bits=4, transparency=bytes(range(0, 256, 16))),
        "PNG grey with a transparent level": encode(grey, "PNG", transparency=grey.getpixel((20, 20))),
        "PNG colour with a transparent one": encode(colour, "PNG", transparency=colour.getpixel((20, 20))),
        "JPEG": encode(colour, "JPEG"),
        "JPEG grey": encode(grey, "JPEG"),
        "JPEG full chroma": encode(colour, "JPEG", subsampling=0, quality=95),
        "JPEG progressive": encode(colour, "JPEG", progressive=True, quality=40),
        "JPEG CMYK": encode(colour.convert("CMYK"), "JPEG"),
        "BMP": encode(colour, "BMP"),
        "BMP grey": encode(grey, "BMP"),
        "BMP palette": encode(palette, "BMP"),
        "BMP 32 bits": encode(with_alpha(colour, alpha), "BMP"),
        "GIF": encode(palette, "GIF"),
        "GIF interlaced": encode(palette, "GIF", interlace=1),
        "GIF transparent": encode(palette, "GIF", transparency=palette.getpixel((20, 20))),
        "GIF animated": encode(palette, "GIF", save_all=True, append_images=[other], duration=100, loop=0),
        "GIF animated, transparent": encode(
            palette,
            "GIF",
            transparency=palette.getpixel((20, 20)),
            comment=b"c" * 600,
            save_all=True,
            append_images=[other],
        ),
    }


@pytest.mark.parametrize("kind", image_files())
def test_bytes_become_the_same_grey_levels_as_anywhere_else(kind):
    file = image_files()[kind]
    levels = decode_grey(file).numpy()
    assert levels.dtype == np.uint8
    # Libraries may decode a JPEG's cosines differently in the last bit.
    np.testing.assert_allclose(levels.astype(int), open_grey(file), atol=1 if "JPEG" in kind else 0)


def test_bytes_of_any_mix_of_kinds_and_sizes_read_like_their_grey_levels(export):
    files = [*image_files().values(), png(noise(1, 1, 1)[0]), png(noise(1, 300, 5)[0])]
    outputs = export.run_bytes(files)
    for i, file in enumerate(files):
        expected = export.run_saved_model(open_grey(file)[None])
        # A grey level of a JPEG may differ by one.
        assert_same({name: value[i : i + 1] for name, value in outputs.items()}, expected, 1e-3)


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("byte_order", "<>")
def test_the_orientation_of_a_jpeg_is_undone(orientation, byte_order):
    exif = Image.Exif()
    exif.endian = byte_order
    exif[0x010F], exif[0x0112], exif[0x0131] = "maker", orientation, "s" * 300
    # Without a density the EXIF segment is the first one, with it the second.
    for options in ({}, {"dpi": (72, 72), "comment": b"c" * 50}):
        file = encode(picture(), "JPEG", exif=exif, **options)
        np.testing.assert_allclose(decode_grey(file).numpy().astype(int), open_grey(file), atol=1)


def test_damaged_exif_data_are_no_orientation():
    exif = Image.Exif()
    exif[0x0112] = 6
    file = encode(picture(), "JPEG", exif=exif)
    start = file.index(b"Exif")
    damaged = file[: start + 10] + b"\xff\xff\xff\x7f" + file[start + 14 :]
    assert decode_grey(damaged).shape == (46, 61)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"no image",
        image_files()["PNG colour"][:300],
        image_files()["PNG colour"][:20],
        image_files()["JPEG"][:300],
        image_files()["GIF"][:300],
        image_files()["BMP"][:300],
        encode(picture().convert("1"), "BMP"),
        # A compressed BMP: Pillow writes none.
        image_files()["BMP palette"][:30] + b"\x01" + image_files()["BMP palette"][31:],
    ],
    ids=["empty", "text", "PNG", "PNG header", "JPEG", "GIF", "BMP", "BMP of 1 bit", "BMP compressed"],
)
def test_bytes_that_are_no_whole_image_are_refused(file):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_grey(file)


def test_the_onnx_file_describes_itself(export):
    path = export.folder / "reader.onnx"
    onnx.checker.check_model(str(path), full_check=True)
    (image,) = export.onnx_session.get_inputs()
    assert (image.name, image.type, image.shape) == ("image", "tensor(uint8)", ["batch", "height", "width"])
    steps, (height, width) = export.config.steps, export.config.image_size
    assert [(output.name, output.type, output.shape) for output in export.onnx_session.get_outputs()] == [
        ("ids", "tensor(int32)", ["batch", steps]),
        ("confidence", "tensor(float)", ["batch"]),
        ("character_confidence", "tensor(float)", ["batch", steps]),
        ("masks", "tensor(float)", ["batch", steps, height, width]),
    ]
    about = export.onnx_session.get_modelmeta().custom_metadata_map
    assert about == metadata(export.config)
    assert about["alphabet"] == export.config.alphabet
    assert about["terminator"] == str(len(export.config.alphabet))
    assert (about["height"], about["width"], about["steps"]) == (str(height), str(width), str(steps))
    assert config_from_metadata(about, "the file") == export.config


def test_the_saved_model_describes_itself(export):
    about = json.loads((export.folder / "saved_model/assets.extra/keras_reader.json").read_text(encoding="utf-8"))
    assert about == metadata(export.config)


def test_weights_are_stored_once(export):
    size = sum(weight.numpy().size for weight in export.keras_model.weights)
    graph = onnx.load(export.folder / "reader.onnx").graph
    assert [value.name for value in graph.input] == ["image"]
    assert sum(onnx.numpy_helper.to_array(value).size for value in graph.initializer) < 1.1 * size + 2000
    variables = tf.train.list_variables(str(export.folder / "saved_model/variables/variables"))
    assert sum(int(np.prod(shape)) for name, shape in variables if name.endswith("VARIABLE_VALUE")) <= size + 10


def test_reader_gives_the_same_readings_from_all_formats(export):
    images = [*noise(5, 20, 30), *noise(5, 41, 12)]
    expected = list(load(export.keras_path).read(images))
    for name in ("saved_model", "reader.onnx"):
        readings = list(load(export.folder / name).read(images))
        assert [reading.text for reading in readings] == [reading.text for reading in expected]
        for got, true in zip(readings, expected, strict=True):
            assert abs(got.confidence - true.confidence) < 1e-5
            np.testing.assert_allclose(got.masks, true.masks, atol=1e-5)


ALONE = """
import sys
sys.modules["keras_reader"] = None  # any import of it fails
import numpy as np
import onnxruntime
import tensorflow as tf

folder, values = sys.argv[1], dict(np.load(sys.argv[2]))
session = onnxruntime.InferenceSession(folder + "/reader.onnx")
about = session.get_modelmeta().custom_metadata_map
names = [output.name for output in session.get_outputs()]
from_onnx = dict(zip(names, session.run(None, {"image": values["image"]})))
texts = []
for ids in from_onnx["ids"].tolist():
    end = ids.index(int(about["terminator"])) if int(about["terminator"]) in ids else len(ids)
    texts.append("".join(about["alphabet"][i] for i in ids[:end]))
loaded = tf.saved_model.load(folder + "/saved_model")
from_saved_model = {name: value.numpy() for name, value in loaded.serve(values["image"]).items()}
assert [text.decode() for text in from_saved_model["text"]] == texts == values["text"].tolist()
for outputs in (from_onnx, from_saved_model):
    np.testing.assert_array_equal(outputs["ids"], values["ids"])
    for name in ("confidence", "character_confidence", "masks"):
        np.testing.assert_allclose(outputs[name], values[name], rtol=0, atol=1e-5)
print("agreed on", len(texts))
"""


def test_artifacts_need_nothing_of_ours(export, tmp_path):
    images = noise(20, 23, 31)
    expected = export.run_keras(images)
    texts = [export.config.characters.decode(ids) for ids in expected["ids"]]
    np.savez(tmp_path / "values.npz", image=images, text=texts, **expected)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(export.folder), str(tmp_path / "values.npz")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "agreed on 20\n", done.stderr


@pytest.fixture
def prepared(seed_export, tmp_path, monkeypatch):
    """A copy of an export, and quick stand-ins for what writes: they copy the artifacts that are good."""

    def copy_saved_model(model, config, path):
        shutil.copytree(seed_export.folder / path.name, path)

    def copy_onnx(model, config, path):
        shutil.copy(seed_export.folder / path.name, path)

    monkeypatch.setattr(exporting, "_write_saved_model", copy_saved_model)
    monkeypatch.setattr(exporting, "_write_onnx", copy_onnx)
    return shutil.copytree(seed_export.folder, tmp_path / "readers")


def tampered_onnx(source):
    """`_write_onnx` that writes a file which is valid but reads something else."""

    def write(model, config, path):
        proto = onnx.load(source)
        tensor = max(proto.graph.initializer, key=lambda value: len(value.raw_data))
        weight = onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(weight * np.float32(1.01), tensor.name))
        onnx.save(proto, path)

    return write


def truncated_onnx(source):
    return lambda model, config, path: path.write_bytes(source.read_bytes()[:-1000])


def unlabelled_onnx(source):
    def write(model, config, path):
        proto = onnx.load(source)
        del proto.metadata_props[:]
        onnx.save(proto, path)

    return write


def full_disk(source):
    def write(model, config, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    return write


@pytest.mark.parametrize(
    "writer, message",
    [
        (tampered_onnx, "reader.onnx: .* the Keras model"),
        (truncated_onnx, "reader.onnx: is not valid ONNX"),
        (unlabelled_onnx, "reader.onnx: .*no format version"),
        (full_disk, "reader.onnx: cannot be written .*No space left"),
    ],
)
def test_a_failed_export_leaves_the_last_good_one_and_nothing_else(prepared, monkeypatch, writer, message):
    before = contents(prepared)
    monkeypatch.setattr(exporting, "_write_onnx", writer(prepared / "reader.onnx"))
    with pytest.raises(ExportError, match=message):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before
    with pytest.raises(ExportError, match=message):
        export_reader(prepared / "reader.keras", prepared / "made/for/it")
    assert contents(prepared) == before
    assert not (prepared / "made").exists()


def test_an_interrupted_export_leaves_the_last_good_one(prepared, monkeypatch):
    def interrupt(model, config, path):
        raise KeyboardInterrupt

    before = contents(prepared)
    monkeypatch.setattr(exporting, "_write_onnx", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before


@pytest.mark.parametrize("earlier", [True, False], ids=["over an earlier export", "into an empty folder"])
def test_an_export_that_cannot_be_moved_into_place_is_undone(prepared, monkeypatch, earlier):
    def refuse(self, target):
        raise OSError(28, "No space left on device")

    out = prepared if earlier else prepared / "new"
    before = contents(prepared)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ExportError, match="No space left"):
        export_reader(prepared / "reader.keras", out)
    assert contents(prepared) == before
    assert not (prepared / "new").exists()


def test_an_earlier_export_is_replaced_whole(prepared):
    new = contents(prepared)
    (prepared / "reader.onnx").write_bytes(b"old")
    (prepared / "saved_model/stale.txt").write_text("old")
    export_reader(prepared / "reader.keras")
    assert contents(prepared) == new


def test_an_operator_without_a_counterpart_in_onnx_fails_the_export(prepared, monkeypatch):
    def call(self, logits):
        ids = ops.cast(ops.argmax(logits, axis=-1), "int32")
        probability = ops.max(ops.softmax(logits), axis=-1)
        return {"ids": ids, "character_confidence": probability, "confidence": ops.prod(probability, axis=1)}

    before = contents(prepared)
    monkeypatch.setattr(exporting, "_write_onnx", WRITE_ONNX)
    monkeypatch.setattr(Decode, "call", call)
    with pytest.raises(ExportError, match=r"ONNX has no operator for TensorFlow's .*Bitcast"):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before


def test_a_converter_that_fails_fails_the_export(prepared, monkeypatch):
    def convert(*args, **options):
        raise ValueError("make_sure failure: no such thing\nmore lines")

    monkeypatch.setattr(exporting, "_write_onnx", WRITE_ONNX)
    monkeypatch.setattr(tf2onnx.convert, "from_function", convert)
    before = contents(prepared)
    with pytest.raises(ExportError, match=r"reader.onnx: cannot be written \(make_sure failure: no such thing\)$"):
        export_reader(prepared / "reader.keras")
    assert contents(prepared) == before


def test_parity_compares_at_least_256_images_of_several_sizes(export):
    seen = []

    def run(images):
        seen.append(images)
        return export.run_keras(images)

    reference = kr.Reader(export.config, run, "reference")
    artifact = kr.Reader(export.config, export.run_onnx, "artifact")
    differences = check_parity(reference, [artifact])
    assert list(differences) == ["artifact"] and differences["artifact"] < 1e-5
    assert sum(len(images) for images in seen) >= 256
    sizes = {images.shape[1:] for images in seen}
    assert len(sizes) >= 5 and (1, 1) in sizes and export.config.image_size in sizes


@pytest.mark.parametrize("name", ["ids", "confidence", "character_confidence", "masks", "text"])
def test_parity_notices_one_wrong_value_in_any_output(export, name):
    def run(images):
        outputs = {key: value.copy() for key, value in export.run_saved_model(images).items()}
        if images.shape[1:] == (1, 1):
            outputs[name].flat[-1] = b"?" if name == "text" else outputs[name].flat[-1] + (1 if name == "ids" else 2e-4)
        return outputs

    reference = kr.Reader(export.config, export.run_keras, "reference")
    with pytest.raises(ExportError, match=r"^artifact: "):
        check_parity(reference, [kr.Reader(export.config, run, "artifact")])


@pytest.mark.parametrize("name", OUTPUTS[1:])
def test_parity_fails_where_nothing_is_a_number_even_if_both_agree(seed_export, name):
    def run(images):
        outputs = seed_export.run_onnx(images)
        return {**outputs, name: np.full_like(outputs[name], np.nan)}

    reader = kr.Reader(seed_export.config, run, "artifact")
    with pytest.raises(ExportError, match=f"artifact: {name} differs from the Keras model's by nan"):
        check_parity(reader, [reader])


def test_what_is_no_earlier_export_is_never_replaced(prepared):
    (prepared / "other").mkdir()
    (prepared / "other/saved_model").mkdir()
    (prepared / "other/saved_model/holiday.jpg").write_bytes(b"dear to someone")
    (prepared / "another/reader.onnx").mkdir(parents=True)
    before = contents(prepared)
    with pytest.raises(InputError, match=r"other/saved_model: exists and is no SavedModel"):
        export_reader(prepared / "reader.keras", prepared / "other")
    with pytest.raises(InputError, match=r"another/reader.onnx: a folder"):
        export_reader(prepared / "reader.keras", prepared / "another")
    with pytest.raises(InputError, match=r"reader.keras: not a folder"):
        export_reader(prepared / "reader.keras", prepared / "reader.keras")
    with pytest.raises(InputError, match="cannot be written"):
        export_reader(prepared / "reader.keras", prepared / "reader.keras/below")
    assert contents(prepared) == before


def test_another_backend_is_told_what_to_do(prepared, monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(InputError, match="not jax: run it with KERAS_BACKEND=tensorflow"):
        export_reader(prepared / "reader.keras")


def not_a_reader(folder):
    with zipfile.ZipFile(folder / "other.keras", "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "registered_name": "Sequential"}))
    return folder / "other.keras"


def truncated(folder):
    model = trained_alike(CONFIGS["seed"])
    model.save(folder / "reader.keras")
    whole = (folder / "reader.keras").read_bytes()
    (folder / "reader.keras").write_bytes(whole[: len(whole) // 2])
    return folder / "reader.keras"


def text_file(folder):
    (folder / "notes.keras").write_text("not a zip file\n")
    return folder / "notes.keras"


@pytest.mark.parametrize("make", [lambda folder: folder / "missing.keras", not_a_reader, truncated, text_file, Path])
def test_wrong_input_gives_one_line_and_exit_code_2(tmp_path, make):
    path = make(tmp_path)
    before = contents(tmp_path)
    done = subprocess.run([sys.executable, SCRIPT, path, "--out", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and str(path) in line
    assert contents(tmp_path) == before and not (tmp_path / "out").exists()


def test_the_command_says_what_it_wrote(prepared, monkeypatch, capsys):
    out = prepared / "exported"
    monkeypatch.setattr(sys, "argv", ["export.py", str(prepared / "reader.keras"), "--out", str(out)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    printed = capsys.readouterr().out
    assert "reader.onnx: the same ids, everything else within " in printed
    size = (out / "reader.onnx").stat().st_size / 1e6
    assert f"{out / 'reader.onnx'}: {size:.1f} MB" in printed
    assert f"{out / 'saved_model'}: " in printed
    for name in ("serve(image", "serve_bytes(image_bytes", "text, ids, confidence, character_confidence, masks"):
        assert name in printed


def test_the_command_ends_with_one_line_and_exit_code_1_when_the_export_fails(prepared, monkeypatch, capsys):
    monkeypatch.setattr(exporting, "_write_onnx", truncated_onnx(prepared / "reader.onnx"))
    monkeypatch.setattr(sys, "argv", ["export.py", str(prepared / "reader.keras")])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert stop.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: reader.onnx: is not valid ONNX")


@pytest.mark.slow
def test_a_full_size_seed_reader_is_exported(tmp_path):
    config = kr.ReaderConfig(preset="seed")
    trained_alike(config).save(tmp_path / "reader.keras")
    _, path = export_reader(tmp_path / "reader.keras")
    assert path.stat().st_size == pytest.approx(4 * 19_600_000, rel=0.01)
    assert load(path).config == config
