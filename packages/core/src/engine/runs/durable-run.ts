import { AsyncLocalStorage } from "node:async_hooks";
import { OrchestratorError } from "../../errors.ts";
import type { Json } from "../../ports/json.ts";
import type { ApprovalDecision, ApprovalRequest, Emit, StepContext, StepOptions, StepPlace } from "../../ports/workflow.ts";
import { inTime, pause } from "../abortable.ts";
import { type RestOptions, activity } from "./activity.ts";
import { type Approvals, invalidApproval } from "./approvals.ts";
import { type StepOutcome, keyWithin } from "./history.ts";
import type { Journal } from "./journal.ts";
import { type KeptResult, keptResult } from "./kept-result.ts";
import { type Replay, diverged, replay } from "./replay.ts";
import { type RunEvent, restoredError, storedError } from "./run-events.ts";
import { undos } from "./undos.ts";

/** A place within a run where names are counted: the run itself, or a step of it. */
interface Scope {
  readonly run: object;
  readonly key: string | undefined;
  readonly counts: Map<string, number>;
  /** Steps asked for from here that wait for their turn in the replay. */
  waiting: number;
}

export interface DurableStepOptions<T> extends StepOptions<T> {
  /** What it is, so that another thing of the same name is noticed. @default "step" */
  readonly kind?: string | undefined;
  /** What tells this step from another one of its name: recorded, and compared when it is replayed. */
  readonly binding?: string | undefined;
  /** Doing it again costs more than waiting until it is written. @default false */
  readonly costly?: boolean | undefined;
  /** Told only through what it does. @default false */
  readonly quiet?: boolean | undefined;
}

/** The steps of a run whose journal outlives the process. */
export interface DurableRun {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly queuedAt: string;
  /** True when another worker had it before. */
  readonly isResumed: boolean;
  /** Aborted when the run is cancelled, taken over, or may not go on. */
  readonly signal: AbortSignal;
  readonly step: <T>(emit: Emit, name: string, run: (step: StepContext) => T | Promise<T>, options?: DurableStepOptions<T>) => Promise<T>;
  readonly sleep: (emit: Emit, name: string, ms: number, place?: StepPlace) => Promise<void>;
  readonly approval: (emit: Emit, name: string, request: ApprovalRequest) => Promise<ApprovalDecision>;
}

/** What the worker does with it. */
export interface OwnedRun extends DurableRun {
  /** No step begins from now on, and the run ends with this. */
  readonly halt: (reason: unknown) => void;
  readonly halted: () => { readonly reason: unknown } | undefined;
  /** Somebody else wrote to the journal. */
  readonly signalled: () => void;
  /** The workflow came to its end and all of it is written; rejects with `NON_DETERMINISM` when the journal holds more. */
  readonly checkEnd: () => Promise<void>;
  /** Lets no step begin any more, and waits for those under way; false when what is recorded was not gone over to its end. */
  readonly windDown: (error: unknown) => Promise<boolean>;
  readonly hasUndo: () => boolean;
  /** Undoes what can be undone and is not yet, the last first. Answers the steps where that failed. */
  readonly undo: () => Promise<readonly string[]>;
}

export interface DurableRunOptions extends RestOptions {
  readonly id: string;
  readonly journal: Journal;
  readonly approvals: Approvals;
  readonly maxResultChars: number;
  readonly replayPatienceMs: number;
  readonly undoTimeoutMs: number;
}

const scopes = new AsyncLocalStorage<Scope>();
/** No step has such a key: names have their `~` escaped. */
const againKey = (step: string, tries = 0): string => `${step}~again${tries}`;
const maxAhead = 64;
const recordType = /^(?!run\.)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]*)+$/;

export function durableRun(options: DurableRunOptions): OwnedRun {
  const { id, journal, approvals } = options;
  const { history } = journal;
  const controller = new AbortController();
  const { signal } = controller;
  const root: Scope = { run: controller, key: undefined, counts: new Map(), waiting: 0 };
  const bodies = new Set<Scope>();
  const made = undos(id, journal, options.undoTimeoutMs);
  const { begin, end, waiting, wake, idle } = activity(options);
  let halted: { readonly reason: unknown } | undefined;
  /** Why no new step begins, once the run is being undone. */
  let failing = startsFailing();
  /** Steps that ended and are not written yet. */
  let ahead = 0;
  let decided = Promise.withResolvers<void>();

  const recorded: Replay = replay({
    run: id,
    history,
    patienceMs: options.replayPatienceMs,
    isBusy: () => [...bodies].some(({ waiting }) => waiting === 0),
    onDiverged: halt,
  });

  function halt(reason: unknown): void {
    if (halted !== undefined) return;
    halted = { reason };
    controller.abort(reason);
  }

  function cancelled(reason: string): OrchestratorError {
    return new OrchestratorError("RUN_CANCELLED", `the run ${id} was cancelled: ${reason}`, { details: { run: id } });
  }

  /** A run that failed or was cancelled before this process took it only goes over what it made, to undo it. */
  function startsFailing(): { readonly reason: unknown } | undefined {
    if (history.failing !== undefined) return { reason: restoredError(history.failing) };
    return history.cancel === undefined ? undefined : { reason: cancelled(history.cancel) };
  }

  function checkGoing(): void {
    const stopped = halted ?? journal.stopped() ?? failing;
    if (stopped !== undefined) throw stopped.reason;
  }

  /** A promise a step waits on for its turn; a halt ends the wait. */
  function orHalted<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      if (signal.aborted) return onAbort();
      signal.addEventListener("abort", onAbort, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  const scopeHere = (): Scope => {
    const scope = scopes.getStore();
    return scope?.run === controller ? scope : root;
  };

  function keyHere(name: string): string {
    const { key, counts } = scopeHere();
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return keyWithin(key, name, count);
  }

  /** The recorded end of a step, or undefined when it is to run now. */
  async function ask(step: string, kind: string): Promise<StepOutcome | undefined> {
    if (halted !== undefined) throw halted.reason;
    const scope = scopeHere();
    scope.waiting++;
    try {
      const asked = recorded.ask(step, kind);
      const outcome = asked instanceof Promise ? await orHalted(asked) : asked;
      if (outcome === undefined) checkGoing();
      return outcome;
    } catch (error) {
      if (error instanceof OrchestratorError && error.code === "NON_DETERMINISM") halt(error);
      throw error;
    } finally {
      scope.waiting--;
    }
  }

  function replayed<T>(outcome: StepOutcome, compensate: StepOptions<T>["compensate"]): T {
    if (outcome.error !== undefined) throw restoredError(outcome.error);
    // Written by `keptResult` for this very step; a copy, because a journal in memory shares its values.
    const result = (typeof outcome.result === "object" ? structuredClone(outcome.result) : outcome.result) as T;
    made.add(outcome.step, result, compensate);
    return result;
  }

  /** An `external` step whose process ended in the middle: whether it acted, nobody here can know. */
  async function afterInterruption(emit: Emit, step: string, policy: StepOptions["onInterrupted"]): Promise<void> {
    if (policy === "retry" || history.reruns.has(step)) return;
    const question = `The process ended while the step ${JSON.stringify(step)} ran; whether it acted is unknown. Run it again?`;
    if (policy === "ask" && (await approvalAt(emit, againKey(step, history.begun.get(step)), { question })).approved) return;
    const message = `the process ended while the step ${JSON.stringify(step)} ran; it was not run again`;
    halt(new OrchestratorError("RUN_INTERRUPTED", message, { details: { run: id, step } }));
    throw halted!.reason;
  }

  async function live<T>(
    emit: Emit,
    step: string,
    name: string,
    run: (step: StepContext) => T | Promise<T>,
    options: DurableStepOptions<T>,
  ): Promise<T> {
    const { effect = "pure", kind, detail, index, total, quiet = false } = options;
    const tries = history.begun.get(step) ?? 0;
    if (effect === "external") {
      if (tries > 0) await afterInterruption(emit, step, options.onInterrupted);
      await journal.write({ type: "run.step.started", data: { step, attempt: tries + 1 } });
      history.begun.delete(step);
    }
    const events: RunEvent[] = [];
    const record: StepContext["record"] = (type, data) => {
      if (effect !== "atomic" || !recordType.test(type))
        throw new OrchestratorError(
          "CONFIG_INVALID",
          `${JSON.stringify(type)} can only be recorded by an atomic step, dotted and in lower case`,
        );
      // What the caller does to it later is not recorded. Its type is its own, and read by nobody here.
      events.push({ type, data: structuredClone(data) } as unknown as RunEvent);
    };
    const scope: Scope = { run: controller, key: step, counts: new Map(), waiting: 0 };
    const startedAt = performance.now();
    if (!quiet) emit({ type: "step-start", step: name, detail, index, total });
    // What ended before is on its way, however long this keeps the event loop busy.
    journal.flush();
    bodies.add(scope);
    let value: T;
    try {
      const context: StepContext = { signal, idempotencyKey: `${id}:${step}`, attempt: tries + 1, record };
      value = await scopes.run(scope, run, context);
    } catch (error) {
      // A step that ends because the run does has not failed.
      if (halted !== undefined) throw halted.reason;
      if (journal.stopped() === undefined)
        await journal.write({ type: "run.step.failed", data: { step, kind, error: storedError(error) } });
      throw error;
    } finally {
      bodies.delete(scope);
    }
    const kept = await keptOrFailed(step, kind, value);
    const { result } = kept;
    const completed: RunEvent = { type: "run.step.completed", data: { step, kind, result } };
    if (options.costly) await journal.write(...events, completed);
    else await behind(journal.writeSoon(...events, completed));
    made.add(step, kept.made, options.compensate);
    if (!quiet) emit({ type: "step-end", step: name, durationMs: performance.now() - startedAt });
    return kept.made;
  }

  /**
   * Lets a run get ahead of its journal, but not far: what comes next is written behind this, so nothing acts on what may yet be lost.
   * The end of an external step so goes in one write with the beginning of the next.
   */
  function behind(written: Promise<void>): Promise<void> | undefined {
    ahead++;
    const settled = written.then(
      () => void ahead--,
      (error: unknown) => {
        ahead--;
        halt(error);
      },
    );
    return ahead > maxAhead ? settled : undefined;
  }

  async function keptOrFailed<T>(step: string, kind: string | undefined, value: T): Promise<KeptResult<T>> {
    try {
      return keptResult(step, value, options.maxResultChars);
    } catch (error) {
      await journal.write({ type: "run.step.failed", data: { step, kind, error: storedError(error) } });
      throw error;
    }
  }

  async function step<T>(
    emit: Emit,
    name: string,
    run: (step: StepContext) => T | Promise<T>,
    options: DurableStepOptions<T> = {},
  ): Promise<T> {
    const kind = options.binding === undefined ? (options.kind ?? "step") : `${options.kind ?? "step"} ${options.binding}`;
    const key = keyHere(name);
    begin();
    try {
      const outcome = await ask(key, kind);
      if (outcome !== undefined) return replayed<T>(outcome, options.compensate);
      await wake();
      return await live(emit, key, name, run, { ...options, kind: kind === "step" ? undefined : kind });
    } finally {
      end();
    }
  }

  async function sleep(emit: Emit, name: string, ms: number, { detail, index, total }: StepPlace = {}): Promise<void> {
    const key = keyHere(name);
    begin();
    try {
      if ((await ask(key, "timer")) !== undefined) return;
      let at = history.timers.get(key);
      if (at === undefined) {
        at = Date.now() + ms;
        await journal.write({ type: "run.timer.set", data: { step: key, at } });
      }
      emit({ type: "step-start", step: name, detail: detail ?? `until ${new Date(at).toISOString()}`, index, total });
      const startedAt = performance.now();
      // A wall clock that jumps makes it end early or as late as it was set, never later.
      await waiting(() => pause(Math.min(ms, Math.max(0, at - Date.now())), signal));
      await journal.write({ type: "run.step.completed", data: { step: key, kind: "timer" } });
      emit({ type: "step-end", step: name, durationMs: performance.now() - startedAt });
    } finally {
      end();
    }
  }

  async function approvalAt(emit: Emit, key: string, asked: ApprovalRequest): Promise<ApprovalDecision> {
    const known = history.requests.get(key);
    if (known !== undefined && known.binding !== approvals.binding(asked)) {
      halt(diverged(id, key, "the approval that was asked for is of something else"));
      throw halted!.reason;
    }
    const request = known ?? approvals.request(key, asked);
    if (known === undefined) await journal.write({ type: "run.approval.requested", data: request });
    const { question, tool, input, expiresAt } = request;
    emit({ type: "approval-needed", id, approval: key, question, tool, input, expiresAt });
    return await waiting(async () => {
      for (;;) {
        const decision = history.decisions.get(key);
        if (decision !== undefined) {
          if (!approvals.isGenuine(id, request, decision))
            throw invalidApproval("forged", `the decision on ${key} was not made by anyone who may`);
          return { approved: decision.approved, by: decision.by, reason: decision.reason };
        }
        const leftMs = Date.parse(expiresAt) - Date.now();
        if (leftMs <= 0) return { approved: false, by: "expiry", reason: `nobody decided until ${expiresAt}` };
        const timer = new AbortController();
        const expiry = pause(leftMs, timer.signal).catch(() => {});
        await orHalted(Promise.race([decided.promise, expiry])).finally(() => timer.abort());
      }
    });
  }

  async function approval(emit: Emit, name: string, request: ApprovalRequest): Promise<ApprovalDecision> {
    const key = keyHere(name);
    begin();
    try {
      const outcome = await ask(key, "approval");
      if (outcome !== undefined) return replayed<ApprovalDecision>(outcome, undefined);
      const decision = await approvalAt(emit, key, request);
      // Plain data of three fields.
      await journal.write({ type: "run.step.completed", data: { step: key, kind: "approval", result: decision as unknown as Json } });
      return decision;
    } finally {
      end();
    }
  }

  journal.signal.addEventListener("abort", () => halt(journal.signal.reason), { once: true });

  return {
    id,
    queuedAt: history.queuedAt,
    isResumed: history.claims > 1,
    signal,
    step,
    sleep,
    approval,
    halt,
    halted: () => halted,
    signalled() {
      const waited = decided;
      decided = Promise.withResolvers();
      waited.resolve();
      if (history.cancel !== undefined && failing === undefined) halt(cancelled(history.cancel));
    },
    async checkEnd() {
      await journal.write();
      if (halted !== undefined) throw halted.reason;
      const [step] = recorded.unasked();
      if (failing === undefined && step !== undefined) throw diverged(id, step, "it is recorded, and the workflow ended without it");
    },
    hasUndo: made.any,
    async windDown(reason) {
      failing ??= { reason };
      await inTime(options.undoTimeoutMs, "ending the steps under way", idle()).catch(() => {});
      return recorded.unasked().length === 0;
    },
    undo: made.run,
  };
}
