import { OrchestratorError } from "../errors.ts";
import type { EventLog, LoggedEvent } from "../ports/event-log.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import { checkCount, closedError } from "./checks.ts";
import { frozenCopy } from "./frozen-copy.ts";
import { recencyMap } from "./recency-map.ts";

export interface MemoryEventLogOptions {
  /** Events of one stream; beyond it an append is refused with `STORE_FULL`. @default 10000 */
  readonly maxEventsPerStream?: number | undefined;
  /** Events of all streams; beyond it the streams appended to longest ago are forgotten whole. @default 100000 */
  readonly maxEvents?: number | undefined;
}

interface Stream {
  readonly events: LoggedEvent[];
  readonly ids: Set<string>;
}

/**
 * An event log in this process; it is lost with it. Events are copied in and handed out frozen.
 * Bounded: a long stream is refused more, and old streams make room for new ones, each as a whole, so no stream has gaps.
 */
export function memoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  const maxPerStream = checkCount("maxEventsPerStream", options.maxEventsPerStream ?? 10_000);
  const maxEvents = checkCount("maxEvents", options.maxEvents ?? 100_000);
  // Used means appended to: the oldest is the one to forget.
  const streams = recencyMap<Stream>();
  let held = 0;
  let closed = false;

  const enter = (signal: AbortSignal | undefined): void => {
    signal?.throwIfAborted();
    if (closed) throw closedError("the event log");
  };

  /** The stream itself is the newest by now, and alone it fits. */
  const makeRoom = (): void => {
    while (held > maxEvents) {
      const oldest = streams.oldest();
      if (oldest === undefined) return;
      streams.delete(oldest.key);
      held -= oldest.value.events.length;
    }
  };

  return {
    name: "memory",
    append: async (name, events, { expectedVersion, signal } = {}) => {
      enter(signal);
      const stream = streams.get(name) ?? { events: [], ids: new Set<string>() };
      const fresh = new Map<string, OrchestratorEvent>();
      for (const event of events) if (!stream.ids.has(event.id) && !fresh.has(event.id)) fresh.set(event.id, event);
      let version = stream.events.length;
      if (fresh.size === 0 && events.length > 0) return version;
      if (expectedVersion !== undefined && expectedVersion !== version)
        throw new OrchestratorError(
          "VERSION_CONFLICT",
          `the stream ${JSON.stringify(name)} is at version ${version}, not ${expectedVersion}`,
        );
      if (fresh.size === 0) return version;
      // Everything that can fail comes before the first write: all events or none.
      const logged = [...fresh.values()].map((event) => frozenCopy({ ...event, stream: name, version: ++version }));
      if (version > Math.min(maxPerStream, maxEvents))
        throw new OrchestratorError("STORE_FULL", `the stream ${JSON.stringify(name)} has no room for ${logged.length} more events`);
      for (const event of logged) {
        stream.events.push(event);
        stream.ids.add(event.id);
      }
      held += logged.length;
      streams.set(name, stream);
      makeRoom();
      return version;
    },
    read: async function* (name, { from = 1, signal } = {}) {
      enter(signal);
      const events = streams.get(name)?.events ?? [];
      // What is appended while somebody reads is for the next read, else a reader that appends would never end.
      const end = events.length;
      for (let index = Math.max(from, 1) - 1; index < end; index++) {
        signal?.throwIfAborted();
        const event = events[index];
        if (event !== undefined) yield event;
      }
    },
    health: () => (closed ? { status: "down", detail: "closed" } : { status: "up", detail: "memory" }),
    close: async () => {
      closed = true;
      streams.clear();
      held = 0;
    },
  };
}
