import { OrchestratorError, isOrchestratorError } from "../../errors.ts";
import type { EventLog } from "../../ports/event-log.ts";
import type { OrchestratorEvent } from "../../ports/event.ts";
import type { QueryEvent } from "../../ports/query.ts";
import { pause } from "../abortable.ts";
import { type RunHistory, applyEvent } from "./history.ts";
import { type RunEvent, type RunEventType, endings, envelope, streamOf } from "./run-events.ts";

export interface JournalOptions {
  readonly log: EventLog;
  readonly run: string;
  readonly tenant: string | undefined;
  readonly source: string;
  /** What the stream holds, the claim included. Kept up to date. */
  readonly history: RunHistory;
  /** The version of the claim: it names this owner in every event it writes. */
  readonly epoch: number;
  /** Events of the run; beyond it only its end is taken. */
  readonly maxHistory: number;
  /** Milliseconds a write waits for a store that is away. */
  readonly patienceMs: number;
  /** Milliseconds after which what was told is written although no step ended. */
  readonly tellAfterMs: number;
  /** Milliseconds between two looks for what others wrote. */
  readonly lookEveryMs: number;
  /** Somebody else wrote a cancel or a decision. */
  readonly onSignal: () => void;
  /** This owner wrote. */
  readonly onWritten: () => void;
}

/**
 * The stream of one run in the hands of one owner. Every write carries the version the owner saw last, so once another worker
 * has claimed the run, nothing of this one is written any more: its first write ends it with `LEASE_LOST`.
 */
export interface Journal {
  readonly history: RunHistory;
  /** Writes in order; what is asked for while a write is under way goes together in the next one. Without events it waits for those before. */
  readonly write: (...events: readonly RunEvent[]) => Promise<void>;
  /** As `write`, but begun with the next `write` or `flush`, and in the next turn of the event loop at the latest. */
  readonly writeSoon: (...events: readonly RunEvent[]) => Promise<void>;
  /** Begins what `writeSoon` was given. */
  readonly flush: () => void;
  /** Told with the next write, or by itself when that takes long. */
  readonly tell: (event: QueryEvent) => void;
  /** Looks for what others wrote. */
  readonly look: () => void;
  /** Ends everything: later writes reject with this. */
  readonly stop: (reason: unknown) => void;
  readonly stopped: () => { readonly reason: unknown } | undefined;
  /** Aborted with the reason it stopped for. */
  readonly signal: AbortSignal;
  readonly close: () => void;
}

interface Waiting {
  readonly events: readonly RunEvent[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const opensStep: ReadonlySet<string> = new Set<RunEventType>(["run.timer.set", "run.approval.requested"]);
const firstRetryMs = 20;
const maxRetryMs = 500;

const leaseLost = (run: string): OrchestratorError =>
  new OrchestratorError("LEASE_LOST", `another worker took over the run ${run}`, { details: { run } });

export function journal(options: JournalOptions): Journal {
  const { log, run, tenant, source, history, epoch, maxHistory, patienceMs } = options;
  const stream = streamOf(run);
  const ownIds = `${run}/${epoch}/`;
  const controller = new AbortController();
  let waiting: Waiting[] = [];
  let told: QueryEvent[] = [];
  let toldAt = 0;
  let lookedAt = performance.now();
  let written = 0;
  let writing = false;
  let looking = false;
  let soon: NodeJS.Immediate | undefined;
  let ended: { readonly reason: unknown } | undefined;

  function stop(reason: unknown): void {
    if (ended !== undefined) return;
    ended = { reason };
    clearInterval(ticking);
    clearImmediate(soon);
    const rejected = waiting;
    waiting = [];
    for (const { reject } of rejected) reject(reason);
    controller.abort(reason);
  }

  /** Reads what was written since, by us in a try we did not hear of, or by others. */
  async function absorb(): Promise<void> {
    lookedAt = performance.now();
    let signalled = false;
    for await (const event of log.read(stream, { from: history.version + 1 })) {
      const isOwn = event.id.startsWith(ownIds);
      applyEvent(history, event);
      if (isOwn) continue;
      if (event.type === "run.claimed" || endings.has(event.type)) throw leaseLost(run);
      signalled = true;
    }
    if (signalled) options.onSignal();
  }

  async function append(events: readonly OrchestratorEvent[]): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(maxRetryMs, retryMs * 2)) {
      try {
        const before = history.version;
        const version = await log.append(stream, events, { expectedVersion: before });
        if (version === before + events.length) {
          history.version = version;
          return;
        }
        await absorb();
        return;
      } catch (error) {
        if (isOrchestratorError(error, "VERSION_CONFLICT")) {
          // Before the same is tried on top of it: what others wrote may mean that the run is not ours any more.
          await absorb();
          continue;
        }
        // The ids make a repeated append harmless, also where the first was written unheard.
        if (!isOrchestratorError(error) || !error.retryable || performance.now() > deadline) throw error;
        await pause(retryMs, controller.signal);
      }
    }
  }

  function enveloped(batch: readonly Waiting[]): OrchestratorEvent[] {
    const events = batch.flatMap(({ events }) => events);
    if (events.length === 0) return [];
    const toldNow = told.length === 0 ? undefined : told;
    told = [];
    const last = events.length - 1;
    return events.map((event, index) =>
      envelope(event, { run, id: `${ownIds}${++written}`, source, tenant }, index === last ? toldNow : undefined),
    );
  }

  /** A full history takes no more steps, but still how the run ends and what is undone for that. */
  function thatFits(batch: readonly Waiting[]): readonly Waiting[] {
    let room = maxHistory - history.version;
    return batch.filter(({ events, reject }) => {
      if (!events.some(({ type }) => type.startsWith("run.step.") || opensStep.has(type))) return true;
      room -= events.length;
      if (room < 0) reject(full());
      return room >= 0;
    });
  }

  const full = (): OrchestratorError =>
    new OrchestratorError("HISTORY_FULL", `the history of the run ${run} has its ${maxHistory} events`, { details: { limit: maxHistory } });

  async function drain(): Promise<void> {
    clearImmediate(soon);
    soon = undefined;
    writing = true;
    while ((waiting.length > 0 || looking) && ended === undefined) {
      let batch: readonly Waiting[] = waiting;
      waiting = [];
      try {
        if (looking) await absorb();
        looking = false;
        batch = thatFits(batch);
        const events = enveloped(batch);
        if (events.length > 0) await append(events);
        for (const { resolve } of batch) resolve();
        if (batch.length > 0) options.onWritten();
      } catch (error) {
        // A look that failed is no harm: the next write finds out.
        const lookFailed = batch.length === 0 && !isOrchestratorError(error, "LEASE_LOST");
        looking = false;
        if (lookFailed) continue;
        for (const { reject } of batch) reject(error);
        stop(error);
      }
    }
    writing = false;
  }

  function queued(events: readonly RunEvent[], start: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended.reason);
      waiting.push({ events, resolve, reject });
      if (!writing) start();
    });
  }

  const drainNow = (): void => void drain();
  const drainSoon = (): void => void (soon ??= setImmediate(drainNow));

  const write: Journal["write"] = (...events) => queued(events, drainNow);

  function look(): void {
    looking = true;
    if (!writing && ended === undefined) void drain();
  }

  function tick(): void {
    const now = performance.now();
    // A long run of words must not use up what the steps need.
    if (told.length > 0 && now - toldAt >= options.tellAfterMs && history.version < maxHistory / 2)
      write({ type: "run.progressed", data: {} }).catch(() => {});
    if (now - lookedAt >= options.lookEveryMs) look();
  }

  const ticking = setInterval(tick, options.tellAfterMs);

  return {
    history,
    write,
    writeSoon: (...events) => queued(events, drainSoon),
    flush() {
      if (soon !== undefined && !writing) drainNow();
    },
    tell(event) {
      if (told.length === 0) toldAt = performance.now();
      const last = told.at(-1);
      if (event.type === "text-delta" && last?.type === "text-delta") told[told.length - 1] = { ...last, text: last.text + event.text };
      else told.push(event);
    },
    look,
    stop,
    stopped: () => ended,
    signal: controller.signal,
    close: () => clearInterval(ticking),
  };
}
