"""Teaches a flow policy to act in one or two steps: python3 -m policy.distil --teacher out/train/policy --out out/train/policy-fast

Rectified flow (Liu et al. 2022, "reflow"): the teacher turns noise into actions with many steps; the student learns the straight line between the two. Lines of
such pairs do not cross, so the student's first step already points to the teacher's own answer for that noise. The encoder is the teacher's, untouched: only the
denoiser learns, from pairs that are drawn once. An interrupted run goes on when the same command is given again.
"""
import argparse
import os
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from . import objective as objectives
from .data import PolicyData
from .network import Policy
from .train import CHECKPOINT, follow, rate_at, resume, validate, write_checkpoint

PAIRS = "pairs.pt"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--teacher", default="out/train/policy", help="folder of policy.train, objective flow")
    parser.add_argument("--data", default="out/data/policy")
    parser.add_argument("--out", default="out/train/policy-fast")
    parser.add_argument("--pairs", type=int, default=40000, help="pairs of noise and action to draw from the teacher")
    parser.add_argument("--teacher-steps", type=int, default=16)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--start-share", type=float, default=0.5, help="share of the training at t = 0, where a single step begins")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint-seconds", type=float, default=120)
    parser.add_argument("--max-shards", type=int, help="less data, for a quick look")
    return parser.parse_args()


@torch.no_grad()
def draw_pairs(teacher, objective, data, count, steps, device, batch=256):
    """Conditions, noise and the teacher's actions from it."""
    began, parts = time.monotonic(), []
    for first in range(0, count, batch):
        rows = data.draw(min(batch, count - first))
        *inputs, actions, _ = (x.to(device) for x in data.batch(rows, augment=True))
        cond, noise = teacher.encoder(*inputs), torch.randn_like(actions)
        parts.append((cond.cpu(), noise.cpu(), objective.sample(teacher.denoiser, cond, noise, steps).cpu()))
        done = first + len(rows)
        if (first // batch) % 20 == 0:
            left = (time.monotonic() - began) / done * (count - done) / 60
            print(f"distil: {done} of {count} pairs, {left:.1f} min to go", flush=True)
    return tuple(torch.cat(part) for part in zip(*parts))


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.device == "cpu":
        os.nice(5)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    saved_teacher = torch.load(Path(args.teacher) / CHECKPOINT, map_location=args.device)
    if saved_teacher["settings"]["objective"] != "flow":
        raise SystemExit(f"{args.teacher}: its objective is {saved_teacher['settings']['objective']}; the teacher must be a flow policy")
    data = PolicyData(args.data, args.max_shards)
    objective = objectives.create("flow")
    shape = saved_teacher["shape"]
    teacher, policy, average = (Policy(**shape).to(args.device) for _ in range(3))
    for network in (teacher, policy, average):
        network.load_state_dict(saved_teacher["average"])
    settings = {"objective": "flow", "prediction": "v", "teacher": {"steps": saved_teacher["step"], "solverSteps": args.teacher_steps, "pairs": args.pairs},
                **{k: getattr(args, k) for k in ("steps", "batch", "rate", "start_share", "seed")}}
    optimizer = torch.optim.AdamW(policy.denoiser.parameters(), lr=args.rate, weight_decay=1e-4)
    checkpoint = out / CHECKPOINT
    step, seconds, history = resume(checkpoint, settings, args, policy, average, optimizer, "remove the folder")
    if checkpoint.exists():
        print(f"distil: going on at step {step}", flush=True)
    if not (out / PAIRS).exists():
        torch.save(draw_pairs(teacher, objective, data, args.pairs, args.teacher_steps, args.device), out / "pairs.partial")
        (out / "pairs.partial").replace(out / PAIRS)
    cond, noise, actions = torch.load(out / PAIRS)
    before = {n: validate(teacher, objective, data, args.device, steps=n) for n in (1, 2, args.teacher_steps)}
    for n, row in before.items():
        print(f"distil: teacher, {n} steps: first step {row['first_step_mm']:.2f} mm, chunk end {row['chunk_end_mm']:.1f} mm", flush=True)

    def save():
        write_checkpoint(
            checkpoint, history, settings=settings, shape=shape, meta=data.meta, calls=data.groups, samples=saved_teacher["samples"], episodes=saved_teacher["episodes"],
            policy=policy.state_dict(), average=average.state_dict(), optimizer=optimizer.state_dict(), step=step, seconds=seconds)

    began = last_save = last_report = time.monotonic()
    first, total, count = step, 0.0, 0
    while step < args.steps:
        rows = torch.randint(len(cond), (args.batch,))
        c, z, a = (x[rows].to(args.device) for x in (cond, noise, actions))
        t = torch.rand(len(rows), device=args.device) * (torch.rand(len(rows), device=args.device) >= args.start_share)
        at = t[:, None, None]
        for group in optimizer.param_groups:
            group["lr"] = rate_at(step, args)
        loss = F.mse_loss(policy.denoiser((1 - at) * z + at * a, t * objective.timesteps, c), a - z)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.denoiser.parameters(), 1.0)
        optimizer.step()
        step += 1
        follow(average.denoiser, policy.denoiser, step)
        total, count = total + loss.item(), count + 1
        now = time.monotonic()
        due = step % 500 == 0 or step == args.steps
        if due or now - last_report > 15:
            row = {"step": step, "loss": total / count}
            measured = ""
            if due:
                one, two = (validate(average, objective, data, args.device, steps=n) for n in (1, 2))
                row.update(one)
                row["two_steps"] = two
                measured = "".join(f", {n} step{'s' * (n > 1)}: first step {r['first_step_mm']:.2f} mm, chunk end {r['chunk_end_mm']:.1f} mm" for n, r in ((1, one), (2, two)))
            history.append(row)
            total, count, last_report = 0.0, 0, now
            per_step = (now - began) / (step - first)
            print(f"distil: step {step}/{args.steps}, loss {row['loss']:.4f}{measured}, {1000 * per_step:.0f} ms a step, {per_step * (args.steps - step) / 60:.1f} min to go", flush=True)
        if now - last_save > args.checkpoint_seconds or step == args.steps:
            seconds += now - last_save
            last_save = now
            save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
