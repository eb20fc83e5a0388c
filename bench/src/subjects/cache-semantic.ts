import { semanticCache } from "@hydrogenai/cache";
import { type CacheQuestion, memoryCacheStore } from "@hydrogenai/core";
import { answer } from "../answer.ts";
import type { Subject } from "../subject.ts";

const entries = 100_000;
const things =
  "parcels boats drivers invoices lectures museums patients rooms sensors tickets vineyards wagons recipes lawyers bridges".split(" ");
const columns = "weight colour price owner capacity status rating surname altitude deposit".split(" ");
const places = "harbour valley market island station castle garden forest tunnel airport".split(" ");

const wordings = [
  (thing: string, column: string, place: string, town: number) =>
    `What is the average ${column} of the ${thing} in the ${place} of Town${town}?`,
  (thing: string, column: string, place: string, town: number) => `Show me the average ${column} of ${thing} at the Town${town} ${place}`,
];

const asking = (i: number, wording: number): CacheQuestion => ({
  text: wordings[wording](things[i % 15], columns[Math.floor(i / 15) % 10], places[Math.floor(i / 150) % 10], Math.floor(i / 1_500)),
  scope: { tenant: "acme", settings: "s" },
  type: "simple",
});

/** Another wording among 100,000 entries of one scope, with no embedder. */
export default {
  warmUp: 300,
  batch: 300,
  async start() {
    const cache = semanticCache({ store: memoryCacheStore({ maxBytes: 1024 ** 3 }) });
    for (let i = 0; i < entries; i++) await cache.store(asking(i, 0), answer, { ttlMs: 3_600_000 });
    let at = 0;
    return async () => {
      at = (at + 7_919) % entries;
      if ((await cache.lookup(asking(at, 1), { kind: "semantic" })) === undefined) throw new Error("not a hit");
    };
  },
} satisfies Subject;
