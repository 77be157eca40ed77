"""Writes the package that the robot (the flat one: the rig) loads: python3 -m policy.export --checkpoint out/train/policy --package models/policy"""
import argparse
import hashlib
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

from . import objective as objectives
from .data import FlatData, PolicyData
from .network import Policy
from .train import CHECKPOINT

OPSET = 17
IR_VERSION = 8


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default="out/train/policy", help="folder that policy.train wrote")
    parser.add_argument("--data", help="its training data, for the hash; left out of the manifest when it is gone; out/data/policy or out/data/flat")
    parser.add_argument("--package", default="models/policy")
    parser.add_argument("--solver", choices=("ddim", "ddpm", "dpm-solver++"), default="dpm-solver++", help="of a diffusion policy; a flow policy has its own")
    parser.add_argument("--solver-steps", type=int, default=4)
    parser.add_argument("--measured", help="result.json of `edge-hil eval`, to be quoted in the manifest")
    return parser.parse_args()


def export(module, inputs, path, input_names, output_names):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, inputs, str(path), opset_version=OPSET, input_names=input_names, output_names=output_names, do_constant_folding=True)
    model = onnx.load(str(path))
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def write_golden(policy, path, horizon, channels):
    """One input with what torch answers; the robot's loader compares."""
    generator = torch.Generator().manual_seed(7)
    inputs = policy.encoder.example(generator)
    noisy = torch.randn(1, horizon, channels, generator=generator)
    timestep = torch.tensor([37.5])
    with torch.no_grad():
        cond = policy.encoder(*inputs)
        prediction = policy.denoiser(noisy, timestep, cond)
    np.concatenate([x.numpy().ravel() for x in (*inputs, noisy, timestep, cond, prediction)]).astype("<f4").tofile(path)
    return inputs, (noisy, timestep, cond)


def model_card(manifest, history):
    training, solver = manifest["training"], manifest["policy"]["solver"]
    last = next((row for row in reversed(history) if "first_step_mm" in row), {})
    is_flat = "words" in manifest["policy"]
    lines = [
        "# Flat policy" if is_flat else "# Policy", "",
        f"Turns {'a sentence and the whole picture' if is_flat else 'a call of the robot API and the picture'} of the front camera into a chunk of tool motion, suction and "
        f"progress (10 Hz, 16 steps){': the baseline without planner and memory, for the rig alone' if is_flat else ''}.", "",
        f"- {'Tasks' if is_flat else 'Calls'}: {', '.join(manifest['task'])}.",
        f"- Network: convolutional encoder with a spatial softmax{', a GRU over the words that says where to look,' if is_flat else ''} and a 1D U-Net, {training['parameters'] / 1e6:.2f} M parameters; "
        f"objective {training['objective']}, solver {solver['kind']} with {solver['steps']} steps.",
        f"- Data: {training['samples']} states of {training['episodes']} episodes done by the rig's scripted expert under disturbances; each state relabelled by it. "
        "Made by `make data`; nothing recorded from people.",
        f"- Training: {training['steps']} steps of {training['batch']}, {training['seconds'] / 60:.0f} minutes"
        + (f", as the student of a policy of {training['teacher']['steps']} steps (`policy.distil`)." if "teacher" in training else "."),
    ]
    if last:
        lines.append(f"- On held-out episodes: first step off by {last['first_step_mm']:.2f} mm, chunk's end by {last['chunk_end_mm']:.1f} mm, "
                     f"suction wrong in {last['suction_wrong_percent']:.2f} % of steps" + (f", target's offset seen within {last['offset_mm']:.1f} mm." if "offset_mm" in last else "."))
    if "measured" in manifest:
        lines.append(f"- Measured success: `{json.dumps(manifest['measured'])}`.")
    lines += [
        "- Limits: simulated data only; things 2 to 7 cm high with a flat top" + ("." if is_flat else "; targets off by up to about 2 cm. `done` is believed only when the cup's sensor agrees."),
        "", "`manifest.json` says what the numbers mean; `golden.bin` holds one input with its right outputs, which the loader compares.", ""]
    return "\n".join(lines)


def main():
    args = arguments()
    torch.set_num_threads(1)
    saved = torch.load(Path(args.checkpoint) / CHECKPOINT, map_location="cpu")
    shape, meta, settings = saved["shape"], saved["meta"], saved["settings"]
    is_flat = bool(shape.get("sentence"))
    data = FlatData if is_flat else PolicyData
    if saved["step"] < settings["steps"]:
        print(f"{data.KIND}: exporting an unfinished run, step {saved['step']} of {settings['steps']}")
    policy = Policy(**shape).eval()
    policy.load_state_dict(saved["average"])
    package = Path(args.package)
    package.mkdir(parents=True, exist_ok=True)
    observation, question = write_golden(policy, package / "golden.bin", meta["horizon"], shape["channels"])
    export(policy.encoder, observation, package / "encoder.onnx", policy.encoder.inputs, ["cond"])
    export(policy.denoiser, question, package / "denoiser.onnx", ["noisy_actions", "timestep", "cond"], ["prediction"])

    training = {
        "samples": saved["samples"], "episodes": saved["episodes"], "objective": settings["objective"],
        "steps": saved["step"], "batch": settings["batch"], "seconds": round(saved["seconds"]), "parameters": policy.parameter_count,
        "seed": settings["seed"], "torch": torch.__version__}
    if "teacher" in settings:
        training["teacher"] = settings["teacher"]
    lessons = Path(args.data or f"out/data/{data.KIND}")
    if (lessons / "meta.json").exists():
        training["dataSha256"] = data(lessons).sha256()
    files = ("encoder.onnx", "denoiser.onnx", "golden.bin")
    manifest = {
        "format": 1, "kind": "policy", "name": f"{'flat-' if is_flat else ''}{settings['objective']}-unet1d", "task": saved["calls"],
        "files": {name: hashlib.sha256((package / name).read_bytes()).hexdigest() for name in files},
        "provider": {"prefer": ["tensorrt", "cuda", "cpu"]},
        "policy": {
            "encoder": meta["encoder"], "calls": [] if is_flat else saved["calls"], "observationSteps": meta["observationSteps"], "imageSteps": shape["image_steps"],
            "stateFeatures": meta["stateFeatures"], "horizon": meta["horizon"], "stepSeconds": meta["stepSeconds"],
            "actionChannels": meta["actionChannels"], "translationScaleM": meta["translationScaleM"], "yawScaleRad": meta["yawScaleRad"],
            "solver": objectives.create(settings["objective"], settings["prediction"]).manifest(args.solver_steps, args.solver), "seed": 1},
        "units": {"images": f"0..1, [1, imageSteps, {'rgb, 96, 96' if is_flat else 'rgb + heat map, 48, 48'}]",
                  "state": f"see {'SceneEncoder' if is_flat else 'ObservationEncoder'}, [1, observationSteps * stateFeatures]",
                  "dx, dy, dz": "translationScaleM, base frame, a step", "dyaw": "yawScaleRad, a step", "suction": "on above 0",
                  "progress": "-1..1 for 0..1; done from 0.9"},
        "training": training}
    if is_flat:
        manifest["policy"].update(sentenceWords=meta["sentenceWords"], words=meta["words"])
        manifest["units"]["words"] = "numbers [1, sentenceWords], the sentence at the end: 0 nothing, 1 unknown, 2 the first of words"
    if args.measured:
        manifest["measured"] = json.loads(Path(args.measured).read_text()).get("rows")
    (package / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (package / "README.md").write_text(model_card(manifest, saved["history"]))
    size = sum((package / name).stat().st_size for name in files) / 1e6
    print(f"{data.KIND}: wrote {package} ({size:.1f} MB, {policy.parameter_count / 1e6:.2f} M parameters)")


if __name__ == "__main__":
    main()
