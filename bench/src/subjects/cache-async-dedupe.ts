import { createCache } from "async-cache-dedupe";
import type { Subject } from "../subject.ts";

/** The same value from async-cache-dedupe, in memory alone. */
export default {
  warmUp: 50_000,
  batch: 50_000,
  async start() {
    const cache = createCache({ ttl: 3_600, storage: { type: "memory", options: { size: 10_000 } } }).define(
      "answer",
      async (_key: string) => new Uint8Array(500),
    );
    for (let i = 0; i < 1_000; i++) await cache.answer(`answer:${i}`);
    let at = 0;
    return async () => {
      if ((await cache.answer(`answer:${at++ % 1_000}`)) === undefined) throw new Error("not a hit");
    };
  },
} satisfies Subject;
