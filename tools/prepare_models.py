#!/usr/bin/env python3
"""Prepares the published face models for dualface.

Usage: prepare_models.py SOURCE-DIR TARGET-DIR

Reads YuNet (detector) and SFace (embedder) as OpenCV Zoo publishes them, block-quantised, and
writes yunet.onnx and sface.onnx with plain float weights and a batch of any size; YuNet also takes
a picture of any size whose sides are multiples of 32. SFace's one large matrix, two thirds of its
weights, stays in 8 bit as published (ONNX Runtime's MatMulNBits), which saves 19 MB of memory and
of file. YuNet's four heads of a stride become one whose channels are theirs, which takes a quarter
less time on a CPU and launches a third less work on a GPU; SFace's PReLUs are spelled out, which
halves its time on a CPU. Only the graph's form changes, not what it computes; but for the large matrix' input, which is rounded to 8 bit a block, by less than
embeddings of one face differ from frame to frame. The result depends on nothing but the source
files and the pinned onnx package, so tools/setup can check it by sha256. Never touches the network.
"""

import os
import sys

import numpy
import onnx
from onnx import numpy_helper

SOURCES = {
    "yunet.onnx": "face_detection_yunet_2023mar_int8bq.onnx",
    "sface.onnx": "face_recognition_sface_2021dec_int8bq.onnx",
}

LARGE = 1 << 22  # weights of a matrix that is worth keeping small


def attribute(node, name, default):
    for a in node.attribute:
        if a.name == name:
            return onnx.helper.get_attribute_value(a)
    return default


def dequantize(values, scales, zeros, axis, block):
    """The float weights of one block-quantised tensor: each scale serves `block` along `axis`."""
    def spread(x):
        if x.ndim == 0:
            return x
        if block:
            x = numpy.repeat(x, block, axis=axis)
            return x[tuple(slice(0, n) for n in values.shape)]
        shape = [1] * values.ndim
        shape[axis] = -1
        return x.reshape(shape)

    integers = values.astype(numpy.int32) - spread(zeros).astype(numpy.int32)
    return integers.astype(numpy.float32) * spread(scales)


def keep_quantised(graph, limit):
    """Matrix products whose weights have more than `limit` values read them as they are published."""
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    sources = {node.output[0]: node for node in graph.node if node.op_type == "DequantizeLinear"}
    kept = []
    for node in graph.node:
        source = sources.get(node.input[1]) if node.op_type == "Gemm" else None
        if source is None or known[source.input[0]].size <= limit:
            kept.append(node)
            continue
        values, scales, zeros = (known[name] for name in source.input)
        rows, columns = values.shape
        block = attribute(source, "block_size", 0)
        if attribute(source, "axis", 1) != 1 or not attribute(node, "transB", 0) or columns % block:
            raise SystemExit(f"{node.name}: blocks do not lie along what is summed over")
        # MatMulNBits counts from 0, the published weights from -128.
        weights = {"values": (values.astype(numpy.int16) + 128).astype(numpy.uint8)
                             .reshape(rows, columns // block, block),
                   "scales": scales.reshape(-1),
                   "zeros": (zeros.astype(numpy.int16) + 128).astype(numpy.uint8).reshape(-1)}
        names = [f"{node.name}_{kind}" for kind in weights]
        graph.initializer.extend(numpy_helper.from_array(numpy.ascontiguousarray(value), name)
                                 for name, value in zip(names, weights.values()))
        product = f"{node.output[0]}_product"
        kept.append(onnx.helper.make_node(
            "MatMulNBits", [node.input[0], *names], [product], domain="com.microsoft",
            K=columns, N=rows, bits=8, block_size=block, accuracy_level=4))
        kept.append(onnx.helper.make_node("Add", [product, node.input[2]], [node.output[0]]))
    replace(graph.node, kept)


def fold_weights(graph):
    """Replaces every node that only computes weights from weights by its value."""
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    computed = {}
    kept = []
    for node in graph.node:
        if node.op_type not in ("DequantizeLinear", "Reshape") or node.input[0] not in known:
            kept.append(node)
            continue
        inputs = [known[name] for name in node.input]
        if node.op_type == "Reshape":
            value = inputs[0].reshape(inputs[1].tolist())
        else:
            value = dequantize(*inputs, attribute(node, "axis", 1),
                               attribute(node, "block_size", 0))
        known[node.output[0]] = computed[node.output[0]] = value
    replace(graph.node, kept)
    graph.initializer.extend(numpy_helper.from_array(numpy.ascontiguousarray(value), name)
                             for name, value in computed.items())


def free_batch_of_reshapes(graph):
    """Output reshapes start with a constant 1, the batch; 0 says 'as it was' instead."""
    shapes = {n.input[1] for n in graph.node if n.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name not in shapes:
            continue
        shape = numpy_helper.to_array(tensor).copy()
        if shape[0] != 1:
            raise SystemExit(f"{tensor.name}: {shape.tolist()} does not start with the batch")
        shape[0] = 0
        tensor.CopyFrom(numpy_helper.from_array(shape, tensor.name))


class Head:
    """What makes one output: a pointwise and a depthwise Conv, Transpose, Reshape, perhaps Sigmoid."""
    KINDS = ("Conv", "Conv", "Transpose", "Reshape", "Sigmoid")

    def __init__(self, graph, output):
        producers = {node.output[0]: node for node in graph.node}
        chain = [producers[output]]
        while sum(node.op_type == "Conv" for node in chain) < 2:
            chain.insert(0, producers[chain[0].input[0]])
        if tuple(n.op_type for n in chain) != self.KINDS[:len(chain)]:
            raise SystemExit(f"{output}: is not made as the others are")
        self.output, self.chain, self.source = output, chain, chain[0].input[0]


def join_heads(graph):
    """Of all heads that read the same tensor one is made; its output is split into theirs."""
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    heads = {}
    for value in graph.output:
        head = Head(graph, value.name)
        heads.setdefault(head.source, []).append(head)
    gone = {node.name for group in heads.values() for head in group for node in head.chain}
    nodes = [node for node in graph.node if node.name not in gone]
    for source, group in heads.items():
        nodes += joined(graph, known, source, group)
    replace(graph.node, nodes)


def joined(graph, known, source, group):
    """The nodes of one head for all of `group`."""
    def constant(name, value):
        graph.initializer.append(numpy_helper.from_array(value, f"{source}_{name}"))
        return f"{source}_{name}"

    def stacked(place, index):
        return numpy.concatenate([known[head.chain[place].input[index]] for head in group])

    def convolution(place, name, *inputs):
        node = type(group[0].chain[place]).FromString(group[0].chain[place].SerializeToString())
        node.name = f"{source}_{name}"
        weights = [constant(f"{name}_{kind}", stacked(place, index))
                   for kind, index in (("weights", 1), ("bias", 2))]
        del node.input[:], node.output[:]
        node.input.extend([*inputs, *weights])
        node.output.append(node.name)
        for a in node.attribute:
            if a.name == "group" and place == 1:
                a.i = channels
        return node

    make = onnx.helper.make_node
    sizes = [known[head.chain[1].input[1]].shape[0] for head in group]
    channels = sum(sizes)
    nodes = [convolution(0, "pointwise", source),
             convolution(1, "depthwise", f"{source}_pointwise")]
    nodes.append(make("Transpose", [f"{source}_depthwise"], [f"{source}_last"], perm=[0, 2, 3, 1]))
    nodes.append(make("Reshape", [f"{source}_last",
                                  constant("shape", numpy.array([0, -1, channels], numpy.int64))],
                      [f"{source}_cells"]))
    squashed = [head.chain[-1].op_type == "Sigmoid" for head in group]
    parts = [head.output + ("_raw" if s else "") for head, s in zip(group, squashed)]
    nodes.append(make("Split", [f"{source}_cells", constant("sizes", numpy.array(sizes, numpy.int64))],
                      parts, axis=2))
    nodes += [make("Sigmoid", [part], [head.output])
              for head, part, s in zip(group, parts, squashed) if s]
    return nodes


def spell_out_prelus(graph):
    """PReLU(x) is s x + (1 - s) ReLU(x): what ONNX Runtime does fast, in the layout of convolutions."""
    known = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    make = onnx.helper.make_node
    nodes = []
    for node in graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        (x, slope), y = node.input, node.output[0]
        for name, value in ((f"{y}_slope", known[slope]), (f"{y}_rest", 1 - known[slope])):
            graph.initializer.append(numpy_helper.from_array(value, name))
        nodes += [make("Relu", [x], [f"{y}_positive"]),
                  make("Mul", [f"{y}_positive", f"{y}_rest"], [f"{y}_kept"]),
                  make("Mul", [x, f"{y}_slope"], [f"{y}_sloped"]),
                  make("Add", [f"{y}_sloped", f"{y}_kept"], [y])]
    replace(graph.node, nodes)


def drop_unused(graph):
    """Only what a node reads stays: weights nobody reads go, and so do weights listed as inputs."""
    used = {name for node in graph.node for name in node.input}
    replace(graph.initializer, [t for t in graph.initializer if t.name in used])
    weights = {t.name for t in graph.initializer}
    replace(graph.input, [i for i in graph.input if i.name in used and i.name not in weights])


def replace(field, items):
    items = [type(item).FromString(item.SerializeToString()) for item in items]
    del field[:]
    field.extend(items)


def name_dimensions(value, names):
    """Gives dimensions of an input or output a name, that is any length."""
    for index, name in names.items():
        value.type.tensor_type.shape.dim[index].dim_param = name


def prepare(source, any_size):
    model = onnx.load(source)
    graph = model.graph
    if not any_size:
        keep_quantised(graph, LARGE)
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    fold_weights(graph)
    free_batch_of_reshapes(graph)
    if any_size:
        join_heads(graph)
    else:
        spell_out_prelus(graph)
    drop_unused(graph)
    del graph.value_info[:]
    for value in graph.input:
        name_dimensions(value, {0: "N", 2: "H", 3: "W"} if any_size else {0: "N"})
    for value in graph.output:
        name_dimensions(value, {0: "N", 1: "cells_" + value.name.rsplit("_", 1)[1]}
                        if any_size else {0: "N"})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    for name, published in SOURCES.items():
        data = prepare(os.path.join(source, published), any_size=name == "yunet.onnx")
        with open(os.path.join(target, name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
