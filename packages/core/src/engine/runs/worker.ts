import { randomUUID } from "node:crypto";
import { OrchestratorError, isOrchestratorError } from "../../errors.ts";
import type { Subscription } from "../../ports/call.ts";
import type { QueryEvent } from "../../ports/query.ts";
import type { Job } from "../../ports/work-queue.ts";
import { pause } from "../abortable.ts";
import { type OwnedRun, durableRun } from "./durable-run.ts";
import { type RunHistory, readHistory } from "./history.ts";
import { type Journal, journal } from "./journal.ts";
import { type RunEvent, envelope, storedError, streamOf } from "./run-events.ts";
import type { RunParts } from "./runs.ts";
import { slots } from "./slots.ts";

export interface WorkerOptions {
  /** Runs that work at once. @default 4 */
  readonly concurrency?: number | undefined;
  /** Runs held beside them that only wait, for a timer or a person. @default 1000 */
  readonly maxWaiting?: number | undefined;
  /** Milliseconds `close` lets runs under way go on before it hands them back. @default 3000 */
  readonly graceMs?: number | undefined;
}

/** Takes queued runs and carries them out, until it is closed. */
export interface Worker extends Subscription {
  /** Runs in its hands at this moment. */
  readonly running: () => number;
}

/** Workers in a row that took a run and achieved nothing, after which it is left to somebody to look at. */
const maxIdleClaims = 5;
const ringAfterMs = 10;
/** Tries of one job after which the run goes on as a new one, so that the queue never counts it as dead. */
const maxTries = 3;

const needsSomebody = (error: unknown): boolean =>
  isOrchestratorError(error, "NON_DETERMINISM") || isOrchestratorError(error, "RUN_INTERRUPTED");

function runOf({ payload }: Job): string | undefined {
  const run = (payload as { readonly run?: unknown } | null)?.run;
  return typeof run === "string" ? run : undefined;
}

function isOver({ state, query }: RunHistory): boolean {
  return query === undefined || state === "answered" || state === "failed" || state === "cancelled" || state === "stopped";
}

/** What was told before is not told again by a replay; but text is, from its beginning, after a `text-reset`. */
function teller(tell: (event: QueryEvent) => void, before: ReadonlyMap<string, number>, hadText: boolean): (event: QueryEvent) => void {
  const left = new Map(before);
  if (hadText) tell({ type: "text-reset", reason: "the run goes on in another process" });
  return (event) => {
    if (event.type === "text-delta" || event.type === "text-reset" || left.size === 0) return tell(event);
    const same = toldKey(event);
    const count = left.get(same);
    if (count === undefined) return tell(event);
    if (count === 1) left.delete(same);
    else left.set(same, count - 1);
  };
}

const toldKey = (event: QueryEvent): string => JSON.stringify({ ...event, durationMs: undefined });

export async function startWorker(parts: RunParts, options: WorkerOptions = {}): Promise<Worker> {
  const { log, queue, source, settings, signals, news } = parts;
  const { concurrency = 4, maxWaiting = 1_000, graceMs = 3_000 } = options;
  const name = `${source}#${randomUUID().slice(0, 8)}`;
  const places = slots(concurrency);
  const inHand = new Map<string, { readonly owned: OwnedRun; resting: boolean }>();
  const consumers: Subscription[] = [];
  let resting = 0;
  let closing: Promise<void> | undefined;

  /** Makes the run ours: from here on nobody who held it before can write to it. Undefined when there is nothing to do. */
  async function claim(id: string) {
    for (;;) {
      const told = new Map<string, number>();
      let hadText = false;
      const history = await readHistory(log, id, undefined, (events) => {
        for (const event of events) {
          if (event.type === "text-delta" || event.type === "text-reset") hadText = event.type === "text-delta";
          else told.set(toldKey(event), (told.get(toldKey(event)) ?? 0) + 1);
        }
      });
      if (isOver(history)) return undefined;
      const claimed: RunEvent = { type: "run.claimed", data: { worker: name } };
      const event = envelope(claimed, { run: id, id: `${id}/claim/${randomUUID()}`, source, tenant: history.tenant });
      try {
        const epoch = await log.append(streamOf(id), [event], { expectedVersion: history.version });
        history.version = epoch;
        history.claims++;
        history.idleClaims++;
        return { history, epoch, told, hadText };
      } catch (error) {
        if (!isOrchestratorError(error, "VERSION_CONFLICT")) throw error;
      }
    }
  }

  async function handle(job: Job): Promise<void> {
    const id = runOf(job);
    if (id === undefined) return;
    if (job.attempt >= maxTries) {
      // The queue counts tries of a job, and dead is dead; whether a run makes progress its journal knows better.
      await queue.enqueue({ run: id }, { id: `${id}/again/${randomUUID()}` });
      return;
    }
    await places.take();
    try {
      if (closing === undefined) await carryOut(id, job);
      else await queue.enqueue({ run: id }, { id: `${id}/again/${randomUUID()}` });
    } finally {
      places.give();
    }
  }

  async function carryOut(id: string, job: Job): Promise<void> {
    const claimed = await claim(id);
    if (claimed === undefined) return;
    const { history, epoch, told, hadText } = claimed;
    let ringing: NodeJS.Timeout | undefined;
    // Who follows a run of many short steps need not look after each.
    const ringSoon = (): void => {
      ringing ??= setTimeout(() => {
        ringing = undefined;
        news.ring(id);
      }, ringAfterMs);
    };
    const book = journal({
      ...settings,
      log,
      run: id,
      tenant: history.tenant,
      source,
      history,
      epoch,
      onSignal: () => owned.signalled(),
      onWritten: ringSoon,
    });
    const owned = durableRun({
      ...settings,
      id,
      journal: book,
      approvals: parts.approvals,
      onRest() {
        hold.resting = true;
        resting++;
        places.give();
        makeRoom();
      },
      async onWake() {
        await places.take();
        hold.resting = false;
        resting--;
      },
    });
    const hold = { owned, resting: false };
    inHand.set(id, hold);
    const onLost = (): void => book.stop(job.signal.reason);
    if (job.signal.aborted) onLost();
    else job.signal.addEventListener("abort", onLost, { once: true });
    const silence = signals.listen(id, book.look);
    try {
      if (history.idleClaims > maxIdleClaims) await leaveToSomebody(id, book, history);
      else await settle(owned, book, teller(book.tell, told, hadText));
    } finally {
      silence();
      job.signal.removeEventListener("abort", onLost);
      book.close();
      clearTimeout(ringing);
      if (inHand.get(id) === hold) inHand.delete(id);
      // Who ended while resting gave its place away, and the caller gives one back.
      if (hold.resting) await places.take().then(() => resting--);
      news.ring(id);
    }
  }

  async function leaveToSomebody(id: string, book: Journal, { begun }: RunHistory): Promise<void> {
    const [step] = begun.keys();
    const message = `${maxIdleClaims} workers in a row ended without getting any further with the run ${id}`;
    const error = storedError(
      new OrchestratorError("RUN_INTERRUPTED", message, { details: { run: id, ...(step !== undefined && { step }) } }),
    );
    await book.write({ type: "run.stopped", data: { error } });
  }

  /** Runs it to its end, whatever that is; throws when another worker is to take it. */
  async function settle(owned: OwnedRun, book: Journal, tell: (event: QueryEvent) => void): Promise<void> {
    try {
      const stream = parts.execute(book.history.query!, owned);
      for await (const event of stream) if (event.type !== "finish") tell(event);
      const result = await stream.result();
      await owned.checkEnd();
      await book.write({ type: "run.answered", data: { result } });
    } catch (error) {
      await fail(owned, book, error);
    }
  }

  async function fail(owned: OwnedRun, book: Journal, thrown: unknown): Promise<void> {
    const stopped = book.stopped();
    if (stopped !== undefined) throw stopped.reason;
    // What ended the run is what counts, whatever its workflow made of it.
    const error = owned.halted()?.reason ?? thrown;
    if (isOrchestratorError(error, "CLOSED") && closing !== undefined) return handBack(owned.id, book);
    if (isOrchestratorError(error, "OVERLOADED")) throw error;
    if (needsSomebody(error)) return book.write({ type: "run.stopped", data: { error: storedError(error) } });
    if (!(await owned.windDown(error))) throw error;
    const notUndone = owned.hasUndo() ? await undo(owned, book, error) : [];
    const stored = storedError(error);
    const failed = notUndone.length === 0 ? stored : { ...stored, details: { ...(stored.details as object), notUndone } };
    const type = isOrchestratorError(error, "RUN_CANCELLED") ? "run.cancelled" : "run.failed";
    await book.write({ type, data: { error: failed } });
  }

  async function undo(owned: OwnedRun, book: Journal, error: unknown): Promise<readonly string[]> {
    if (book.history.failing === undefined) await book.write({ type: "run.failing", data: { error: storedError(error) } });
    return owned.undo();
  }

  async function handBack(id: string, book: Journal): Promise<void> {
    await book.write({ type: "run.released", data: {} });
    await queue.enqueue({ run: id }, { id: `${id}/again/${randomUUID()}` });
  }

  /** Runs that only wait hold their jobs, so others need more consumers. */
  function makeRoom(): void {
    const held = consumers.length * concurrency;
    if (closing !== undefined || held - resting >= concurrency || held >= concurrency + maxWaiting) return;
    void consume().catch(() => {});
  }

  async function consume(): Promise<void> {
    consumers.push(await queue.consume(handle, { concurrency }));
  }

  async function close(): Promise<void> {
    heard?.close().catch(() => {});
    const taken = consumers.map((consumer) => consumer.close());
    const closed = new OrchestratorError("CLOSED", "the worker was closed; another one goes on with the run");
    for (const { owned, resting } of inHand.values()) if (resting) owned.halt(closed);
    const grace = new AbortController();
    const over = pause(graceMs, grace.signal).then(
      () => {
        for (const { owned } of inHand.values()) owned.halt(closed);
      },
      () => {},
    );
    await Promise.allSettled(taken);
    grace.abort();
    await over;
  }

  const heard = await parts.bus.subscribe("run.signalled", (event) => signals.ring(String(event.subject))).catch(() => undefined);
  await consume();
  const worker: Worker = {
    running: () => inHand.size,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
  return worker;
}
