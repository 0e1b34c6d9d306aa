"""Model files as an attacker or a bad disk makes them are refused in one line, before anything runs them."""

import hashlib
import io
import json
import shutil
import zipfile

import h5py
import numpy as np
import onnx
import pytest

import keras_reader as kr
from keras_reader.export.onnx_file import save_onnx
from keras_reader.inference.onnx_check import check_onnx
from keras_reader.inference.saved_model_check import check_saved_model
from keras_reader.metadata import CHECKSUM, checksum, config_from_metadata, metadata

CONFIG = kr.ReaderConfig(alphabet="ABC", max_length=3, image_size=(20, 24), filters=16, units=8)


def refused(path, message, **options):
    with pytest.raises(kr.InputError, match=message) as error:
        kr.load(path, **options)
    assert "\n" not in str(error.value) and str(path.name) in str(error.value)


# --- ONNX ------------------------------------------------------------------------------------------------------------


def changed_onnx(golden, tmp_path, change, stamp=True):
    """A copy of the golden ONNX file after `change`, with the right checksum of what it holds then."""
    model = onnx.load(golden / "reader.onnx")
    values = {entry.key: entry.value for entry in model.metadata_props}
    change(model, values)
    path = tmp_path / "reader.onnx"
    if stamp:
        save_onnx(model, values, path)
    else:
        path.write_bytes(model.SerializeToString())
    return path


def loop(model, values):
    body = onnx.helper.make_graph([], "body", [], [])
    model.graph.node.append(onnx.helper.make_node("Loop", [], ["forever"], body=body))


def foreign_domain(model, values):
    model.graph.node.append(onnx.helper.make_node("Add", ["image", "image"], ["x"], domain="com.microsoft"))


def training(model, values):
    model.training_info.add()


def function(model, values):
    model.functions.add().name = "Add"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (loop, r"operators that no reader of this program has \(.*Loop"),
        (foreign_domain, r"operators that no reader of this program has \(Add"),
        (training, "functions or training of its own"),
        (function, "functions or training of its own"),
    ],
)
def test_an_onnx_file_that_does_more_than_compute_is_not_loaded(golden, tmp_path, monkeypatch, change, message):
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: pytest.fail("it was loaded"))
    refused(changed_onnx(golden, tmp_path, change), message)


def test_weights_in_other_files_are_refused(golden, tmp_path):
    def elsewhere(model, values):
        onnx.external_data_helper.set_external_data(model.graph.initializer[0], "/etc/passwd")

    def constant_elsewhere(model, values):
        tensor = onnx.helper.make_tensor("x", onnx.TensorProto.FLOAT, [1], [0.0])
        node = onnx.helper.make_node("Constant", [], ["x"], value=tensor)
        tensor = node.attribute[0].t
        tensor.raw_data = tensor.float_data[0].hex().encode()
        onnx.external_data_helper.set_external_data(tensor, "/etc/passwd")
        model.graph.node.append(node)

    for change in (elsewhere, constant_elsewhere):
        refused(changed_onnx(golden, tmp_path, change), "weights are in other files")


def test_onnx_metadata_that_the_graph_contradicts_are_refused(golden, tmp_path):
    def longer(model, values):
        config = config_from_metadata(values, "x")
        values.update(metadata(kr.ReaderConfig(**{**config.to_dict(), "max_length": 5, "image_size": (12, 12)})))

    refused(changed_onnx(golden, tmp_path, longer), "its ids is not what its metadata say")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_length": 10**9}, "max_length must be at most 512"),
        ({"image_size": [10**6, 10**6]}, "image_size must be at most 4,096"),
        ({"image_size": [4096, 4096], "max_length": 500}, "take too much memory"),
        ({"alphabet": "".join(map(chr, range(0x4E00, 0x4E00 + 20_001)))}, "more than 20,000"),
        ({"alphabet": "A\n"}, "cannot be part of a line of text"),
        ({"alphabet": 5}, "damaged"),
        ({"preset": ["small"]}, "damaged"),
        ({"units": 10**9}, "units must be at most 4,096"),
        ({"temperature": "hot"}, "temperature"),
    ],
)
def test_a_configuration_that_asks_for_too_much_is_refused(change, message):
    values = metadata(CONFIG)
    values["config"] = json.dumps({**CONFIG.to_dict(), **change})
    with pytest.raises(kr.InputError, match=message):
        config_from_metadata(values, "x")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, "9" * 6000, "null", "[]", "nonsense", "x" * 2_000_000]
)
def test_metadata_that_are_no_configuration_are_damaged(text):
    with pytest.raises(kr.InputError, match="x: its metadata are damaged") as error:
        config_from_metadata({**metadata(CONFIG), "config": text}, "x")
    assert len(str(error.value)) < 1000


def test_metadata_that_contradict_their_configuration_are_damaged():
    for name, value in (("steps", "9"), ("alphabet", "ABD"), ("terminator", "2"), ("height", "21")):
        with pytest.raises(kr.InputError, match=f"{name} is not that of config"):
            config_from_metadata({**metadata(CONFIG), name: value}, "x")


@pytest.fixture(scope="module")
def stamped(golden, tmp_path_factory):
    """The golden ONNX file with a checksum."""
    return changed_onnx(golden, tmp_path_factory.mktemp("stamped"), lambda model, values: None)


def test_every_flipped_bit_of_an_onnx_file_is_noticed(stamped, tmp_path):
    whole = stamped.read_bytes()
    kr.load(stamped)
    random = np.random.default_rng(0)
    path = tmp_path / "reader.onnx"
    unnoticed = 0
    for position in random.integers(0, len(whole), 150):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        try:
            kr.load(path)
        except kr.InputError as error:
            assert "\n" not in str(error)
        else:
            unnoticed += 1  # the name of the producer, or the like: nothing that is computed with
    assert unnoticed <= 1


def test_a_cut_onnx_file_is_refused(stamped, tmp_path):
    whole = stamped.read_bytes()
    for end in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        with pytest.raises(kr.InputError):
            check_onnx(whole[:end], "x")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ids", 3, "ids out of range"),
        ("ids", -1, "ids out of range"),
        ("confidence", np.nan, "confidence out of range"),
        ("character_confidence", 1.5, "character_confidence out of range"),
        ("masks", np.inf, "masks out of range"),
    ],
)
def test_what_no_reader_gives_is_an_error_while_reading(name, value, message):
    outputs = {
        "ids": np.zeros((1, 4), np.int32),
        "confidence": np.zeros(1),
        "character_confidence": np.zeros((1, 4)),
        "masks": np.zeros((1, 4, 20, 24)),
        "probabilities": np.zeros((1, 4, 3)),
    }
    config = kr.ReaderConfig(**{**CONFIG.to_dict(), "alphabet": "AB", "image_size": (20, 24)})
    reader = kr.Reader(config, lambda images: outputs, "a file")
    reader.read_one(np.zeros((5, 5), np.uint8))
    outputs[name] = outputs[name].copy()
    outputs[name].flat[0] = value
    with pytest.raises(kr.InputError, match=f"a file: damaged: gives {message}"):
        reader.read_one(np.zeros((5, 5), np.uint8))
    outputs[name] = outputs[name][..., :1, None]
    with pytest.raises(kr.InputError, match=f"a file: damaged: gives no {name} of the right shape"):
        reader.read_one(np.zeros((5, 5), np.uint8))


# --- .keras ----------------------------------------------------------------------------------------------------------


def changed_keras(golden, tmp_path, change):
    """A copy of the golden `.keras` file after `change` of its members."""
    with zipfile.ZipFile(golden / "reader.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    path = tmp_path / "reader.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def bomb(members):
    members["model.weights.h5"] = bytes(50_000_000)


def stranger(members):
    members["../evil"] = b""


def huge_dataset(members):
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights.create_dataset("layers/x", (1_000_000, 1_000_000), "f4", chunks=(1000, 1000))
    members["model.weights.h5"] = file.getvalue()


def external_link(members):
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights["layers"] = h5py.ExternalLink("/etc/passwd", "/")
    members["model.weights.h5"] = file.getvalue()


def external_data(members):
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        weights.create_dataset("layers/x", (4,), "u1", external=[("/etc/passwd", 0, 4)])
    members["model.weights.h5"] = file.getvalue()


def configured(**change):
    def configure(members):
        saved = json.loads(members["config.json"])
        saved["config"]["config"].update(change)
        members["config.json"] = json.dumps(saved).encode()

    return configure


def wrong_checksum(members):
    saved = json.loads(members["config.json"])
    saved["config"][CHECKSUM] = hashlib.sha256().hexdigest()
    members["config.json"] = json.dumps(saved).encode()


def deep(members):
    members["config.json"] = b"[" * 100_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (bomb, "claims to have 50,000,000 bytes"),
        (stranger, "it should hold"),
        (huge_dataset, "its weights claim to be"),
        (external_link, "refer to other places"),
        (external_data, "are in other files"),
        (configured(max_length=10**9), "max_length must be at most 512"),
        (configured(image_size=[10**6, 10**6]), "at most 4,096"),
        (configured(alphabet=7), "damaged"),
        (deep, "cannot be read|can be read"),
    ],
)
def test_a_keras_file_is_looked_through_before_keras_sees_it(golden, tmp_path, monkeypatch, change, message):
    import keras

    monkeypatch.setattr(keras.models, "load_model", lambda *_, **__: pytest.fail("Keras saw it"))
    refused(changed_keras(golden, tmp_path, change), message)


def test_the_checksum_of_a_keras_file_is_that_of_its_weights(golden, tmp_path):
    refused(changed_keras(golden, tmp_path, wrong_checksum), "its checksum is not that of its weights")


# --- SavedModel ------------------------------------------------------------------------------------------------------


def saved_model(golden, tmp_path, change):
    """A copy of the golden SavedModel after `change` of its protocol buffer, with the right checksum."""
    from tensorflow.core.protobuf import saved_model_pb2

    from keras_reader.inference.loading import saved_model_parts

    folder = shutil.copytree(golden / "saved_model", tmp_path / "saved_model")
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((folder / "saved_model.pb").read_bytes())
    change(model.meta_graphs[0])
    (folder / "saved_model.pb").write_bytes(model.SerializeToString())
    about = folder / "assets.extra" / "keras_reader.json"
    values = json.loads(about.read_text())
    about.write_text(json.dumps({**values, CHECKSUM: checksum(values, saved_model_parts(folder))}))
    return folder


def in_serve(operation):
    def add(graph):
        names = graph.object_graph_def.concrete_functions
        name = next(name for name in names if name.startswith("__inference_serve_") and "bytes" not in name)
        functions = [function for function in graph.graph_def.library.function if function.signature.name == name]
        functions[0].node_def.add(name="extra", op=operation)

    return add


def anywhere(operation):
    return lambda graph: graph.graph_def.node.add(name="extra", op=operation)


def with_a_table(graph):
    graph.object_graph_def.nodes.add().resource.SetInParent()


def without_objects(graph):
    graph.ClearField("object_graph_def")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (anywhere("ReadFile"), r"operations that no reader of this program has \(ReadFile\)"),
        (anywhere("WriteFile"), "WriteFile"),
        (anywhere("PyFunc"), "PyFunc"),
        (in_serve("While"), r"\(While\)"),
        (in_serve("RestoreV2"), r"\(RestoreV2\)"),
        (in_serve("StatefulPartitionedCall"), r"\(StatefulPartitionedCall\)"),
        (with_a_table, "an object of the kind resource"),
        (without_objects, "of an older kind"),
    ],
)
def test_a_saved_model_that_does_more_than_compute_is_not_loaded(golden, tmp_path, monkeypatch, change, message):
    import tensorflow as tf

    folder = saved_model(golden, tmp_path, change)
    monkeypatch.setattr(tf.saved_model, "load", lambda *_, **__: pytest.fail("TensorFlow loaded it"))
    refused(folder, message)


def test_a_saved_model_of_ours_passes_and_a_damaged_one_does_not(golden, tmp_path):
    check_saved_model(golden / "saved_model")
    folder = saved_model(golden, tmp_path, lambda graph: None)
    assert kr.load(folder).config == kr.load(golden / "reader.onnx").config
    variables = next((folder / "variables").glob("*.data*"))
    damaged = bytearray(variables.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    variables.write_bytes(damaged)
    refused(folder, "its checksum is another")


def test_trusted_lets_other_operations_through(golden, tmp_path):
    from keras_reader.inference import loading

    def harmless(graph):
        graph.graph_def.node.add(name="extra", op="Timestamp")

    folder = saved_model(golden, tmp_path, harmless)
    refused(folder, "Timestamp")
    assert loading.load(folder, trusted=True).config.alphabet == "AB"
