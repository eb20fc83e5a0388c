import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import type { Subject } from "../subject.ts";

/** The same value from Bentocache, in memory alone. */
export default {
  warmUp: 50_000,
  batch: 50_000,
  async start() {
    const cache = new BentoCache({
      default: "memory",
      stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: 10_000, serialize: false })) },
    });
    for (let i = 0; i < 1_000; i++) await cache.set({ key: `answer:${i}`, value: new Uint8Array(500), ttl: "1h" });
    let at = 0;
    return async () => {
      if ((await cache.get({ key: `answer:${at++ % 1_000}` })) === undefined) throw new Error("not a hit");
    };
  },
} satisfies Subject;
