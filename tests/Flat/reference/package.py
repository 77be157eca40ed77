"""Writes ../package: a package of the flat policy whose answer is known in closed form.
The condition is the words, after the pictures' mean, before the state; the denoiser is the exact flow to one set of actions: dy is the last word's number / 10000, the
tool stands otherwise, and the task is never done.
Run: PYTHONPATH=tests/Policy/reference python3 tests/Flat/reference/package.py
"""
from pathlib import Path

import numpy as np
from onnx import helper

from closed_form import CHANNELS, HORIZON, flow_to_target, golden, manifest, save, tensor

STATE, WORDS = 24, 40
folder = Path(__file__).parent.parent / "package"
folder.mkdir(exist_ok=True)

save(folder, "encoder",
     [helper.make_node("Flatten", ["images"], ["flat"], axis=1),
      helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
      helper.make_node("Concat", ["mean", "words", "state"], ["cond"], axis=1)],
     [tensor("images", 1, 1, 3, 96, 96), tensor("state", 1, STATE), tensor("words", 1, WORDS)], [tensor("cond", 1, 1 + WORDS + STATE)], {})

still = np.zeros((1, HORIZON, CHANNELS), np.float32)
still[..., 4:] = -1
per_word = np.zeros((1, 1, CHANNELS), np.float32)
per_word[..., 1] = 1e-4
flow_to_target(folder,
               [helper.make_node("Gather", ["cond", "last"], ["word"], axis=1),
                helper.make_node("Reshape", ["word", "scalar"], ["number"]),
                helper.make_node("Mul", ["number", "per_word"], ["moving"]),
                helper.make_node("Add", ["moving", "still"], ["target"])],
               1 + WORDS + STATE, {"last": np.array([WORDS]), "scalar": np.array([1, 1, 1]), "per_word": per_word, "still": still})

random = np.random.default_rng(1)
images = random.random((1, 1, 3, 96, 96), np.float32)
state = random.random((1, STATE), np.float32)
words = np.arange(WORDS, dtype=np.float32).reshape(1, WORDS)
noisy = random.standard_normal((1, HORIZON, CHANNELS)).astype(np.float32)
timestep = np.float32([50])
cond = np.concatenate([images.mean().reshape(1, 1), words, state], 1)
golden(folder, images, state, words, noisy, timestep, cond, (still + per_word * cond[0, WORDS] - noisy) / 0.5)
manifest(folder, ["pick"], encoder="scene96-body12-words-1", calls=[], stateFeatures=12, sentenceWords=WORDS, words=["pick", "up", "the", "red"])
