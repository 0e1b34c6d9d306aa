"""What an ONNX file holds, looked at before ONNX Runtime sees it; needs neither `onnx` nor `protobuf`.

An ONNX file is a protocol buffer: numbered fields, each a number or a length and as many bytes. The numbers below are
those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from keras_reader.errors import InputError, foreign_operators

_GRAPH, _METADATA = 7, 14
_MODEL_FIELDS = {1, 2, 3, 4, 5, 6, _GRAPH, 8, _METADATA}

# Operators that only compute: no loops, no branches, no files, no randomness.
# Those that our exporter writes, and those that networks of other shapes would take.
_OPERATORS = frozenset(
    """
    Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv Cos
    CumSum DequantizeLinear Div Dropout Einsum Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND
    Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual HardSigmoid HardSwish Identity
    LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mod Mul Neg Not OneHot
    Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear Range Reciprocal ReduceL2 ReduceMax ReduceMean
    ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Round Selu Shape Sigmoid Sign Sin Size Slice Softmax
    Softplus Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Where Xor
    """.split()  # noqa: SIM905 - a list of them would take a line each
)


class OnnxContent(NamedTuple):
    """Parts of an ONNX file.

    Attributes:
        metadata: its `metadata_props`.
        graph: the bytes of its graph, weights included.
    """

    metadata: dict[str, str]
    graph: memoryview


def check_onnx(content: bytes, where: str, trusted: bool = False) -> OnnxContent:
    """Take an ONNX file apart, and refuse one that could do more than compute.

    Args:
        content: the file.
        where: its name, for the error message.
        trusted: whether any operator is let through.

    Raises:
        InputError: if it is no ONNX file, or holds operators or data that no exported reader has.
    """
    try:
        graphs, metadata = [], {}
        for number, value in _fields(memoryview(content)):
            if number not in _MODEL_FIELDS and not trusted:
                raise InputError(f"{where}: an ONNX file, but not a reader: it has functions or training of its own")
            if number == _GRAPH:
                graphs.append(value)
            elif number == _METADATA:
                entry = dict(_fields(value))
                metadata[str(entry.get(1, b""), "utf-8")] = str(entry.get(2, b""), "utf-8")
        if len(graphs) != 1:
            raise InputError(f"{where}: cannot be loaded as an ONNX file (it has {len(graphs)} graphs)")
        if not trusted:
            _check_graph(graphs[0], where)
    except (ValueError, TypeError, IndexError, struct.error) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{where}: cannot be loaded as an ONNX file (it is damaged)") from None
    return OnnxContent(metadata, graphs[0])


def _check_graph(graph, where):
    foreign = set()
    for number, value in _fields(graph):
        if number == 1:  # a node
            operator, domain = "", ""
            for field, part in _fields(value):
                if field == 4:
                    operator = str(part, "utf-8")
                elif field == 7:
                    domain = str(part, "utf-8")
                elif field == 5:
                    attribute = list(_fields(part))
                    if {name for name, _ in attribute} & {6, 11}:
                        foreign.add(f"{operator} with a graph of its own")
                    if {name for name, _ in attribute} & {22, 23}:
                        foreign.add("sparse weights")
                    for tensor in (value for name, value in attribute if name in (5, 10)):
                        _check_weights(tensor, where)
            if operator not in _OPERATORS or domain not in ("", "ai.onnx"):
                foreign.add(operator or "no name")
        elif number == 5:  # weights
            _check_weights(value, where)
        elif number == 15:
            foreign.add("sparse weights")
    if foreign:
        raise foreign_operators(where, foreign)


def _check_weights(tensor, where):
    fields = dict(_fields(tensor))
    if 13 in fields or fields.get(14, 0):
        raise InputError(f"{where}: its weights are in other files: export the reader again")


def _fields(view: memoryview) -> Iterator[tuple[int, Any]]:
    """The fields of a message: each one's number, and its whole number or its bytes."""
    position = 0
    while position < len(view):
        key, position = _varint(view, position)
        kind = key & 7
        if kind == 0:
            value, position = _varint(view, position)
        else:
            length = {1: 8, 5: 4}.get(kind)
            if kind == 2:
                length, position = _varint(view, position)
            if length is None or position + length > len(view):
                raise ValueError("a field of no known kind, or cut")
            value = view[position : position + length]
            position += length
        yield key >> 3, value


def _varint(view, position):
    value = 0
    for shift in range(0, 70, 7):
        byte = view[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
    raise ValueError("a number of more than 64 bits")
