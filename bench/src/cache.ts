// The cache's own cost, beside a bare Map and the core's cache of objects, as ratios within one run. `node bench/src/cache.ts`
import { compare } from "./compare.ts";

const figures = compare(["cache-map", "cache-l1", "query-hit", "cache-exact", "cache-semantic"]);
const us = new Map(figures.map((figure) => [figure.subject, figure.us]));
const said: Readonly<Record<string, string>> = {
  "cache-map": "get from a bare Map, awaited",
  "cache-l1": "get from the first tier of two",
  "query-hit": "whole query, exact hit of core's memoryCache",
  "cache-exact": "whole query, exact hit of semanticCache over memory",
  "cache-semantic": "another wording among 100,000 entries",
};
for (const { subject, us: each } of figures) console.log(`${(said[subject] ?? subject).padEnd(54)} ${each.toFixed(2).padStart(10)} us`);

const targets = [
  { name: "L1 get / bare Map", figure: us.get("cache-l1")! / us.get("cache-map")!, atMost: 2 },
  { name: "exact hit of a whole query, us", figure: us.get("cache-exact")!, atMost: 8 },
  { name: "another wording among 100,000, us", figure: us.get("cache-semantic")!, atMost: 1_000 },
];
for (const { name, figure, atMost } of targets)
  console.log(`${figure <= atMost ? "met   " : "MISSED"} ${name}: ${figure.toFixed(2)} (at most ${atMost})`);
process.exitCode = targets.every(({ figure, atMost }) => figure <= atMost) ? 0 : 1;
