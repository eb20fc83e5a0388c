import { hash } from "node:crypto";
import { recencyMap } from "../memory/recency-map.ts";

/** How often data changes, as seen in results of the same call at different times. */
export interface ChangeRates {
  /** A call answered this now; the tags name what it read. */
  readonly observe: (call: string, output: string, tags: Iterable<string>) => void;
  /** Milliseconds between two changes of what changes most often among these; undefined while no change was seen. */
  readonly everyMs: (tags: Iterable<string>) => number | undefined;
}

interface Seen {
  readonly digest: string;
  readonly at: number;
}

interface Rate {
  watchedMs: number;
  changes: number;
}

const maxCalls = 2_000;
const maxTags = 2_000;
/** What was seen long ago counts half after so many changes. */
const memory = 20;

export function changeRates(now: () => number = () => performance.now()): ChangeRates {
  const calls = recencyMap<Seen>();
  const rates = recencyMap<Rate>();
  let kept = 0;
  let keptRates = 0;

  function rateOf(tag: string): Rate {
    const known = rates.use(tag);
    if (known !== undefined) return known;
    const rate: Rate = { watchedMs: 0, changes: 0 };
    rates.set(tag, rate);
    if (++keptRates > maxTags) keptRates -= rates.delete(rates.oldest()!.key) ? 1 : 0;
    return rate;
  }

  return {
    observe(call, output, tags) {
      const key = hash("sha1", call, "base64url");
      const digest = hash("sha1", output, "base64url");
      const at = now();
      const before = calls.get(key);
      calls.set(key, { digest, at });
      if (before === undefined) {
        if (++kept > maxCalls) kept -= calls.delete(calls.oldest()!.key) ? 1 : 0;
        return;
      }
      for (const tag of tags) {
        const rate = rateOf(tag);
        rate.watchedMs += at - before.at;
        if (digest !== before.digest) rate.changes++;
        if (rate.changes < memory) continue;
        rate.changes /= 2;
        rate.watchedMs /= 2;
      }
    },
    everyMs(tags) {
      let shortest: number | undefined;
      for (const tag of tags) {
        const rate = rates.get(tag);
        if (rate === undefined || rate.changes === 0) continue;
        const every = rate.watchedMs / rate.changes;
        if (shortest === undefined || every < shortest) shortest = every;
      }
      return shortest;
    },
  };
}
