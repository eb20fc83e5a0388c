// Known ways to get it wrong, put around the log of a worker: a suite that does not notice them proves nothing.
import { type EventLog, type OrchestratorEvent, isOrchestratorError } from "../../packages/core/src/index.ts";

export type Defect = "effect before journal" | "no fence in heartbeat" | "no fence in release" | "fence compared by name";

const releases: ReadonlySet<string> = new Set(["run.answered", "run.failed", "run.cancelled", "run.released", "run.stopped"]);

const all = (events: readonly OrchestratorEvent[], is: (type: string) => boolean): boolean => events.every(({ type }) => is(type));

/** Keeps what is to be written before an effect, and writes it with what comes after it. */
function late(log: EventLog): EventLog {
  const kept = new Map<string, readonly OrchestratorEvent[]>();
  return {
    ...log,
    async append(stream, events, options = {}) {
      const before = kept.get(stream) ?? [];
      const { expectedVersion } = options;
      if (expectedVersion !== undefined && events.some(({ type }) => type === "run.step.started")) {
        kept.set(stream, [...before, ...events]);
        return expectedVersion + events.length;
      }
      kept.delete(stream);
      return log.append(stream, [...before, ...events], {
        ...options,
        expectedVersion: expectedVersion === undefined ? undefined : expectedVersion - before.length,
      });
    },
  };
}

/** Writes events of these types whatever has happened since. */
function unfenced(log: EventLog, is: (type: string) => boolean): EventLog {
  return {
    ...log,
    append: (stream, events, options) => log.append(stream, events, all(events, is) ? { ...options, expectedVersion: undefined } : options),
  };
}

/** Takes the run for its own as long as the last who claimed it bears the same name. */
function byName(log: EventLog, source: string): EventLog {
  return {
    ...log,
    async append(stream, events, options) {
      try {
        return await log.append(stream, events, options);
      } catch (error) {
        if (!isOrchestratorError(error, "VERSION_CONFLICT")) throw error;
        let owner = "";
        for await (const { type, source } of log.read(stream)) if (type === "run.claimed") owner = source;
        if (owner !== source) throw error;
        const { length } = events;
        await log.append(stream, events);
        return (options?.expectedVersion ?? 0) + length;
      }
    },
  };
}

export function withDefect(log: EventLog, defect: Defect | undefined, source: string): EventLog {
  switch (defect) {
    case undefined:
      return log;
    case "effect before journal":
      return late(log);
    case "no fence in heartbeat":
      return unfenced(log, (type) => type === "run.progressed");
    case "no fence in release":
      return unfenced(log, (type) => releases.has(type));
    case "fence compared by name":
      return byName(log, source);
  }
}
