import { OrchestratorError } from "../errors.ts";
import type { QueryEvent, QueryResult } from "../ports/query.ts";
import { watch } from "../watchdog.ts";
import type { Seat } from "./flights.ts";

/** A query's run: yields events, and the seat from which to take those of the computation until it is over. Handing on each of them would double what they cost. */
export type RunningQuery = AsyncGenerator<QueryEvent | Seat<QueryResult>, QueryResult, void>;

/**
 * A query under way. Nothing starts until somebody iterates or asks for the result; there is one reader. Leaving the loop
 * early cancels the work down to the tool call, and `result()` then rejects with `ABORTED`.
 */
export interface QueryStream extends AsyncIterable<QueryEvent> {
  /** The pieces of the answer's text only; a `text-reset` in the events means the pieces before it are void, so prefer the events where that may happen. */
  readonly text: () => AsyncIterable<string>;
  /** Runs to the end if nobody iterates; otherwise waits for the one who does. */
  readonly result: () => Promise<QueryResult>;
}

interface StreamOptions {
  /** `watched` is false when only the result is wanted: then it need not yield. */
  readonly run: (signal: AbortSignal, watched: boolean) => RunningQuery;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  /** Told when the stream starts and ends, so that the owner can wait for it or end it. */
  readonly onStart: (cancel: (reason: unknown) => void) => () => void;
}

/** How long a reader that leaves waits for the work to clean up behind it. */
const leaveMs = 100;

const end = { done: true, value: undefined } as const;

type Outcome = { readonly result: QueryResult } | { readonly error: unknown };

export function queryStream({ run, deadlineMs, signal, onStart }: StreamOptions): QueryStream {
  const controller = new AbortController();
  let generator: RunningQuery | undefined;
  let seat: Seat<QueryResult> | undefined;
  let outcome: Outcome | undefined;
  let taken = false;
  let watched = false;
  let callOff: (() => void) | undefined;
  let onEnd: (() => void) | undefined;
  let rejectPending: ((reason: unknown) => void) | undefined;
  const waiters: ((outcome: Outcome) => void)[] = [];

  const onCallerAbort = (): void => cancel(signal!.reason);

  function settle(value: Outcome): void {
    if (outcome !== undefined) return;
    outcome = value;
    callOff?.();
    signal?.removeEventListener("abort", onCallerAbort);
    onEnd?.();
    for (const waiter of waiters) waiter(value);
  }

  function cancel(reason: unknown): void {
    if (outcome !== undefined) return;
    settle({ error: reason });
    controller.abort(reason);
    rejectPending?.(reason);
    generator?.throw(reason).catch(() => {});
  }

  function start(): RunningQuery {
    onEnd = onStart(cancel);
    callOff = watch(deadlineMs, () => {
      const message = `the query took longer than its ${deadlineMs} ms`;
      cancel(new OrchestratorError("DEADLINE_EXCEEDED", message, { retryable: true, details: { deadlineMs } }));
    });
    if (signal?.aborted) onCallerAbort();
    else signal?.addEventListener("abort", onCallerAbort, { once: true });
    return run(controller.signal, watched);
  }

  /** Answers with the next event, or the end; rejects as soon as the stream is cancelled, whatever the work below is waiting for. */
  function read(resolve: (step: IteratorResult<QueryEvent, void>) => void, reject: (reason: unknown) => void): void {
    generator ??= start();
    if (outcome !== undefined) {
      if ("error" in outcome) reject(outcome.error);
      else resolve(end);
      return;
    }
    const event = seat?.take();
    if (event !== undefined) {
      unanswered--;
      return resolve({ done: false, value: event });
    }
    rejectPending = reject;
    if (seat?.isOver() === false) return seat.more(() => read(resolve, reject));
    seat = undefined;
    generator.next().then(
      (step) => {
        if (step.done) {
          settle({ result: step.value });
          return resolve(end);
        }
        if ("take" in step.value) {
          seat = step.value;
          return read(resolve, reject);
        }
        unanswered--;
        resolve({ done: false, value: step.value });
      },
      (error: unknown) => {
        settle({ error });
        reject(error);
      },
    );
  }

  let unanswered = 0;
  let latest: Promise<IteratorResult<QueryEvent, void>> | undefined;

  const turn = (): Promise<IteratorResult<QueryEvent, void>> => new Promise(read);

  /** Whoever asks for several events before the first is there gets them in their order. */
  function next(): Promise<IteratorResult<QueryEvent, void>> {
    const before = unanswered++ === 0 ? undefined : latest;
    latest = before === undefined ? turn() : before.then(turn, turn);
    return latest;
  }

  async function leave(): Promise<void> {
    if (outcome !== undefined) return;
    cancel(new OrchestratorError("ABORTED", "the reader left before the end of the answer"));
    let limit: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => (limit = setTimeout(resolve, leaveMs)));
    await Promise.race([generator?.return(undefined as never).catch(() => {}), timeout]);
    clearTimeout(limit);
  }

  /** An iterator by hand: one more generator on the way of every event would cost as much as the event itself. */
  function events(): AsyncIterator<QueryEvent, void> & AsyncIterable<QueryEvent> {
    if (taken) throw new TypeError("a query stream has one reader; use the event bus to tell several");
    taken = true;
    watched = true;
    return {
      next,
      async return() {
        await leave();
        return end;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async function finished(): Promise<QueryResult> {
    if (outcome === undefined && !taken) {
      taken = true;
      while (!(await next()).done);
    }
    const end = outcome ?? (await new Promise<Outcome>((resolve) => waiters.push(resolve)));
    if ("error" in end) throw end.error;
    return end.result;
  }

  return {
    [Symbol.asyncIterator]: events,
    async *text() {
      const read = events();
      for await (const event of read) if (event.type === "text-delta") yield event.text;
    },
    result: finished,
  };
}
