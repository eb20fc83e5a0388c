/** Who in this process wants to know at once that something happened to a run. */
export interface Bells {
  readonly ring: (run: string) => void;
  /** Answers how to stop listening. */
  readonly listen: (run: string, wake: () => void) => () => void;
}

export function bells(): Bells {
  const listeners = new Map<string, Set<() => void>>();
  return {
    ring(run) {
      for (const wake of listeners.get(run) ?? []) wake();
    },
    listen(run, wake) {
      const others = listeners.get(run);
      const own = others ?? new Set();
      if (others === undefined) listeners.set(run, own);
      own.add(wake);
      return () => {
        own.delete(wake);
        if (own.size === 0 && listeners.get(run) === own) listeners.delete(run);
      };
    },
  };
}
