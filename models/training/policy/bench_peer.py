"""The peer of `edge-hil bench --only sampler`: the same package in PyTorch. python3 -m policy.bench_peer PACKAGE

The weights come out of the package's ONNX files; the golden input proves that they are the same network. Then one line of input, "eager" or "jit", draws one
chunk (encoder and all solver steps, one thread) and is answered by the nanoseconds of processor time that it took.
"""
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from . import objective as objectives
from .network import Policy

TOLERANCE = 1e-3


def load_weights(module, path, *example):
    """Fills a module from the initializers of its export: parameters by name, group norms (which the export takes apart) in the order in which they run."""
    initializers = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in onnx.load(str(path)).graph.initializer}
    state = module.state_dict()
    state.update({name: value for name, value in initializers.items() if name in state})
    module.load_state_dict(state)
    norms, hooks = [], []
    for norm in module.modules():
        if isinstance(norm, nn.GroupNorm):
            hooks.append(norm.register_forward_hook(lambda m, *_: norms.append(m)))
    module(*example)
    for hook in hooks:
        hook.remove()
    rest = sorted((name for name in initializers if name.startswith("onnx::")), key=lambda name: int(name.rsplit("_", 1)[1]))
    for norm, scale, shift in zip(norms, rest[::2], rest[1::2], strict=True):
        norm.weight.copy_(initializers[scale].reshape(-1))
        norm.bias.copy_(initializers[shift].reshape(-1))


def main():
    package = Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    manifest = json.loads((package / "manifest.json").read_text())["policy"]
    channels, horizon, solver = len(manifest["actionChannels"]), manifest["horizon"], manifest["solver"]
    policy = Policy(channels, manifest["imageSteps"], manifest["observationSteps"] * manifest["stateFeatures"]).eval()
    golden = torch.from_numpy(np.fromfile(package / "golden.bin", "<f4"))
    shapes = [(1, manifest["imageSteps"], 4, 48, 48), (1, manifest["observationSteps"] * manifest["stateFeatures"]), (1, horizon, channels), (1,), (1, policy.encoder.size), (1, horizon, channels)]
    images, state, noisy, timestep, cond, prediction = (part.reshape(shape) for part, shape in zip(golden.split([int(np.prod(s)) for s in shapes]), shapes))
    load_weights(policy.encoder, package / "encoder.onnx", images, state)
    load_weights(policy.denoiser, package / "denoiser.onnx", noisy, timestep, cond)
    found = policy.encoder(images, state), policy.denoiser(noisy, timestep, cond)
    for name, here, there in zip(("cond", "prediction"), found, (cond, prediction)):
        if not torch.allclose(here, there, atol=TOLERANCE, rtol=TOLERANCE):
            raise SystemExit(f"{package}: {name} differs by {(here - there).abs().max():.4f}: not the network that this code describes")

    objective = objectives.create("flow" if solver["kind"] == "flow" else "ddpm", solver.get("prediction", "v"))
    traced = [torch.jit.freeze(torch.jit.trace(policy.encoder, (images, state))), torch.jit.freeze(torch.jit.trace(policy.denoiser, (noisy, timestep, cond)))]
    contenders = {"eager": (policy.encoder, policy.denoiser), "jit": traced}
    print("ready", flush=True)
    for line in sys.stdin:
        encoder, denoiser = contenders[line.strip()]
        began = time.thread_time_ns()
        objective.sample(denoiser, encoder(images, state), torch.randn_like(noisy), solver["steps"])
        print(time.thread_time_ns() - began, flush=True)


if __name__ == "__main__":
    main()
