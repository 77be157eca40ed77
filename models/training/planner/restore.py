"""A shipped package as the beginning of a further training: `planner.train --initial models/planner`.

Nothing but the package is needed. Its int8 weights are made float again (the training smooths out the steps), and where each belongs is found by exporting a network
of the same shapes whose numbers are known: the graphs are the same, so a weight has the same name in both.
"""

import json
import os
import re
import tempfile

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from .graphs import graphs
from .model import Config, Planner
from .tokenizer import Tokenizer


def restore(package):
    """What `carry_over` takes of a checkpoint: the weights by name ("model"), "config", "tokenizer" (its JSON), "step" and "elapsed" (seconds) of the training behind it."""
    with open(os.path.join(package, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    with open(os.path.join(package, "tokenizer.json"), encoding="utf-8") as file:
        tokenizer = file.read()
    shipped = {stem: onnx.load(os.path.join(package, "onnx", f"{stem}_quantized.onnx")).graph for stem in ("vision_encoder", "embed_tokens", "decoder_model_merged")}
    with open(os.path.join(package, "config.json"), encoding="utf-8") as file:
        text = json.load(file)["text_config"]
    planner = manifest["planner"]
    config = Config(colours=planner["colours"], shapes=planner["shapes"], vocabulary=Tokenizer.from_json(tokenizer).size, hidden=text["hidden_size"],
                    layers=text["num_hidden_layers"], heads=text["num_attention_heads"], inner=text["intermediate_size"])
    known = _known(config)
    weights = {name: value.clone() for name, value in known.state_dict().items()}
    found = set()
    with tempfile.TemporaryDirectory() as folder:
        for stem, path in graphs(known, folder).items():
            values = _floats(shipped[stem])
            for tensor in onnx.load(path).graph.initializer:
                array = numpy_helper.to_array(tensor)
                if array.dtype == np.float32 and (place := _place(known, array)) and tensor.name in values:
                    name, turned = place
                    value = values[tensor.name]
                    if value.shape != array.shape:
                        raise ValueError(f"{package}: {stem}: {tensor.name}: found {value.shape}, expected {array.shape}")
                    weights[name] = torch.from_numpy(np.array(value.T if turned else value))
                    found.add(name)
    missing = [name for name, _ in known.named_parameters() if name not in found and not _is_norm_scale(known, name)]
    if missing:
        raise ValueError(f"{package}: no weights for {', '.join(missing)}")
    training = manifest["training"]
    return {"model": weights, "config": config.to_dict(), "tokenizer": tokenizer, "step": training["steps"], "elapsed": 60 * training["minutes"]}


def _known(config):
    """A network whose every weight is recognised by its values. Batch norms do nothing but add: the exporter folds them into their convolutions."""
    torch.manual_seed(0)
    model = Planner(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter))
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.fill_(1)
                module.running_mean.zero_()
                module.running_var.fill_(1 - module.eps)
    return model.eval()


def _is_norm_scale(model, name):
    owner = model.get_submodule(name.rpartition(".")[0])
    return isinstance(owner, nn.BatchNorm2d) and name.endswith(".weight")


def _place(model, array):
    """(name of the parameter with these values, is it transposed in the graph); None where it is no parameter."""
    for name, parameter in model.named_parameters():
        value = parameter.detach().numpy()
        if value.shape == array.shape and np.allclose(value, array, atol=1e-4):
            return name, False
        if value.ndim == 2 and value.T.shape == array.shape and np.allclose(value.T, array, atol=1e-4):
            return name, True
    return None


def _floats(graph):
    """The weights of a quantised graph as floats, by the names that they had before (see `quantise`)."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    inner = {node.input[1]: next(a.i for a in node.attribute if a.name == "K") for node in graph.node if node.op_type == "MatMulNBits"}
    values = {}
    for name, array in arrays.items():
        plain = re.sub("_q8$", "", name)
        if plain == name:
            values[name] = array
        elif name in inner:
            scale = arrays[plain + "_scale"].reshape(array.shape[0], -1, 1)
            values[plain] = ((array.astype(np.float32) - 128) * scale).reshape(array.shape[0], -1)[:, :inner[name]].T
        else:
            scale = arrays[plain + "_scale"]
            values[plain] = array.astype(np.float32) * scale.reshape(-1, *[1] * (array.ndim - 1))
    return values
