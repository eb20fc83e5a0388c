import { type Bagged, bag } from "./bag.ts";
import { systemClock } from "./clock.ts";
import type { Clock } from "./ports/clock.ts";

/** Something that must go on before a moment of the clock; `Infinity` while there is nothing to wait for. */
export interface Watched extends Bagged {
  dueMs: number;
  /** Called once that moment has passed. */
  readonly onDue: () => void;
}

/** Watches many calls with one timer, so that a limit that is never reached costs next to nothing. */
export interface Watchdog {
  readonly add: (watched: Watched) => void;
  /** Harmless for what is not watched any more. */
  readonly remove: (watched: Watched) => void;
}

/** How often it looks; what is due is told at most this much later, and the last timer ends this much after the last call. */
const tickMs = 20;

export function watchdog(clock: Clock): Watchdog {
  const all = bag<Watched>();
  let ticking = false;

  function tick(): void {
    const now = clock.now();
    for (let at = all.items.length - 1; at >= 0; at--) {
      const watched = all.items[at];
      if (watched === undefined || watched.dueMs > now) continue;
      watched.dueMs = Infinity;
      watched.onDue();
    }
    ticking = all.items.length > 0;
    if (ticking) clock.setTimeout(tick, tickMs);
  }

  return {
    add(watched) {
      all.add(watched);
      if (ticking) return;
      ticking = true;
      clock.setTimeout(tick, tickMs);
    },
    remove: all.remove,
  };
}

const ofProcess = watchdog(systemClock);

/** Calls back after `ms`, at most 20 ms late; answers how to call it off, which is harmless afterwards. */
export function watch(ms: number, onTime: () => void): () => void {
  const watched: Watched = {
    dueMs: performance.now() + ms,
    onDue() {
      ofProcess.remove(watched);
      onTime();
    },
  };
  ofProcess.add(watched);
  return () => ofProcess.remove(watched);
}
