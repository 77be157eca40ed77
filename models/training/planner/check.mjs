// Runs a planner package with transformers.js, an implementation of the layout that shares no code with ours, on the cases that export.py wrote:
//   node models/training/planner/check.mjs PACKAGE CASES [dtype=q8] [limit]
// Compares the prompt's ids, the answers with those of the network in torch, and both with what was wanted. Prints a table; exits 1 when the
// float32 graphs answer anything else than torch, or the quantised ones in more than 3 % of the cases.
import { readFileSync } from "node:fs";
import path from "node:path";
import { AutoModelForImageTextToText, AutoProcessor, RawImage, env } from "@huggingface/transformers";

const [packageFolder, casesFolder, dtype = "q8", limit = "1000000"] = process.argv.slice(2);
if (!casesFolder) {
  console.error("usage: node check.mjs PACKAGE CASES [q8|fp32] [limit]");
  process.exit(2);
}

env.allowRemoteModels = false;
env.localModelPath = path.dirname(path.resolve(packageFolder)) + "/";
const name = path.basename(path.resolve(packageFolder));
const processor = await AutoProcessor.from_pretrained(name, { local_files_only: true });
const model = await AutoModelForImageTextToText.from_pretrained(name, {
  local_files_only: true, dtype, session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
});

const { size, cases: all } = JSON.parse(readFileSync(path.join(casesFolder, "cases.json"), "utf8"));
const cases = all.slice(0, Number(limit));
const point = (text) => { const m = /\((\d+), (\d+)\)/.exec(text); return m ? [Number(m[1]), Number(m[2])] : null; };
const nearest = (p, things) => things.reduce((best, t, i) => {
  const d = Math.hypot(t.x - p[0], t.y - p[1]);
  return d < best[0] ? [d, i] : best;
}, [Infinity, -1])[1];
const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);

let promptIds = 0, answerIds = 0, texts = 0, ms = [], shift = [];
const right = { torch: [0, 0], here: [0, 0] }, errors = { torch: [], here: [] };
for (const c of cases) {
  const pictures = c.pictures.map((file) => new RawImage(new Uint8ClampedArray(readFileSync(path.join(casesFolder, file))), size, size, 3));
  const messages = [{ role: "user", content: [...pictures.map(() => ({ type: "image" })), { type: "text", text: c.prompt }] }];
  const inputs = await processor(processor.apply_chat_template(messages, { add_generation_prompt: true }), pictures, { do_image_splitting: false });
  const ids = Array.from(inputs.input_ids.data, Number);
  promptIds += same(ids, c.ids);
  const start = performance.now();
  const output = await model.generate({ ...inputs, max_new_tokens: 24, do_sample: false });
  ms.push(performance.now() - start);
  const written = Array.from(output.data, Number).slice(ids.length);
  const text = processor.tokenizer.decode(written, { skip_special_tokens: true });
  answerIds += same(written, c.answerIds);
  texts += text === c.torch;
  const wanted = point(c.wanted), [a, b] = [point(c.torch), point(text)];
  if (a && b) shift.push(Math.hypot(a[0] - b[0], a[1] - b[1]));
  for (const [who, reply] of [["torch", c.torch], ["here", text]]) {
    right[who][1]++;
    if (!wanted || c.kind === "what") {
      right[who][0] += reply === c.wanted;
      continue;
    }
    const p = point(reply);
    const hit = p !== null && reply.replace(/\d+, \d+/, "") === c.wanted.replace(/\d+, \d+/, "") && nearest(p, c.things) === nearest(wanted, c.things);
    right[who][0] += hit;
    if (hit) errors[who].push(Math.hypot(p[0] - wanted[0], p[1] - wanted[1]));
  }
}

const quantile = (values, q) => values.length ? values.sort((x, y) => x - y)[Math.min(values.length - 1, Math.floor(q * values.length))].toFixed(2) : "-";
const share = (n) => `${n} of ${cases.length}`;
console.log(`package ${packageFolder}, ${dtype}`);
console.log(`prompt ids equal         ${share(promptIds)}`);
console.log(`answer ids equal torch   ${share(answerIds)}`);
console.log(`answer text equals torch ${share(texts)}`);
console.log(`points against torch     median ${quantile(shift, 0.5)}, p95 ${quantile(shift, 0.95)}, worst ${quantile(shift, 1)} per mille`);
for (const who of ["torch", "here"])
  console.log(`${who.padEnd(5)}: right call and thing ${right[who][0]} of ${right[who][1]}, error median ${quantile(errors[who], 0.5)}, p95 ${quantile(errors[who], 0.95)} per mille`);
console.log(`generate, one thread     median ${quantile(ms, 0.5)} ms`);
const agreed = dtype === "fp32" ? answerIds === cases.length : right.here[0] >= right.torch[0] - 0.03 * cases.length;
process.exit(promptIds === cases.length && agreed ? 0 : 1);
