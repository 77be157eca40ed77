"""The planner's network as three ONNX graphs in float32: vision encoder, token embedding, decoder with its cache."""

import os
import warnings

import onnx
import torch
from torch import nn


class _Vision(nn.Module):
    def __init__(self, eye):
        super().__init__()
        self.eye = eye

    def forward(self, pixel_values, pixel_attention_mask):
        masked = pixel_values * pixel_attention_mask.unsqueeze(2).to(pixel_values.dtype)
        tokens, _, _, marks = self.eye(masked.flatten(0, 1))
        return tokens, marks.reshape(-1, self.eye.config.slots, marks.shape[-1])  # the loader wants to see how many


class _Embed(nn.Module):
    def __init__(self, embed):
        super().__init__()
        self.embed = embed

    def forward(self, input_ids):
        return self.embed(input_ids)


def graphs(model, folder):
    """Exports the three float32 graphs; their paths by stem."""
    config = model.config
    size = config.image_size
    os.makedirs(folder, exist_ok=True)

    def write(stem, module, arguments, inputs, outputs, axes):
        path = os.path.join(folder, stem + ".onnx")
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(module.eval(), arguments, path, opset_version=17, input_names=inputs, output_names=outputs, dynamic_axes=axes)
        graph = onnx.load(path)
        graph.ir_version = 8
        onnx.checker.check_model(graph, full_check=True)
        onnx.save(graph, path)
        names = [i.name for i in graph.graph.input]
        if names != inputs:
            raise RuntimeError(f"{stem}: inputs {names}, expected {inputs}")
        return path

    paths = {"vision_encoder": write(
        "vision_encoder", _Vision(model.eye), (torch.rand(1, 2, 3, size, size) * 2 - 1, torch.ones(1, 2, size, size, dtype=torch.bool)),
        ["pixel_values", "pixel_attention_mask"], ["image_features", "marks"],
        {"pixel_values": {0: "batch_size", 1: "num_images"}, "pixel_attention_mask": {0: "batch_size", 1: "num_images"}, "image_features": {0: "total_images"}, "marks": {0: "total_images"}})}
    paths["embed_tokens"] = write(
        "embed_tokens", _Embed(model.embed), (torch.zeros(1, 4, dtype=torch.long),), ["input_ids"], ["inputs_embeds"],
        {"input_ids": {0: "batch_size", 1: "sequence_length"}, "inputs_embeds": {0: "batch_size", 1: "sequence_length"}})
    inputs, outputs = ["inputs_embeds", "attention_mask", "position_ids"], ["logits"]
    axes = {n: {0: "batch_size", 1: "sequence_length"} for n in ("inputs_embeds", "position_ids", "logits")}
    axes["attention_mask"] = {0: "batch_size", 1: "total_sequence_length"}
    for layer in range(config.layers):
        for part in ("key", "value"):
            inputs.append(f"past_key_values.{layer}.{part}")
            outputs.append(f"present.{layer}.{part}")
            axes[inputs[-1]] = {0: "batch_size", 2: "past_sequence_length"}
            axes[outputs[-1]] = {0: "batch_size", 2: "total_sequence_length"}
    past = [torch.randn(1, config.heads, 5, config.head_dim) for _ in range(2 * config.layers)]
    paths["decoder_model_merged"] = write(
        "decoder_model_merged", model.decoder, (torch.randn(1, 3, config.hidden), torch.ones(1, 8, dtype=torch.long), torch.arange(5, 8)[None], *past),
        inputs, outputs, axes)
    return paths
