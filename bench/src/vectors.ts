// Vectors of real texts by the offline embedder: the exact index beside a plain loop over all, as ratios within one run. `node bench/src/vectors.ts`
import { type Dirent, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { semanticCache, vectorIndex } from "@hydrogenai/cache";
import { type CacheQuestion, type Embedder, memoryCacheStore } from "@hydrogenai/core";
import { offlineEmbedder } from "@hydrogenai/providers/embedder";
import { answer } from "./answer.ts";

const root = join(import.meta.dirname, "../..");
const sizes = [1_000, 10_000, 100_000];
const asked = 200;

/** Questions of the shared data, where it is there. */
function questions(): string[] {
  const folder = join(root, "../shared/data/nlu");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
  const lines = files.flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  return lines.filter(Boolean).flatMap((line) => {
    const { text, a, b } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return [text, a, b].filter((each) => typeof each === "string");
  });
}

/** Sentences of the guides and comments of the installed packages. */
function* sentences(): Generator<string> {
  const folder = join(root, "node_modules/.pnpm");
  const isText = (file: Dirent): boolean => file.isFile() && /\.(md|d\.ts)$/.test(file.name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(isText);
  for (const { parentPath, name } of files)
    for (const line of readFileSync(join(parentPath, name), "utf8").split(/\n|(?<=[.?!]) /)) {
      const text = name.endsWith(".md") ? line.trim() : (/^\s*\*\s+([A-Z].*)/.exec(line)?.[1] ?? "").trim();
      if (text.length >= 20 && text.length <= 300 && /\p{L}{3}.* .*\p{L}{3}/u.test(text)) yield text;
    }
}

function texts(count: number): string[] {
  const found = new Set(questions());
  const known = found.size;
  for (const text of sentences()) if (found.add(text).size >= count) break;
  if (found.size < count) throw new Error(`only ${found.size} texts were found`);
  console.log(`${count} texts: ${known} questions, the others from the documentation of the installed packages`);
  // Mixed, the same way every time.
  let state = 1;
  const place = (): number => (state = (state * 48_271) % 2_147_483_647);
  return [...found]
    .map((text) => [place(), text] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, text]) => text);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The likenesses of all that are at least so alike, the plain way. */
function plain(vectors: Float32Array, vector: Float32Array, atLeast: number): number[] {
  const found: number[] = [];
  for (let first = 0; first < vectors.length; first += vector.length) {
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += vectors[first + i] * vector[i];
    if (sum >= atLeast) found.push(sum);
  }
  return found.toSorted((a, b) => b - a);
}

const embedder = offlineEmbedder();
const all = texts(sizes.at(-1)! + asked / 2);
const startedAt = performance.now();
const embedded = await embedder.embed(all);
console.log(`embedded in ${(((performance.now() - startedAt) * 1_000) / all.length).toFixed(0)} us a text`);
const unseen = embedded.slice(sizes.at(-1)!);

let missed = 0;
for (const size of sizes) {
  const vectors = new Float32Array(size * embedder.dimensions);
  const index = vectorIndex({ dimensions: embedder.dimensions, maxBytes: 1024 ** 3 });
  const addedAt = performance.now();
  for (let at = 0; at < size; at++) {
    vectors.set(embedded[at], at * embedder.dimensions);
    await index.add("s", `${at}`, embedded[at]);
  }
  const addUs = ((performance.now() - addedAt) * 1_000) / size;
  // Half of what is asked for is stored, half is not.
  const queries = [...unseen, ...Array.from({ length: asked / 2 }, (_, at) => embedded[(at * 7_919) % size])];
  for (const [atLeast, limit] of [
    [0.9, 8],
    [0.8, 8],
    [0.6, 8],
  ] as const) {
    const loop: number[] = [];
    const ours: number[] = [];
    for (const query of [...queries.slice(0, 20), ...queries]) {
      const first = performance.now();
      const expected = plain(vectors, query, atLeast);
      const second = performance.now();
      const found = await index.search("s", query, { atLeast, limit });
      const third = performance.now();
      loop.push((second - first) * 1_000);
      ours.push((third - second) * 1_000);
      const wrong = found.some(({ likeness }, rank) => Math.abs(likeness - expected[rank]) > 1e-6);
      if (wrong || found.length !== Math.min(limit, expected.length)) throw new Error("the index and the loop do not agree");
    }
    const [plainUs, us] = [median(loop.slice(20)), median(ours.slice(20))];
    const ratio = us / plainUs;
    const target = size === 100_000 && atLeast === 0.9 ? 0.05 : undefined;
    if (target !== undefined && ratio > target) missed++;
    const verdict = target === undefined ? "      " : ratio <= target ? "met   " : "MISSED";
    console.log(
      `${verdict} ${size} x ${embedder.dimensions}, at least ${atLeast}: ${us.toFixed(0)} us, plain loop ${plainUs.toFixed(0)} us: ${ratio.toFixed(4)}x${target === undefined ? "" : ` (at most ${target})`}`,
    );
  }
  console.log(`       ${addUs.toFixed(0)} us to add one of ${size}`);
}
/** A question that was never stored, looked for end to end among stored ones. */
async function lookUps(given: { readonly embedder?: Embedder }): Promise<number> {
  const cache = semanticCache({ store: memoryCacheStore({ maxBytes: 1024 ** 3 }), ...given });
  const asking = (text: string): CacheQuestion => ({ text, scope: { tenant: "acme", settings: "s" }, type: "simple" });
  for (const text of all.slice(0, sizes[1])) await cache.store(asking(text), answer, { ttlMs: 3_600_000 });
  const times: number[] = [];
  for (const text of all.slice(-asked / 2)) {
    const before = performance.now();
    await cache.lookup(asking(text), { kind: "semantic" });
    times.push((performance.now() - before) * 1_000);
  }
  await cache.close();
  return median(times);
}

const [without, withIt] = [await lookUps({}), await lookUps({ embedder })];
console.log(
  `       a question nobody asked, looked for among ${sizes[1]}: ${without.toFixed(0)} us, ${withIt.toFixed(0)} us with the embedder`,
);
process.exitCode = missed === 0 ? 0 : 1;
