"""Trains the planner: `PYTHONPATH=models/training /usr/bin/python3 -m planner.train --data DIR --out out/train/planner`.

Restartable (goes on from OUT/latest.pt unless told --fresh); takes in new shards of DIR as they appear. Writes OUT/log.jsonl, OUT/curves.png and a checkpoint
every few minutes.
"""

import argparse
import collections
import copy
import functools
import itertools
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

import choose
import team as teams
from . import evaluate
from .data import AT_MARK_PER_MILLE, NEAR_PER_MILLE, Batcher, Library, as_marked, nearest_mark, prefix_ids
from .grow import carry_over
from .model import BEFORE_PICTURE, PLACES, READ_FIRST, Config, Planner
from .restore import restore
from .tokenizer import Tokenizer

LATEST = "latest.pt"

# A place beside an area's middle is still found by looking at the area.
ON_AREA_PER_MILLE = 110


def losses_of_seeing(readings, dense, colours):
    """The eye's losses, by name: where something is, where exactly, how large, and what."""
    heat, cells, offset, size, colour, shape = dense
    batch = heat.shape[0]
    centre = readings[..., 0].reshape(batch, heat.shape[1], -1)
    log_p, log_q = F.logsigmoid(centre), F.logsigmoid(-centre)
    p = torch.sigmoid(centre)
    found = heat == 1
    near = readings.reshape(-1, readings.shape[-1])[cells]
    return {
        "centre": -torch.where(found, (1 - p) ** 2 * log_p, (1 - heat) ** 4 * p ** 2 * log_q).sum() / max(1, int(found.sum())),
        "offset": F.smooth_l1_loss(near[:, 1:3], offset, beta=0.1),
        "size": F.smooth_l1_loss(near[:, 3:READ_FIRST], size, beta=0.1),
        "colour": F.cross_entropy(near[:, READ_FIRST:READ_FIRST + colours], colour),
        "shape": F.cross_entropy(near[:, READ_FIRST + colours:], shape),
    }


def losses_of_writing(logits, marks, looks, prefix, pack):
    """The decoder's losses, by name: that of the text, and those of the heads that look at what is written about, or what a question names. `prefix`: its ids, -1 for image tokens."""
    # Where a digit of a point is written and the eye has a token for it, a head is told to look there: without this, the copying of coordinates takes many times
    # as long to appear. That may be a token of the picture which goes with the sentence, where the robot's own shows nothing there.
    first = int((prefix < 0).nonzero()[0])
    distance, slot = nearest_mark(marks, pack.picture, pack.point)
    told, told_slot = nearest_mark(marks, pack.other, pack.point)
    area, area_slot = nearest_mark(marks, pack.picture, pack.point, flat_alone=True)
    here = distance < NEAR_PER_MILLE
    there = ~here & (pack.other >= 0) & (told < NEAR_PER_MILLE)
    beside = ~here & ~there & (area < ON_AREA_PER_MILLE)
    column = torch.where(there, len(prefix) + BEFORE_PICTURE + PLACES * told_slot, first + PLACES * torch.where(here, slot, area_slot)) + pack.place
    meant, name, look = looks
    mark, mark_slot = nearest_mark(marks, pack.meant_picture, pack.meant_point)
    seen_as = torch.gather(meant[pack.meant], 1, (first + PLACES * mark_slot).unsqueeze(1) + torch.arange(PLACES)).sum(1)[mark < AT_MARK_PER_MILLE]
    seen = torch.cat([look[pack.look, column][here | there | beside], _in_sentence(look, len(prefix), pack.number)])
    named = _in_sentence(name, len(prefix), pack.name)
    return {
        "text": F.cross_entropy(logits, pack.target),
        "look": -torch.log(seen + 1e-6).sum() / max(1, seen.numel()),
        "name": -torch.log(named + 1e-6).sum() / max(1, named.numel()),
        "meant": -torch.log(seen_as + 1e-6).sum() / max(1, seen_as.numel()),
    }


def _in_sentence(weights, before, pairs):
    """How much the tokens look at those of their own pairs, (token, token of the pair) each; what lies beyond the reach is left out."""
    row, column = pairs[:, 0], before + pairs[:, 1]
    within = column < weights.shape[1]
    return weights[row[within], column[within]]


WEIGHT = {"text": 1.0, "look": 0.3, "name": 0.3, "meant": 0.3, "centre": 0.3, "offset": 1.0, "size": 1.0, "colour": 0.3, "shape": 1.0}


def rate(share, peak, warm=0.02):
    """Learning rate after a share of the time: linear warm-up, then cosine to 2 % of the peak."""
    if share < warm:
        return peak * share / warm
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, (share - warm) / (1 - warm)))))


def update_ema(ema, model, step):
    decay = min(0.998, (1 + step) / (10 + step))
    with torch.no_grad():
        for a, b in zip(ema.state_dict().values(), model.state_dict().values()):
            if a.dtype.is_floating_point:
                a.mul_(decay).add_(b, alpha=1 - decay)
            else:
                a.copy_(b)


def load(path):
    """(averaged model, tokenizer, checkpoint) of a checkpoint file, or of the folder with it."""
    state = torch.load(os.path.join(path, LATEST) if os.path.isdir(path) else path, map_location="cpu")
    model = Planner(Config(**state["config"]))
    model.load_state_dict(state["ema"])
    return model.eval(), Tokenizer.from_json(state["tokenizer"]), state


def curves(path, log):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(15, 4))
    tests = [e for e in log if "function" in e]
    for name in WEIGHT:
        known = [e for e in log if name in e]
        axes[0].semilogy([e["minutes"] for e in known], [max(1e-4, e[name]) for e in known], label=name)
    for name in ("function", "right object", "name", "without a point: exact", "where: right object", "what: exact", "beside: exact", "tallest: exact", "finished: exact"):
        axes[1].plot([e["minutes"] for e in tests if name in e], [e[name] for e in tests if name in e], marker=".", label=name)
    for name in ("error mm, median", "error mm, p95"):
        axes[2].semilogy([e["minutes"] for e in tests if name in e], [max(0.1, e[name]) for e in tests if name in e], marker=".", label=name)
    for axis, title in zip(axes, ("training loss", "held-out accuracy", "held-out pointing error, mm")):
        axis.set_title(title)
        axis.set_xlabel("minutes of training")
        axis.grid(alpha=0.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(path + ".tmp.png", dpi=80)
    os.replace(path + ".tmp.png", path)
    pyplot.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=180, help="training time over all restarts, evaluation included: processor time of each process, so that a busy machine only takes longer")
    parser.add_argument("--images", type=int, default=12, help="pictures a step of the decoder")
    parser.add_argument("--pairs", type=int, default=3, help="questions a picture")
    parser.add_argument("--eye-images", type=int, default=16, help="pictures a step of the eye")
    parser.add_argument("--eye-share", type=float, default=0.18, help="share of the time in which the eye learns, alone; then the decoder does: what it reads stands still from there on")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak of the decoder's learning rate")
    parser.add_argument("--eye-rate", type=float, default=4e-3, help="peak of the eye's")
    parser.add_argument("--threads", type=int, default=1, help="on a machine shared with others, two threads wait for each other more than they work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--evaluate-minutes", type=float, default=10)
    parser.add_argument("--evaluate-images", type=int, default=100)
    parser.add_argument("--initial", help="checkpoint, or folder of a package, whose fitting weights a new training starts with")
    parser.add_argument("--fresh", action="store_true", help="start over")
    parser.add_argument("--config", default="{}", help="JSON over the model's defaults")
    parser.add_argument("--processes", type=int, default=1, help="cores: each learns from pictures of its own, together they go so much faster")
    options = parser.parse_args()
    teams.run(train, options.processes, options)


def train(team, options):
    """One process of a training: see `main` for the options."""
    say = functools.partial(print, flush=True) if team.leads else lambda text: None
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    os.makedirs(options.out, exist_ok=True)
    latest = os.path.join(options.out, LATEST)
    library = Library(options.data)
    library.refresh()
    while not library.training:
        print(f"waiting for shards in {options.data}", flush=True)
        time.sleep(20)
        library.refresh()

    state = torch.load(latest, map_location="cpu") if os.path.exists(latest) and not options.fresh else None
    initial = None
    if options.initial and state is None:
        initial = restore(options.initial) if os.path.isdir(options.initial) else torch.load(options.initial, map_location="cpu")
    if state is not None:
        tokenizer = Tokenizer.from_json(state["tokenizer"])
        config = Config(**state["config"])
    else:
        words = itertools.chain(["User:", "\nAssistant:"] * 2, itertools.islice(library.texts(), 40000))  # every word of the data
        # New data may appear at any moment: all go by what the leader has seen.
        text, (colours, shapes) = team.agree(lambda: (Tokenizer.learn(words, 512).to_json(), library.names()))
        tokenizer = Tokenizer.from_json(text)
        config = Config(colours=colours, shapes=shapes, vocabulary=tokenizer.size, **json.loads(options.config))
    model = Planner(config)
    before = state.get("initial") if state is not None else None
    if initial is not None:
        before = {"steps": initial["step"], "minutes": round(initial["elapsed"] / 60, 1)}
        fitting = carry_over(initial["model"], initial["config"], Tokenizer.from_json(initial["tokenizer"]), model, tokenizer)
        say(f"{fitting} of {len(model.state_dict())} tensors from {options.initial}")
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}], lr=0, betas=(0.9, 0.98))
    ema = copy.deepcopy(model)
    step, pictures, elapsed, log = 0, 0, 0.0, []
    if state is not None:
        model.load_state_dict(state["model"])
        ema.load_state_dict(state["ema"])
        optimiser.load_state_dict(state["optimiser"])
        step, pictures, elapsed, log = (state[k] for k in ("step", "pictures", "elapsed", "log"))
    batcher = Batcher(library, tokenizer, config, options.pairs, options.seed + step + 1_000_000 * team.rank)
    prefix = prefix_ids(tokenizer, config.image_tokens)
    digits = torch.tensor(tokenizer.digits)
    parameters = sum(p.numel() for p in model.parameters())
    say(f"{parameters / 1e6:.2f} M parameters (eye {sum(p.numel() for p in model.eye.parameters()) / 1e6:.2f}), {config.image_tokens} image tokens, "
          f"vocabulary {config.vocabulary}, colours {config.colours}, shapes {config.shapes}, from step {step}, {elapsed / 60:.1f} min")

    def save(path):
        torch.save({
            "config": config.to_dict(), "tokenizer": tokenizer.to_json(), "model": model.state_dict(), "ema": ema.state_dict(),
            "optimiser": optimiser.state_dict(), "step": step, "pictures": pictures, "elapsed": elapsed, "log": log, "seed": options.seed,
            "options": vars(options), "initial": before, "shards": sorted(library.shards)}, path + ".tmp")
        os.replace(path + ".tmp", path)

    def test():
        # The first half of training is judged coarsely, for speed.
        images = options.evaluate_images if elapsed < 0.9 * options.minutes * 60 else 3 * options.evaluate_images
        cases = evaluate.held_out(library, images, 5)
        table = evaluate.score(cases, evaluate.answers(ema, tokenizer, cases))
        log.append({"minutes": elapsed / 60, "step": step, **table})
        hardest = sorted(batcher.wrong.items(), key=lambda item: -item[1])
        print("  written wrongly of late: " + ", ".join(f"{task} {share:.2f}" for task, share in hardest), flush=True)
        print("  held out: " + ", ".join(f"{k} {v}" for k, v in table.items()), flush=True)

    refreshed = tested = reported = saved = time.time()
    started = time.process_time()
    sums, count = collections.Counter(), 0
    base = elapsed
    while elapsed < options.minutes * 60:
        share = elapsed / (options.minutes * 60)
        if share >= options.eye_share and not model.eye.frozen:
            team.share(ema.eye.state_dict())
            model.eye.load_state_dict(ema.eye.state_dict())
            model.eye.frozen = True
            sums, count = collections.Counter(), 0
            say("  the eye has learned; now the decoder")
        model.train()
        if model.eye.frozen:
            learning = rate((share - options.eye_share) / (1 - options.eye_share), options.rate)
            pixels, packed = batcher.to_write(options.images)
            tokens, _, _, marks = model.eye(pixels)
            packed = as_marked(packed, marks, digits)
            logits, looks = model.write(tokens, prefix, packed, options.images)
            batcher.learned(packed, logits)
            parts = losses_of_writing(logits, marks, looks, prefix, packed)
        else:
            learning = rate(share / options.eye_share, options.eye_rate)
            pixels, dense = batcher.to_see(options.eye_images)
            parts = losses_of_seeing(model.eye(pixels)[1], dense, len(config.colours))
        for group in optimiser.param_groups:
            group["lr"] = learning
        loss = sum(WEIGHT[k] * v for k, v in parts.items())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        before_step, mine = elapsed, base + time.process_time() - started
        elapsed, = team.average(model.parameters(), mine)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        pictures += len(pixels)
        update_ema(ema, model, step)
        count += 1
        for k, v in parts.items():
            sums[k] += float(v)
        now = time.time()
        if now - refreshed > 60:
            refreshed = now
            if library.refresh():
                batcher.reshuffle()
                say(f"  {len(library.training)} training pictures")
        if not team.leads:
            continue
        for passed in choose.passed(before_step / (options.minutes * 60), elapsed / (options.minutes * 60)):
            if passed < 1:  # the last one is tested first
                save(os.path.join(choose.make_room(options.out, passed), LATEST))
        if now - reported > 20:
            if now - saved > 90:
                save(latest)
                saved = now
            means = {k: v / count for k, v in sums.items()}
            log.append({"minutes": elapsed / 60, "step": step, **means})
            left = options.minutes - elapsed / 60
            print(f"{elapsed / 60:6.1f} min, step {step}, {count / (now - reported):.2f} steps/s, {left:.0f} min left, rate {learning:.1e}, "
                  + ", ".join(f"{k} {v:.3f}" for k, v in means.items()), flush=True)
            sums, count, reported = collections.Counter(), 0, now
        if now - tested > options.evaluate_minutes * 60:
            if model.eye.frozen:
                test()
            save(latest)
            with open(os.path.join(options.out, "log.jsonl"), "w", encoding="utf-8") as file:
                file.writelines(json.dumps(e) + "\n" for e in log)
            curves(os.path.join(options.out, "curves.png"), log)
            tested = reported = time.time()
            sums, count = collections.Counter(), 0
    if not team.leads:
        return
    test()
    save(latest)
    save(os.path.join(choose.make_room(options.out, 1), LATEST))
    curves(os.path.join(options.out, "curves.png"), log)
    with open(os.path.join(options.out, "log.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(e) + "\n" for e in log)
    print("finished", flush=True)


if __name__ == "__main__":
    main()
