"""Reads what `edge-hil data policy` wrote for either policy: shards of arrays that the robot's own encoder made."""
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch

SHARE_POWER = 0.7  # a call's (or task's) share of what is drawn grows with its samples less than in proportion: rare ones must be learned too
VALIDATION_SHARE = 20  # one episode in so many: its scenes are never trained on


class PolicyData:
    """All samples of successful calls, in memory; pictures stay bytes until a batch is made."""

    KIND = "policy"  # what the package is called
    ARRAYS = ("state", "image", "action", "offset", "call", "episode", "success")
    GROUP = "call"  # what is to be learned evenly
    sentence = ()

    def __init__(self, folder, max_shards=None):
        self.folder = Path(folder)
        self.meta = json.loads((self.folder / "meta.json").read_text())
        shards = sorted(self.folder.glob("shard-?????"))[:max_shards]
        if not shards:
            raise SystemExit(f"{folder}: no shards; run 'make data' first")
        parts = {name: [] for name in self.ARRAYS}
        for shard in shards:
            success = np.load(shard / "success.npy").astype(bool)
            for name in self.ARRAYS:
                parts[name].append(np.load(shard / f"{name}.npy", mmap_mode="r")[success])
        arrays = {name: np.concatenate(parts.pop(name)) for name in self.ARRAYS}
        self.state = torch.from_numpy(arrays["state"])
        self.image = torch.from_numpy(arrays["image"])
        self.action = torch.from_numpy(arrays["action"])
        self.group = torch.from_numpy(arrays[self.GROUP]).long()
        self._read(arrays, shards)
        held_out = arrays["episode"] % VALIDATION_SHARE == 0
        self.train = torch.from_numpy(np.flatnonzero(~held_out))
        self.validation = torch.from_numpy(np.flatnonzero(held_out))
        self.episodes = len(np.unique(arrays["episode"]))
        group = self.group[self.train]
        self._weight = group.bincount().double().clamp(min=1).pow(SHARE_POWER - 1)[group]
        self._shards = shards

    def _read(self, arrays, shards):
        self.offset = torch.from_numpy(arrays["offset"])

    @property
    def groups(self):
        """Names of the calls (or tasks) that occur."""
        return [self.meta[f"{self.GROUP}s"][i] for i in sorted(set(self.group.tolist()))]

    def draw(self, count):
        """Rows to train on."""
        return self.train[torch.multinomial(self._weight, count, replacement=True)]

    def images(self, index, augment):
        """[B, 1, channels, H, W] in 0..1."""
        image = self.image[index].permute(0, 3, 1, 2).float().div_(255)
        return (vary_light(image) if augment else image).unsqueeze(1)

    def batch(self, index, augment):
        """The encoder's inputs (images, state), then actions and offset of these samples."""
        return self.images(index, augment), self.state[index], self.action[index], self.offset[index]

    def sha256(self):
        """Hash of every array, in order: says which data a package was trained on."""
        digest = hashlib.sha256()
        for shard in self._shards:
            for name in self.ARRAYS:
                with open(shard / f"{name}.npy", "rb") as file:
                    while chunk := file.read(1 << 20):
                        digest.update(chunk)
        return digest.hexdigest()


class FlatData(PolicyData):
    """The flat policy's: whole pictures and sentences. `meta["words"]` lists the words: number 2 is the first, 1 is any other."""

    KIND = "flat"
    ARRAYS = ("state", "image", "action", "instruction", "task", "episode", "success")
    GROUP = "task"

    def _read(self, arrays, shards):
        texts = [json.loads((shard / "instructions.json").read_text()) for shard in shards]
        first = np.cumsum([0] + [len(t) for t in texts])
        kept = [int(np.load(shard / "success.npy").sum()) for shard in shards]
        self._text = torch.from_numpy(arrays["instruction"] + np.repeat(first[:-1], kept)).long()
        sentences = [text.split() for shard in texts for text in shard]
        # A word of one sentence alone stands for those that nobody has heard.
        seen = Counter(word for sentence in sentences for word in set(sentence))
        self.meta["words"] = sorted(word for word, count in seen.items() if count > 1)
        numbers = {word: 2 + i for i, word in enumerate(self.meta["words"])}
        self._words = torch.zeros(len(sentences), self.meta["sentenceWords"])
        for row, sentence in zip(self._words, sentences):
            row[-len(sentence):] = torch.tensor([numbers.get(word, 1) for word in sentence])
        self.sentence = (2 + len(numbers), self.meta["sentenceWords"])

    def batch(self, index, augment):
        """The encoder's inputs (images, state, words), then actions and an offset that nothing shows."""
        return self.images(index, augment), self.state[index], self._words[self._text[index]], self.action[index], torch.full((len(index), 2), torch.nan)


def vary_light(image):
    """Another exposure, colour of light and sensor noise for each sample; the heat map (a fourth channel) and the geometry stay."""
    colours = image[:, :3]
    count = len(image)
    gain = 1 + 0.15 * torch.randn(count, 1, 1, 1) + 0.06 * torch.randn(count, 3, 1, 1)
    shift = 0.04 * torch.randn(count, 1, 1, 1)
    grain = 0.02 * torch.rand(count, 1, 1, 1) * torch.randn_like(colours)
    return torch.cat([(colours * gain + shift + grain).clamp_(0, 1), image[:, 3:]], 1)
