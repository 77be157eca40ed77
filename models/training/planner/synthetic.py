"""Drawn scenes in the format of the rendered data, to prove the pipeline without the rig: `python3 -m planner.synthetic --out DIR`."""

import argparse
import json
import os

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 70, 200), "yellow": (220, 200, 50), "purple": (140, 50, 160), "cyan": (50, 190, 200)}
SHAPES = ("cube", "cylinder", "prism")


def _scene(random):
    """Things with table points (per mille) apart from each other."""
    names = [(c, s) for c in COLOURS for s in SHAPES]
    objects = [names[i] for i in random.choice(len(names), random.integers(1, 5), replace=False)]
    areas = [(c, "area") for c in random.choice(list(COLOURS), random.integers(0, 4), replace=False)]
    points = []
    while len(points) < len(objects) + len(areas):
        p = random.uniform((140, 260), (860, 860))
        if all(abs(p[0] - q[0]) > 110 or abs(p[1] - q[1]) > 130 for q in points):
            points.append(p)
    return [(*name, *point) for name, point in zip(objects + areas, points)]


def _draw(things, random):
    light = random.uniform(0.7, 1.2)
    image = Image.new("RGB", (320, 240), tuple(int(v * light) for v in (120, 115, 105)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((130 + random.integers(-3, 4), 0, 190, 40), fill=(60, 60, 65))
    for colour, shape, x, y in sorted(things, key=lambda t: (t[1] != "area", t[3])):
        rgb = np.array(COLOURS[colour]) * light * random.uniform(0.85, 1.1)
        u, v, s = x * 0.32, y * 0.24, (y + 1500) / 200
        if shape == "area":
            draw.polygon([(u - 2.2 * s, v + 1.6 * s), (u - 2 * s, v - 1.6 * s), (u + 2 * s, v - 1.6 * s), (u + 2.2 * s, v + 1.6 * s)], fill=tuple(np.clip(rgb * 0.8, 0, 255).astype(int)))
            continue
        h = s * random.uniform(1.0, 2.0)
        dark, top = tuple(np.clip(rgb * 0.7, 0, 255).astype(int)), tuple(np.clip(rgb * 1.1, 0, 255).astype(int))
        if shape == "cylinder":
            draw.ellipse((u - s, v - 0.6 * s, u + s, v + 0.6 * s), fill=dark)
            draw.rectangle((u - s, v - h, u + s, v), fill=dark)
            draw.ellipse((u - s, v - h - 0.6 * s, u + s, v - h + 0.6 * s), fill=top)
        elif shape == "cube":
            draw.rectangle((u - s, v - h, u + s, v + 0.6 * s), fill=dark)
            draw.rectangle((u - s, v - h - 0.6 * s, u + s, v - h + 0.6 * s), fill=top)
        else:
            draw.polygon([(u - s, v + 0.6 * s), (u + s, v + 0.6 * s), (u, v - h - 0.4 * s)], fill=dark)
            draw.polygon([(u, v + 0.6 * s), (u + s, v + 0.6 * s), (u, v - h - 0.4 * s)], fill=top)
    small = np.asarray(image.resize((160, 160), Image.BOX), np.float32)
    return np.clip(small + random.normal(0, 4, small.shape), 0, 255).astype(np.uint8)


def _at(thing):
    return f"({int(thing[2])}, {int(thing[3])})"


def _samples(things, random):
    objects = [t for t in things if t[1] != "area"]
    areas = [t for t in things if t[1] == "area"]
    name = {t: f"{t[0]} {t[1]}" for t in things}

    def call(task, text, memory, answer):
        lines = "Memory: empty\n" if not memory else "Memory:\n" + "".join(f"{i + 1} {m}\n" for i, m in enumerate(memory))
        return {"kind": "done" if answer == "done()" else "call", "prompt": f"Task: {text}\n{lines}Call:", "answer": answer, "task": task}

    for a in objects:
        pick = f"pick(at={_at(a)})"
        yield call("pick", f"pick up the {name[a]}", [], pick)
        yield call("touch", f"touch the {name[a]}", [], f"touch(at={_at(a)})")
        for b in areas:
            text = f"put the {name[a]} on the {name[b]}"
            place = f"place(at={_at(b)})"
            yield call("place", text, [], pick)
            yield call("place", text, [pick + " ok"], place)
            yield call("place", text, [pick + " ok", place + " ok"], "done()")
        for b in objects:
            if a is not b:
                text = f"swap the {name[a]} and the {name[b]}"
                free = f"place(at=({random.integers(150, 850)}, {random.integers(300, 850)}))"
                yield call("swap", text, [], pick)
                yield call("swap", text, [pick + " ok", free + " ok"], f"pick(at={_at(b)})")
                yield call("swap", text, [pick + " ok", free + " ok", f"pick(at={_at(b)}) ok"], "place(at=memory(1))")
    for a in things:
        yield {"kind": "where", "prompt": f"Question: where is the {name[a]}?\nAnswer:", "answer": _at(a), "task": ""}
        yield {"kind": "what", "prompt": f"Question: what is at {_at(a)}?\nAnswer:", "answer": name[a], "task": ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    for shard in range(options.shards):
        random = np.random.default_rng([options.seed, shard])
        images, samples, objects = [], [], []
        for i in range(options.images):
            things = _scene(random)
            images.append(_draw(things, random))
            samples += [json.dumps({"image": i, **s}) for s in _samples(things, random)]
            objects += [json.dumps({"image": i, "things": [{"colour": c, "shape": s, "x": int(x), "y": int(y)} for c, s, x, y in things]})]
        for kind, lines in (("samples", samples), ("objects", objects)):
            with open(os.path.join(options.out, f"{kind}-{shard:05}.jsonl"), "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        np.save(os.path.join(options.out, f"images-{shard:05}.npy"), np.stack(images))


if __name__ == "__main__":
    main()
