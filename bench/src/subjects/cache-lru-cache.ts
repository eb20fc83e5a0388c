import { LRUCache } from "lru-cache";
import type { Subject } from "../subject.ts";

/** The same value from lru-cache, bounded in bytes. */
export default {
  warmUp: 50_000,
  batch: 50_000,
  async start() {
    const cache = new LRUCache<string, Uint8Array>({
      maxSize: 64 * 1024 * 1024,
      sizeCalculation: ({ byteLength }) => byteLength,
      ttl: 3_600_000,
    });
    for (let i = 0; i < 1_000; i++) cache.set(`answer:${i}`, new Uint8Array(500));
    let at = 0;
    return async () => {
      if ((await cache.get(`answer:${at++ % 1_000}`)) === undefined) throw new Error("not a hit");
    };
  },
} satisfies Subject;
