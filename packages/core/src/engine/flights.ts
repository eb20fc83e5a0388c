import type { QueryEvent } from "../ports/query.ts";
import type { Emit } from "../ports/workflow.ts";

/** Does the work and tells what may be watched. */
export type Compute<T> = (signal: AbortSignal, emit: Emit) => Promise<T>;

/** One computation with any number of readers. */
interface Flight<T> {
  readonly key: string | undefined;
  readonly controller: AbortController;
  readonly seen: QueryEvent[];
  outcome: { readonly result: T } | { readonly error: unknown } | undefined;
  readers: number;
  /** Readers that have seen everything so far and wait for more. */
  readonly waiting: (() => void)[];
  /** Readers that wait for the end only. */
  readonly idling: (() => void)[];
}

/** One reader's place in a computation. */
export interface Seat<T> {
  /** The next event that is there already. */
  readonly take: () => QueryEvent | undefined;
  /** True once there is an outcome and every event was taken. */
  readonly isOver: () => boolean;
  /** Calls back, once, when there is another event or the outcome. To be asked for when there is neither. */
  readonly more: (go: () => void) => void;
  /** The outcome, for who does not watch: the events of a run this reader began wake nobody. Rejects with the computation's error, or once the reader's signal is aborted. */
  readonly result: () => Promise<T>;
  /** Gives the place up. When the last reader is gone before the end, the computation is aborted. */
  readonly leave: () => void;
}

/** Computations in flight, by key. */
export interface Flights<T> {
  /**
   * Runs `compute`, or joins the run of the same key that is already under way: a late joiner sees every event from the start.
   * A reader that leaves disturbs nobody. A failure reaches every reader and is kept by none. Without a key nothing is shared.
   */
  readonly join: (key: string | undefined, signal: AbortSignal, compute: Compute<T>) => Seat<T>;
  /** What is under way goes on for who is in it; nobody joins it any more, as what it rests on may have changed. */
  readonly closeAll: () => void;
}

/** A tool operation acts on behalf of one caller: whoever joined it before that was known runs its own. */
const isOneCallersOwn = (event: QueryEvent): boolean => event.type === "classified" && event.classification.type === "tool";

export function flights<T>(): Flights<T> {
  // In slots that are emptied: a map filled and emptied for every query keeps its past alive through many collections.
  const byKey = new Map<string, { flight: Flight<T> | undefined }>();

  /** No one joins from now on. */
  function closeTo(flight: Flight<T>): void {
    const slot = flight.key === undefined ? undefined : byKey.get(flight.key);
    if (slot?.flight !== flight) return;
    slot.flight = undefined;
    byKey.delete(flight.key!);
  }

  function wake(waiting: (() => void)[]): void {
    // Waking runs nobody at once, so no one can start to wait meanwhile.
    for (let go = waiting.pop(); go !== undefined; go = waiting.pop()) go();
  }

  function start(key: string | undefined, compute: Compute<T>): Flight<T> {
    const flight: Flight<T> = { key, controller: new AbortController(), seen: [], outcome: undefined, readers: 0, waiting: [], idling: [] };
    if (key !== undefined) byKey.set(key, { flight });
    const land = (outcome: NonNullable<Flight<T>["outcome"]>): void => {
      flight.outcome = outcome;
      closeTo(flight);
      wake(flight.waiting);
      wake(flight.idling);
    };
    const emit: Emit = (event) => {
      if (isOneCallersOwn(event)) closeTo(flight);
      flight.seen.push(event);
      wake(flight.waiting);
    };
    compute(flight.controller.signal, emit).then(
      (result) => land({ result }),
      (error: unknown) => land({ error }),
    );
    return flight;
  }

  function board(flight: Flight<T>): Flight<T> {
    flight.readers++;
    return flight;
  }

  function leave(flight: Flight<T>): void {
    if (--flight.readers > 0 || flight.outcome !== undefined) return;
    closeTo(flight);
    flight.controller.abort();
  }

  return {
    closeAll: () => byKey.clear(),
    join(key, signal, compute) {
      signal.throwIfAborted();
      const running = key === undefined ? undefined : byKey.get(key)?.flight;
      let flight = board(running ?? start(key, compute));
      let leads = running === undefined;
      let at = 0;
      let onAbort: (() => void) | undefined;

      function take(): QueryEvent | undefined {
        const event = flight.seen[at];
        if (event === undefined) return undefined;
        if (!leads && isOneCallersOwn(event)) {
          leave(flight);
          flight = board(start(undefined, compute));
          leads = true;
          at = 0;
          return undefined;
        }
        at++;
        return event;
      }

      const isOver = (): boolean => flight.outcome !== undefined && at >= flight.seen.length;

      return {
        take,
        isOver,
        more: (go) => void flight.waiting.push(go),
        async result() {
          let wakeUp: (() => void) | undefined;
          if (!isOver()) {
            onAbort = () => wakeUp?.();
            signal.addEventListener("abort", onAbort, { once: true });
          }
          for (;;) {
            while (take() !== undefined);
            signal.throwIfAborted();
            if (isOver()) break;
            await new Promise<void>((resolve) => {
              wakeUp = resolve;
              (leads ? flight.idling : flight.waiting).push(resolve);
            });
          }
          if ("error" in flight.outcome!) throw flight.outcome.error;
          return flight.outcome!.result;
        },
        leave() {
          if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
          leave(flight);
        },
      };
    },
  };
}
