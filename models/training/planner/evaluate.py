"""Greedy answers on held-out pictures and what they are worth."""

import re

import numpy as np
import torch

from .camera import Camera
from .data import POINT, normalise, pack, prefix_ids, question_ids
from .tokenizer import END

NEAR_PER_MILLE = 60


def held_out(library, images, pairs, seed=7):
    """A fixed choice of held-out (shard, image, samples)."""
    random = np.random.default_rng(seed)
    chosen = []
    for shard in library.evaluation:
        for index in random.permutation(shard.usable)[:images]:
            samples = shard.samples[index]
            picks = random.permutation(len(samples))[:pairs]
            chosen.append((shard, int(index), [samples[p] for p in picks]))
    return chosen


@torch.no_grad()
def answers(model, tokenizer, cases, longest=24, batch=16):
    """Greedy answer of each sample of each case, as the runtime would get it without its grammar."""
    model.eval()
    end = tokenizer.specials[END]
    prefix = prefix_ids(tokenizer, model.config.image_tokens)
    results = []
    for start in range(0, len(cases), batch):
        group = cases[start:start + batch]
        widest = max(len(c[2]) for c in group)
        questions = []
        for _, _, samples in group:
            row = [question_ids(tokenizer, s.prompt) for s in samples]
            questions += row + [row[-1]] * (widest - len(row))
        written = [[] for _ in questions]
        tokens, _ = model.eye(normalise(np.stack([np.asarray(s.images[i]) for s, i, _ in group])))
        rows = model.prefix(prefix, tokens)
        for _ in range(longest):
            # Everything is computed again for every token: slow and plain, and nothing here can differ from training.
            p = pack([(q + w, []) for q, w in zip(questions, written)])
            hidden = model.decoder.packed(rows, model.embed(p.ids), p)
            best = model.decoder.head(model.decoder.norm(hidden[p.predict])).argmax(-1).tolist()
            for w, b in zip(written, best):
                if not w or w[-1] != end:
                    w.append(b)
            if all(w[-1] == end for w in written):
                break
        for g, (_, _, samples) in enumerate(group):
            results.append([tokenizer.decode(w) for w in written[g * widest:g * widest + len(samples)]])
    return results


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
                    count("where: right object", _same_thing(things, sample.answer, text))
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
            same = _same_thing(things, sample.answer, text)
            if same is None:
                count("free spot: a point", POINT.search(text))
                continue
            count("right object", same)
            if sample.task:
                count(f"{sample.task}: right object", same)
            if same:
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


def _same_thing(things, wanted, got):
    """Whether both points are nearest to the same thing; None when the wanted one is at no thing."""
    def nearest(p):
        return min(((np.hypot(t.x - p[0], t.y - p[1]), i) for i, t in enumerate(things)), default=(1e9, -1))

    distance, thing = nearest(_point(wanted))
    if distance > NEAR_PER_MILLE:
        return None
    point = _point(got)
    return point is not None and nearest(point)[1] == thing
