import { Cacheable } from "cacheable";
import type { Subject } from "../subject.ts";

/** The same value from cacheable, in memory alone. */
export default {
  warmUp: 50_000,
  batch: 50_000,
  async start() {
    const cache = new Cacheable({ ttl: "1h" });
    for (let i = 0; i < 1_000; i++) await cache.set(`answer:${i}`, new Uint8Array(500));
    let at = 0;
    return async () => {
      if ((await cache.get(`answer:${at++ % 1_000}`)) === undefined) throw new Error("not a hit");
    };
  },
} satisfies Subject;
