"""Greedy answers on held-out pictures and what they are worth."""

import json
import re
from dataclasses import replace

import numpy as np
import torch

from .camera import Camera
from .data import AREA, NAME, NEAR_PER_MILLE, POINT, normalise, prefix_ids, question_ids
from .tokenizer import END

ASIDE_MM = 20


def held_out(library, images, pairs, seed=7):
    """A fixed choice of held-out (shard, image, samples)."""
    random = np.random.default_rng(seed)
    every = library.evaluation
    chosen = []
    for shard, index in (every[i] for i in random.permutation(len(every))[:images]):
        samples = shard.samples[index]
        chosen.append((shard, index, [samples[p] for p in random.permutation(len(samples))[:pairs]]))
    return chosen


@torch.no_grad()
def answers(model, tokenizer, cases, longest=32, batch=16):
    """Greedy answer of each sample of each case, as the runtime would get it without its grammar."""
    model.eval()
    prefix = prefix_ids(tokenizer, model.config.image_tokens)
    results = []
    for start in range(0, len(cases), batch):
        group = cases[start:start + batch]
        pictures = [np.asarray(s.images[i]) for s, i, _ in group]
        told = {}  # (number of the case, number of a picture that goes with a sentence of it): its place among the pictures
        for number, (shard, _, samples) in enumerate(group):
            for picture in {s.picture for s in samples if s.picture >= 0}:
                told[number, picture] = len(pictures)
                pictures.append(np.asarray(shard.images[picture]))
        tokens = model.eye(normalise(np.stack(pictures)))[0]
        rows = model.prefix(prefix, tokens[:len(group)])
        for number, (_, _, samples) in enumerate(group):
            results.append([tokenizer.decode(_written(model, tokenizer, rows[number], s, tokens[told[number, s.picture]] if s.picture >= 0 else None, longest)) for s in samples])
    return results


def _written(model, tokenizer, prefix, sample, picture, longest):
    """Ids of a greedy answer. `prefix` [P, d] comes before the question, `picture` [N, d] stands in it, where there is one."""
    config = model.config
    question = torch.tensor(question_ids(tokenizer, sample.prompt, config.image_tokens if picture is not None else 0))
    embedded = model.embed(question.clamp(min=0))
    if picture is not None:
        embedded[question < 0] = picture
    unread, read = torch.cat([prefix, embedded]), 0
    cache = [torch.zeros(1, config.heads, 0, config.head_dim)] * (2 * config.layers)
    written = []
    while len(written) < longest and tokenizer.specials[END] not in written[-1:]:
        total = read + len(unread)
        logits, *cache = model.decoder(unread[None], torch.ones(1, total, dtype=torch.long), torch.arange(read, total)[None], *cache)
        written.append(int(logits[0, -1].argmax()))
        unread, read = model.embed(torch.tensor(written[-1:])), total
    return written


def score(cases, replies, camera=None):
    """Table of measures: shares in 0..1, errors in per mille and millimetres on the table."""
    camera = camera or Camera()
    counts, per_mille, mm = {}, [], []

    def count(name, right):
        hit, total = counts.get(name, (0, 0))
        counts[name] = (hit + bool(right), total + 1)

    for (shard, index, samples), texts in zip(cases, replies):
        things = shard.things[index]
        for sample, text in zip(samples, texts):
            if sample.kind not in ("call", "done"):
                if POINT.fullmatch(sample.answer) and sample.kind == "where":
                    count("where: right object", _same_thing(things, sample, text))
                else:
                    count(f"{sample.kind}: exact", text == sample.answer)
                continue
            function = re.match(r"\w*", sample.answer)[0]
            count("function", re.match(r"\w*", text)[0] == function)
            if sample.task:
                count(f"{sample.task}: function", re.match(r"\w*", text)[0] == function)
            wanted = POINT.search(sample.answer)
            if wanted is None:
                count("without a point: exact", text == sample.answer)
                continue
            same = _same_thing(things, sample, text)
            if same is None:
                a, b = _point(sample.answer), _point(text)
                count("aside: same place", b is not None and camera.distance_mm(a, b) < ASIDE_MM)
                continue
            count("right object", same)
            if sample.task:
                count(f"{sample.task}: right object", same)
            if same:
                if name := NAME.match(sample.answer):
                    count("name", text.startswith(name[0]))
                a, b = _point(sample.answer), _point(text)
                per_mille.append(float(np.hypot(a[0] - b[0], a[1] - b[1])))
                mm.append(camera.distance_mm(a, b))
    table = {name: round(hit / total, 4) for name, (hit, total) in sorted(counts.items())}
    if mm:
        table["error per mille, median"], table["error per mille, p95"] = (round(float(np.percentile(per_mille, p)), 2) for p in (50, 95))
        table["error mm, median"], table["error mm, p95"] = (round(float(np.percentile(mm, p)), 2) for p in (50, 95))
    table["answers"] = sum(len(t) for t in replies)
    return table


def _point(text):
    match = POINT.search(text)
    return None if match is None else (int(match[1]), int(match[2]))


def _same_thing(things, sample, got):
    """Whether both points are nearest to the same thing of the kind that is asked for; None when the wanted one is at no such thing."""
    areas = sample.answer.startswith("place") or (sample.kind == "where" and AREA in sample.prompt)
    fitting = [t for t in things if (t.shape == AREA) == areas or sample.answer.startswith("throw")]

    def nearest(p):
        return min(((np.hypot(t.x - p[0], t.y - p[1]), i) for i, t in enumerate(fitting)), default=(1e9, -1))

    distance, thing = nearest(_point(sample.answer))
    if distance > NEAR_PER_MILLE:
        return None
    point = _point(got)
    return point is not None and nearest(point)[1] == thing


class Rewording:
    """Puts a task's sentence into a wording that is kept for evaluation, after the rig's file of wordings."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.wordings = json.load(file)
        self.patterns = {
            task: [re.compile("(?s)Task: " + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[a-z]+(?: [a-z]+)?)", re.escape(w["text"])) + r"\n(?P<rest>.*)")
                   for w in wordings if w["split"] == "train"]
            for task, wordings in self.wordings.items()}

    def apply(self, sample, random):
        """The same sample in a held-out wording; None where its wording is not known."""
        unseen = [w["text"] for w in self.wordings.get(sample.task, []) if w["split"] == "test"]
        for pattern in self.patterns.get(sample.task, []):
            match = pattern.fullmatch(sample.prompt)
            if not match:
                continue
            names = match.groupdict()
            fitting = [u for u in unseen if set(re.findall(r"{(\w+)}", u)) == names.keys() - {"rest"}]
            if fitting:
                text = fitting[random.integers(len(fitting))].format(**{k: v for k, v in names.items() if k != "rest"})
                return replace(sample, prompt=f"Task: {text}\n{names['rest']}")
        return None

    def apply_all(self, cases, seed=11):
        """Cases with reworded task samples only."""
        random = np.random.default_rng(seed)
        reworded = [(shard, index, [r for s in samples if (r := self.apply(s, random))]) for shard, index, samples in cases]
        return [c for c in reworded if c[2]]
