"""What a SavedModel would run, looked at before TensorFlow loads it.

A SavedModel is a program: TensorFlow runs whatever operations it holds, those that read and write files and loops
without an end among them. One that our exporter wrote holds two sets of them: what `serve` runs, which only computes,
and what else is there: decoding image files (`serve_bytes`), saving and restoring.
"""

import importlib
from pathlib import Path

from keras_reader.errors import InputError
from keras_reader.limits import SAVED_MODEL_BYTES
from keras_reader.regular_files import read_regular

# Operations that a network computes with; neither loops nor calls of other functions, so that they end.
_COMPUTING = frozenset(
    """
    Abs Add AddN AddV2 All Any ArgMax ArgMin AvgPool BatchMatMulV2 BatchMatMulV3 BiasAdd BroadcastArgs BroadcastTo
    Cast Ceil ClipByValue ConcatV2 Const Conv2D Cos Cumprod Cumsum DepthwiseConv2dNative Einsum Elu EnsureShape
    Equal Erf Exp ExpandDims Expm1 Fill Floor FloorDiv FloorMod FusedBatchNormV3 GatherNd GatherV2 Greater
    GreaterEqual Identity IdentityN Inv LeakyRelu Less LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot
    LogicalOr MatMul Max MaxPool Maximum Mean Min Minimum Mul Neg NoOp NotEqual OneHot OnesLike Pack Pad PadV2 Pow
    Prod Range Rank ReadVariableOp RealDiv Reciprocal ReduceJoin Relu Relu6 Reshape ReverseV2 Round Rsqrt Select
    SelectV2 Selu Shape Sigmoid Sign Sin Size Slice Softmax Softplus Split SplitV Sqrt Square SquaredDifference
    Squeeze StopGradient StridedSlice Sub Sum Tanh Tile TopKV2 Transpose Unpack Where ZerosLike
    """.split()  # noqa: SIM905 - a list of them would take a line each
)
# Those of `serve_bytes`, and of TensorFlow's own functions around a model.
_OTHERS = frozenset(
    """
    Assert AssignVariableOp DecodeBmp DecodeImage DecodeJpeg DecodePng DecodeRaw DisableCopyOnRead ExtractJpegShape
    If MergeV2Checkpoints PartitionedCall Placeholder RestoreV2 RightShift SaveV2 ShardedFilename
    StatefulPartitionedCall StatelessIf StatelessWhile StaticRegexFullMatch StringJoin StringLength Substr
    TensorListFromTensor TensorListGetItem TensorListReserve TensorListSetItem TensorListStack TensorScatterSub
    TensorScatterUpdate VarHandleOp While
    """.split()  # noqa: SIM905 - a list of them would take a line each
)
# What a loaded model may be made of: no tables, files or classes of its own, which run something as they are loaded.
_OBJECTS = {"variable", "user_object", "bare_concrete_function", "function", "constant", None}
_USER_OBJECTS = {"_generic_user_object", "trackable_list_wrapper", "trackable_dict_wrapper", "signature_map",
                 "trackable_tuple_wrapper"}  # fmt: skip


def check_saved_model(folder: Path) -> None:
    """Refuse a SavedModel that holds anything but what our exporter writes.

    Raises:
        InputError: naming what is foreign, or if the file is damaged.
    """
    # By name, since nothing else in this package of readers takes TensorFlow.
    error = importlib.import_module("google.protobuf.message").DecodeError
    path = folder / "saved_model.pb"
    model = importlib.import_module("tensorflow.core.protobuf.saved_model_pb2").SavedModel()
    try:
        model.ParseFromString(read_regular(path, SAVED_MODEL_BYTES, "a SavedModel"))
    except error:
        raise InputError(f"{folder}: cannot be loaded as a SavedModel ({path.name} is damaged)") from None
    if len(model.meta_graphs) != 1 or not model.meta_graphs[0].object_graph_def.nodes:
        raise InputError(f"{folder}: not a SavedModel that keras_reader exported: it is of an older kind")
    (graph,) = model.meta_graphs
    functions = {function.signature.name: function for function in graph.graph_def.library.function}
    nodes = [*graph.graph_def.node, *(node for function in functions.values() for node in function.node_def)]
    foreign = {node.op for node in nodes} - _COMPUTING - _OTHERS
    foreign |= {node.op for name in _serving_functions(graph, folder) for node in functions[name].node_def} - _COMPUTING
    for node in graph.object_graph_def.nodes:
        kind = node.WhichOneof("kind")
        if kind not in _OBJECTS or (kind == "user_object" and node.user_object.identifier not in _USER_OBJECTS):
            foreign.add(f"an object of the kind {node.user_object.identifier or kind}")
    if foreign:
        raise InputError(
            f"{folder}: holds operations that no reader of this program has ({', '.join(sorted(foreign))}), and "
            "loading it would run them: load it with trusted=True only if you trust whoever made it"
        )


def _serving_functions(graph, folder):
    """The names of the functions that `serve` stands for."""
    objects = graph.object_graph_def.nodes
    functions = {function.signature.name for function in graph.graph_def.library.function}
    for child in objects[0].children:
        if child.local_name == "serve" and 0 <= child.node_id < len(objects):
            names = list(objects[child.node_id].function.concrete_functions)
            if names and functions.issuperset(names):
                return names
    raise InputError(f"{folder}: not a SavedModel that keras_reader exported: it has no endpoint serve")
