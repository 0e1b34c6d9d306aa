"""What a LiteRT file (`.tflite`) holds, looked at before its runtime sees it.

The file is a FlatBuffer; the schema comes with `ai-edge-litert`. The reader's metadata are JSON in a buffer of their
own, which the list of metadata names `METADATA_NAME`.
"""

import json
import struct
from typing import NamedTuple

import numpy as np

from keras_reader.errors import InputError, foreign_operators
from keras_reader.limits import METADATA_BYTES
from keras_reader.metadata import CHECKSUM, checksum

METADATA_NAME = "keras_reader"
IDENTIFIER = b"TFL3"  # at byte 4

# As long as the checksum that takes its place.
_NO_CHECKSUM = "0" * 64

# Built-in operators that only compute: no loops, no branches, no calls, no tables, no operators from elsewhere (custom
# ones, TensorFlow's own "Flex" ones among them). Those that our exporter writes, and those of networks of other shapes.
_OPERATORS = frozenset(
    """
    ABS ADD ADD_N ARG_MAX ARG_MIN AVERAGE_POOL_2D BATCH_MATMUL BROADCAST_ARGS BROADCAST_TO CAST CEIL CONCATENATION
    CONV_2D COS CUMSUM DEPTHWISE_CONV_2D DEQUANTIZE DIV ELU EQUAL EXP EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD
    FULLY_CONNECTED GATHER GATHER_ND GELU GREATER GREATER_EQUAL HARD_SWISH LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND
    LOGICAL_NOT LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL ONE_HOT
    PACK PAD PADV2 POW PRELU QUANTIZE RANGE RANK REDUCE_ALL REDUCE_ANY REDUCE_MAX REDUCE_MIN REDUCE_PROD RELU RELU6
    RELU_N1_TO_1 RESHAPE REVERSE_V2 ROUND RSQRT SELECT SELECT_V2 SHAPE SIGN SIN SLICE SOFTMAX SPLIT SPLIT_V SQRT SQUARE
    SQUARED_DIFFERENCE SQUEEZE STRIDED_SLICE SUB SUM TANH TILE TOPK_V2 TRANSPOSE UNPACK WHERE ZEROS_LIKE
    """.split()  # noqa: SIM905 - a list of them would take a line each
)


class LitertContent(NamedTuple):
    """Parts of a LiteRT file.

    Attributes:
        metadata: the reader's, empty if it has none.
        operators: the names of the operators it uses.
    """

    metadata: dict[str, str]
    operators: list[str]


def check_litert(content: bytes, where: str, trusted: bool = False) -> LitertContent:
    """Take a LiteRT file apart, and refuse one that could do more than compute.

    Args:
        content: the file.
        where: its name, for the error message.
        trusted: whether any operator is let through.

    Raises:
        InputError: if it is no LiteRT file, or holds operators that no exported reader has.
    """
    from ai_edge_litert import schema_py_generated as schema

    if content[4:8] != IDENTIFIER:
        raise InputError(f"{where}: cannot be loaded as a LiteRT file (it does not begin as one)")
    try:
        model = schema.Model.GetRootAs(content, 0)
        operators = _operators(model, schema)
        graphs = model.SubgraphsLength()
        metadata = _metadata(model)
    # What a damaged FlatBuffer makes Python's reader raise.
    except (struct.error, ValueError, TypeError, IndexError, AttributeError, OverflowError, RecursionError):
        raise InputError(f"{where}: cannot be loaded as a LiteRT file (it is damaged)") from None
    foreign = set(operators) - _OPERATORS
    if graphs != 1:
        foreign.add(f"{graphs} graphs")
    if foreign and not trusted:
        raise foreign_operators(where, foreign)
    return LitertContent(metadata, operators)


def with_metadata(content: bytes, values: dict[str, str]) -> bytes:
    """A LiteRT file with a reader's metadata and their checksum, which is that of the whole file.

    Args:
        content: a file without them, as the converter writes it.
        values: as `keras_reader.metadata.metadata` gives them.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    class Builder(flatbuffers.Builder):
        """The schema wants weights to begin at multiples of 16 bytes, which Python's own builder does not see to."""

        def StartVector(self, elemSize, numElems, alignment):  # noqa: N802, N803 - its names
            return super().StartVector(elemSize, numElems, 16 if elemSize * numElems >= 16 else alignment)

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    entry, buffer = schema.MetadataT(), schema.BufferT()
    text = json.dumps({**values, CHECKSUM: _NO_CHECKSUM})
    buffer.data = np.frombuffer(text.encode(), np.uint8)
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
    builder = Builder(len(content) + len(text) + 4096)
    builder.Finish(model.Pack(builder), IDENTIFIER)
    packed = bytes(builder.Output())
    digits = _NO_CHECKSUM.encode()
    if packed.count(digits) != 1:
        raise ValueError("the place of the checksum cannot be told from the weights")
    return packed.replace(digits, litert_checksum(packed, values).encode())


def litert_checksum(content: bytes, values: dict[str, str]) -> str:
    """The checksum of a LiteRT file: of its metadata and all its bytes, with zeros in place of the checksum itself."""
    own = values.get(CHECKSUM, _NO_CHECKSUM)
    return checksum(values, [content.replace(own.encode(), _NO_CHECKSUM.encode()) if len(own) == 64 else content])


def _operators(model, schema):
    names = {number: name for name, number in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
    found = []
    for i in range(model.OperatorCodesLength()):
        code = model.OperatorCodes(i)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        custom = code.CustomCode()
        found.append(str(custom, "utf-8") if custom else names.get(number, f"number {number}"))
    return found


def _metadata(model):
    for i in range(model.MetadataLength()):
        entry = model.Metadata(i)
        if entry.Name() == METADATA_NAME.encode() and entry.Buffer() < model.BuffersLength():
            text = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
            if len(text) > 4 * METADATA_BYTES:
                raise ValueError
            values = json.loads(text)
            if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
                raise ValueError
            return values
    return {}
