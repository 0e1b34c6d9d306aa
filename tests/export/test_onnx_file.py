"""The ONNX file, and that neither artifact needs anything of ours."""

import io
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout

import numpy as np
import onnx
import pytest
import tensorflow as tf
from PIL import Image

import keras_reader as kr
from keras_reader.metadata import config_from_metadata, metadata
from tests.helpers import ROOT
from tests.helpers.exports import noise


def test_the_onnx_file_describes_itself(export):
    path = export.folder / "reader.onnx"
    onnx.checker.check_model(str(path), full_check=True)
    (image,) = export.onnx_session.get_inputs()
    assert (image.name, image.type, image.shape) == ("image", "tensor(uint8)", ["batch", "height", "width"])
    steps, (height, width) = export.config.decoding_steps, export.config.image_size
    assert [(output.name, output.type, output.shape) for output in export.onnx_session.get_outputs()] == [
        ("ids", "tensor(int32)", ["batch", steps]),
        ("confidence", "tensor(float)", ["batch"]),
        ("character_confidence", "tensor(float)", ["batch", steps]),
        ("masks", "tensor(float)", ["batch", steps, height, width]),
        ("probabilities", "tensor(float)", ["batch", steps, export.config.characters.classes]),
    ]
    about = export.onnx_session.get_modelmeta().custom_metadata_map
    assert about == {**metadata(export.config), "sha256": about["sha256"]}
    assert about["alphabet"] == export.config.alphabet
    assert about["terminator"] == str(len(export.config.alphabet))
    assert (about["height"], about["width"], about["steps"]) == (str(height), str(width), str(steps))
    assert config_from_metadata(about, "the file") == export.config


def test_weights_are_stored_once(export):
    size = sum(weight.numpy().size for weight in export.keras_model.weights)
    graph = onnx.load(export.folder / "reader.onnx").graph
    assert [value.name for value in graph.input] == ["image"]
    assert sum(onnx.numpy_helper.to_array(value).size for value in graph.initializer) < 1.1 * size + 2000
    variables = tf.train.list_variables(str(export.folder / "saved_model/variables/variables"))
    assert sum(int(np.prod(shape)) for name, shape in variables if name.endswith("VARIABLE_VALUE")) <= size + 10


DOCUMENTATION = ROOT / "docs" / "guides" / "reading.md"

ALONE = """
import sys
sys.modules["keras_reader"] = None  # any import of it fails
import numpy as np
import onnxruntime
import tensorflow as tf

for folder, file in zip(sys.argv[1::2], sys.argv[2::2]):
    values = dict(np.load(file))
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
            np.testing.assert_allclose(outputs[name], values[name], rtol=0, atol=1e-4)
    print("agreed on", len(texts))
"""


@pytest.mark.slow
def test_artifacts_need_nothing_of_ours(small_export, deep_reader_export, tmp_path):
    images = noise(20, 23, 31)
    arguments = []
    for export in (small_export, deep_reader_export):
        expected = export.run_keras(images)
        texts = [export.config.characters.decode(ids) for ids in expected["ids"]]
        file = tmp_path / f"{export.config.preset}.npz"
        np.savez(file, image=images, text=texts, **expected)
        arguments += [str(export.folder), str(file)]
    done = subprocess.run([sys.executable, "-c", ALONE, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "agreed on 20\nagreed on 20\n", done.stderr


def test_the_examples_in_the_documentation_run(golden, tmp_path, monkeypatch):
    with np.load(golden / "expected.npz") as expected:
        image, text = expected["images"][0], expected["texts"][0]
    shutil.copytree(golden, tmp_path, dirs_exist_ok=True)
    Image.fromarray(image).save(tmp_path / "word.png")
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    with_package, with_pattern, with_onnx, with_tensorflow = examples
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(with_package)
    assert [line.split(" ")[0] for line in printed.getvalue().splitlines() if line.startswith(text)] == [text, text]
    reader = kr.load("reader.onnx")
    with redirect_stdout(printed):
        exec(with_pattern.replace("AAA-9999", "??"), {"reader": reader, "images": ["word.png"]})
    for example, name in ((with_onnx, "texts"), (with_tensorflow, "text")):
        values = {}
        exec(example, values)
        assert values[name] in (text, [text])
