"""Writes ../package: a package of the flat policy whose answer is known in closed form.
The condition is the words, after the pictures' mean, before the state; the denoiser is the exact flow to one set of actions: dy is the last word's number / 10000, the
tool stands otherwise, and the task is never done.
Run: python3 tests/Flat/reference/package.py
"""
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HORIZON, CHANNELS, STATE, WORDS = 16, 6, 24, 40
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
      helper.make_node("Concat", ["mean", "words", "state"], ["cond"], axis=1)],
     "encoder", [tensor("images", 1, 1, 3, 96, 96), tensor("state", 1, STATE), tensor("words", 1, WORDS)], [tensor("cond", 1, 1 + WORDS + STATE)], {})

still = np.zeros((1, HORIZON, CHANNELS), np.float32)
still[..., 4:] = -1
per_word = np.zeros((1, 1, CHANNELS), np.float32)
per_word[..., 1] = 1e-4
save([helper.make_node("Gather", ["cond", "last"], ["word"], axis=1),
      helper.make_node("Reshape", ["word", "scalar"], ["number"]),
      helper.make_node("Mul", ["number", "per_word"], ["moving"]),
      helper.make_node("Add", ["moving", "still"], ["target"]),
      helper.make_node("Sub", ["target", "noisy_actions"], ["left"]),
      helper.make_node("Div", ["timestep", "hundred"], ["t"]),
      helper.make_node("Sub", ["unit", "t"], ["time_left"]),
      helper.make_node("Div", ["left", "time_left"], ["prediction"])],
     "denoiser", [tensor("noisy_actions", 1, HORIZON, CHANNELS), tensor("timestep", 1), tensor("cond", 1, 1 + WORDS + STATE)],
     [tensor("prediction", 1, HORIZON, CHANNELS)],
     {"last": np.array([WORDS]), "scalar": np.array([1, 1, 1]), "per_word": per_word, "still": still,
      "hundred": np.float32([100]), "unit": np.float32([1])})

random = np.random.default_rng(1)
images = random.random((1, 1, 3, 96, 96), np.float32)
state = random.random((1, STATE), np.float32)
words = np.arange(WORDS, dtype=np.float32).reshape(1, WORDS)
noisy = random.standard_normal((1, HORIZON, CHANNELS)).astype(np.float32)
timestep = np.float32([50])
cond = np.concatenate([images.mean().reshape(1, 1), words, state], 1)
prediction = (still + per_word * cond[0, WORDS] - noisy) / 0.5
np.concatenate([x.ravel() for x in (images, state, words, noisy, timestep, cond, prediction)]).astype("<f4").tofile(folder / "golden.bin")

files = ("encoder.onnx", "denoiser.onnx", "golden.bin")
manifest = {
    "format": 1, "kind": "policy", "name": "closed-form", "task": ["pick"],
    "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
    "provider": {"prefer": ["cpu"]},
    "policy": {
        "encoder": "scene96-body12-words-1", "calls": [], "observationSteps": 2, "imageSteps": 1, "stateFeatures": 12, "horizon": HORIZON,
        "stepSeconds": 0.1, "actionChannels": ["dx", "dy", "dz", "dyaw", "suction", "progress"], "translationScaleM": 0.05, "yawScaleRad": 0.25,
        "solver": {"kind": "flow", "steps": 3, "timesteps": 100}, "seed": 1, "sentenceWords": WORDS, "words": ["pick", "up", "the", "red"]}}
(folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
