import type { Clock } from "../../ports/clock.ts";

/** Something that must go on before a moment of the clock; `Infinity` while there is nothing to wait for. */
export interface Watched {
  dueMs: number;
  readonly onDue: () => void;
}

/** Watches many calls with one timer, so that a call that goes well costs none. */
export interface Watchdog {
  readonly add: (watched: Watched) => void;
  readonly remove: (watched: Watched) => void;
}

/** How often it looks; what is due is told at most this much later. */
const tickMs = 20;

export function watchdog(clock: Clock): Watchdog {
  const all = new Set<Watched>();
  let ticking = false;

  function tick(): void {
    const now = clock.now();
    for (const watched of all) {
      if (watched.dueMs > now) continue;
      watched.dueMs = Infinity;
      watched.onDue();
    }
    ticking = all.size > 0;
    if (ticking) clock.setTimeout(tick, tickMs);
  }

  return {
    add(watched) {
      all.add(watched);
      if (ticking) return;
      ticking = true;
      clock.setTimeout(tick, tickMs);
    },
    remove: (watched) => void all.delete(watched),
  };
}
