"""Weight quantisation of exported graphs, with numpy and onnx alone.

- matrix products with a constant right side: `MatMulNBits` (8 bits, blocks of 32 along the inner dimension; what ONNX Runtime's CPU
  kernel computes in int8), weights within half a step of block maximum / 127;
- token embeddings: int8 rows with a scale each (Gather, Cast, Mul);
- convolutions: int8 weights with a scale for each output channel (DequantizeLinear), computed in float: pointing needs the precision,
  the file needs the size.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 32
SMALLEST = 1024  # weights below this many numbers stay as they are


def matmul_n_bits(matrix, block=BLOCK):
    """[K, N] floats to (data uint8 [N, blocks, block], scales float32 [N, blocks]); zero is 128, the operator's default."""
    k, n = matrix.shape
    blocks = -(-k // block)
    padded = np.zeros((n, blocks * block), np.float32)
    padded[:, :k] = matrix.T
    padded = padded.reshape(n, blocks, block)
    scale = np.abs(padded).max(-1) / 127
    scale[scale == 0] = 1
    data = np.clip(np.rint(padded / scale[..., None]) + 128, 1, 255).astype(np.uint8)
    return data, scale.astype(np.float32)


def per_row(matrix, axis=0):
    """int8 numbers and scales along an axis."""
    other = tuple(i for i in range(matrix.ndim) if i != axis)
    scale = np.abs(matrix).max(other) / 127
    scale[scale == 0] = 1
    shape = [1] * matrix.ndim
    shape[axis] = -1
    return np.clip(np.rint(matrix / scale.reshape(shape)), -127, 127).astype(np.int8), scale.astype(np.float32)


def quantise(model):
    """A quantised copy of a graph."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    weights = {t.name: t for t in graph.initializer}
    added, nodes, dropped, contrib = [], [], set(), False

    def array(name):
        return numpy_helper.to_array(weights[name])

    def large(name, dimensions):
        return name in weights and weights[name].data_type == onnx.TensorProto.FLOAT and len(weights[name].dims) in dimensions and array(name).size >= SMALLEST

    done = set()
    for node in graph.node:
        if node.op_type == "MatMul" and large(node.input[1], (2,)):
            name = node.input[1]
            k, n = array(name).shape
            if name not in done:
                data, scale = matmul_n_bits(array(name))
                added += [numpy_helper.from_array(data, name + "_q8"), numpy_helper.from_array(scale.reshape(-1), name + "_scale")]
                done.add(name)
            nodes.append(helper.make_node("MatMulNBits", [node.input[0], name + "_q8", name + "_scale"], list(node.output), node.name,
                                          domain="com.microsoft", K=k, N=n, bits=8, block_size=BLOCK, accuracy_level=4))
            contrib = True
        elif node.op_type == "Conv" and large(node.input[1], (4,)):
            name = node.input[1]
            if name not in done:
                data, scale = per_row(array(name))
                added += [numpy_helper.from_array(data, name + "_q8"), numpy_helper.from_array(scale, name + "_scale"),
                          numpy_helper.from_array(np.zeros(len(scale), np.int8), name + "_zero")]
                nodes.append(helper.make_node("DequantizeLinear", [name + "_q8", name + "_scale", name + "_zero"], [name + "_float"], axis=0))
                done.add(name)
            node.input[1] = name + "_float"
            nodes.append(node)
        elif node.op_type == "Gather" and large(node.input[0], (2,)):
            name = node.input[0]
            data, scale = per_row(array(name))
            added += [numpy_helper.from_array(data, name + "_q8"), numpy_helper.from_array(scale[:, None], name + "_scale")]
            out = node.output[0]
            nodes += [helper.make_node("Gather", [name + "_q8", node.input[1]], [out + "_q8"]),
                      helper.make_node("Gather", [name + "_scale", node.input[1]], [out + "_scale"]),
                      helper.make_node("Cast", [out + "_q8"], [out + "_float"], to=onnx.TensorProto.FLOAT),
                      helper.make_node("Mul", [out + "_float", out + "_scale"], [out])]
            done.add(name)
        else:
            nodes.append(node)
            continue
        dropped.add(name)
    used = {i for node in nodes for i in node.input}
    kept = [t for t in graph.initializer if t.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept + added)
    if contrib:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model
