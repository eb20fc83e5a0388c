import type { Subject } from "../subject.ts";

/** A value from a bare Map, awaited as any store must be. */
export default {
  warmUp: 50_000,
  batch: 50_000,
  async start() {
    const map = new Map<string, Uint8Array>();
    for (let i = 0; i < 1_000; i++) map.set(`answer:${i}`, new Uint8Array(500));
    let at = 0;
    return async () => map.get(`answer:${at++ % 1_000}`);
  },
} satisfies Subject;
