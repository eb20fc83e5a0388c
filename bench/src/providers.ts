// One call of a vendor on loopback through our OpenAI adapter beside bare undici and three peers, as ratios of medians. The clients take
// turns, call by call, so that a noisy moment hurts all of them. Exits non-zero when a target is missed. `providers.ts [turns]`
import { fork } from "node:child_process";
import { type Client, clients } from "./providers/clients.ts";

const turns = Number(process.argv[2] ?? 600);
const warmUpTurns = Math.ceil(turns / 3);
const atOnce = 64;
const perBatch = 256;
const batches = 5;

const expected = Array.from({ length: 100 }, (_, at) => ` word${at}`).join("");

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

type Call = () => Promise<string>;

async function checked(call: Call, name: string): Promise<void> {
  const text = await call();
  if (text !== expected) throw new Error(`${name} answered ${JSON.stringify(text.slice(0, 80))}`);
}

/** Median microseconds of one call at a time. */
async function latencies(all: readonly Client[], way: "whole" | "streamed"): Promise<number[]> {
  const taken = all.map((): number[] => []);
  for (let turn = -warmUpTurns; turn < turns; turn++)
    for (let step = 0; step < all.length; step++) {
      // A call pays for what the one before it left to collect: nobody always follows the same one.
      const at = (step * (turn % 2 === 0 ? 1 : all.length - 1) + Math.abs(turn)) % all.length;
      const startedAt = performance.now();
      await all[at]![way]();
      if (turn >= 0) taken[at]!.push((performance.now() - startedAt) * 1_000);
    }
  return taken.map(median);
}

/** Calls a second with many under way. */
async function rates(all: readonly Client[], way: "whole" | "streamed"): Promise<number[]> {
  const taken = all.map((): number[] => []);
  for (let batch = -1; batch < batches; batch++)
    for (const [at, client] of all.entries()) {
      let left = perBatch;
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          while (left-- > 0) await client[way]();
        }),
      );
      if (batch >= 0) taken[at]!.push((perBatch * 1_000) / (performance.now() - startedAt));
    }
  return taken.map(median);
}

const targets = { whole: 1.6, streamed: 2.0 } as const;
const titles = { whole: "one answer as JSON", streamed: "one answer in 100 chunks" } as const;

async function measure(url: string): Promise<boolean> {
  const all = clients(url);
  let met = true;
  for (const way of ["whole", "streamed"] as const) {
    for (const client of all) await checked(client[way], client.name);
    const micros = await latencies(all, way);
    const perSecond = await rates(all, way);
    console.log(`\n${titles[way]}${" ".repeat(28 - titles[way].length)}p50 us   x undici   calls/s, ${atOnce} at once   x undici`);
    for (const [at, { name }] of all.entries()) {
      const cells = [
        micros[at]!.toFixed(0).padStart(8),
        (micros[at]! / micros[0]!).toFixed(2).padStart(10),
        perSecond[at]!.toFixed(0).padStart(18),
        (perSecond[at]! / perSecond[0]!).toFixed(2).padStart(12),
      ];
      console.log(`  ${name.padEnd(24)}${cells.join(" ")}`);
    }
    const ratio = micros[1]! / micros[0]!;
    const ok = ratio <= targets[way];
    met &&= ok;
    console.log(`  ${ok ? "met   " : "MISSED"} ours / undici: ${ratio.toFixed(2)} (at most ${targets[way]})`);
  }
  return met;
}

const server = fork(`${import.meta.dirname}/providers/server.ts`, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
const port = await new Promise<string>((resolve) => server.stdout!.once("data", (data: Buffer) => resolve(data.toString().trim())));
process.exitCode = (await measure(`http://127.0.0.1:${port}`)) ? 0 : 1;
server.disconnect();
process.exit();
