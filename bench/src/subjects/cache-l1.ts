import { tieredStore } from "@hydrogenai/cache";
import { memoryCacheStore, memoryEventBus } from "@hydrogenai/core";
import type { Subject } from "../subject.ts";

/** The same value from the first tier of two. */
export default {
  warmUp: 50_000,
  batch: 50_000,
  async start() {
    const store = tieredStore(memoryCacheStore(), memoryCacheStore(), { bus: memoryEventBus() });
    await store.get("anything");
    // The subscription must be heard before copies are kept for long.
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (let i = 0; i < 1_000; i++) await store.set(`answer:${i}`, new Uint8Array(500), { ttlMs: 3_600_000 });
    let at = 0;
    return async () => {
      if ((await store.get(`answer:${at++ % 1_000}`)) === undefined) throw new Error("not a hit");
    };
  },
} satisfies Subject;
