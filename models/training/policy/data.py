"""Reads what `edge-hil data policy` wrote: shards of arrays that the robot's own encoder made."""
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

ARRAYS = ("state", "image", "action", "offset", "call", "episode", "success")
SHARE_POWER = 0.7  # a call's share of what is drawn grows with its samples less than in proportion: rare calls must be learned too
VALIDATION_SHARE = 20  # one episode in so many: its scenes are never trained on


class PolicyData:
    """All samples of successful episodes, in memory; pictures stay bytes until a batch is made."""

    def __init__(self, folder, max_shards=None):
        self.folder = Path(folder)
        self.meta = json.loads((self.folder / "meta.json").read_text())
        shards = sorted(self.folder.glob("shard-?????"))[:max_shards]
        if not shards:
            raise SystemExit(f"{folder}: no shards; run 'make data' first")
        parts = {name: [] for name in ARRAYS}
        for shard in shards:
            success = np.load(shard / "success.npy").astype(bool)
            for name in ARRAYS:
                parts[name].append(np.load(shard / f"{name}.npy", mmap_mode="r")[success])
        arrays = {name: np.concatenate(parts.pop(name)) for name in ARRAYS}
        self.state = torch.from_numpy(arrays["state"])
        self.image = torch.from_numpy(arrays["image"])
        self.action = torch.from_numpy(arrays["action"])
        self.offset = torch.from_numpy(arrays["offset"])
        self.call = torch.from_numpy(arrays["call"]).long()
        held_out = arrays["episode"] % VALIDATION_SHARE == 0
        self.train = torch.from_numpy(np.flatnonzero(~held_out))
        self.validation = torch.from_numpy(np.flatnonzero(held_out))
        self.episodes = len(np.unique(arrays["episode"]))
        call = self.call[self.train]
        self._weight = call.bincount().double().clamp(min=1).pow(SHARE_POWER - 1)[call]
        self._shards = shards

    @property
    def calls(self):
        """Names of the calls that occur."""
        return [self.meta["calls"][i] for i in sorted(set(self.call.tolist()))]

    def draw(self, count):
        """Rows to train on."""
        return self.train[torch.multinomial(self._weight, count, replacement=True)]

    def batch(self, index, augment):
        """(images [B, 1, 4, H, W] in 0..1, state, actions, offset) of these samples."""
        image = self.image[index].permute(0, 3, 1, 2).float().div_(255)
        if augment:
            image = vary_light(image)
        return image.unsqueeze(1), self.state[index], self.action[index], self.offset[index]

    def sha256(self):
        """Hash of every array, in order: says which data a package was trained on."""
        digest = hashlib.sha256()
        for shard in self._shards:
            for name in ARRAYS:
                with open(shard / f"{name}.npy", "rb") as file:
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
        return digest.hexdigest()


def vary_light(image):
    """Another exposure, colour of light and sensor noise for each sample; the heat map (last channel) and the geometry stay."""
    colours = image[:, :3]
    count = len(image)
    gain = 1 + 0.15 * torch.randn(count, 1, 1, 1) + 0.06 * torch.randn(count, 3, 1, 1)
    shift = 0.04 * torch.randn(count, 1, 1, 1)
    grain = 0.02 * torch.rand(count, 1, 1, 1) * torch.randn_like(colours)
    return torch.cat([(colours * gain + shift + grain).clamp_(0, 1), image[:, 3:]], 1)
