/** The newest so many ids; the oldest is forgotten for each new one beyond that. */
export interface RecentIds {
  readonly has: (id: string) => boolean;
  readonly add: (id: string) => void;
}

export function recentIds(max: number): RecentIds {
  let newer = new Set<string>();
  let older = new Set<string>();
  return {
    has: (id) => newer.has(id) || older.has(id),
    add: (id) => {
      newer.add(id);
      // Two halves in turns: at least `max` are known, at most twice that, and nothing is ever moved.
      if (newer.size < max) return;
      older = newer;
      newer = new Set();
    },
  };
}
