/** At least the newest so many ids, and at most twice as many. */
export interface RecentIds {
  readonly has: (id: string) => boolean;
  /** Answers whether the id was not among them before. */
  readonly add: (id: string) => boolean;
}

/** In two halves that take turns: deleting the oldest one by one would make the set build its table anew again and again. */
export function recentIds(max: number): RecentIds {
  let newer = new Set<string>();
  let older = new Set<string>();
  return {
    has: (id) => newer.has(id) || older.has(id),
    add: (id) => {
      if (older.has(id)) return false;
      const before = newer.size;
      newer.add(id);
      if (newer.size === before) return false;
      if (newer.size >= max) {
        older = newer;
        newer = new Set();
      }
      return true;
    },
  };
}
