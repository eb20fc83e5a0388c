import { getHeapStatistics } from "node:v8";
import type { Limits } from "../defaults.ts";
import { OrchestratorError } from "../errors.ts";

/** Lets work in up to the limits, and refuses the rest at once. */
export interface Admission {
  /** Takes a place and answers how to give it back. Throws `OVERLOADED` with `retryAfterMs` when there is none. */
  readonly enter: () => () => void;
  readonly running: () => number;
}

const heapSampleMs = 250;

/** Concurrency and memory limits of one orchestrator; nothing ever queues here. */
export function admission(limits: Limits): Admission {
  const maxHeapBytes = limits.maxHeapBytes ?? getHeapStatistics().heap_size_limit * 0.9;
  let running = 0;
  let meanMs = 100;
  let heapCheckedAt = -Infinity;
  let heapIsFull = false;

  const heapFull = (now: number): boolean => {
    if (now - heapCheckedAt > heapSampleMs) {
      heapCheckedAt = now;
      heapIsFull = getHeapStatistics().used_heap_size > maxHeapBytes;
    }
    return heapIsFull;
  };

  const refuse = (limit: string, retryAfterMs: number): never => {
    throw new OrchestratorError("OVERLOADED", `too much work at once (${limit}); try again in ${retryAfterMs} ms`, {
      retryable: true,
      details: { limit, retryAfterMs },
    });
  };

  return {
    running: () => running,
    enter() {
      const startedAt = performance.now();
      if (running >= limits.maxConcurrent) refuse("concurrency", Math.max(10, Math.ceil(meanMs / limits.maxConcurrent)));
      if (heapFull(startedAt)) refuse("memory", 1_000);
      running++;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        running--;
        meanMs += (performance.now() - startedAt - meanMs) / 16;
      };
    },
  };
}
