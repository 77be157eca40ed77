"""Ships the checkpoint that acts best: exports each that a training has kept, lets the rig's tasks be done with it, and takes the one with most successes.

`PYTHONPATH=models/training /usr/bin/python3 -m choose policy` (or planner, or flat). The other level is the oracle; the scenes are for tuning, so the figures of the
held-out ones stay honest. Goes on where it was cut off; the table lies in out/train/KIND/choice.json.
"""
import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

# After these shares of a training a checkpoint is kept: before the first the learning rate is still high.
SHARES = (0.6, 0.8, 1.0)

EXPORT = {"planner": "planner.export", "policy": "policy.export", "flat": "policy.export"}
ACT = {
    "planner": lambda package: ["--planner", "vlm", "--planner-package", package, "--policy", "oracle"],
    "policy": lambda package: ["--planner", "oracle", "--policy", "diffusion", "--policy-package", package],
    "flat": lambda package: ["--policy", "flat", "--flat", package],
}


def folder(run, share):
    """Where the checkpoint after a share of a training is kept."""
    return Path(run) / f"kept-{round(100 * share):03d}"


def make_room(run, share):
    """That folder, empty: a package or an evaluation in it was of an earlier training's checkpoint."""
    place = folder(run, share)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return place


def passed(before, now):
    """The shares that a step of the training, from one share to another, has passed."""
    return [share for share in SHARES if before < share <= now]


def successes(kind, package, out, options):
    """(successes, episodes) of the rig's tasks with a package."""
    subprocess.run([options.rig, "eval", *map(str, ACT[kind](package)), "--tasks", options.tasks, "--episodes", str(options.episodes), "--seed", str(options.seed),
                    "--memory", "on", "--films", "0", "--out", str(out)], check=True)
    rows = json.loads((out / "result.json").read_text())["rows"]
    return sum(r["successes"] for r in rows), sum(r["episodes"] for r in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=sorted(EXPORT))
    parser.add_argument("--run", help="folder of the training; out/train/KIND")
    parser.add_argument("--data", help="its data; out/data/KIND")
    parser.add_argument("--package", help="where the best one goes; models/KIND")
    parser.add_argument("--tasks", default="all")
    parser.add_argument("--episodes", type=int, default=2, help="scenes a task")
    parser.add_argument("--seed", type=int, default=400100, help="of the first scene; from 400000 to 499999")
    parser.add_argument("--rig", default="out/bin/edge-hil")
    options = parser.parse_args()
    run = Path(options.run or f"out/train/{options.kind}")
    data = options.data or f"out/data/{options.kind}"
    kept = [folder(run, share) for share in SHARES if folder(run, share).exists()]
    if not kept:
        sys.exit(f"choose: {run} has kept no checkpoint: train first")

    table = []
    for place in kept:
        if not (place / "package" / "manifest.json").exists():
            subprocess.run([sys.executable, "-m", EXPORT[options.kind], "--data", data, "--checkpoint", str(place), "--package", str(place / "package")], check=True)
        won, played = successes(options.kind, place / "package", place / "eval", options)
        table.append({"kept": place.name, "successes": won, "episodes": played})
        print(f"choose: {options.kind}, {place.name}: {won} of {played}", flush=True)
    best = max(reversed(table), key=lambda row: row["successes"])  # of equals the one that learned longest
    (run / "choice.json").write_text(json.dumps({"best": best["kept"], "rows": table}, indent=2) + "\n")
    shutil.copytree(run / best["kept"] / "package", options.package or f"models/{options.kind}", dirs_exist_ok=True)
    print(f"choose: {options.kind}: {best['kept']} ships")


if __name__ == "__main__":
    main()
