"""Writes ../package: a policy package whose answer is known in closed form.
The condition is the state, after the pictures' mean; the denoiser is the exact flow to one set of actions: dx is the state's first number, the rest is fixed.
Run: python3 tests/Policy/reference/package.py
"""
from pathlib import Path

import numpy as np
from onnx import helper

from closed_form import CHANNELS, HORIZON, flow_to_target, golden, manifest, save, tensor

STATE = 72
folder = Path(__file__).parent.parent / "package"
folder.mkdir(exist_ok=True)

save(folder, "encoder",
     [helper.make_node("Flatten", ["images"], ["flat"], axis=1),
      helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
      helper.make_node("Concat", ["mean", "state"], ["cond"], axis=1)],
     [tensor("images", 1, 1, 4, 48, 48), tensor("state", 1, STATE)], [tensor("cond", 1, 1 + STATE)], {})

# Fixed part of the actions: suction on from step 4, progress 0.95 (as 2 p - 1), dz -0.1 a step.
target = np.zeros((1, HORIZON, CHANNELS), np.float32)
target[..., 2] = -0.1
target[..., 4] = np.where(np.arange(HORIZON) < 4, -1, 1)
target[..., 5] = 0.9
only_dx = np.zeros((1, 1, CHANNELS), np.float32)
only_dx[..., 0] = 1
flow_to_target(folder,
               [helper.make_node("Gather", ["cond", "one"], ["first"], axis=1),
                helper.make_node("Reshape", ["first", "scalar"], ["dx"]),
                helper.make_node("Mul", ["dx", "only_dx"], ["moving"]),
                helper.make_node("Add", ["moving", "fixed"], ["target"])],
               1 + STATE, {"one": np.array([1]), "scalar": np.array([1, 1, 1]), "only_dx": only_dx, "fixed": target})

random = np.random.default_rng(1)
images = random.random((1, 1, 4, 48, 48), np.float32)
state = random.random((1, STATE), np.float32)
noisy = random.standard_normal((1, HORIZON, CHANNELS)).astype(np.float32)
timestep = np.float32([50])
cond = np.concatenate([images.mean().reshape(1, 1), state], 1)
golden(folder, images, state, noisy, timestep, cond, (target + only_dx * cond[0, 1] - noisy) / 0.5)
manifest(folder, ["pick", "place"], encoder="crop48-state36-1", calls=["pick", "place"], stateFeatures=36)
