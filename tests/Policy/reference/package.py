"""Writes ../package: a policy package whose answer is known in closed form.
The condition is the state, after the pictures' mean; the denoiser is the exact flow to one set of actions: dx is the state's first number, the rest is fixed.
Run: python3 tests/Policy/reference/package.py
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HORIZON, CHANNELS, STATE = 16, 6, 72
folder = Path(__file__).parent.parent / "package"
folder.mkdir(exist_ok=True)


def tensor(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def save(nodes, name, inputs, outputs, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs, [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(folder / f"{name}.onnx"))


save([helper.make_node("Flatten", ["images"], ["flat"], axis=1),
      helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
      helper.make_node("Concat", ["mean", "state"], ["cond"], axis=1)],
     "encoder", [tensor("images", 1, 1, 4, 48, 48), tensor("state", 1, STATE)], [tensor("cond", 1, 1 + STATE)], {})

# Fixed part of the actions: suction on from step 4, progress 0.95 (as 2 p - 1), dz -0.1 a step.
target = np.zeros((1, HORIZON, CHANNELS), np.float32)
target[..., 2] = -0.1
target[..., 4] = np.where(np.arange(HORIZON) < 4, -1, 1)
target[..., 5] = 0.9
only_dx = np.zeros((1, 1, CHANNELS), np.float32)
only_dx[..., 0] = 1
save([helper.make_node("Gather", ["cond", "one"], ["first"], axis=1),
      helper.make_node("Reshape", ["first", "scalar"], ["dx"]),
      helper.make_node("Mul", ["dx", "only_dx"], ["moving"]),
      helper.make_node("Add", ["moving", "fixed"], ["target"]),
      helper.make_node("Sub", ["target", "noisy_actions"], ["left"]),
      helper.make_node("Div", ["timestep", "hundred"], ["t"]),
      helper.make_node("Sub", ["unit", "t"], ["time_left"]),
      helper.make_node("Div", ["left", "time_left"], ["prediction"])],
     "denoiser", [tensor("noisy_actions", 1, HORIZON, CHANNELS), tensor("timestep", 1), tensor("cond", 1, 1 + STATE)],
     [tensor("prediction", 1, HORIZON, CHANNELS)],
     {"one": np.array([1]), "scalar": np.array([1, 1, 1]), "only_dx": only_dx, "fixed": target,
      "hundred": np.float32([100]), "unit": np.float32([1])})

random = np.random.default_rng(1)
images = random.random((1, 1, 4, 48, 48), np.float32)
state = random.random((1, STATE), np.float32)
noisy = random.standard_normal((1, HORIZON, CHANNELS)).astype(np.float32)
timestep = np.float32([50])
cond = np.concatenate([images.mean().reshape(1, 1), state], 1)
prediction = (target + only_dx * cond[0, 1] - noisy) / 0.5
np.concatenate([x.ravel() for x in (images, state, noisy, timestep, cond, prediction)]).astype("<f4").tofile(folder / "golden.bin")

files = ("encoder.onnx", "denoiser.onnx", "golden.bin")
manifest = {
    "format": 1, "kind": "policy", "name": "closed-form", "task": ["pick", "place"],
    "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    "provider": {"prefer": ["cpu"]},
    "policy": {
        "encoder": "crop48-state36-1", "calls": ["pick", "place"], "observationSteps": 2, "imageSteps": 1, "stateFeatures": 36, "horizon": HORIZON,
        "stepSeconds": 0.1, "actionChannels": ["dx", "dy", "dz", "dyaw", "suction", "progress"], "translationScaleM": 0.05, "yawScaleRad": 0.25,
        "solver": {"kind": "flow", "steps": 3, "timesteps": 100}, "seed": 1}}
(folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
