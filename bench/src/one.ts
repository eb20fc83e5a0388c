// Runs in a process of its own: `one.ts SUBJECT` prints microseconds an operation and bytes allocated an operation as JSON.
import type { Subject } from "./subject.ts";

const [file = ""] = process.argv.slice(2);
const { default: subject } = (await import(new URL(`./subjects/${file}.ts`, import.meta.url).href)) as { default: Subject };
const operation = await subject.start();
for (let i = 0; i < subject.warmUp; i++) await operation();

const batches: number[] = [];
for (let batch = 0; batch < 7; batch++) {
  const startedAt = performance.now();
  for (let i = 0; i < subject.batch; i++) await operation();
  batches.push(((performance.now() - startedAt) * 1000) / subject.batch);
}
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const counted = Math.min(subject.batch, 100);
for (let i = 0; i < counted; i++) await operation();
const bytes = Math.max(0, process.memoryUsage().heapUsed - before) / counted;
if (process.env["BENCH_CPU"] !== undefined) {
  const cpu = process.cpuUsage();
  for (let i = 0; i < subject.batch * 3; i++) await operation();
  const { user, system } = process.cpuUsage(cpu);
  console.error(`${((user + system) / subject.batch / 3).toFixed(1)} us of CPU`);
}
console.log(JSON.stringify({ us: Math.min(...batches), bytes }));
process.exit(0);
