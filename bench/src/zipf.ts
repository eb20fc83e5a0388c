// What a cache is worth under a workload like that of a busy service: `node --conditions=@hydrogenai/source bench/src/zipf.ts [QUERIES]`.
//
// 10,000 questions of different meaning, asked with the frequencies of Zipf's law (the n-th most frequent 1/n as often as the first),
// each time in one of six wordings. The model takes 300 ms that are counted and not waited for, so a query's time is what it really
// took plus 300 ms for each call of the model. An answer names the meaning it was made for, so that a wrong one is noticed.
import { semanticCache } from "@hydrogenai/cache";
import { type Cache, createOrchestrator, defineProvider, memoryCache, memoryCacheStore } from "@hydrogenai/core";

const modelMs = 300;
const meanings = 10_000;
const queries = Number(process.argv[2] ?? 100_000);

const columns = ["weight", "price", "age", "rating", "length", "salary", "budget", "population", "temperature", "distance"];
const things = ["parcels", "boats", "drivers", "museums", "patients", "rooms", "sensors", "vineyards", "recipes", "bridges"];
const places = ["Oslo", "Bergen", "Lyon", "Porto", "Gdansk", "Turin", "Ghent", "Malmo", "Cork", "Graz"];
const years = ["2014", "2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023"];

const wordings: readonly ((column: string, thing: string, place: string, year: string) => string)[] = [
  (column, thing, place, year) => `What is the average ${column} of ${thing} in ${place} in ${year}?`,
  (column, thing, place, year) => `what was the average ${column} of the ${thing} in ${place} in ${year}`,
  (column, thing, place, year) => `Show me the average ${column} for all ${thing} in ${place} in ${year}`,
  (column, thing, place, year) => `Give me the mean ${column} of ${thing} in ${place} in ${year}.`,
  (column, thing, place, year) => `In ${year}, what was the average ${column} of ${thing} in ${place}?`,
  (column, thing, place, year) => `Can you tell me the average ${column} of the ${thing} that are in ${place} in ${year}?`,
];

const digit = (meaning: number, place: number): number => Math.floor(meaning / 10 ** place) % 10;

/** A small generator with a seed, so that every run asks the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomFrom(6);
const cumulative: number[] = [];
let total = 0;
for (let rank = 1; rank <= meanings; rank++) cumulative.push((total += 1 / rank));
/** Neighbouring ranks are not neighbouring meanings. */
const shuffled = Array.from({ length: meanings }, (_, at) => (at * 7_919) % meanings);

function drawMeaning(): number {
  const wanted = random() * total;
  let [low, high] = [0, meanings - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return shuffled[low]!;
}

const asked = Array.from({ length: queries }, () => {
  const meaning = drawMeaning();
  const wording = wordings[Math.floor(random() * wordings.length)]!;
  const text = wording(columns[digit(meaning, 0)]!, things[digit(meaning, 1)]!, places[digit(meaning, 2)]!, years[digit(meaning, 3)]!);
  return { meaning, text };
});

interface Figures {
  readonly meanMs: number;
  readonly modelCalls: number;
  readonly wrong: number;
  readonly ownUs: number;
}

async function run(cache: Cache | false): Promise<Figures> {
  let modelCalls = 0;
  let current = 0;
  const model = defineProvider({
    name: "simulated",
    async *stream() {
      modelCalls++;
      yield { type: "text-delta", text: `meaning ${current}` };
      yield { type: "finish", reason: "stop", usage: { inputTokens: 20, outputTokens: 5 }, model: "simulated-1" };
    },
  });
  await using orchestrator = createOrchestrator({ providers: [model], cache });
  let wrong = 0;
  const startedAt = performance.now();
  for (const { meaning, text } of asked) {
    current = meaning;
    const answer = await orchestrator.query({ text, options: { type: "simple" } });
    if (answer.text !== `meaning ${meaning}`) wrong++;
  }
  const ownMs = performance.now() - startedAt;
  return { meanMs: (ownMs + modelCalls * modelMs) / queries, modelCalls, wrong, ownUs: (ownMs * 1_000) / queries };
}

const distinct = new Set(asked.map(({ meaning }) => meaning)).size;
console.log(`${queries} queries, ${distinct} different meanings, ${new Set(asked.map(({ text }) => text)).size} different wordings`);
console.log(`least possible: ${distinct} model calls, mean ${((distinct / queries) * modelMs).toFixed(1)} ms`);
const without = await run(false);
const rows = [
  ["no cache", without],
  ["same words only (memoryCache)", await run(memoryCache({ maxBytes: 1024 ** 3 }))],
  ["by meaning (semanticCache)", await run(semanticCache({ store: memoryCacheStore({ maxBytes: 1024 ** 3 }) }))],
] as const;
for (const [name, { meanMs, modelCalls, wrong, ownUs }] of rows) {
  const faster = `${(without.meanMs / meanMs).toFixed(1)}x faster, ${(without.modelCalls / modelCalls).toFixed(1)}x fewer calls`;
  console.log(
    `${name.padEnd(32)} mean ${meanMs.toFixed(1)} ms, ${modelCalls} model calls, ${wrong} wrong, ${ownUs.toFixed(0)} us of our own; ${faster}`,
  );
}
const best = rows[2][1];
process.exitCode = best.wrong === 0 && without.meanMs / best.meanMs >= 8 ? 0 : 1;
