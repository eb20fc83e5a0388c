import type { BusKeys } from "./bus-keys.ts";
import { type StreamEntry, toEntries } from "./bus-stream.ts";
import type { Connection } from "./connection.ts";
import { backoff, pauses } from "./pauses.ts";

/** The newest entries of the stream as they come, read once for all subscriptions of this process. */
export interface BusTail {
  /** The entries behind that sequence, when they are all still here; otherwise they must be read from the stream. */
  readonly after: (sequence: number) => readonly StreamEntry[] | undefined;
  /** Resolves when more came than `seen`, after `limitMs`, or when the tail is closed. */
  readonly moreThan: (seen: number, limitMs: number) => Promise<void>;
  /** How many entries came so far. */
  readonly count: () => number;
  readonly close: () => void;
}

/** Entries kept for subscriptions that are a little behind. */
const kept = 1_024;

/** Waits on a connection of its own behind that sequence, through every loss of the connection. */
export function busTail(connection: Connection, keys: BusKeys, start: number, blockMs: number): BusTail {
  const waits = pauses();
  let entries: readonly StreamEntry[] = [];
  /** Everything behind this sequence is in `entries`. */
  let completeFrom = start;
  let position = start;
  let count = 0;
  let watchers: (() => void)[] = [];

  const notify = (): void => {
    const woken = watchers;
    watchers = [];
    for (const wake of woken) wake();
  };

  async function follow(): Promise<void> {
    for (let failures = 0; !waits.ended();) {
      try {
        const { value } = await connection.send("xread", ["COUNT", 512, "BLOCK", blockMs, "STREAMS", keys.events, `${position}-0`], {
          repeatable: true,
        });
        failures = 0;
        // Under RESP2 a list of [stream, entries], for the one stream asked for.
        if (value !== null) take(toEntries((value as readonly (readonly [string, unknown])[])[0]?.[1]));
      } catch {
        // Reported by the connection's health; here it only means to try again.
        await waits.pause(backoff(20, ++failures, 500));
      }
    }
  }

  function take(fresh: readonly StreamEntry[]): void {
    const last = fresh.at(-1);
    if (last === undefined) return;
    const dropped = Math.max(0, entries.length + fresh.length - kept);
    const all = [...entries, ...fresh];
    completeFrom = all[dropped - 1]?.sequence ?? completeFrom;
    entries = all.slice(dropped);
    position = last.sequence;
    count += fresh.length;
    notify();
  }

  void follow();

  return {
    after: (sequence) => {
      if (sequence < completeFrom) return undefined;
      const index = entries.findLastIndex((entry) => entry.sequence <= sequence);
      return entries.slice(index + 1);
    },
    moreThan: async (seen, limitMs) => {
      if (count > seen || waits.ended()) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        watchers.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
    count: () => count,
    close: () => {
      waits.end();
      notify();
      connection.close();
    },
  };
}
