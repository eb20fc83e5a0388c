interface Watched {
  readonly until: number;
  readonly onTime: () => void;
}

/** How late a limit may be noticed. */
const sweepMs = 20;

const watched = new Set<Watched>();
let timer: NodeJS.Timeout | undefined;

function sweep(): void {
  const now = performance.now();
  for (const entry of watched) {
    if (entry.until > now) continue;
    watched.delete(entry);
    entry.onTime();
  }
  timer = watched.size === 0 ? undefined : setTimeout(sweep, sweepMs);
}

/**
 * Calls back after `ms`, at most 20 ms late; answers how to call it off. One timer serves all, so that a limit that is never reached
 * costs a fraction of a timer of its own. It keeps the process alive only while something is watched.
 */
export function watch(ms: number, onTime: () => void): () => void {
  const entry: Watched = { until: performance.now() + ms, onTime };
  watched.add(entry);
  if (timer === undefined) timer = setTimeout(sweep, sweepMs);
  else if (watched.size === 1) timer.ref();
  return () => {
    if (watched.delete(entry) && watched.size === 0) timer?.unref();
  };
}
