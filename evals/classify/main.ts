// Scores how questions are told apart: `npm run eval:classify`, or `-- FILE` for what is shipped over any labelled file.
// `npm run train:classifier` learns what is shipped; both read the labelled questions of a folder beside the repository.
import { writeFileSync } from "node:fs";
import { createOrchestrator } from "@hydrogenai/core";
import { shippedClassifier } from "../../packages/core/src/classify/linear.ts";
import { type LeftOut, leaveSourcesOut } from "./leave-out.ts";
import { examplesOf, learn, softmax, temperatureOf } from "./learn.ts";
import { ownQuestions } from "./own-questions.ts";
import { writtenQuestions } from "./phrasebook.ts";
import { type Labelled, labels, readLabelled } from "./rows.ts";
import { type Scored, report, thresholdFor } from "./score.ts";

const devFile = new URL("../../../shared/data/nlu/dev.jsonl", import.meta.url).pathname;
const weightsFile = new URL("../../packages/core/src/classify/weights.ts", import.meta.url).pathname;
const perTemplate = 20;
/** What the weights and a model that is asked about the unsure questions are to get right together. */
const togetherRight = 0.97;
const written = (): readonly Labelled[] => [...writtenQuestions(perTemplate), ...ownQuestions()];

function spoken(out: readonly LeftOut[], temperature: number): Scored[] {
  return out.map(({ row, scores }) => {
    const p = Float64Array.from(scores);
    softmax(p, temperature);
    const confidence = Math.max(...p);
    return { row, said: labels[p.indexOf(confidence)] ?? "", confidence };
  });
}

async function train(rows: readonly Labelled[]): Promise<void> {
  const ours = written();
  const out = leaveSourcesOut(rows, ours);
  const temperature = temperatureOf(out);
  const scored = spoken(out, temperature);
  const threshold = thresholdFor(scored, togetherRight);
  console.log(`${report(scored, threshold)}\ntemperature ${temperature.toFixed(2)}`);
  const { weights } = learn(examplesOf([...rows, ...ours]));
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  // Few weights are large: cutting those keeps the step small for all the others.
  const scale = (largest * 0.5) / 127;
  const bytes = Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale))));
  writeFileSync(
    weightsFile,
    `// Learnt by \`npm run train:classifier\`; NOTICE names the sources.\n\n` +
      `/** What one step of a weight counts. */\nexport const step = ${(scale / temperature).toPrecision(6)};\n\n` +
      `/** Below it a model is asked where there is one, so that with one that is right 98 % of the time 97 % are right. */\n` +
      `export const sureFrom = ${threshold.toFixed(3)};\n\n` +
      `/** A byte for each type and bucket, in base64. */\nexport const weights =\n  "${Buffer.from(bytes.buffer).toString("base64")}";\n`,
  );
}

async function evaluate(rows: readonly Labelled[]): Promise<void> {
  const classify = await shippedClassifier();
  const { sureFrom } = await import("../../packages/core/src/classify/weights.ts");
  for (const { text } of rows.slice(0, 500)) classify({ text });
  const took: number[] = [];
  const scored = rows.map((row): Scored => {
    const startedAt = performance.now();
    const { type, confidence } = classify({ text: row.text });
    took.push(performance.now() - startedAt);
    return { row, said: type, confidence };
  });
  took.sort((a, b) => a - b);
  console.log(report(scored, sureFrom));
  console.log(`median ${((took[took.length >> 1] ?? 0) * 1_000).toFixed(0)} us a question`);
  const orchestrator = createOrchestrator();
  let right = 0;
  for (const { text, label } of rows) if ((await orchestrator.classify(text)).type === label) right++;
  console.log(`by the whole cascade without a model: ${((100 * right) / rows.length).toFixed(1)} %`);
  await orchestrator.close();
}

const [first, file] = process.argv.slice(2);
const given = first === "--train" ? file : first;
const rows = readLabelled(given ?? devFile);
if (rows === undefined) console.log(`skipped: no labelled questions at ${given ?? devFile}`);
else if (first === "--train") await train(rows);
else if (given !== undefined) await evaluate(rows);
else {
  const out = leaveSourcesOut(rows, written());
  const scored = spoken(out, temperatureOf(out));
  console.log(report(scored, thresholdFor(scored, togetherRight)));
}
