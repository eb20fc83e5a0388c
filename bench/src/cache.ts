// The cache's own cost, beside a bare Map, other caches and the core's cache of objects, as ratios within one run.
// `node bench/src/cache.ts`, or only some subjects: `node bench/src/cache.ts cache-map cache-l1`
import { compare } from "./compare.ts";

const said: Readonly<Record<string, string>> = {
  "cache-map": "get from a bare Map, awaited",
  "cache-l1": "get from the first tier of two",
  "cache-lru-cache": "the same from lru-cache, which shares its values",
  "cache-async-dedupe": "the same from async-cache-dedupe",
  "cache-bentocache": "the same from bentocache",
  "cache-cacheable": "the same from cacheable",
  "cache-manager": "the same from cache-manager",
  "query-hit": "whole query, exact hit of core's memoryCache",
  "cache-exact": "whole query, exact hit of semanticCache over memory",
  "cache-semantic": "another wording among 100,000 entries",
};
const asked = process.argv.slice(2);
const figures = compare(asked.length > 0 ? asked : Object.keys(said));
const us = new Map(figures.map((figure) => [figure.subject, figure.us]));
for (const { subject, us: each } of figures) console.log(`${(said[subject] ?? subject).padEnd(54)} ${each.toFixed(2).padStart(10)} us`);

const cost = (subject: string): number => us.get(subject) ?? Number.NaN;
const targets = [
  { name: "L1 get / bare Map", figure: cost("cache-l1") / cost("cache-map"), atMost: 2 },
  { name: "exact hit of a whole query, us", figure: cost("cache-exact"), atMost: 8 },
  { name: "another wording among 100,000, us", figure: cost("cache-semantic"), atMost: 1_000 },
];
const measured = targets.filter(({ figure }) => !Number.isNaN(figure));
for (const { name, figure, atMost } of measured)
  console.log(`${figure <= atMost ? "met   " : "MISSED"} ${name}: ${figure.toFixed(2)} (at most ${atMost})`);
process.exitCode = measured.every(({ figure, atMost }) => figure <= atMost) ? 0 : 1;
