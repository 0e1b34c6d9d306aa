"""The ONNX file of a reader, with inputs that hold its attention."""

from pathlib import Path

import numpy as np

from keras_reader.data.synthetic_words import SyntheticWords
from keras_reader.errors import ExportError, InputError, first_line
from keras_reader.inference.loading import load
from keras_reader.metadata import TOLERANCE

# Operators between the attention of one step and the stack of all steps, and between the stack and the masks.
_RESHAPING = ("Unsqueeze", "Squeeze")
_MASKING = ("MatMul", "Reshape", "Transpose")
_CHECKED_IMAGES = 16


def hold_attention(path: str | Path) -> bytes:
    """Add to the ONNX file of a reader two inputs and one output, so that the attention of a step can be held.

    Its weights, its input `image` and its outputs stay. New are

    - the input `hold`, bool `(batch, steps)`: whether a step takes its attention from `held`;
    - the input `held`, float32 `(batch, steps, values)`: the attention to hold, which is what
      `RecurrentAttention.call(image, attention=...)` takes, flattened; ignored where `hold` is false;
    - the output `attention`, float32 `(batch, steps, values)`: the attention that each step used.

    The `values` are the cells of `WindowAttentionCell` or the pixels of the mask of `DeepReaderCell`.

    Args:
        path: an `.onnx` file that `export_reader` wrote.

    Returns:
        The bytes of the ONNX file, without metadata.

    Raises:
        InputError: if `path` is not a reader's ONNX file or `onnx` is not installed.
        ExportError: if the attention is not found in the graph, as in a quantized one, or if the new file gives other
            outputs than the reader with nothing held, or with the attention of the reader held.
    """
    reader = load(path)
    try:
        import onnx
    except ModuleNotFoundError:
        raise InputError(f"{path}: holding its attention takes onnx: pip install onnx") from None
    model = onnx.load(path)
    _add_inputs(model.graph, reader.config.decoding_steps, str(path))
    del model.metadata_props[:]
    content = model.SerializeToString()
    _check(content, reader, str(path))
    return content


def _add_inputs(graph, steps, where):
    from onnx import TensorProto, helper, numpy_helper

    attentions = _attentions(graph, steps, where)
    added = []

    def node(operator, inputs, output, **attributes):
        added.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    # Gather with a list of one index keeps the axis of the steps: `hold` becomes (batch, 1), as Where needs it.
    constants = {"hold/steps_axis": np.array([1], np.int64)}
    constants |= {f"hold/step_{t}": np.array([t], np.int64) for t in range(steps)}
    used_in_turn = []
    for t, own in enumerate(attentions):
        flat = node("Flatten", [own], f"hold/own_{t}", axis=1)
        hold = node("Gather", ["hold", f"hold/step_{t}"], f"hold/is_held_{t}", axis=1)
        held = node("Gather", ["held", f"hold/step_{t}"], f"hold/gathered_{t}", axis=1)
        held = node("Squeeze", [held, "hold/steps_axis"], f"hold/held_{t}")
        chosen = node("Where", [hold, held, flat], f"hold/chosen_{t}")
        used_in_turn.append(node("Unsqueeze", [chosen, "hold/steps_axis"], f"hold/stacked_{t}"))
        shape = node("Shape", [own], f"hold/shape_{t}")
        used = node("Reshape", [chosen, shape], f"hold/used_{t}")
        for user in graph.node:
            user.input[:] = [used if name == own else name for name in user.input]
    node("Concat", used_in_turn, "attention", axis=1)

    graph.node.extend(added)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in constants.items())
    shape = ("batch", steps, "values")
    graph.input.append(helper.make_tensor_value_info("hold", TensorProto.BOOL, shape[:2]))
    graph.input.append(helper.make_tensor_value_info("held", TensorProto.FLOAT, shape))
    graph.output.append(helper.make_tensor_value_info("attention", TensorProto.FLOAT, shape))
    _sort(graph)


def _attentions(graph, steps, where):
    """Names of the tensors with the attention of each step. The masks are made of the stack of them."""
    makers = {output: node for node in graph.node for output in node.output}
    stack = makers["masks"]
    while stack.op_type in _MASKING:
        # Of a product with constants, one input is made by a node.
        made = [name for name in stack.input if name in makers]
        if len(made) != 1:
            break
        stack = makers[made[0]]
    if stack.op_type != "Concat" or len(stack.input) != steps:
        raise ExportError(f"{where}: its attention is not found in the graph: export it again, not quantized")
    names = []
    for name in stack.input:
        while makers[name].op_type in _RESHAPING:
            name = makers[name].input[0]
        names.append(name)
    return names


def _sort(graph):
    """Put every node behind those that it depends on."""
    ready = {value.name for value in [*graph.input, *graph.initializer]} | {""}
    waiting, done = list(graph.node), []
    while waiting:
        later = []
        for node in waiting:
            if ready.issuperset(node.input):
                ready.update(node.output)
                done.append(node)
            else:
                later.append(node)
        assert len(later) < len(waiting), "an ONNX graph has no cycles"
        waiting = later
    del graph.node[:]
    graph.node.extend(done)


def _check(content, reader, where):
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class of their own
        raise ExportError(f"{where}: does not load with inputs for its attention ({first_line(error)})") from None
    names = [output.name for output in session.get_outputs()]
    config = reader.config
    words = SyntheticWords(alphabet=config.alphabet, max_length=1, image_size=config.image_size, split="validation")
    images, _, _ = words.batch(range(_CHECKED_IMAGES))
    expected = reader.run(images)

    def differs(hold, held):
        inputs = {"image": images, "hold": np.full(expected["ids"].shape, hold), "held": held}
        got = dict(zip(names, session.run(names, inputs), strict=True))
        return got["attention"], max(float(np.abs(got[name] - expected[name]).max()) for name in expected)

    attention, free = differs(False, np.zeros((*expected["ids"].shape, 1), np.float32))
    _, held = differs(True, attention)
    # So written that NaN, which is neither more nor less than anything, fails too.
    if not max(free, held) <= TOLERANCE:
        raise ExportError(f"{where}: gives other outputs with its attention held, by {max(free, held):.2g}")
