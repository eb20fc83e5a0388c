import { createHash } from "node:crypto";
import { type CacheScope, type Embedder, type QueryResult, memoryCacheStore } from "@hydrogenai/core";
import { semanticCache } from "../../packages/cache/src/index.ts";
import { digest, questionKey } from "../../packages/cache/src/question-key.ts";
import { type MustMiss, mustMiss, randomFrom } from "../../packages/cache/test/must-miss.ts";
import { readRows } from "./pairs.ts";

/** Calls everything equal. */
const credulous: Embedder = {
  name: "credulous",
  dimensions: 2,
  embed: async (texts) => texts.map(() => new Float32Array([1, 0])),
};

interface Side {
  readonly query: string;
  readonly scope: Readonly<Record<string, unknown>>;
}

const scopeOf = ({ tenant, user, roles, history, dataVersion, ...settings }: Side["scope"]): CacheScope => ({
  tenant: String(tenant),
  principal: typeof user === "string" ? user : undefined,
  roles: Array.isArray(roles) ? roles.map(String) : undefined,
  conversation: JSON.stringify(history),
  settings: JSON.stringify(settings),
  dataVersion: String(dataVersion),
});

/** Whether B is given the answer stored for A, by a cache whose embedder calls everything equal. */
async function hits(
  a: { readonly text: string; readonly scope: CacheScope },
  b: { readonly text: string; readonly scope: CacheScope },
  answering: (text: string) => QueryResult,
): Promise<boolean> {
  const cache = semanticCache({ store: memoryCacheStore(), embedder: credulous, mode: "balanced", maxEntries: 10 });
  await cache.store(a, answering(a.text), { ttlMs: 60_000 });
  const hit = await cache.lookup(b);
  await cache.close?.();
  return hit !== undefined;
}

/** The authored corpus: every pair that must miss, and every pair that may hit. */
async function corpus(file: string, answering: (text: string) => QueryResult): Promise<void> {
  const counts = new Map<string, { rows: number; hits: number }>();
  let notOurs = 0;
  for (const { a, b, expect, dim } of readRows(file)) {
    if (a === undefined) {
      notOurs++;
      continue;
    }
    const kind = `${String(expect)}: ${String(dim).replace(" + paraphrase", "")}`;
    const count = counts.get(kind) ?? { rows: 0, hits: 0 };
    counts.set(kind, count);
    count.rows++;
    // Rows of the corpus have this shape.
    const [first, second] = [a as Side, b as Side];
    if (await hits({ text: first.query, scope: scopeOf(first.scope) }, { text: second.query, scope: scopeOf(second.scope) }, answering))
      count.hits++;
  }
  console.log(`${file}:`);
  for (const [kind, { rows, hits: found }] of counts) console.log(`  ${kind.padEnd(60)} ${found} hits of ${rows}`);
  console.log(`  ${notOurs} rows are about what may be stored, which the engine decides`);
}

async function generated(pairs: number, answering: (text: string) => QueryResult): Promise<void> {
  const counts = new Map<string, { pairs: number; hits: number }>();
  for (const { kind, a, b } of mustMiss(Date.now() >>> 0, pairs)) {
    const count = counts.get(kind) ?? { pairs: 0, hits: 0 };
    counts.set(kind, count);
    count.pairs++;
    if (!(await hits(a, b, answering))) continue;
    count.hits++;
    if (count.hits <= 3) console.log(`  HIT ${kind}: ${JSON.stringify([a.text, b.text])}`);
  }
  console.log(`${pairs} generated pairs that must miss:`);
  for (const [kind, { pairs: tried, hits: found }] of counts) console.log(`  ${kind.padEnd(40)} ${found} hits of ${tried}`);
}

/** The same pairs, some thousands in one cache, so that scopes and vectors that are all alike lie beside each other. */
async function together(pairs: number, answering: (text: string) => QueryResult): Promise<void> {
  const atOnce = 5_000;
  const say = ({ text, scope }: MustMiss["a"]): string => JSON.stringify([scope, text]);
  let [mustMissHits, crossScope, others] = [0, 0, 0];
  for (let done = 0; done < pairs; done += atOnce) {
    const some = [...mustMiss((Date.now() + done) >>> 0, Math.min(atOnce, pairs - done))];
    const cache = semanticCache({ store: memoryCacheStore({ maxBytes: 1024 ** 3 }), embedder: credulous, mode: "balanced" });
    for (const { a } of some) await cache.store(a, answering(say(a)), { ttlMs: 3_600_000 });
    for (const { a, b } of some) {
      const found = (await cache.lookup(b))?.result.text;
      if (found === undefined) continue;
      if (found === say(a)) mustMissHits++;
      else if (JSON.stringify((JSON.parse(found) as unknown[])[0]) !== JSON.stringify(b.scope)) crossScope++;
      else others++;
    }
    await cache.close?.();
  }
  console.log(
    `the same number in caches of ${atOnce}: ${mustMissHits} must-miss hits, ${crossScope} of another scope; ${others} by others' pairs`,
  );
}

/** Keys of random, deliberately confusable tuples, against an encoding of their own that nothing can run together. */
function keys(tuples: number): void {
  const random = randomFrom(Date.now() >>> 0);
  const atoms = ["", "a", "b", "ab", '"', '","', "[", "]", "\\", "null", "undefined", ":", "|", "\u0000", ",", "a b", "C++", "C", "é", "e"];
  const atom = (): string => Array.from({ length: Math.floor(random() * 3) }, () => atoms[Math.floor(random() * atoms.length)]).join("");
  const maybe = (): string | undefined => (random() < 0.3 ? undefined : atom());
  const canonical = (part: string | undefined): string => (part === undefined ? "-" : `${part.length}#${part}`);
  const tupleOf = new Map<string, string>();
  let different = 0;
  let collisions = 0;
  for (let i = 0; i < tuples; i++) {
    const roles = random() < 0.3 ? undefined : Array.from({ length: Math.floor(random() * 3) }, atom);
    const [tenant, settings, text] = [atom(), atom(), atom()];
    const [principal, conversation, dataVersion] = [maybe(), maybe(), maybe()];
    const key = digest("answer", questionKey({ text, scope: { tenant, principal, roles, conversation, settings, dataVersion } }));
    const folded = text.normalize("NFC").trim().replace(/\s+/g, " ");
    const parts = [tenant, settings, folded, principal, conversation, dataVersion].map(canonical).join("");
    const tuple = createHash("sha1")
      .update(`${parts}${roles === undefined ? "-" : `${roles.length}@${roles.map(canonical).join("")}`}`)
      .digest("base64");
    const known = tupleOf.get(key);
    if (known === undefined) {
      different++;
      tupleOf.set(key, tuple);
    } else if (known !== tuple) collisions++;
  }
  console.log(`${tuples} key tuples, ${different} of them different: ${collisions} collisions`);
}

/** Nothing crosses a scope and nothing that must miss hits, whatever an embedder says. */
export async function isolation(file: string, pairs: number, tuples: number, answering: (text: string) => QueryResult): Promise<void> {
  await corpus(file, answering);
  await generated(pairs, answering);
  await together(pairs, answering);
  keys(tuples);
}
