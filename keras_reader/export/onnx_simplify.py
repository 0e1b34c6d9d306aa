"""Rewrites of an exported graph that make it quicker and smaller without changing its results.

The converter translates TensorFlow's graph operator by operator. When a reader reads one image at a time, half of the
work is then spent on computing shapes in every call. docs/results/graph_rewrites.md compares these rewrites with
onnxslim's.
"""

import re

import numpy as np
import onnx

# The scope of the reader's own layers, as the converter names it: in a graph of hundreds of nodes, it takes 100 KB.
_SCOPE = re.compile(r"(?:\w+/)*reader_model\w*/")


def simplify(model: onnx.ModelProto) -> None:
    """Simplify a converted graph in place. The graph must not have branches or loops.

    - Batch normalisation after max pooling moves into the convolution before the pooling if all its scales are
      positive, since the maximum of scaled numbers is then the scaled maximum.
    - A shape with at most one unknown side becomes a constant.
    - A matrix product between two reshapes, which TensorFlow needs, becomes one product of tensors.
    - Nodes and weights that are no longer used are removed.
    - Names of nodes and tensors inside the reader begin with its layers' names, without the scope around them.
    """
    graph = model.graph
    _fold_scales(graph)
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes: dict[str, list[int | None]] = {array.name: list(array.dims) for array in graph.initializer}
    for value in (*inferred.input, *inferred.value_info, *inferred.output):
        sides = value.type.tensor_type.shape.dim
        shapes[value.name] = [side.dim_value if side.HasField("dim_value") else None for side in sides]
    _unwrap_products(graph, shapes)
    _write_shapes_down(graph, shapes)
    _drop_unused(graph)
    _shorten_names(graph)


def _fold_scales(graph):
    constants = {array.name: array for array in graph.initializer}
    users = _users(graph)
    for convolution in [node for node in graph.node if node.op_type == "Conv" and len(node.input) == 2]:
        chain = [convolution]
        for operator in ("MaxPool", "Mul", "Add"):
            following = users.get(chain[-1].output[0], [])
            if len(following) != 1 or following[0].op_type != operator:
                break
            chain.append(following[0])
        else:
            _, pool, scaling, shifting = chain
            kernel = constants.get(convolution.input[1])
            scale, shift = (_constant_input(node, constants) for node in (scaling, shifting))
            if kernel is None or scale is None or shift is None or not scale.size == shift.size == kernel.dims[0]:
                continue
            if scale.min() <= 0:
                continue
            kernel = onnx.numpy_helper.to_array(kernel) * scale.reshape(-1, 1, 1, 1)
            names = [f"{convolution.output[0]}/folded_{part}" for part in ("kernel", "bias")]
            for name, array in zip(names, (kernel, shift.reshape(-1)), strict=True):
                graph.initializer.append(onnx.numpy_helper.from_array(array, name))
            convolution.input[1:] = names
            pool.output[0] = shifting.output[0]
            graph.node.remove(scaling)
            graph.node.remove(shifting)


def _constant_input(node, constants):
    arrays = [onnx.numpy_helper.to_array(constants[name]) for name in node.input if name in constants]
    return arrays[0] if arrays else None


def _unwrap_products(graph, shapes):
    makers = {output: node for node in graph.node for output in node.output}
    users = _users(graph)
    for product in [node for node in graph.node if node.op_type == "MatMul"]:
        before, after = makers.get(product.input[0]), users.get(product.output[0], [])
        if before is None or before.op_type != "Reshape" or [node.op_type for node in after] != ["Reshape"]:
            continue
        given, flat, result = (shapes.get(name) for name in (before.input[0], before.output[0], after[0].output[0]))
        if not given or not result or len(shapes.get(product.input[1], [])) != 2 or len(flat or []) != 2:
            continue
        if None in given[1:] or flat[1] != given[-1] or given[1:-1] != result[1:-1] or len(given) != len(result):
            continue
        product.input[0] = before.input[0]
        product.output[0] = after[0].output[0]
        graph.node.remove(after[0])


def _write_shapes_down(graph, shapes):
    constants = {array.name for array in graph.initializer}
    for node in graph.node:
        if node.op_type != "Reshape" or node.input[1] in constants:
            continue
        shape = shapes.get(node.output[0], [])
        if shape.count(None) == 1 and 0 not in shape:
            name = f"{node.output[0]}/known_shape"
            shape = np.array([-1 if side is None else side for side in shape], np.int64)
            graph.initializer.append(onnx.numpy_helper.from_array(shape, name))
            node.input[1] = name


def _drop_unused(graph):
    used = {output.name for output in graph.output}
    for node in reversed(graph.node):
        if used & set(node.output):
            used |= set(node.input)
    nodes = [node for node in graph.node if used & set(node.output)]
    arrays = [array for array in graph.initializer if array.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(arrays)


def _shorten_names(graph):
    kept = {value.name for value in (*graph.input, *graph.output)}
    tensors = {name for node in graph.node for name in (*node.input, *node.output)} - kept
    shorter = {name: _SCOPE.sub("", name) for name in tensors}
    if len({*shorter.values(), *kept}) < len(tensors) + len(kept):  # two would have one name
        return
    for node in graph.node:
        node.name = _SCOPE.sub("", node.name)
        node.input[:] = [shorter.get(name, name) for name in node.input]
        node.output[:] = [shorter.get(name, name) for name in node.output]
    for array in graph.initializer:
        array.name = shorter.get(array.name, array.name)


def _users(graph):
    users = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    return users
