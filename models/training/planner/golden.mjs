// Writes golden.bin of a planner package (any SmolVLM folder with a manifest.json) and lists it in the manifest:
//   node models/training/planner/golden.mjs PACKAGE
// A drawn picture and a prompt, with the logits that the package's own graphs give on the processor after the prompt and after each of a few greedy
// tokens more. The robot's loader compares: another device, precision or library must say the same. Layout: firmware-host/Planner/VlmGolden.cs.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { AutoProcessor, RawImage, env } from "@huggingface/transformers";

// The ONNX Runtime that transformers.js brings: two versions of the library do not go together in one process.
const { InferenceSession, Tensor } = createRequire(createRequire(import.meta.url).resolve("@huggingface/transformers"))("onnxruntime-node");

const ROWS = 4;
const TEXT = "Task: put the red cube on the blue area\nMemory: empty\nCall:";
const SUFFIX = { fp32: "", fp16: "_fp16", q8: "_quantized", int8: "_int8", uint8: "_uint8", q4: "_q4", q4f16: "_q4f16", bnb4: "_bnb4" };

const folder = path.resolve(process.argv[2] ?? "");
if (!process.argv[2]) {
  console.error("usage: node golden.mjs PACKAGE");
  process.exit(2);
}

const read = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));
const [manifest, config, preprocessor] = [read("manifest.json"), read("config.json"), read("preprocessor_config.json")];
const { dtype } = manifest.planner;
const open = (stem) => InferenceSession.create(
  path.join(folder, "onnx", `${stem}${SUFFIX[typeof dtype === "string" ? dtype : dtype[stem] ?? "fp32"]}.onnx`),
  { executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1 });
const [vision, embed, decoder] = [await open("vision_encoder"), await open("embed_tokens"), await open("decoder_model_merged")];

// A table with things on it: flat colours with clear edges, as the camera sees them.
const side = preprocessor.max_image_size.longest_edge;
const rgb = new Uint8ClampedArray(side * side * 3);
const things = [[0.30, 0.40, [200, 40, 35]], [0.62, 0.35, [40, 160, 60]], [0.45, 0.68, [45, 80, 200]], [0.75, 0.70, [225, 195, 40]]];
for (let y = 0; y < side; y++)
  for (let x = 0; x < side; x++) {
    const thing = things.find(([u, v]) => Math.abs(x / side - u) < 0.06 && Math.abs(y / side - v) < 0.07);
    const shade = 1 - 0.25 * y / side;
    rgb.set((thing?.[2] ?? [150, 140, 130]).map((c) => c * shade), (y * side + x) * 3);
  }

env.allowRemoteModels = false;
env.localModelPath = path.dirname(folder) + "/";
const processor = await AutoProcessor.from_pretrained(path.basename(folder), { local_files_only: true });
const messages = [{ role: "user", content: [{ type: "image" }, { type: "text", text: TEXT }] }];
const inputs = await processor(
  processor.apply_chat_template(messages, { add_generation_prompt: true }), [new RawImage(rgb, side, side, 3)], { do_image_splitting: false });
const tokens = Array.from(inputs.input_ids.data, Number);

const pixels = new Tensor("float32", inputs.pixel_values.data, inputs.pixel_values.dims);
const mask = new Tensor("bool", new Uint8Array(side * side).fill(1), [1, 1, side, side]);
const { image_features: features } = await vision.run(vision.inputNames.includes("pixel_attention_mask") ? { pixel_values: pixels, pixel_attention_mask: mask } : { pixel_values: pixels });

const text = config.text_config;
const heads = text.num_key_value_heads, size = text.head_dim ?? text.hidden_size / text.num_attention_heads;
const integers = (values) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
let cache = Object.fromEntries(decoder.inputNames.filter((n) => n.startsWith("past_key_values."))
  .map((n) => [n, new Tensor("float32", new Float32Array(0), [1, heads, 0, size])]));
let seen = 0;
async function step(ids) {
  const { inputs_embeds: embeds } = await embed.run({ input_ids: integers(ids) });
  const width = embeds.dims[2], image = config.image_token_id ?? config.image_token_index;
  let row = 0;
  ids.forEach((id, i) => id === image && embeds.data.set(features.data.subarray(row * width, ++row * width), i * width));
  const feeds = {
    inputs_embeds: embeds, attention_mask: integers(Array(seen + ids.length).fill(1)), position_ids: integers(ids.map((_, i) => seen + i)),
    num_logits_to_keep: new Tensor("int64", BigInt64Array.of(1n), []), ...cache };
  const output = await decoder.run(Object.fromEntries(Object.entries(feeds).filter(([n]) => decoder.inputNames.includes(n))));
  cache = Object.fromEntries(Object.keys(cache).map((n) => [n, output[n.replace("past_key_values.", "present.")]]));
  seen += ids.length;
  return output.logits.data.slice(-output.logits.dims[2]);
}

const rows = [await step(tokens)];
while (rows.length < ROWS) {
  tokens.push(rows.at(-1).indexOf(Math.max(...rows.at(-1))));
  rows.push(await step(tokens.slice(-1)));
}

const bytes = Buffer.concat([
  Buffer.from(Int32Array.of(side, tokens.length, rows.length, rows[0].length, ...tokens).buffer), Buffer.from(rgb.buffer),
  ...rows.map((row) => Buffer.from(Float32Array.from(row).buffer))]);
writeFileSync(path.join(folder, "golden.bin"), bytes);
manifest.files["golden.bin"] = createHash("sha256").update(bytes).digest("hex");
manifest.files = Object.fromEntries(Object.entries(manifest.files).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path.join(folder, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
console.log(`${folder}: golden.bin, ${tokens.length} tokens, ${rows.length} x ${rows[0].length} logits, ${bytes.length} bytes`);
