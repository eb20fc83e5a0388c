import { fifo } from "./fifo.ts";

/** The newest so many ids; the oldest is forgotten for each new one beyond that. */
export interface RecentIds {
  readonly has: (id: string) => boolean;
  readonly add: (id: string) => void;
}

export function recentIds(max: number): RecentIds {
  const known = new Set<string>();
  const inOrder = fifo<string>();
  return {
    has: (id) => known.has(id),
    add: (id) => {
      if (known.has(id)) return;
      known.add(id);
      inOrder.push(id);
      if (known.size <= max) return;
      const oldest = inOrder.shift();
      if (oldest !== undefined) known.delete(oldest);
    },
  };
}
