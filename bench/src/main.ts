// Our own cost beside that of peers, as ratios within one run. Exits non-zero when a target is missed.
import { type Figure, compare, importCost } from "./compare.ts";

interface Target {
  readonly name: string;
  readonly ratio: number;
  readonly atMost: number;
}

const targets: Target[] = [];

function show(title: string, figures: readonly Figure[]): Map<string, number> {
  console.log(`\n${title}`);
  for (const { subject, us, kilobytes } of figures)
    console.log(`  ${subject.padEnd(16)} ${us.toFixed(2).padStart(10)} us ${kilobytes.toFixed(1).padStart(9)} KB`);
  return new Map(figures.map(({ subject, us }) => [subject, us]));
}

const query = show("one answer, instantaneous model", compare(["query-bare", "query-ours", "query-hit", "query-ai-sdk"]));
targets.push({
  name: "whole query, miss path / AI SDK generateText",
  ratio: query.get("query-ours")! / query.get("query-ai-sdk")!,
  atMost: 0.75,
});

const stream = show("a stream of 100 pieces", compare(["stream-bare", "stream-ours", "stream-ai-sdk"]));
targets.push({ name: "stream of 100 / bare async generator", ratio: stream.get("stream-ours")! / stream.get("stream-bare")!, atMost: 12 });

console.log("\ncold import");
for (const specifier of ["data:text/javascript,", "@hydrogenai/core", "ai"]) {
  const { ms, megabytes } = importCost(specifier);
  console.log(`  ${specifier.padEnd(24)} ${ms.toFixed(1).padStart(8)} ms ${megabytes.toFixed(1).padStart(8)} MB`);
  if (specifier === "@hydrogenai/core") targets.push({ name: "cold import of @hydrogenai/core, ms", ratio: ms, atMost: 60 });
}

console.log("\ntargets");
for (const { name, ratio, atMost } of targets)
  console.log(`  ${ratio <= atMost ? "met   " : "MISSED"} ${name}: ${ratio.toFixed(2)} (at most ${atMost})`);
process.exitCode = targets.every(({ ratio, atMost }) => ratio <= atMost) ? 0 : 1;
