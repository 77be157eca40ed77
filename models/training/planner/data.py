"""Shards of rendered pictures with prompts and answers, read as they appear; batches, augmentation and dense targets."""

import json
import os
import re
import time
from dataclasses import dataclass

import numpy as np
import torch

from .model import GRID, KINDS
from .tokenizer import END, FAKE, GLOBAL, IMAGE, START

POINT = re.compile(r"\((\d+), (\d+)\)")
AREA = "area"

ASIDE_PER_MILLE = 40
ASIDE_WEIGHT = 2.0
DROPPED_WORDS = frozenset("the please that you your up down of from above and is to top".split())

# How often a kind of question is chosen, against one "call".
KIND_WEIGHT = {"call": 1.0, "done": 0.5, "where": 0.4, "what": 0.1}


@dataclass
class Sample:
    kind: str
    prompt: str
    answer: str
    task: str
    picture: int = -1  # number of the picture that goes with the sentence
    aside: bool = False  # the answer is a place at which nothing is: where to put something aside


@dataclass
class Thing:
    """Something on the table and the point below its centre, per mille of the picture."""

    colour: str
    shape: str
    x: float
    y: float


class Shard:
    """One shard; the pictures stay on disk (memory-mapped)."""

    def __init__(self, folder, number):
        self.number = number
        self.images = np.load(os.path.join(folder, f"images-{number}.npy"), mmap_mode="r")
        self.samples = [[] for _ in range(len(self.images))]
        with open(os.path.join(folder, f"samples-{number}.jsonl"), encoding="utf-8") as file:
            for line in file:
                s = json.loads(line)
                self.samples[s["image"]].append(Sample(s["kind"], s["prompt"], s["answer"], s.get("task", ""), s.get("picture", -1)))
        self.things = [[] for _ in range(len(self.images))]
        with open(os.path.join(folder, f"objects-{number}.jsonl"), encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                for t in entry["things"]:
                    self.things[entry["image"]].append(Thing(t["colour"], t["shape"], float(t["x"]), float(t["y"])))
        for samples, things in zip(self.samples, self.things):
            for s in samples:
                s.aside = _is_aside(s, things)
        self.usable = [i for i, s in enumerate(self.samples) if s]


def _is_aside(sample, things):
    at = POINT.search(sample.answer)
    return sample.kind == "call" and at is not None and not any(
        abs(t.x - int(at[1])) < ASIDE_PER_MILLE and abs(t.y - int(at[2])) < ASIDE_PER_MILLE for t in things)


class Library:
    """
    All shards of a folder; `refresh` takes in those that were finished since. The last pictures of the first shard are held back for evaluation, behind a
    gap that is longer than an episode, so that no scene is on both sides.
    """

    GAP = 20

    def __init__(self, folder, held_back=400):
        self.folder = folder
        self.held_back = held_back
        self.shards = {}

    def refresh(self):
        """True when there is something new."""
        new = False
        for name in sorted(os.listdir(self.folder)):
            match = re.fullmatch(r"images-(\d+)\.npy", name)
            if match is None or match[1] in self.shards:
                continue
            files = [os.path.join(self.folder, f) for f in (name, f"samples-{match[1]}.jsonl", f"objects-{match[1]}.jsonl")]
            if all(os.path.exists(f) and time.time() - os.path.getmtime(f) > 5 for f in files):
                self.shards[match[1]] = Shard(self.folder, match[1])
                new = True
        return new

    @property
    def training(self):
        """(shard, picture) of all that may be learned from."""
        first = min(self.shards, default="")
        return [(s, i) for n, s in sorted(self.shards.items()) for i in s.usable
                if n != first or i < len(s.images) - self.held_back - self.GAP]

    @property
    def evaluation(self):
        """(shard, picture) of what is held back."""
        if not self.shards:
            return []
        first = self.shards[min(self.shards)]
        return [(first, i) for i in first.usable if i >= len(first.images) - self.held_back]

    def texts(self):
        """Every prompt and answer, for the tokenizer."""
        for shard in self.shards.values():
            for samples in shard.samples:
                for s in samples:
                    yield s.prompt
                    yield s.answer

    def names(self):
        """Sorted colours and shapes."""
        things = [t for shard in self.shards.values() for image in shard.things for t in image]
        return sorted({t.colour for t in things}), sorted({t.shape for t in things})


def prefix_ids(tokenizer, image_tokens):
    """The common beginning of every prompt; -1 stands for the image tokens."""
    image = tokenizer.specials[IMAGE]
    ids = tokenizer.encode(f"{START}User:{FAKE}{GLOBAL}" + IMAGE * image_tokens + FAKE)
    return torch.tensor([-1 if i == image else i for i in ids])


def question_ids(tokenizer, prompt, picture_tokens=0):
    """What stands between the image and the answer: first, where there is one, the picture that goes with the sentence; -1 stands for its tokens."""
    picture = [tokenizer.specials[FAKE], tokenizer.specials[GLOBAL], *[-1] * picture_tokens, tokenizer.specials[FAKE]] if picture_tokens else []
    return [*picture, *tokenizer.encode(f"{prompt}{END}\nAssistant:")]


def answer_ids(tokenizer, answer):
    return [*tokenizer.encode(answer), tokenizer.specials[END]]


@dataclass
class Pack:
    """Question-and-answer pairs of a batch (see Decoder.packed): n tokens, flat, pair after pair."""

    ids: torch.Tensor  # [n]; 0 where a picture's token stands
    spots: torch.Tensor  # [s] where these are,
    shown: torch.Tensor  # [s] and which they are: number of the batch's picture times its tokens, plus the token
    position: torch.Tensor  # [n] place in the pair
    groups: list  # (picture [m], token [m, T]) for pairs of similar length; short ones are filled up with token 0
    scatter: torch.Tensor  # [n] where each token lies in the groups' rows, one after the other
    predict: torch.Tensor  # tokens whose next one is an answer's,
    target: torch.Tensor  # and that one
    look: torch.Tensor  # [k] tokens after which something is written about a point,
    place: torch.Tensor  # [k] which of its digits,
    picture: torch.Tensor  # [k] its picture,
    other: torch.Tensor  # [k] the picture that goes with its sentence, or -1,
    point: torch.Tensor  # [k, 2] and that point, per mille


def pack(pairs, groups=4):
    """
    `pairs`: (picture, number of the picture that goes with the sentence, question ids, answer ids, looks), looks as in `looks`; an empty answer asks for the first
    token of one.
    """
    spots, shown = [], []
    ids, position, predict, target, look, place, picture, others, point, rows = [], [], [], [], [], [], [], [], [], []
    for number, other, question, answer, looks_ in pairs:
        text = [*question, *answer[:-1]]
        start = len(ids)
        tokens = [at for at, i in enumerate(text) if i < 0]
        spots.extend(start + at for at in tokens)
        shown.extend(other * len(tokens) + i for i in range(len(tokens)))
        rows.append((number, start, len(text)))
        predict.extend(range(start + len(question) - 1, start + len(text)))
        target.extend(answer)
        ids.extend(max(0, i) for i in text)
        position.extend(range(len(text)))
        for at, digit, *where in looks_:
            look.append(start + len(question) - 1 + at)
            place.append(digit)
            picture.append(number)
            others.append(other if tokens else -1)
            point.append(where)
    rows.sort(key=lambda r: r[2])
    scatter, offset, parts = np.zeros(len(ids), np.int64), 0, []
    for first in range(0, len(rows), -(-len(rows) // groups)):
        group = rows[first:first + -(-len(rows) // groups)]
        gather = np.zeros((len(group), group[-1][2]), np.int64)
        for row, (_, start, length) in enumerate(group):
            gather[row, :length] = np.arange(start, start + length)
            scatter[start:start + length] = offset + row * gather.shape[1] + np.arange(length)
        offset += gather.size
        parts.append((torch.tensor([g[0] for g in group]), torch.from_numpy(gather)))
    return Pack(torch.tensor(ids), torch.tensor(spots, dtype=torch.long), torch.tensor(shown, dtype=torch.long), torch.tensor(position), parts, torch.from_numpy(scatter), torch.tensor(predict), torch.tensor(target),
                torch.tensor(look, dtype=torch.long), torch.tensor(place, dtype=torch.long), torch.tensor(picture, dtype=torch.long),
                torch.tensor(others, dtype=torch.long), torch.tensor(point, dtype=torch.float32).view(-1, 2))


def looks(tokenizer, sample_kind, prompt, answer, ids):
    """
    (place in the answer, place in the point 0..5, x, y) for every token of an answer that is written by looking at a point: its digits, or the
    name of what is there.
    """
    about = POINT.search(prompt if sample_kind == "what" else answer)
    if about is None:
        return []
    x, y = int(about[1]), int(about[2])
    if sample_kind == "what":
        return [(place, 0, x, y) for place in range(len(ids) - 1)]
    digit = {tokenizer.vocabulary[d] for d in "0123456789"}
    places = [*range(3 - len(about[1]), 3), *range(6 - len(about[2]), 6)]
    return [(at, place, x, y) for at, place in zip((at for at, i in enumerate(ids) if i in digit), places)]


def mirror_text(text):
    """The text that belongs to the mirrored picture."""
    return POINT.sub(lambda m: f"({min(999, 1000 - int(m[1]))}, {m[2]})", text)


def drop_word(prompt, random):
    """Now and then leaves out a small word of the task's sentence, so that a wording is not learned as a whole."""
    first, newline, rest = prompt.partition("\n")
    words = first.split(" ")
    small = [i for i, w in enumerate(words) if w in DROPPED_WORDS]
    if not first.startswith("Task:") or not small or random.random() > 0.25:
        return prompt
    del words[small[random.integers(len(small))]]
    return " ".join(words) + newline + rest


def augment(image, random):
    """Light, exposure and noise on one uint8 picture; float32 0..255. JPEG traces are in the data already."""
    x = image.astype(np.float32)
    gain = random.uniform(0.85, 1.15) * random.uniform(0.95, 1.05, 3)
    x = (x - 128) * gain.astype(np.float32) + np.float32(128 + random.uniform(-12, 12))
    if random.random() < 0.5:
        x += random.standard_normal(x.shape, np.float32) * np.float32(random.uniform(1, 6))
    return np.clip(x, 0, 255)


def normalise(images):
    """uint8 or 0..255 float [n, h, w, 3] to the network's float [n, 3, h, w] in -1..1, as Idefics3 does it."""
    x = torch.from_numpy(np.asarray(images, np.float32) * np.float32(1 / 255))
    return ((x - 0.5) / 0.5).permute(0, 3, 1, 2).contiguous()


def dense_targets(things, colours, shapes, batch):
    """Targets of the eye: centre heat [b, kinds, 1600] and, for cells near a thing, (index into [b * kinds * 1600], offset, colour, shape)."""
    heat = np.zeros((batch, KINDS, GRID, GRID), np.float32)
    best = {}
    for b, image in enumerate(things):
        for thing in image:
            kind = 1 if thing.shape == AREA else 0
            u, v = thing.x * GRID / 1000, thing.y * GRID / 1000
            if not (0 <= u < GRID and 0 <= v < GRID):
                continue
            column, row = int(u), int(v)
            for j in range(max(0, row - 2), min(GRID, row + 3)):
                for i in range(max(0, column - 2), min(GRID, column + 3)):
                    dx, dy = u - i - 0.5, v - j - 0.5
                    value = 1.0 if (i, j) == (column, row) else float(np.exp(-(dx * dx + dy * dy) / (2 * 0.8 * 0.8)))
                    heat[b, kind, j, i] = max(heat[b, kind, j, i], value)
                    if abs(i - column) <= 1 and abs(j - row) <= 1:
                        cell = ((b * KINDS + kind) * GRID + j) * GRID + i
                        if cell not in best or value > best[cell][0]:
                            best[cell] = (value, dx, dy, colours[thing.colour], shapes[thing.shape])
    cells = sorted(best)
    values = np.array([best[c] for c in cells], np.float32).reshape(len(cells), 5)
    return (torch.from_numpy(heat).view(batch, KINDS, GRID * GRID), torch.tensor(cells, dtype=torch.long), torch.from_numpy(values[:, 1:3]),
            torch.from_numpy(values[:, 3]).long(), torch.from_numpy(values[:, 4]).long())


class Batcher:
    """Draws batches: pictures without replacement until all were seen, then again."""

    def __init__(self, library, tokenizer, config, pairs, mirror, seed):
        self.library = library
        self.tokenizer = tokenizer
        self.colours = {c: i for i, c in enumerate(config.colours)}
        self.shapes = {s: i for i, s in enumerate(config.shapes)}
        self.picture_tokens = config.image_tokens
        self.pairs = pairs
        self.mirror = mirror
        self.random = np.random.default_rng(seed)
        self._queue = []

    def reshuffle(self):
        """Starts over, with the shards that are there now."""
        self._queue = []

    def to_see(self, images):
        """(pixels, dense targets) of `images` pictures: what the eye learns from."""
        pixels, things = zip(*(self._look(*self._draw()) for _ in range(images)))
        return normalise(np.stack(pixels)), dense_targets(things, self.colours, self.shapes, images)

    def to_write(self, images):
        """(pixels, pack): the first `images` pictures have pairs, then come those that go with their sentences."""
        asked = [self._draw() for _ in range(images)]
        pixels, pairs = [self._look(*a)[0] for a in asked], []
        for number, (shard, index, mirrored) in enumerate(asked):
            samples = shard.samples[index]
            if mirrored:  # which of two free places is better is not a mirrored choice
                samples = [s for s in samples if not s.aside] or samples
            weight = np.array([ASIDE_WEIGHT if s.aside else KIND_WEIGHT.get(s.kind, 1.0) for s in samples])
            other = -1
            for pick in self.random.choice(len(samples), min(self.pairs, len(samples)), replace=False, p=weight / weight.sum()):
                sample = samples[pick]
                if sample.picture >= 0 and other < 0:
                    other = len(pixels)
                    pixels.append(self._look(shard, sample.picture, mirrored)[0])
                prompt, answer = drop_word(sample.prompt, self.random), sample.answer
                if mirrored:
                    prompt, answer = mirror_text(prompt), mirror_text(answer)
                ids = answer_ids(self.tokenizer, answer)
                question = question_ids(self.tokenizer, prompt, self.picture_tokens if sample.picture >= 0 else 0)
                pairs.append((number, other, question, ids, looks(self.tokenizer, sample.kind, prompt, answer, ids)))
        return normalise(np.stack(pixels)), pack(pairs)

    def _draw(self):
        """(shard, picture, whether mirrored)."""
        if not self._queue:
            self._queue = list(self.library.training)
            self.random.shuffle(self._queue)
        return *self._queue.pop(), self.mirror and self.random.random() < 0.5

    def _look(self, shard, index, mirrored):
        """A picture as it is learned from, and the things in it."""
        image, things = np.asarray(shard.images[index]), shard.things[index]
        if mirrored:
            image = np.ascontiguousarray(image[:, ::-1])
            things = [Thing(t.colour, t.shape, 1000 - t.x, t.y) for t in things]
        return augment(image, self.random), things
