"""Shards of rendered pictures with prompts and answers, read as they appear; batches, augmentation and dense targets."""

import json
import math
import os
import re
import time
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from .model import GRID, KINDS
from .tokenizer import END, FAKE, GLOBAL, IMAGE, START

NAME = re.compile(r'\w+\("(?P<name>[a-z ]+)"')  # a call that says what it points at
HELD = re.compile(r'pick\("(?P<name>[a-z ]+)"[^\n]* ok\nCall:')  # the last call has picked that up
POINT = re.compile(r"\((\d+), (\d+)\)")
ARGUMENT = re.compile(r"\((?P<x>\d+), (?P<y>\d+)\)|(?P<angle>by=-?)?(?P<number>\d+)")  # whatever an answer writes with digits
AREA = "area"
FLAT = frozenset({AREA, "beam"})  # shapes with a centre map of their own: other things may stand on them
SIZE_UNIT_MM = 50

NEAR_PER_MILLE = 40  # a point belongs to the thing that is so near,
AT_MARK_PER_MILLE = 12  # and is the thing's own, as the eye sees it, when it is so near
DROPPED_WORDS = frozenset("the please that you your up down of from above and is to top".split())

# How often a kind of question is chosen, against a picture's own call; further tasks that would fit the picture are all of a few kinds.
KIND_WEIGHT = {"own": 1.0, "call": 0.25, "done": 0.15, "where": 0.12, "what": 0.06, "beside": 0.3, "tallest": 0.1, "finished": 0.12}


@dataclass
class Sample:
    kind: str
    prompt: str
    answer: str
    task: str
    picture: int = -1  # number of the picture that goes with the sentence
    own: bool = False  # the call of the task that the picture was taken in


@dataclass
class Thing:
    """Something on the table and the point below its centre, per mille of the picture."""

    colour: str
    shape: str
    x: float
    y: float
    width: float = 0  # millimetres; 0 of what has no body
    height: float = 0

    @property
    def name(self):
        return f"{self.colour} {self.shape}"


class Shard:
    """One shard; the pictures stay on disk (memory-mapped)."""

    def __init__(self, folder, number):
        self.number = number
        self.images = np.load(os.path.join(folder, f"images-{number}.npy"), mmap_mode="r")
        self.samples = [[] for _ in range(len(self.images))]
        with open(os.path.join(folder, f"samples-{number}.jsonl"), encoding="utf-8") as file:
            for line in file:
                s = json.loads(line)
                there = self.samples[s["image"]]
                there.append(Sample(s["kind"], s["prompt"], s["answer"], s.get("task", ""), s.get("picture", -1), own=not there))
        self.things = [[] for _ in range(len(self.images))]
        with open(os.path.join(folder, f"objects-{number}.jsonl"), encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                for t in entry["things"]:
                    self.things[entry["image"]].append(Thing(t["colour"], t["shape"], float(t["x"]), float(t["y"]), float(t["widthMm"]), float(t["heightMm"])))
        self.usable = [i for i, s in enumerate(self.samples) if s]


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
    answers: list  # for each pair, where its answer lies in `target`: a slice
    fine: torch.Tensor  # which of `target` are a point's last two digits
    number: torch.Tensor  # [m, 2] tokens after which a digit of the sentence or a memory slot is written, and which token of the pair tells it
    name: torch.Tensor  # [m, 2] tokens after which something is written about a thing, and which token of the pair names it
    meant: torch.Tensor  # [t] tokens of a question that end the name of a thing of the picture,
    meant_picture: torch.Tensor  # [t] that picture,
    meant_point: torch.Tensor  # [t, 2] and where the thing is, per mille


def pack(pairs, groups=8):
    """
    `pairs`: (picture, number of the picture that goes with the sentence, question ids, answer ids, looks), looks as in `looks` or None; an empty answer asks for the
    first token of one.
    """
    spots, shown, answers, fine = [], [], [], []
    ids, position, predict, target, look, place, picture, others, point, rows, numbers, names, meant = ([] for _ in range(13))
    for number, other, question, answer, looks_ in pairs:
        text = [*question, *answer[:-1]]
        start = len(ids)
        tokens = [at for at, i in enumerate(text) if i < 0]
        spots.extend(start + at for at in tokens)
        shown.extend(other * len(tokens) + i for i in range(len(tokens)))
        rows.append((number, start, len(text)))
        predict.extend(range(start + len(question) - 1, start + len(text)))
        answers.append(slice(len(target), len(target) + len(answer)))
        target.extend(answer)
        ids.extend(max(0, i) for i in text)
        position.extend(range(len(text)))
        if looks_ is None:
            continue
        before = start + len(question) - 1
        for at, digit, *where in looks_.points:
            if digit % 3 > 0:
                fine.append(answers[-1].start + at)
            look.append(before + at)
            place.append(digit)
            picture.append(number)
            others.append(other if tokens else -1)
            point.append(where)
        numbers += [(before + at, token) for at, token in looks_.numbers]
        names += [(before + at, token) for at, token in looks_.names]
        meant += [(start + token, number, (x, y)) for token, x, y in looks_.things]
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
                torch.tensor(others, dtype=torch.long), torch.tensor(point, dtype=torch.float32).view(-1, 2), answers, torch.tensor(fine, dtype=torch.long),
                torch.tensor(numbers, dtype=torch.long).view(-1, 2), torch.tensor(names, dtype=torch.long).view(-1, 2),
                torch.tensor([m[0] for m in meant], dtype=torch.long), torch.tensor([m[1] for m in meant], dtype=torch.long), torch.tensor([m[2] for m in meant], dtype=torch.float32).view(-1, 2))


def nearest_mark(marks, picture, point, flat_alone=False):
    """(distance, per mille, and number) of the eye's mark nearest to each point. `marks` [b, slots, 7], `picture` [k], `point` [k, 2]."""
    distance = (marks[picture, :, :2] - point.unsqueeze(1)).norm(dim=-1)
    return (distance + 1e6 * (1 - marks[picture, :, 3]) if flat_alone else distance).min(1)


def as_marked(pack, marks, digits):
    """
    The pack with each point that the eye has marked written as the eye has it: `digits` [10] are their tokens. Truth and mark differ by some per mille, which no reader
    of marks can know; learning the truth's last digit would drown what can be learned, which thing is meant.
    """
    distance, slot = nearest_mark(marks, pack.picture, pack.point)
    told, told_slot = nearest_mark(marks, pack.other, pack.point)
    here = distance < AT_MARK_PER_MILLE
    there = ~here & (pack.other >= 0) & (told < AT_MARK_PER_MILLE)
    mark = marks[torch.where(here, pack.picture, pack.other), torch.where(here, slot, told_slot), :2].long()
    written = torch.searchsorted(pack.predict, pack.look)
    digit = torch.isin(pack.target[written], digits)  # and not a word of a thing's name
    as_long = torch.stack([(mark >= least) == (pack.point >= least) for least in (10, 100)]).all(0).all(-1)
    changed = (here | there) & digit & as_long
    axis, power = pack.place // 3, 2 - pack.place % 3
    token = digits[torch.div(mark.gather(1, axis.unsqueeze(1)).squeeze(1), 10 ** power, rounding_mode="floor") % 10]
    target, ids = pack.target.clone(), pack.ids.clone()
    target[written[changed]] = token[changed]
    ids[pack.look[changed] + 1] = token[changed]
    return replace(pack, target=target, ids=ids)


@dataclass
class Looks:
    """Where the decoder is told to look while it reads one question and writes its answer; places count from the answer's first token."""

    points: list  # (place in the answer, digit of the point 0..5, x, y): written by looking at that point of the picture
    numbers: list  # (place in the answer, token of the question): a digit that the sentence has, or a slot's number, known where the memory says what the slot is about
    names: list  # (place in the answer, token of the question): written about the thing that the sentence, or else the memory, names there
    things: list = field(default_factory=list)  # (token of the question, x, y): it ends the name of a thing that the picture shows there


def looks(tokenizer, sample, prompt, question, answer, things):
    """
    The looks of an answer: its coordinates and what is there, also where a call names that first, the digits of an angle, the line of a memory slot, the name of the thing that is written about; and those of the question: where what it names is. `question` and `answer` are
    ids; `things` are those of the picture. Without being told where to look, copying takes many times as long to be learned.
    """
    told = Looks([], [], [])
    if sample.kind == "what":
        about = POINT.search(prompt)
        told.points = [(place, 0, int(about[1]), int(about[2])) for place in range(len(answer) - 1)]
        return told
    places = iter([at for at, i in enumerate(answer) if i in tokenizer.digits])
    sentence = prompt.split("\n", 1)[0]
    behind = len(question) - len(tokenizer.encode(f"{prompt}{END}\nAssistant:"))

    def token(start):
        """The token that begins where a word of the prompt does; the one before it ends where a word does."""
        return behind + len(tokenizer.encode(prompt[:start]))

    for thing in things:
        if sum(other.name == thing.name for other in things) == 1:
            told.things += [(token(found.end()) - 1, thing.x, thing.y) for found in re.finditer(rf'(?<=[ "]){thing.name}\b', prompt)]
    if sample.kind in ("beside", "tallest"):
        told.points = [(place, 0, thing.x, thing.y) for thing in things if thing.name == sample.answer for place in range(len(answer) - 1)]
        return told

    def named(name):
        """The token of the sentence that begins a thing's name, or else the one that ends it in the first remembered call about it; None: it is nowhere."""
        if found := re.search(rf" {name}\b", sentence):
            return token(found.start())
        found = re.search(rf'\("{name}"', prompt)
        return found and token(found.end() - 1) - 1

    for part in ARGUMENT.finditer(sample.answer):
        if part["x"] is None:
            if part["angle"]:
                number = re.search(rf"\b{part['number']}\b", sentence)
                for i in range(len(part["number"])):
                    at = next(places)
                    if number:
                        told.numbers.append((at, token(number.start()) + i))
                continue
            line, held = _remembered(prompt, part["number"]), HELD.search(prompt)
            for _ in part["number"]:
                at = next(places)
                if line:
                    told.numbers.append((at, token(line) - 1))
                if held:
                    told.names.append((at, token(held.end("name")) - 1))
            continue
        x, y = int(part["x"]), int(part["y"])
        near = sorted((math.hypot(t.x - x, t.y - y), t.name) for t in things)
        name = next((found for far, name in near if far < NEAR_PER_MILLE and (found := named(name)) is not None), None)
        for place in [*range(3 - len(part["x"]), 3), *range(6 - len(part["y"]), 6)]:
            at = next(places)
            told.points.append((at, place, x, y))
            if name is not None:
                told.names.append((at, name))
    name = NAME.match(sample.answer)
    if name:
        x, y = (int(value) for value in POINT.search(sample.answer).groups())
        within = range(*(len(tokenizer.encode(sample.answer[:end])) for end in name.span("name")))
        told.points += [(place, 0, x, y) for place in within]
        if (there := named(name["name"])) is not None:
            told.names += [(place, there) for place in within]
    return told


def _remembered(prompt, slot):
    """Where in the prompt the name of what a remembered call was about ends, or its line, where it has none: there a slot's number is read, with what it is about."""
    line = re.search(rf"(?m)^{slot} \w+\((\"(?P<name>[a-z ]+)\")?.*$", prompt)
    return line and (line.end("name") if line["name"] else line.end())


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
    """Targets of the eye: centre heat [b, kinds, 1600] and, for cells near a thing, (index into [b * kinds * 1600], offset, size, colour, shape)."""
    heat = np.zeros((batch, KINDS, GRID, GRID), np.float32)
    best = {}
    for b, image in enumerate(things):
        for thing in image:
            kind = 1 if thing.shape in FLAT else 0
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
                            best[cell] = (value, dx, dy, thing.width / SIZE_UNIT_MM, thing.height / SIZE_UNIT_MM, colours[thing.colour], shapes[thing.shape])
    cells = sorted(best)
    values = np.array([best[c] for c in cells], np.float32).reshape(len(cells), 7)
    return (torch.from_numpy(heat).view(batch, KINDS, GRID * GRID), torch.tensor(cells, dtype=torch.long), torch.from_numpy(values[:, 1:3]),
            torch.from_numpy(values[:, 3:5]), torch.from_numpy(values[:, 5]).long(), torch.from_numpy(values[:, 6]).long())


class Batcher:
    """
    Draws batches: pictures without replacement until all were seen, then again. Pictures are never mirrored: left and right have names. Of tasks whose calls are mostly
    right by now, fewer are drawn: see `learned`.
    """

    LEAST_SHARE = 0.25  # of the pictures of a task that is never wrong any more
    HARD = 0.3  # all pictures are drawn of a task that is wrong as often: one that cannot be learned must not crowd out the others
    MEMORY = 0.97  # of the average over a task's calls

    def __init__(self, library, tokenizer, config, pairs, seed):
        self.library = library
        self.tokenizer = tokenizer
        self.colours = {c: i for i, c in enumerate(config.colours)}
        self.shapes = {s: i for i, s in enumerate(config.shapes)}
        self.picture_tokens = config.image_tokens
        self.pairs = pairs
        self.random = np.random.default_rng(seed)
        self._queue = []
        self._wrong = {}  # task: share of its calls that were written wrongly of late
        self._own = []  # (task, number of its pair) of the batch drawn last

    def learned(self, pack, logits):
        """Takes note of which answers of the batch drawn last would have been written rightly: exactly, but for points, which are right when they are about there."""
        right = logits.argmax(-1) == pack.target
        right[pack.fine] = True
        for task, pair in self._own:
            wrong = 1.0 - float(right[pack.answers[pair]].all())
            self._wrong[task] = self.MEMORY * self._wrong.get(task, 1.0) + (1 - self.MEMORY) * wrong

    @property
    def wrong(self):
        """By task, the share of calls that were written wrongly of late."""
        return dict(self._wrong)

    def reshuffle(self):
        """Starts over, with the shards that are there now."""
        self._queue = []

    def to_see(self, images):
        """(pixels, dense targets) of `images` pictures: what the eye learns from."""
        drawn = [self._draw() for _ in range(images)]
        return self._pixels(drawn), dense_targets([shard.things[index] for shard, index in drawn], self.colours, self.shapes, images)

    def to_write(self, images):
        """(pixels, pack): the first `images` pictures have pairs, then come those that go with their sentences."""
        pictures, pairs = [self._draw_to_learn() for _ in range(images)], []
        self._own = []
        for number, (shard, index) in enumerate(pictures[:images]):
            samples = shard.samples[index]
            weight = np.array([KIND_WEIGHT["own" if s.own else s.kind] for s in samples])
            other = -1
            for pick in self.random.choice(len(samples), min(self.pairs, len(samples)), replace=False, p=weight / weight.sum()):
                sample = samples[pick]
                if sample.picture >= 0 and other < 0:
                    other = len(pictures)
                    pictures.append((shard, sample.picture))
                if sample.own:
                    self._own.append((sample.task, len(pairs)))
                prompt, answer = drop_word(sample.prompt, self.random), answer_ids(self.tokenizer, sample.answer)
                question = question_ids(self.tokenizer, prompt, self.picture_tokens if sample.picture >= 0 else 0)
                pairs.append((number, other, question, answer, looks(self.tokenizer, sample, prompt, question, answer, shard.things[index])))
        return self._pixels(pictures), pack(pairs)

    def _draw_to_learn(self):
        """The same, and rarely one of a task that is known well."""
        while True:
            shard, index = self._draw()
            if self.random.random() < max(self.LEAST_SHARE, self._wrong.get(shard.samples[index][0].task, 1.0) / self.HARD):
                return shard, index

    def _draw(self):
        """(shard, picture)."""
        if not self._queue:
            self._queue = list(self.library.training)
            self.random.shuffle(self._queue)
        return self._queue.pop()

    def _pixels(self, pictures):
        return normalise(np.stack([augment(np.asarray(shard.images[index]), self.random) for shard, index in pictures]))
