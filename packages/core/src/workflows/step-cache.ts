import { recencyMap } from "../memory/recency-map.ts";
import type { Json } from "../ports/json.ts";

const maxEntries = 1_000;

/** Outputs of steps that are used again for a while, in this process. */
export interface StepCache {
  readonly get: (key: string) => Json | undefined;
  readonly set: (key: string, output: Json, ttlMs: number) => void;
}

/** The outputs used longest ago are forgotten first, beyond a thousand. */
export function stepCache(): StepCache {
  const kept = recencyMap<{ readonly output: Json; readonly until: number }>();
  let size = 0;
  const forget = (key: string): void => {
    if (kept.delete(key)) size--;
  };
  return {
    get(key) {
      const entry = kept.use(key);
      if (entry !== undefined && entry.until > performance.now()) return entry.output;
      forget(key);
      return undefined;
    },
    set(key, output, ttlMs) {
      forget(key);
      kept.set(key, { output, until: performance.now() + ttlMs });
      size++;
      while (size > maxEntries) forget(kept.oldest()!.key);
    },
  };
}
