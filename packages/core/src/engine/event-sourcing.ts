import { isOrchestratorError, OrchestratorError } from "../errors.ts";
import type { CallOptions } from "../ports/call.ts";
import type { EventLog, LoggedEvent } from "../ports/event-log.ts";
import type { OrchestratorEvent } from "../ports/event.ts";
import type { Json } from "../ports/json.ts";
import type { StateStore } from "../ports/state-store.ts";

/** How the events of a stream make its state. */
export interface Fold<State extends Json> {
  /** Names its snapshots. */
  readonly name: string;
  /** Raise it when `initial`, `apply` or `upcast` change what they make: snapshots of another version are not used. */
  readonly version: number;
  readonly initial: State;
  /** Makes the next state; changes nothing it is given, and depends on nothing else. An event it does not know leaves the state as it is. */
  readonly apply: (state: State, event: LoggedEvent) => State;
  /** Brings an event as it was once written into today's shape, by its type; it may answer another type, which is then brought on in turn. */
  readonly upcast?: Readonly<Record<string, (event: LoggedEvent) => LoggedEvent>> | undefined;
  /** What else an event causes, once it is written. Runs after an append here, and in a replay only when asked for. */
  readonly effect?: ((event: LoggedEvent, state: State) => Promise<void> | void) | undefined;
}

/** A state and the version of its stream. */
export interface Folded<State extends Json> {
  readonly state: State;
  readonly version: number;
}

export interface EventSourcedOptions {
  /** Where snapshots are kept, so that loading need not read a whole stream. They may be lost at any time. @default none */
  readonly snapshots?: StateStore | undefined;
  /** Events between two snapshots of a stream. @default 100 */
  readonly snapshotEvery?: number | undefined;
}

export interface ReplayOptions extends CallOptions {
  /** Where to begin: a version of the stream, or a time (RFC 3339) the events bear. @default the first event */
  readonly from?: { readonly version: number } | { readonly time: string } | undefined;
  /** Also causes the effects again. @default false */
  readonly effects?: boolean | undefined;
}

export interface EventSourced<State extends Json> {
  /** The state now. Rejects with `DATA_CORRUPT`, naming the version, when an event cannot be folded; other streams are not touched by that. */
  readonly load: (stream: string, options?: CallOptions) => Promise<Folded<State>>;
  /** Writes what `decide` makes of the state now, and answers the new state. When another writes first it decides anew, up to 8 times. */
  readonly decide: (
    stream: string,
    decide: (state: State) => readonly OrchestratorEvent[],
    options?: CallOptions,
  ) => Promise<Folded<State>>;
  /** The stored events from there on, each with the state it makes. Causes nothing unless `effects` is true. */
  readonly replay: (
    stream: string,
    options?: ReplayOptions,
  ) => AsyncGenerator<{ readonly event: LoggedEvent; readonly state: State }, void, void>;
}

interface Snapshot<State> {
  readonly state: State;
  readonly version: number;
  /** The id of the event at that version, by which a stream that began anew is noticed. */
  readonly eventId: string;
}

const maxConflicts = 8;
const maxUpcasts = 16;

/** States that are folds of event streams. What counts is the log: snapshots only shorten the way. */
export function eventSourced<State extends Json>(log: EventLog, fold: Fold<State>, options: EventSourcedOptions = {}): EventSourced<State> {
  const { snapshots, snapshotEvery = 100 } = options;
  if (!(Number.isSafeInteger(snapshotEvery) && snapshotEvery > 0))
    throw new OrchestratorError("CONFIG_INVALID", `snapshotEvery must be a whole number above 0, not ${snapshotEvery}`);
  const snapshotKey = (stream: string): string => `snapshot:${JSON.stringify([fold.name, fold.version, stream])}`;

  function next(state: State, stored: LoggedEvent): State {
    try {
      return fold.apply(state, upcasted(stored));
    } catch (cause) {
      const message = `version ${stored.version} of the stream ${JSON.stringify(stored.stream)} (${stored.type}) cannot be folded into ${fold.name}`;
      throw new OrchestratorError("DATA_CORRUPT", message, { details: { stream: stored.stream, version: stored.version }, cause });
    }
  }

  function upcasted(stored: LoggedEvent): LoggedEvent {
    let event = stored;
    for (let steps = 0; steps < maxUpcasts; steps++) {
      const { type } = event;
      event = fold.upcast?.[type]?.(event) ?? event;
      if (event.type === type) return event;
    }
    throw new Error(`its upcasts go in circles`);
  }

  async function snapshotOf(stream: string, callOptions?: CallOptions): Promise<Snapshot<State> | undefined> {
    try {
      const entry = await snapshots?.get(snapshotKey(stream), callOptions);
      // Written below, by the same version of the same fold.
      return entry?.value as unknown as Snapshot<State> | undefined;
    } catch {
      callOptions?.signal?.throwIfAborted();
      return undefined;
    }
  }

  async function load(stream: string, callOptions?: CallOptions): Promise<Folded<State>> {
    const snapshot = await snapshotOf(stream, callOptions);
    if (snapshot === undefined) return loadFrom(stream, undefined, callOptions);
    return (await loadFrom(stream, snapshot, callOptions).catch(orUndefined)) ?? loadFrom(stream, undefined, callOptions);
  }

  /** Reads the snapshot's own event again, which proves that both belong together. */
  async function loadFrom(stream: string, snapshot: Snapshot<State> | undefined, callOptions?: CallOptions): Promise<Folded<State>> {
    let { state, version } = snapshot ?? { state: fold.initial, version: 0 };
    let last: LoggedEvent | undefined;
    for await (const event of log.read(stream, { ...callOptions, from: Math.max(1, version) })) {
      last = event;
      if (event.version === snapshot?.version) {
        if (event.id !== snapshot.eventId) throw staleSnapshot;
        continue;
      }
      state = next(state, event);
      version = event.version;
    }
    if (snapshot !== undefined && last === undefined) throw staleSnapshot;
    if (last !== undefined && version - (snapshot?.version ?? 0) >= snapshotEvery) {
      const value = { state, version, eventId: last.id };
      await snapshots?.set(snapshotKey(stream), value, callOptions).catch(() => {});
    }
    return { state, version };
  }

  return {
    load,
    decide: async (stream, decide, callOptions) => {
      for (let conflicts = 0; ; conflicts++) {
        const before = await load(stream, callOptions);
        const events = decide(before.state);
        if (events.length === 0) return before;
        try {
          await log.append(stream, events, { ...callOptions, expectedVersion: before.version });
        } catch (error) {
          if (!isOrchestratorError(error, "VERSION_CONFLICT") || conflicts >= maxConflicts) throw error;
          continue;
        }
        // Read back rather than assumed: an event the stream already held was not written again, and had its effect then.
        let { state, version } = before;
        for await (const event of log.read(stream, { ...callOptions, from: before.version + 1 })) {
          if (version - before.version >= events.length) break;
          state = next(state, event);
          version = event.version;
          await fold.effect?.(upcasted(event), state);
        }
        return { state, version };
      }
    },
    replay: async function* (stream, { from = { version: 1 }, effects = false, signal } = {}) {
      const begins = (event: LoggedEvent): boolean =>
        "version" in from ? event.version >= from.version : Date.parse(event.time) >= Date.parse(from.time);
      if ("time" in from && Number.isNaN(Date.parse(from.time)))
        throw new OrchestratorError("CONFIG_INVALID", `${JSON.stringify(from.time)} is no time to replay from`);
      let state = fold.initial;
      let begun = false;
      for await (const stored of log.read(stream, { signal })) {
        state = next(state, stored);
        begun ||= begins(stored);
        if (!begun) continue;
        const event = upcasted(stored);
        if (effects) await fold.effect?.(event, state);
        yield { event, state };
      }
    },
  };
}

const staleSnapshot = new Error("the snapshot is not of this stream");

function orUndefined(error: unknown): undefined {
  if (error !== staleSnapshot) throw error;
}
