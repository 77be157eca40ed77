"""Writes a model package in the Hugging Face SmolVLM ONNX layout:
`PYTHONPATH=models/training /usr/bin/python3 -m planner.export --checkpoint out/train/planner --package models/planner`.

With --data it also measures the network on the held-back pictures (into the manifest) and writes cases for check.mjs to --cases.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess

import numpy as np
import onnx
import torch

from . import evaluate
from .data import Library, answer_ids, prefix_ids, question_ids
from .graphs import graphs
from .model import GRID
from .quantise import quantise
from .tokenizer import END, END_OF_TEXT, FAKE, GLOBAL, IMAGE, START
from .train import load

LONGEST = 32  # tokens of an answer
CHAT_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}"
    "{% endif %}{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}{% elif line['type'] == 'image' %}{{ '<image>' }}"
    "{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}")


def texts(model, tokenizer):
    """The package's JSON files, by name."""
    config = model.config
    ids = tokenizer.specials
    text = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": config.hidden, "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads, "num_key_value_heads": config.heads, "head_dim": config.head_dim, "intermediate_size": config.inner,
        "hidden_act": "silu", "rms_norm_eps": config.norm_eps, "rope_theta": config.rope_theta, "max_position_embeddings": 2048,
        "vocab_size": config.vocabulary, "tie_word_embeddings": False, "bos_token_id": ids[START], "eos_token_id": ids[END], "pad_token_id": ids[END_OF_TEXT]}
    size = {"longest_edge": config.image_size}
    special = {"bos_token": START, "eos_token": END, "pad_token": END_OF_TEXT, "unk_token": END_OF_TEXT}
    return {
        "config.json": {
            "model_type": "smolvlm", "architectures": ["SmolVLMForConditionalGeneration"], "image_token_id": ids[IMAGE], "vocab_size": config.vocabulary,
            "bos_token_id": ids[START], "eos_token_id": ids[END], "pad_token_id": ids[END_OF_TEXT], "tie_word_embeddings": False, "text_config": text,
            "vision_config": {"model_type": "smolvlm_vision", "image_size": config.image_size, "num_channels": 3, "hidden_size": config.hidden}},
        "generation_config.json": {
            "bos_token_id": ids[START], "eos_token_id": ids[END], "pad_token_id": ids[END_OF_TEXT], "do_sample": False, "max_new_tokens": LONGEST},
        "preprocessor_config.json": {
            "image_processor_type": "Idefics3ImageProcessor", "processor_class": "Idefics3Processor", "do_convert_rgb": True, "do_resize": True,
            "do_image_splitting": False, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "do_pad": True,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 1, "size": size, "max_image_size": size},
        "processor_config.json": {"processor_class": "Idefics3Processor", "image_seq_len": config.image_tokens},
        "tokenizer_config.json": {
            "tokenizer_class": "GPT2Tokenizer", "model_max_length": 2048, "clean_up_tokenization_spaces": False, "chat_template": CHAT_TEMPLATE,
            "additional_special_tokens": [FAKE, IMAGE, GLOBAL, END], **special},
        "special_tokens_map.json": special,
    }


def tasks_of(folder):
    """The tasks that the data mixes."""
    with open(os.path.join(folder, "meta.json"), encoding="utf-8") as file:
        return list(json.load(file)["tasks"])


def data_hash(folder, numbers):
    """SHA-256 over the names and contents of the shards that were used."""
    total = hashlib.sha256()
    for number in numbers:
        for name in (f"images-{number}.npy", f"objects-{number}.jsonl", f"samples-{number}.jsonl"):
            total.update(name.encode())
            with open(os.path.join(folder, name), "rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def write_cases(folder, model, tokenizer, cases, replies):
    """Pictures (raw RGB), prompts and this network's own answers, for check.mjs."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    entries = []
    for number, ((shard, index, samples), texts_) in enumerate(zip(cases, replies)):
        np.asarray(shard.images[index]).tofile(os.path.join(folder, f"{number}.rgb"))
        things = [{"colour": t.colour, "shape": t.shape, "x": t.x, "y": t.y} for t in shard.things[index]]
        for sample, reply in zip(samples, texts_):
            pictures = [f"{number}.rgb"]
            if sample.picture >= 0:
                pictures.append(f"{number}-{sample.picture}.rgb")
                np.asarray(shard.images[sample.picture]).tofile(os.path.join(folder, pictures[1]))
            tokens = model.config.image_tokens
            ids = prefix_ids(tokenizer, tokens).tolist() + question_ids(tokenizer, sample.prompt, tokens if len(pictures) > 1 else 0)
            entries.append({
                "pictures": pictures, "kind": sample.kind, "task": sample.task, "prompt": sample.prompt, "wanted": sample.answer, "torch": reply,
                "ids": [tokenizer.specials[IMAGE] if i < 0 else i for i in ids],
                "answerIds": answer_ids(tokenizer, reply), "things": things})
    with open(os.path.join(folder, "cases.json"), "w", encoding="utf-8") as file:
        json.dump({"size": model.config.image_size, "cases": entries}, file)


def card(manifest, config):
    """README.md of the package."""
    training, measured, planner = manifest["training"], manifest["measured"], manifest["planner"]
    rows = "\n".join(f"| {name} | {value if not 0 <= value <= 1 or name.startswith('error') else f'{100 * value:.1f} %'} |"
                     for name, value in measured.items() if not isinstance(value, dict) and name != "answers")
    unseen = measured.get("unseen wordings", {})
    unseen_rows = "\n".join(f"| {name} | {100 * value:.1f} % |" for name, value in unseen.items() if name != "answers")
    return f"""# {manifest["name"]}: writes the robot's next call

A vision-language model of {planner["parameters"] / 1e6:.2f} M parameters, trained from scratch on pictures that the rig rendered and on the calls that its
scripted oracle wrote ({", ".join(manifest["task"])}). It reads the front camera's picture, the task's sentence and the memory of what was done, and
writes one call of the robot API, for example `pick("red cube", at=(412, 377))` (what it is, and where, per mille of the picture's width and height) or `place(at=memory(1))`.

Hugging Face SmolVLM layout: `onnx/vision_encoder`, `embed_tokens`, `decoder_model_merged` (int8 weights, suffix `_quantized`), byte-level BPE in
`tokenizer.json`, chat template in `tokenizer_config.json`. transformers.js 4.3.1 runs the folder as it is (`models/training/planner/check.mjs`).

- Picture: {config.image_size} x {config.image_size}, the whole camera picture squeezed to a square by area averaging, (x / 255 - 0.5) / 0.5, no tiles.
- Vision encoder: a convolutional eye. It marks where things meet the table on a {GRID} x {GRID} grid; the best {config.slots} marks become
  image tokens (features, score, colour, shape, position as waves, coordinate digit by digit), followed by a {config.context} x {config.context} map: {config.image_tokens} image tokens.
- Decoder: llama type, {config.layers} layers, hidden {config.hidden}, {config.heads} heads, inner {config.inner}, vocabulary {config.vocabulary}; digits are tokens of their own.
- Prompt: `Task: <sentence>\nMemory: empty\nCall:` or, with a memory, a line `<slot> <call> <outcome>` for each remembered call. The answer follows
  `Assistant:` without a space and ends with `<end_of_utterance>`. Auxiliary questions of the training (`Question: where is the red cube?`) work as well.

## Training
{training["steps"]} steps in {training["minutes"]} minutes on CPU (`python3 -m planner.train`), {training["images"]} pictures drawn from {training["shards"]} shards, seed {training["seed"]}.
{f"It started from the weights of an earlier training ({training['initial']['steps']} steps, {training['initial']['minutes']} minutes)." if training["initial"] else ""}

## Measured
Greedy answers of the float32 network, without the runtime's grammar, on pictures that it was not trained on; millimetres are on the table.
`check.mjs` compares the exported int8 package with it.

| Measure | Value |
| --- | --- |
{rows}

Sentences in wordings that it was not trained on (`hil/tasks/instructions.json`, split test):

| Measure | Value |
| --- | --- |
{unseen_rows}

## Limits
Knows six colours and the shapes of the rig, one camera pose (small errors of it included in the training), and the rig's light; it was never shown a
real photograph. Points are exact to the table's plane: height is not written. A sentence far from the trained wordings gets a call all the same.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--package", required=True)
    parser.add_argument("--work", default="out/train/planner-export", help="float32 graphs and intermediate files")
    parser.add_argument("--initial", type=json.loads, help="steps and minutes of the training this one started from, where the checkpoint does not say")
    parser.add_argument("--data", help="folder of the shards, to measure on the pictures held back")
    parser.add_argument("--cases", help="folder for check.mjs (needs --data)")
    parser.add_argument("--wordings", default="hil/tasks/instructions.json", help="the rig's wordings, to measure with those kept for evaluation")
    parser.add_argument("--measure-images", type=int, default=400)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    model, tokenizer, state = load(options.checkpoint)
    torch.manual_seed(0)
    float32 = graphs(model, os.path.join(options.work, "onnx"))
    package = options.package
    os.makedirs(os.path.join(package, "onnx"), exist_ok=True)
    for stem, path in float32.items():
        onnx.save(quantise(onnx.load(path)), os.path.join(package, "onnx", stem + "_quantized.onnx"))
    files = {**{n: json.dumps(t, indent=2, ensure_ascii=False) + "\n" for n, t in texts(model, tokenizer).items()}, "tokenizer.json": tokenizer.to_json() + "\n"}
    for folder in (package, options.work):
        for name, content in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)

    measured, training = {}, {
        "seed": state["seed"], "steps": state["step"], "minutes": round(state["elapsed"] / 60, 1), "images": state["pictures"],
        "shards": len(state["shards"]), "rate": state["options"]["rate"], "eyeRate": state["options"]["eye_rate"],
        "initial": options.initial or state.get("initial")}
    if options.data:
        library = Library(options.data)
        library.refresh()
        training["dataSha256"] = data_hash(options.data, [n for n in state["shards"] if n in library.shards])
        cases = evaluate.held_out(library, options.measure_images, 6)
        replies = evaluate.answers(model, tokenizer, cases)
        measured = evaluate.score(cases, replies)
        for name, value in measured.items():
            print(f"{name:32} {value}")
        if os.path.exists(options.wordings):
            unseen = evaluate.Rewording(options.wordings).apply_all(cases)
            table = evaluate.score(unseen, evaluate.answers(model, tokenizer, unseen))
            measured["unseen wordings"] = {k: v for k, v in table.items() if not k.startswith("error")}
            print("unseen wordings:", measured["unseen wordings"])
        if options.cases:
            count = max(1, len(cases) // 4)
            write_cases(options.cases, model, tokenizer, cases[:count], replies[:count])
    relative = sorted(["onnx/" + s + "_quantized.onnx" for s in float32] + list(files))
    manifest = {
        "format": 1, "kind": "planner", "name": "scratch-vlm-1m", "task": tasks_of(options.data or state["options"]["data"]),
        "files": {name: hashlib.sha256(open(os.path.join(package, name), "rb").read()).hexdigest() for name in relative},
        "provider": {"prefer": ["cpu"], "require": False},
        "planner": {
            "dtype": "q8", "imageSize": model.config.image_size, "imageTokens": model.config.image_tokens, "maxPromptTokens": 512, "maxNewTokens": LONGEST,
            "colours": model.config.colours, "shapes": model.config.shapes, "parameters": sum(p.numel() for p in model.parameters())},
        "training": training,
        "measured": measured,
    }
    with open(os.path.join(package, "manifest.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    with open(os.path.join(package, "README.md"), "w", encoding="utf-8") as file:
        file.write(card(manifest, model.config))
    # The inputs that the robot's loader tries, with the answers of these very graphs.
    subprocess.run(["node", os.path.join(os.path.dirname(__file__), "golden.mjs"), package], check=True)
    total = sum(os.path.getsize(os.path.join(package, n)) for n in relative)
    print(f"{package}: {total / 1e6:.2f} MB, {training['steps']} steps")


if __name__ == "__main__":
    main()
