"""What the policy packages of the tests have in common: graphs written by hand, a golden input, a manifest."""
import hashlib
import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HORIZON, CHANNELS = 16, 6
FILES = ("encoder.onnx", "denoiser.onnx", "golden.bin")


def tensor(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def save(folder, name, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs, [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(folder / f"{name}.onnx"))


def flow_to_target(folder, target, condition, constants):
    """A denoiser whose flow leads to `target`, the nodes' last result, whatever the noise was."""
    save(folder, "denoiser",
         [*target,
          helper.make_node("Sub", ["target", "noisy_actions"], ["left"]),
          helper.make_node("Div", ["timestep", "hundred"], ["t"]),
          helper.make_node("Sub", ["unit", "t"], ["time_left"]),
          helper.make_node("Div", ["left", "time_left"], ["prediction"])],
         [tensor("noisy_actions", 1, HORIZON, CHANNELS), tensor("timestep", 1), tensor("cond", 1, condition)], [tensor("prediction", 1, HORIZON, CHANNELS)],
         {**constants, "hundred": np.float32([100]), "unit": np.float32([1])})


def golden(folder, *values):
    np.concatenate([v.ravel() for v in values]).astype("<f4").tofile(folder / "golden.bin")


def manifest(folder, task, **policy):
    """The manifest, from what differs between the packages."""
    policy = {
        **policy, "observationSteps": 2, "imageSteps": 1, "horizon": HORIZON,
        "stepSeconds": 0.1, "actionChannels": ["dx", "dy", "dz", "dyaw", "suction", "progress"], "translationScaleM": 0.05, "yawScaleRad": 0.25,
        "solver": {"kind": "flow", "steps": 3, "timesteps": 100}, "seed": 1}
    content = {
        "format": 1, "kind": "policy", "name": "closed-form", "task": task,
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES},
        "provider": {"prefer": ["cpu"]}, "policy": policy}
    (folder / "manifest.json").write_text(json.dumps(content, indent=2) + "\n")
