/** The newest so many ids; the oldest is forgotten for each new one beyond that. */
export interface RecentIds {
  readonly has: (id: string) => boolean;
  readonly add: (id: string) => void;
}

export function recentIds(max: number): RecentIds {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id);
      if (ids.size <= max) return;
      for (const oldest of ids) {
        ids.delete(oldest);
        return;
      }
    },
  };
}
