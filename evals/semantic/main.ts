// Scores the semantic cache end to end on labelled files: `npm run eval:semantic -- FILE...`.
// A file of `{a, b, same, slice}` is scored by storing A and looking up B; one of `{text, key, db}` as a stream.
import { type CacheQuestion, type QueryResult, memoryCacheStore } from "@hydrogenai/core";
import { type SemanticCache, semanticCache } from "../../packages/cache/src/index.ts";
import { isolation } from "./isolation.ts";
import { type Asked, type Pair, asAsked, asPair, readRows } from "./pairs.ts";
import { type Lookup, formatPairs, formatStream, scorePairs, scoreStream } from "./score.ts";
import { crossValidate, train } from "./train.ts";

const usage = `usage: npm run eval:semantic -- FILE... [--mode safe|balanced]
       npm run eval:semantic -- --cross-validate FOLDER     figures on databases left out of training
       npm run eval:semantic -- --isolation FILE [PAIRS] [TUPLES]   must-miss corpus, generated pairs, keys
       npm run eval:semantic -- --train FOLDER OUT.ts       learns what the package ships`;

const hour = 3_600_000;

const answering = (text: string): QueryResult => ({
  id: "1",
  text,
  type: "simple",
  classification: {
    type: "simple",
    confidence: 1,
    probabilities: { simple: 1, complex: 0, rag: 0, schema: 0, tool: 0 },
    margin: 1,
    by: "rules",
    evidence: [],
  },
  cached: "none",
  workflow: "simple",
  answeredBy: "local",
  attempts: [],
  usage: { inputTokens: 0, outputTokens: 0 },
  degraded: [],
  timings: { totalMs: 1 },
});

const asking = (text: string, tenant: string): CacheQuestion => ({ text, type: "simple", scope: { tenant, settings: "" } });

async function evaluatePairs(cache: SemanticCache, pairs: readonly Pair[]): Promise<void> {
  const accepted = new Set<Pair>();
  const startedAt = performance.now();
  for (const [index, pair] of pairs.entries()) {
    await cache.store(asking(pair.a, `pair ${index}`), answering(pair.a), { ttlMs: hour });
    if ((await cache.lookup(asking(pair.b, `pair ${index}`))) !== undefined) accepted.add(pair);
  }
  const us = ((performance.now() - startedAt) * 1_000) / pairs.length;
  console.log(formatPairs(scorePairs(pairs, (pair) => accepted.has(pair))));
  console.log(`${us.toFixed(0)} us for storing one and looking up the other`);
}

async function evaluateStream(cache: SemanticCache, stream: readonly Asked[]): Promise<void> {
  const stored = new Map<string, Asked>();
  const keys = new Set<string>();
  const lookups: Lookup[] = [];
  for (const asked of stream) {
    const hit = await cache.lookup(asking(asked.text, asked.db));
    const answeredBy = hit === undefined ? undefined : stored.get(JSON.stringify([asked.db, hit.result.text]));
    lookups.push({ asked, possible: keys.has(asked.key), answeredBy });
    keys.add(asked.key);
    if (hit !== undefined) continue;
    stored.set(JSON.stringify([asked.db, asked.text]), asked);
    await cache.store(asking(asked.text, asked.db), answering(asked.text), { ttlMs: hour });
  }
  console.log(formatStream(scoreStream(lookups)));
  const { exactHits, semanticHits, misses } = cache.report();
  console.log(`${exactHits} exact hits, ${semanticHits} semantic hits, ${misses} misses`);
}

async function evaluate(file: string, mode: "safe" | "balanced"): Promise<void> {
  const rows = readRows(file);
  const cache = semanticCache({ store: memoryCacheStore({ maxBytes: 1024 ** 3 }), mode });
  console.log(`\n${file}: ${rows.length} rows, mode ${mode}`);
  if (rows[0]?.["a"] !== undefined) await evaluatePairs(cache, rows.map(asPair));
  else if (rows[0]?.["key"] !== undefined) await evaluateStream(cache, rows.map(asAsked));
  else throw new TypeError(`${file} holds neither pairs ({a, b, same}) nor a stream ({text, key, db})`);
  await cache.close?.();
}

const args = process.argv.slice(2);
const [first, folder = "", out = ""] = args;
if (first === "--cross-validate") crossValidate(folder, [1.5, 0, 2.5, 3.5]);
else if (first === "--isolation") await isolation(folder, Number(args[2] ?? 50_000), Number(args[3] ?? 1_000_000), answering);
else if (first === "--train") train(folder, out);
else {
  const at = args.indexOf("--mode");
  const mode = at === -1 ? "safe" : args[at + 1];
  const files = args.filter((_, index) => at === -1 || (index !== at && index !== at + 1));
  if (files.length === 0 || (mode !== "safe" && mode !== "balanced")) {
    console.error(usage);
    process.exitCode = 2;
  } else for (const file of files) await evaluate(file, mode);
}
