import { OrchestratorError } from "../../../src/errors.ts";
import { memoryEventLog } from "../../../src/memory/event-log.ts";
import type { AppendOptions, EventLog, LoggedEvent, ReadOptions } from "../../../src/ports/event-log.ts";
import type { OrchestratorEvent } from "../../../src/ports/event.ts";
import { closesOnce, crowd, wrongly } from "./wrong.ts";

const wrong = wrongly<EventLog>(() => memoryEventLog());

async function readAll(log: EventLog, stream: string, options?: ReadOptions): Promise<readonly LoggedEvent[]> {
  const events: LoggedEvent[] = [];
  for await (const event of log.read(stream, options)) events.push(event);
  return events;
}

/** What is read passes through this. */
const reread = (right: EventLog, change: (events: readonly LoggedEvent[]) => readonly LoggedEvent[]): Partial<EventLog> => ({
  read: async function* (stream, options) {
    yield* change(await readAll(right, stream, options));
  },
});

const renamed = (right: EventLog, rename: (stream: string) => string): Partial<EventLog> => ({
  append: (stream, events, options) => right.append(rename(stream), events, options),
  read: async function* (stream, options) {
    for await (const event of right.read(rename(stream), options)) yield { ...event, stream };
  },
});

const versionOf = async (right: EventLog, stream: string): Promise<number> => (await readAll(right, stream)).length;

/** Appends one by one, with a turn in between. */
async function oneByOne(right: EventLog, stream: string, events: readonly OrchestratorEvent[], options?: AppendOptions): Promise<number> {
  let version = 0;
  for (const [index, event] of events.entries()) {
    version = await right.append(stream, [event], index === 0 ? options : {});
    await new Promise(setImmediate);
  }
  return version;
}

const conflict = (): never => {
  throw new OrchestratorError("VERSION_CONFLICT", "no");
};

/** Lets ids through that the right log would drop. */
const undeduplicated = (right: EventLog): Partial<EventLog> => {
  let copies = 0;
  return {
    append: (stream, events, options) =>
      right.append(
        stream,
        events.map((event) => ({ ...event, id: `${event.id}#${++copies}` })),
        options,
      ),
    ...reread(right, (events) => events.map((event) => ({ ...event, id: event.id.split("#")[0] ?? "" }))),
  };
};

/** Answers the very objects it was given. */
function sharing(right: EventLog, copyIn: (event: OrchestratorEvent) => OrchestratorEvent): Partial<EventLog> {
  const stored = new Map<string, LoggedEvent[]>();
  return {
    append: async (stream, events) => {
      const all = stored.get(stream) ?? [];
      stored.set(stream, all);
      for (const event of events) all.push(Object.assign(copyIn(event), { stream, version: all.length + 1 }));
      return all.length;
    },
    read: async function* (stream) {
      yield* stored.get(stream) ?? [];
      yield* right.read("nothing");
    },
  };
}

export const wrongEventLogs = [
  wrong(1, "answers how many events it wrote", ({ append }) => ({
    append: async (stream, events, options) => (await append(stream, events, options), events.length),
  })),
  wrong(1, "counts versions from 0", ({ append }) => ({ append: async (...args) => (await append(...args)) - 1 })),
  wrong(1, "answers the version of the first event written", ({ append }) => ({
    append: async (stream, events, options) => (await append(stream, events, options)) - events.length + 1,
  })),
  wrong(1, "counts versions over all streams", ({ append }) => {
    let version = 0;
    return {
      append: async (stream, events, options) => {
        await append(stream, events, options);
        return (version += events.length);
      },
    };
  }),
  wrong(2, "reads backwards", (right) => reread(right, (events) => events.toReversed())),
  wrong(2, "sorts by id", (right) => reread(right, (events) => events.toSorted((a, b) => (a.id < b.id ? -1 : 1)))),
  wrong(2, "sorts versions as text", (right) =>
    reread(right, (events) => events.toSorted((a, b) => (String(a.version) < String(b.version) ? -1 : 1))),
  ),
  wrong(2, "leaves gaps between versions", (right) =>
    reread(right, (events) => events.map((event) => ({ ...event, version: event.version * 2 - 1 }))),
  ),
  wrong(2, "loses fields it does not know", (right) => reread(right, (events) => events.map((event) => ({ ...event, tenant: undefined })))),
  wrong(2, "loses the newest event", (right) => reread(right, (events) => events.slice(0, -1))),
  wrong(2, "keeps only the newest ten", (right) => reread(right, (events) => events.slice(-10))),
  wrong(2, "answers one version to two appends at once", (right) => ({
    append: async (stream, events, options) => {
      const version = (await versionOf(right, stream)) + events.length;
      await right.append(stream, events, options);
      return version;
    },
  })),
  wrong(3, "ignores `from`", ({ read }) => ({ read: (stream) => read(stream) })),
  wrong(3, "starts after `from`", ({ read }) => ({ read: (stream, options) => read(stream, { from: (options?.from ?? 0) + 1 }) })),
  wrong(3, "starts one before `from`", ({ read }) => ({ read: (stream, options) => read(stream, { from: (options?.from ?? 1) - 1 }) })),
  wrong(3, "counts versions from `from`", (right) =>
    reread(right, (events) => events.map((event, index) => ({ ...event, version: index + 1 }))),
  ),
  wrong(4, "fails to read a stream that does not exist", (right) =>
    reread(right, (events) => {
      if (events.length === 0) throw new Error("no such stream");
      return events;
    }),
  ),
  wrong(4, "reading makes the stream", ({ append, read }) => ({
    read: async function* (stream, options) {
      yield* read(stream, options);
      const { id, time } = { id: `made ${stream}`, time: new Date().toISOString() };
      await append(stream, [{ specversion: "1.0", id, time, source: "/", type: "made", datacontenttype: "application/json", data: null }]);
    },
  })),
  wrong(5, "refuses every `expectedVersion`", ({ append }) => ({
    append: async (stream, events, options) => (options?.expectedVersion === undefined ? append(stream, events) : conflict()),
  })),
  wrong(5, "wants the next version instead of the current", ({ append }) => ({
    append: (stream, events, options) =>
      append(stream, events, { expectedVersion: options?.expectedVersion === undefined ? undefined : options.expectedVersion - 1 }),
  })),
  wrong(6, "ignores `expectedVersion`", ({ append }) => ({ append: (stream, events) => append(stream, events) })),
  wrong(6, "takes `expectedVersion` 0 for none", ({ append }) => ({
    append: (stream, events, options) => append(stream, events, { expectedVersion: options?.expectedVersion || undefined }),
  })),
  wrong(6, "accepts a version above the current", (right) => ({
    append: async (stream, events, { expectedVersion } = {}) => {
      const version = await versionOf(right, stream);
      return expectedVersion !== undefined && expectedVersion < version ? conflict() : right.append(stream, events);
    },
  })),
  wrong(6, "writes, then rejects", (right) => ({
    append: async (stream, events, { expectedVersion } = {}) => {
      const before = await versionOf(right, stream);
      const version = await right.append(stream, events);
      return expectedVersion === undefined || expectedVersion === before ? version : conflict();
    },
  })),
  wrong(6, "rejects with another code", ({ append }) => ({
    append: (stream, events, options) =>
      append(stream, events, options).catch((cause: unknown) => Promise.reject(new Error("no", { cause }))),
  })),
  wrong(6, "remembers the ids of refused events", (right) => {
    const refused = new Set<string>();
    return {
      append: async (stream, events, options) => {
        const fresh = events.filter((event) => !refused.has(event.id));
        for (const event of events) refused.add(event.id);
        return fresh.length === 0 ? versionOf(right, stream) : right.append(stream, fresh, options);
      },
    };
  }),
  wrong(7, "drops an event when several are appended", ({ append }) => ({
    append: (stream, events, options) => append(stream, events.length > 1 ? events.slice(0, -1) : events, options),
  })),
  wrong(7, "appends one by one", (right) => ({
    append: (stream, events, options) => oneByOne(right, stream, events, options),
  })),
  wrong(7, "writes what comes before an event that is refused", (right) => ({
    append: async (stream, events, options) => {
      let version = 0;
      if (events.every((event) => typeof event.data !== "bigint")) return right.append(stream, events, options);
      for (const event of events) version = await right.append(stream, [event], options);
      return version;
    },
  })),
  wrong(7, "swaps the events of one append", ({ append }) => ({
    append: (stream, events, options) => append(stream, events.toReversed(), options),
  })),
  wrong(8, "writes an event twice", undeduplicated),
  wrong(8, "rejects an event it knows", (right) => ({
    append: async (stream, events, options) => {
      const known = new Set((await readAll(right, stream)).map((event) => event.id));
      return events.some((event) => known.has(event.id)) ? conflict() : right.append(stream, events, options);
    },
  })),
  wrong(8, "drops new events beside known ones", (right) => ({
    append: async (stream, events, options) => {
      const known = new Set((await readAll(right, stream)).map((event) => event.id));
      return events.some((event) => known.has(event.id)) ? known.size : right.append(stream, events, options);
    },
  })),
  wrong(8, "drops an event that another stream holds", (right) => {
    const known = new Set<string>();
    return {
      append: async (stream, events, options) => {
        const fresh = events.filter((event) => !known.has(event.id));
        for (const event of fresh) known.add(event.id);
        return fresh.length === 0 ? versionOf(right, stream) : right.append(stream, fresh, options);
      },
    };
  }),
  wrong(8, "refuses to repeat an append whose version has passed", (right) => ({
    append: async (stream, events, options) => {
      const version = await versionOf(right, stream);
      return (options?.expectedVersion ?? version) === version ? right.append(stream, events, options) : conflict();
    },
  })),
  wrong(9, "looks first and writes later", (right) => ({
    append: async (stream, events, { expectedVersion } = {}) => {
      const version = await versionOf(right, stream);
      return expectedVersion === undefined || expectedVersion === version ? right.append(stream, events) : conflict();
    },
  })),
  wrong(9, "loses all of many appends at once", (right) => {
    const alone = crowd();
    return { append: async (stream, events, options) => ((await alone()) ? right.append(stream, events, options) : conflict()) };
  }),
  wrong(10, "ignores the case of streams", (right) => renamed(right, (stream) => stream.toLowerCase())),
  wrong(10, "keeps only what stands before a colon", (right) => renamed(right, (stream) => stream.split(":")[0] ?? "")),
  wrong(10, "replaces what a subject may not hold", (right) => renamed(right, (stream) => stream.replaceAll(/[\s.*>]/g, "_"))),
  wrong(10, "has one stream for all", (right) => renamed(right, () => "all")),
  wrong(11, "shares the events it was given", (right) => sharing(right, (event) => event)),
  wrong(11, "shares the events it answers", (right) => sharing(right, (event) => structuredClone(event))),
  wrong(11, "copies events too late", ({ append }) => ({
    append: async (...args) => {
      await Promise.resolve();
      return append(...args);
    },
  })),
  wrong(12, "`append` ignores the signal", ({ append }) => ({
    append: (stream, events, options) => append(stream, events, { expectedVersion: options?.expectedVersion }),
  })),
  wrong(12, "`read` ignores the signal", ({ read }) => ({ read: (stream, options) => read(stream, { from: options?.from }) })),
  wrong(12, "looks at the signal only when reading begins", (right) => reread(right, (events) => events)),
  wrong(12, "rejects with a reason of its own", ({ append }) => ({
    append: (stream, events, options) =>
      options?.signal?.aborted ? Promise.reject(new Error("aborted")) : append(stream, events, options),
  })),
  wrong(12, "writes all the same", ({ append }) => ({
    append: async (stream, events, options) => {
      const version = await append(stream, events);
      options?.signal?.throwIfAborted();
      return version;
    },
  })),
  wrong(13, "fails to close twice", closesOnce),
];
