"""Counts the floating-point operations of a training step: multiplications and additions.

    python -m benchmarks.common.operations                       # counted in TensorFlow's graph
    KERAS_BACKEND=jax python -m benchmarks.common.operations     # counted by XLA's cost analysis

In TensorFlow's graph, matrix products and convolutions are counted by their shapes. XLA counts everything that it
computes after its optimizations. The two counts agree within some percent.
"""

import math
from typing import Any

import keras
import numpy as np

from keras_reader.config import ReaderConfig
from keras_reader.models.losses import MaskedCrossEntropy
from keras_reader.models.reader_model import ReaderModel, build_reader
from keras_reader.training.options import TrainingOptions
from keras_reader.training.trainer import compile_reader


def main() -> None:
    for preset in ("small", "deep_reader"):
        model, batch_size = compiled(preset)
        forward, step = count_operations(model, batch_size)
        print(f"{preset} {batch_size} {forward:.0f} {step:.0f}")


def compiled(preset: str, **config: Any) -> tuple[ReaderModel, int]:
    """A new reader, compiled as in training, and its batch size."""
    options = TrainingOptions.for_preset(preset)
    model = build_reader(ReaderConfig(preset=preset, **config))
    compile_reader(model, options)
    return model, options.batch_size


def count_operations(model: ReaderModel, batch_size: int) -> tuple[float, float]:
    """Operations of the forward pass, and of a whole step: forward pass, backward pass and optimizer."""
    count = {"tensorflow": _in_graph, "jax": _by_xla}[keras.backend.backend()]
    images = np.zeros((batch_size, *model.config.image_size, 1), np.float32)
    ids = np.zeros((batch_size, model.config.decoding_steps), np.int32)
    return count(model, images, ids)


def _in_graph(model, images, ids):
    import tensorflow as tf

    forward = tf.function(lambda images: (model(images, training=True)["logits"], model.losses))
    step = tf.function(lambda images, ids: model.train_step((images, ids)))
    graphs = forward.get_concrete_function(images).graph, step.get_concrete_function(images, ids).graph
    return tuple(sum(map(_operations_of, _needed(graph))) for graph in graphs)


def _needed(graph):
    """The operations that the outputs and the variables need; TensorFlow prunes the others."""
    waiting = [tensor.op for tensor in graph.outputs] + list(graph.control_outputs)
    needed = set()
    while waiting:
        operation = waiting.pop()
        if operation not in needed:
            needed.add(operation)
            waiting += [tensor.op for tensor in operation.inputs] + list(operation.control_inputs)
    return needed


def _operations_of(operation):
    if operation.type not in ("MatMul", "BatchMatMulV2", "Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"):
        return 0
    first, second = (tensor.shape for tensor in operation.inputs[:2])
    output = operation.outputs[0].shape
    if operation.type == "Conv2D":
        return 2 * math.prod(output) * math.prod(second[:3])
    # The gradients of a convolution take as many operations as the convolution itself. The third input is the gradient
    # of the convolution's output. The second input, or the output, has the shape of the kernel.
    if operation.type == "Conv2DBackpropInput":
        return 2 * math.prod(operation.inputs[2].shape) * math.prod(second[:3])
    if operation.type == "Conv2DBackpropFilter":
        return 2 * math.prod(operation.inputs[2].shape) * math.prod(output[:3])
    transposed = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
    return 2 * math.prod(output) * (first[-2] if transposed else first[-1])


def count_bytes(model: ReaderModel, batch_size: int) -> float | None:
    """Bytes that a whole step reads and writes, by XLA's count; `None` on another backend than JAX."""
    if keras.backend.backend() != "jax":
        return None
    images = np.zeros((batch_size, *model.config.image_size, 1), np.float32)
    ids = np.zeros((batch_size, model.config.decoding_steps), np.int32)
    return _costs(model, images, ids)[1]["bytes accessed"]


def _by_xla(model, images, ids):
    import jax

    # For a GPU, XLA leaves convolutions to cuDNN, whose operations it does not count.
    return tuple(cost["flops"] for cost in _costs(model, images, ids, jax.devices("cpu")[0]))


def _costs(model, images, ids, device=None):
    """XLA's cost analysis of the forward pass and of the whole step, on this device or the default one."""
    import jax

    loss = MaskedCrossEntropy(model.config.characters.terminator)
    variables = (model.trainable_variables, model.non_trainable_variables, model.optimizer.variables)
    trainable, fixed, state = ([variable.value for variable in group] for group in variables)

    def forward(trainable, fixed, images):
        outputs, _, losses = model.stateless_call(trainable, fixed, images, training=True, return_losses=True)
        return outputs["logits"], losses

    def loss_of(trainable, fixed, images, ids):
        logits, losses = forward(trainable, fixed, images)
        return loss(ids, logits) + sum(losses)

    def step(trainable, fixed, state, images, ids):
        gradients = jax.grad(loss_of)(trainable, fixed, images, ids)
        return model.optimizer.stateless_apply(state, gradients, trainable)

    calls = (forward, (trainable, fixed, images)), (step, (trainable, fixed, state, images, ids))
    with jax.default_device(device):
        given_there = [(call, jax.device_put(given, device)) for call, given in calls]
        return [jax.jit(call).lower(*given).compile().cost_analysis() for call, given in given_there]


if __name__ == "__main__":
    main()
