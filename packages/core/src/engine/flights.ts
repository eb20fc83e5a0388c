import type { QueryEvent } from "../ports/query.ts";
import type { Watched } from "../ports/workflow.ts";

/** One computation with any number of readers; it is pulled by whoever is ahead. */
interface Flight<T> {
  readonly key: string | undefined;
  readonly generator: Watched<T>;
  readonly controller: AbortController;
  readonly seen: QueryEvent[];
  pull: Promise<void> | undefined;
  outcome: { readonly result: T } | { readonly error: unknown } | undefined;
  readers: number;
}

/** Computations in flight, by key. */
export interface Flights<T> {
  /**
   * Runs `compute`, or joins the run of the same key that is already under way: a late joiner sees every event from the start.
   * A reader that leaves, or whose signal aborts, disturbs nobody; when the last one is gone the computation is aborted.
   * A failure reaches every reader and is kept by none. Without a key nothing is shared.
   */
  readonly join: (key: string | undefined, signal: AbortSignal, compute: (signal: AbortSignal) => Watched<T>) => Watched<T>;
}

/** A tool operation acts on behalf of one caller: whoever joined it before that was known runs its own. */
const isOneCallersOwn = (event: QueryEvent): boolean => event.type === "classified" && event.classification.type === "tool";

export function flights<T>(): Flights<T> {
  const byKey = new Map<string, Flight<T>>();

  function start(key: string | undefined, compute: (signal: AbortSignal) => Watched<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = {
      key,
      generator: compute(controller.signal),
      controller,
      seen: [],
      pull: undefined,
      outcome: undefined,
      readers: 0,
    };
    if (key !== undefined) byKey.set(key, flight);
    return flight;
  }

  /** No one joins from now on. */
  function closeTo(flight: Flight<T>): void {
    if (flight.key !== undefined && byKey.get(flight.key) === flight) byKey.delete(flight.key);
  }

  function pull(flight: Flight<T>): Promise<void> {
    const land = (outcome: NonNullable<Flight<T>["outcome"]>): void => {
      flight.outcome = outcome;
      closeTo(flight);
    };
    flight.pull ??= flight.generator.next().then(
      (next) => {
        flight.pull = undefined;
        if (next.done) land({ result: next.value });
        else {
          if (isOneCallersOwn(next.value)) closeTo(flight);
          flight.seen.push(next.value);
        }
      },
      (error: unknown) => {
        flight.pull = undefined;
        land({ error });
      },
    );
    return flight.pull;
  }

  function leave(flight: Flight<T>): void {
    if (--flight.readers > 0 || flight.outcome !== undefined) return;
    closeTo(flight);
    flight.controller.abort();
    flight.generator.return(undefined as never).catch(() => {});
  }

  /** Yields the flight's events; answers undefined when it turned out to be another caller's own. */
  async function* read(flight: Flight<T>, signal: AbortSignal, leads: boolean): Watched<{ readonly result: T } | undefined> {
    let rejectPending: ((reason: unknown) => void) | undefined;
    let left = false;
    const leaveOnce = (): void => {
      if (left) return;
      left = true;
      signal.removeEventListener("abort", onAbort);
      leave(flight);
    };
    const onAbort = (): void => {
      leaveOnce();
      rejectPending?.(signal.reason);
    };
    flight.readers++;
    signal.addEventListener("abort", onAbort);
    try {
      for (let at = 0; ;) {
        signal.throwIfAborted();
        const event = flight.seen[at++];
        if (event !== undefined) {
          if (!leads && isOneCallersOwn(event)) return undefined;
          yield event;
        } else if (flight.outcome === undefined) {
          at--;
          await new Promise<void>((resolve, reject) => {
            rejectPending = reject;
            void pull(flight).then(resolve);
          });
        } else if ("error" in flight.outcome) throw flight.outcome.error;
        else return flight.outcome;
      }
    } finally {
      leaveOnce();
    }
  }

  return {
    async *join(key, signal, compute) {
      const running = key === undefined ? undefined : byKey.get(key);
      const shared = running === undefined ? undefined : yield* read(running, signal, false);
      if (shared !== undefined) return shared.result;
      const own = yield* read(start(running === undefined ? key : undefined, compute), signal, true);
      return own!.result;
    },
  };
}
