"""Trains the policy: python3 -m policy.train --data out/data/policy --out out/train/policy; with --flat the baseline that has no planner.

One core is enough (about 40 minutes). An interrupted run goes on from its last checkpoint when the same command is given again.
"""
import argparse
import json
import math
import os
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

import choose
from . import objective as objectives
from .data import FlatData, PolicyData
from .network import Policy

CHECKPOINT = "checkpoint.pt"
OFFSET_UNIT_M = 0.03
EMA = 0.999


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flat", action="store_true", help="told the task's sentence instead of a call and its target")
    parser.add_argument("--data", help="folder that `edge-hil data` wrote; out/data/policy or out/data/flat")
    parser.add_argument("--out", help="folder of checkpoint and curves; out/train/policy or out/train/flat")
    parser.add_argument("--objective", choices=("flow", "ddpm"), default="flow")
    parser.add_argument("--prediction", choices=("epsilon", "sample", "v"), default="v", help="ddpm only")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--draws", type=int, default=2, help="noise levels for each encoded observation")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--offset-weight", type=float, default=0.3, help="weight of the auxiliary loss on the target's true offset")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint-seconds", type=float, default=120)
    parser.add_argument("--max-shards", type=int, help="less data, for a quick look")
    return parser.parse_args()


def losses(policy, objective, batch, draws, device):
    """Denoising loss by channel, and the auxiliary loss, of one batch."""
    *inputs, actions, offset = (x.to(device) for x in batch)
    cond, seen = policy.encoder.both(*inputs)
    # The denoiser is cheap beside the encoder: several noise levels for each look.
    cond, actions = cond.repeat(draws, 1), actions.repeat(draws, 1, 1)
    noisy, timestep, target = objective.noisy(actions)
    error = F.mse_loss(policy.denoiser(noisy, timestep, cond), target, reduction="none")
    visible = offset.isfinite()
    wanted = torch.where(visible, offset / OFFSET_UNIT_M, torch.zeros_like(offset))
    off = ((seen - wanted).square() * visible).sum() / visible.sum().clamp(min=1)
    return error.mean((0, 1)), off


@torch.no_grad()
def validate(policy, objective, data, device, count=1024, steps=4):
    """What matters on the robot: millimetres of the first step, millimetres and degrees of the chunk's end, suction right, progress, and the offset seen."""
    policy.eval()
    generator = torch.Generator().manual_seed(0)
    rows = data.validation[torch.randperm(len(data.validation), generator=generator)[:count]]
    *inputs, actions, offset = (x.to(device) for x in data.batch(rows, augment=False))
    cond, seen = policy.encoder.both(*inputs)
    noise = torch.randn(actions.shape, generator=generator).to(device)
    drawn = objective.sample(policy.denoiser, cond, noise, steps)
    scale = 1000 * data.meta["translationScaleM"]
    error = (drawn - actions)[..., :3] * scale
    visible = offset.isfinite().all(-1)
    result = {
        "first_step_mm": error[:, 0].norm(dim=-1).mean().item(),
        "chunk_end_mm": error.sum(1).norm(dim=-1).mean().item(),
        "chunk_end_deg": math.degrees(data.meta["yawScaleRad"]) * (drawn - actions)[..., 3].sum(1).abs().mean().item(),
        "suction_wrong_percent": 100 * ((drawn[..., 4] > 0) != (actions[..., 4] > 0)).float().mean().item(),
        "progress_error": 0.5 * (drawn[:, 0, 5] - actions[:, 0, 5]).abs().mean().item(),
    }
    if visible.any():
        result["offset_mm"] = 1000 * (seen * OFFSET_UNIT_M - offset)[visible].norm(dim=-1).mean().item()
    policy.train()
    return result


def plot(history, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    steps = [row["step"] for row in history]
    left.semilogy(steps, [row["loss"] for row in history], label="denoising")
    if "offset_loss" in history[0]:
        left.semilogy(steps, [row["offset_loss"] for row in history], label="offset")
    left.set_xlabel("step")
    left.set_title("training loss")
    left.legend()
    measured = [row for row in history if "first_step_mm" in row]
    for key in ("first_step_mm", "chunk_end_mm", "offset_mm"):
        rows = [row for row in measured if key in row]
        right.plot([row["step"] for row in rows], [row[key] for row in rows], label=key)
    right.set_ylim(bottom=0)
    right.set_xlabel("step")
    right.set_title("held-out episodes")
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def rate_at(step, args, warmup=200):
    if step < warmup:
        return args.rate * (step + 1) / warmup
    return args.rate * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, args.steps - warmup)))


def resume(checkpoint, settings, args, policy, average, optimizer, advice):
    """Goes on from a checkpoint: step, seconds and history so far; a fresh start where there is none."""
    if not checkpoint.exists():
        return 0, 0.0, []
    saved = torch.load(checkpoint, map_location=args.device)
    if saved["settings"] != settings:
        raise SystemExit(f"{checkpoint} was made with other settings ({saved['settings']}): {advice} or give the same")
    policy.load_state_dict(saved["policy"])
    average.load_state_dict(saved["average"])
    optimizer.load_state_dict(saved["optimizer"])
    torch.manual_seed(args.seed + saved["step"])
    return saved["step"], saved["seconds"], saved["history"]


def write_checkpoint(checkpoint, history, **content):
    """Under its name only when it is whole; the history also lies beside it, to read."""
    partial = checkpoint.with_suffix(".partial")
    torch.save({**content, "history": history}, partial)
    partial.replace(checkpoint)
    (checkpoint.parent / "history.json").write_text(json.dumps(history))


@torch.no_grad()
def follow(average, network, step):
    """The exponential average of a network's parameters takes one more step; early steps weigh more."""
    keep = min(EMA, (1 + step) / (10 + step))
    torch._foreach_mul_(list(average.parameters()), keep)
    torch._foreach_add_(list(average.parameters()), list(network.parameters()), alpha=1 - keep)


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.device == "cpu":
        os.nice(5)
    kind = FlatData if args.flat else PolicyData
    out = Path(args.out or f"out/train/{kind.KIND}")
    out.mkdir(parents=True, exist_ok=True)
    data = kind(args.data or f"out/data/{kind.KIND}", args.max_shards)
    objective = objectives.create(args.objective, args.prediction)
    channels, state_size = data.action.shape[-1], data.state.shape[-1]
    shape = {"channels": channels, "image_steps": 1, "state_size": state_size, "sentence": data.sentence}
    policy = Policy(**shape).to(args.device)
    average = Policy(**shape).to(args.device)
    average.load_state_dict(policy.state_dict())
    optimizer = torch.optim.AdamW(policy.parameters(), lr=args.rate, weight_decay=1e-4)
    checkpoint = out / CHECKPOINT
    settings = {k: getattr(args, k) for k in ("objective", "prediction", "steps", "batch", "draws", "rate", "offset_weight", "seed")}
    step, seconds, history = resume(checkpoint, settings, args, policy, average, optimizer, "remove it")
    if checkpoint.exists():
        print(f"{kind.KIND}: going on at step {step}", flush=True)
    print(f"{kind.KIND}: {len(data.train)} samples of {data.episodes} episodes ({', '.join(data.groups)}), {policy.parameter_count / 1e6:.2f} M parameters, "
          f"{args.objective}, {args.steps} steps of {args.batch}", flush=True)

    def save(checkpoint):
        write_checkpoint(
            checkpoint, history, settings=settings, shape=shape, meta=data.meta, calls=data.groups, samples=len(data.train), episodes=data.episodes,
            policy=policy.state_dict(), average=average.state_dict(), optimizer=optimizer.state_dict(), step=step, seconds=seconds)

    began = last_save = last_report = time.monotonic()
    first = step
    sums, count = torch.zeros(2), 0
    while step < args.steps:
        rows = data.draw(args.batch)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, args)
        by_channel, off = losses(policy, objective, data.batch(rows, augment=True), args.draws, args.device)
        optimizer.zero_grad(set_to_none=True)
        (by_channel.mean() + args.offset_weight * off).backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        optimizer.step()
        step += 1
        follow(average, policy, step)
        sums += torch.tensor([by_channel.mean().item(), off.item()])
        count += 1

        now = time.monotonic()
        due = step % 500 == 0 or step == args.steps
        if due or now - last_report > 15:
            row = {"step": step, "loss": sums[0].item() / count}
            if not args.flat:
                row["offset_loss"] = sums[1].item() / count
            if due:
                row.update(validate(average, objective, data, args.device))
            history.append(row)
            sums, count, last_report = torch.zeros(2), 0, now
            per_step = (now - began) / (step - first)
            measured = f", offset {row['offset_loss']:.4f}" if "offset_loss" in row else ""
            if due:
                measured += f", first step {row['first_step_mm']:.2f} mm, chunk end {row['chunk_end_mm']:.1f} mm {row['chunk_end_deg']:.1f} deg, suction wrong {row['suction_wrong_percent']:.2f} %, " \
                            f"progress {row['progress_error']:.3f}"
            if "offset_mm" in row:
                measured += f", offset {row['offset_mm']:.1f} mm"
            print(f"{kind.KIND}: step {step}/{args.steps} ({100 * step // args.steps} %), loss {row['loss']:.4f}{measured}, "
                  f"{1000 * per_step:.0f} ms a step, {per_step * (args.steps - step) / 60:.1f} min to go", flush=True)
        if now - last_save > args.checkpoint_seconds or step == args.steps:
            seconds += now - last_save
            last_save = now
            save(checkpoint)
            if history:
                plot(history, out / "curves.png")
        for share in choose.passed((step - 1) / args.steps, step / args.steps):
            save(choose.make_room(out, share) / CHECKPOINT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
