"""An earlier training's weights in a new network, which may have other names and tokens, more layers and wider feed-forward parts. What is added says nothing at first (its
output weights are zero), so the network begins as what it was (Net2Net, arXiv 1511.05641).
"""

import re

import torch

from .model import KINDS, READ_FIRST


def carry_over(weights, config, before, model, tokenizer):
    """Takes over the weights of an earlier training, of other names and tokens perhaps (`before`: its tokenizer); returns how many tensors fitted."""
    own, fixed = model.state_dict(), READ_FIRST
    channels = own["eye.slot.weight"].shape[1] - fixed - KINDS - len(model.config.colours) - len(model.config.shapes)

    def places(names):
        """(place in this network, place in the earlier one) of every name that both have."""
        before, now = (c[names] if isinstance(c, dict) else getattr(c, names) for c in (config, model.config))
        return [(now.index(n), before.index(n)) for n in now if n in before]

    pairs = [(i, i) for i in range(fixed)]
    pairs += [(fixed + i, fixed + j) for i, j in places("colours")]
    pairs += [(fixed + len(model.config.colours) + i, fixed + len(config["colours"]) + j) for i, j in places("shapes")]
    here, there = (torch.tensor(p) for p in zip(*pairs))
    for name in ("eye.read.weight", "eye.read.bias"):
        grown, old = own[name].view(KINDS, -1, *own[name].shape[1:]), weights[name].view(KINDS, -1, *weights[name].shape[1:])
        grown[:, here] = old[:, there]
    kept = channels + KINDS
    own["eye.slot.weight"][:, :kept] = weights["eye.slot.weight"][:, :kept]
    own["eye.slot.weight"][:, kept + here] = weights["eye.slot.weight"][:, kept + there]
    told = {t: [i] for t, i in (before.vocabulary | before.specials).items()}
    for text, token in (tokenizer.vocabulary | tokenizer.specials).items():
        parts = told.get(text) or before.encode(tokenizer.decode([token]))
        for name in ("embed.weight", "decoder.head.weight"):
            own[name][token] = weights[name][parts].mean(0)
    for size in ("layers", "inner"):
        if getattr(model.config, size) < config[size]:
            raise ValueError(f"{size}: found {getattr(model.config, size)}, allowed at least the {config[size]} of the earlier training")
    if "eye.position_waves.weight" not in weights:
        own["eye.position_waves.weight"].zero_()
    weights = _widened(_deepened(weights, own, model.config.layers - config["layers"]), own)
    fitting = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape and k not in ("embed.weight", "decoder.head.weight")}
    model.load_state_dict({**own, **fitting})
    return len(fitting)


def _deepened(weights, own, added):
    """`weights` with the first layer at its place and the others behind the `added` ones, so that the layers that learn where to look stay the last but one and but two."""
    moved = {re.sub(r"(?<=^decoder\.layers\.)[1-9]\d*", lambda number: str(int(number[0]) + added), name): value for name, value in weights.items()}
    silent = [f"decoder.layers.{i}.{part}.weight" for i in range(1, 1 + added) for part in ("o", "down")]
    return {**moved, **{name: torch.zeros_like(own[name]) for name in silent}}


def _widened(weights, own):
    """`weights` with the feed-forward parts as wide as those of `own`."""
    wider = dict(weights)
    for name, value in weights.items():
        part = name.split(".")[-2]
        if part in ("gate", "up") and len(own[name]) > len(value):
            wider[name] = torch.cat([value, own[name][len(value):]])
        elif part == "down" and own[name].shape[1] > value.shape[1]:
            wider[name] = torch.cat([value, torch.zeros_like(own[name][:, value.shape[1]:])], 1)
    return wider
