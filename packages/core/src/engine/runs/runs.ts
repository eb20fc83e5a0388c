import { type Limits, defaultTenant } from "../../defaults.ts";
import { OrchestratorError } from "../../errors.ts";
import type { CallOptions } from "../../ports/call.ts";
import type { EventBus } from "../../ports/event-bus.ts";
import type { EventLog, LoggedEvent } from "../../ports/event-log.ts";
import type { Query, QueryEvent, QueryResult } from "../../ports/query.ts";
import type { WorkQueue } from "../../ports/work-queue.ts";
import { pause } from "../abortable.ts";
import type { QueryStream } from "../query-stream.ts";
import type { Recorder } from "../recorder.ts";
import type { SessionOwner } from "../sessions.ts";
import { type Approvals, type DecisionInput, type PendingApproval, invalidApproval } from "./approvals.ts";
import { type Bells, bells } from "./bells.ts";
import type { DurableRun } from "./durable-run.ts";
import { type RunHistory, applyEvent, emptyHistory, readHistory } from "./history.ts";
import { type RunEvent, type StoredError, endings, envelope, restoredError, streamOf } from "./run-events.ts";
import { randomId } from "../../random-id.ts";

/** Bounds of queued runs. */
export interface RunSettings {
  /** Events of one run; beyond it the run fails with `HISTORY_FULL`. */
  readonly maxHistory: number;
  /** Characters of one step's result as JSON; beyond it the step fails with `HISTORY_FULL`. */
  readonly maxResultChars: number;
  /** Milliseconds a write waits for a log that is away. */
  readonly patienceMs: number;
  /** Milliseconds without progress after which a replay has diverged. */
  readonly replayPatienceMs: number;
  /** Milliseconds undoing one step may take. */
  readonly undoTimeoutMs: number;
  /** Milliseconds after which what was told is written although no step ended. */
  readonly tellAfterMs: number;
  /** Milliseconds between two looks for what others wrote, where no bell rang. */
  readonly lookEveryMs: number;
}

/** What queued runs stand on. */
export interface RunParts {
  readonly log: EventLog;
  readonly queue: WorkQueue;
  readonly bus: EventBus;
  readonly recorder: Recorder;
  readonly source: string;
  readonly settings: RunSettings;
  readonly approvals: Approvals;
  /** Rung when somebody wrote to a run that another one owns. */
  readonly signals: Bells;
  /** Rung when an owner wrote. */
  readonly news: Bells;
  readonly execute: (query: Query, durable: DurableRun) => QueryStream;
}

export interface EnqueueOptions extends CallOptions {
  /** The run's id; enqueueing one that exists answers that run. @default a random one */
  readonly id?: string | undefined;
}

export interface RunStep {
  /** Its name, below those of the steps it stands in, with `#2` for the second of its name. */
  readonly step: string;
  readonly state: "completed" | "failed" | "running" | "waiting";
  /** RFC 3339, UTC; of a step that ended. */
  readonly endedAt?: string | undefined;
}

export interface RunStatus {
  readonly id: string;
  /** `waiting` for a timer or a person; `stopped` where somebody has to look, see `error`, and `resume`. */
  readonly state: "queued" | "running" | "waiting" | "undoing" | "stopped" | "answered" | "failed" | "cancelled";
  readonly question: string;
  /** RFC 3339, UTC. */
  readonly queuedAt: string;
  /** Workers that took it so far. */
  readonly claims: number;
  readonly steps: readonly RunStep[];
  readonly error?: StoredError | undefined;
}

/** A queued run, from any process that shares its log. Every method rejects with `RUN_NOT_FOUND` when there is none for this caller. */
export interface RunHandle {
  readonly id: string;
  readonly status: (options?: CallOptions) => Promise<RunStatus>;
  /** Waits for its end; rejects with what it failed with, or waits for somebody to look at. */
  readonly result: (options?: CallOptions) => Promise<QueryResult>;
  /** What is told of it, from the beginning or after the first `skip` events, and then live to its end. Ends as `result` does. */
  readonly events: (options?: CallOptions & { readonly skip?: number | undefined }) => AsyncIterable<QueryEvent>;
  /** Asks for its end; what it made is undone. False when it had ended. */
  readonly cancel: (reason?: string, options?: CallOptions) => Promise<boolean>;
  /** Lets a stopped run go on; `rerun` names an interrupted step that may run again. False when it was not stopped. */
  readonly resume: (options?: CallOptions & { readonly rerun?: string | undefined }) => Promise<boolean>;
  /** What people are asked and have not decided, each with the token that decides it. */
  readonly approvals: (options?: CallOptions) => Promise<readonly PendingApproval[]>;
}

export interface Runs {
  readonly enqueue: (query: Query, options?: EnqueueOptions) => Promise<RunHandle>;
  readonly run: (id: string, owner?: SessionOwner) => RunHandle;
  /** Decides what a token asks, once; rejects with `APPROVAL_INVALID`. */
  readonly decide: (token: string, decision: DecisionInput, options?: CallOptions) => Promise<void>;
}

const maxIdChars = 200;
const firstPollMs = 20;
const maxPollMs = 500;

const notFound = (id: string): OrchestratorError =>
  new OrchestratorError("RUN_NOT_FOUND", `there is no run ${JSON.stringify(id)} for this caller`, { details: { run: id } });

function isOwner({ query, tenant }: RunHistory, owner: SessionOwner | undefined): boolean {
  if (owner === undefined) return true;
  return (tenant ?? defaultTenant) === (owner.tenant ?? defaultTenant) && query?.principal?.id === owner.principal?.id;
}

const pendingOf = ({ requests, decisions, outcomes }: RunHistory) =>
  [...requests.values()].filter(({ step, expiresAt }) => !decisions.has(step) && !outcomes.has(step) && Date.parse(expiresAt) > Date.now());

function stateOf(history: RunHistory): RunStatus["state"] {
  if (history.state !== "running") return history.state;
  return history.timers.size > 0 || pendingOf(history).length > 0 ? "waiting" : "running";
}

function stepsOf({ outcomes, begun, timers, requests }: RunHistory): RunStep[] {
  const ended = [...outcomes.values()].map(({ step, error, endedAt }): RunStep => ({
    step,
    state: error === undefined ? "completed" : "failed",
    endedAt,
  }));
  const open = (keys: Iterable<string>, state: RunStep["state"]): RunStep[] =>
    [...keys].filter((step) => !outcomes.has(step)).map((step) => ({ step, state }));
  return [...ended, ...open(begun.keys(), "running"), ...open(timers.keys(), "waiting"), ...open(requests.keys(), "waiting")];
}

export function runs(parts: RunParts): Runs {
  const { log, queue, recorder, source, approvals, signals, news } = parts;

  /** Writes to a run somebody else may own: without a version, under an id that is written once. */
  async function signal(event: RunEvent, id: string, once: string, tenant: string | undefined, options?: CallOptions): Promise<void> {
    await log.append(streamOf(id), [envelope(event, { run: id, id: `${id}/${once}`, source, tenant })], options);
    signals.ring(id);
    news.ring(id);
    recorder.record({ type: "run.signalled", subject: id, correlationId: id, tenant, data: { signal: event.type } });
  }

  async function known(id: string, owner: SessionOwner | undefined, options?: CallOptions): Promise<RunHistory> {
    const history = await readHistory(log, id, options);
    if (history.query === undefined || !isOwner(history, owner)) throw notFound(id);
    return history;
  }

  /** The run's events as they come, until it has ended or waits for somebody. */
  async function* follow(
    id: string,
    owner: SessionOwner | undefined,
    abort: AbortSignal | undefined,
  ): AsyncGenerator<LoggedEvent, void, void> {
    const history = emptyHistory();
    let rung = Promise.withResolvers<void>();
    const silence = news.listen(id, () => rung.resolve());
    try {
      for (let pollMs = firstPollMs; ; pollMs = Math.min(maxPollMs, pollMs * 1.5)) {
        const { version } = history;
        rung = Promise.withResolvers();
        for await (const event of log.read(streamOf(id), { from: version + 1, signal: abort })) {
          applyEvent(history, event);
          if (version === 0 && !isOwner(history, owner)) throw notFound(id);
          yield event;
          if (endings.has(event.type)) return;
        }
        if (history.query === undefined) throw notFound(id);
        if (history.state === "stopped" && history.error !== undefined) throw restoredError(history.error);
        if (history.version > version) pollMs = firstPollMs;
        const timer = new AbortController();
        const limit = pause(pollMs, abort === undefined ? timer.signal : AbortSignal.any([abort, timer.signal])).catch(() => {});
        await Promise.race([rung.promise, limit]);
        timer.abort();
        abort?.throwIfAborted();
      }
    } finally {
      silence();
    }
  }

  async function* events(id: string, owner: SessionOwner | undefined, skip: number, abort: AbortSignal | undefined) {
    let left = skip;
    for await (const logged of follow(id, owner, abort)) {
      // Written by `envelope`.
      const event = logged as unknown as RunEvent & { readonly data: { readonly told?: readonly QueryEvent[] } };
      for (const told of event.data.told ?? []) if (left-- <= 0) yield told;
      if (event.type === "run.answered") yield { type: "finish", result: event.data.result } satisfies QueryEvent;
      if (event.type === "run.failed" || event.type === "run.cancelled") throw restoredError(event.data.error);
    }
  }

  const run: Runs["run"] = (id, owner) => ({
    id,
    async status(options) {
      const history = await known(id, owner, options);
      const { query, queuedAt, claims, error } = history;
      return { id, state: stateOf(history), question: query!.text, queuedAt, claims, steps: stepsOf(history), error };
    },
    async result({ signal } = {}) {
      for await (const event of events(id, owner, Infinity, signal)) if (event.type === "finish") return event.result;
      throw notFound(id);
    },
    events: ({ signal, skip = 0 } = {}) => events(id, owner, skip, signal),
    async cancel(reason = "no reason given", options) {
      const { state, tenant } = await known(id, owner, options);
      if (endings.has(`run.${state}`)) return false;
      await signal({ type: "run.cancel.requested", data: { reason } }, id, "cancel", tenant, options);
      if (state === "stopped") await resume(id, tenant, undefined, options);
      return true;
    },
    async resume({ rerun, ...options } = {}) {
      const { state, tenant } = await known(id, owner, options);
      if (state !== "stopped") return false;
      await resume(id, tenant, rerun, options);
      return true;
    },
    async approvals(options) {
      const history = await known(id, owner, options);
      if (history.state !== "running") return [];
      return pendingOf(history).map((request) => {
        const { step, question, tool, input, expiresAt } = request;
        return { run: id, step, question, tool, input, expiresAt, token: approvals.token(id, request) };
      });
    },
  });

  async function resume(id: string, tenant: string | undefined, rerun: string | undefined, options?: CallOptions): Promise<void> {
    const once = randomId();
    await signal({ type: "run.resumed", data: { rerun } }, id, `resume/${once}`, tenant, options);
    await queue.enqueue({ run: id }, { ...options, id: `${id}/again/${once}` });
  }

  return {
    run,
    async enqueue(query, { id: given, ...options } = {}) {
      const id = given ?? randomId();
      if (typeof id !== "string" || id.length === 0 || id.length > maxIdChars)
        throw new OrchestratorError("QUERY_REJECTED", `a run's id has 1 to ${maxIdChars} characters`, {
          details: { rule: "run-id-invalid" },
        });
      const event = envelope({ type: "run.queued", data: { query } }, { run: id, id: `${id}/queued`, source, tenant: query.tenant });
      // Under the same id it is written once, whoever of many comes first.
      await log.append(streamOf(id), [event], options);
      const owner = { tenant: query.tenant, principal: query.principal };
      if (given !== undefined) await known(id, owner, options);
      await queue.enqueue({ run: id }, { ...options, id });
      return run(id, owner);
    },
    async decide(token, decision, options) {
      const { run: id, step, nonce } = approvals.open(token);
      const history = await readHistory(log, id, options);
      const request = history.requests.get(step);
      if (request === undefined || request.nonce !== nonce) throw invalidApproval("unknown", "nothing waits for this approval");
      if (history.decisions.has(step) || history.state !== "running") throw invalidApproval("used", "this was decided already");
      if (Date.parse(request.expiresAt) <= Date.now()) throw invalidApproval("expired", `this could be decided until ${request.expiresAt}`);
      const made = approvals.decide(id, request, decision);
      await signal({ type: "run.approval.decided", data: made }, id, `decided/${nonce}`, history.tenant, options);
      // Of two at once the first is written, and the other learns here that it came second.
      const { decisions } = await readHistory(log, id, options);
      if (decisions.get(step)?.signature !== made.signature) throw invalidApproval("used", "this was decided already");
    },
  };
}

/** Every interval a queued run keeps, from the limits that may be set. */
export const runSettings = ({ maxHistory, maxResultChars, toolTimeoutMs }: Limits): RunSettings => ({
  maxHistory,
  maxResultChars,
  undoTimeoutMs: toolTimeoutMs,
  patienceMs: 30_000,
  replayPatienceMs: 1_000,
  tellAfterMs: 250,
  lookEveryMs: 2_000,
});

export const runBells = (): Pick<RunParts, "signals" | "news"> => ({ signals: bells(), news: bells() });
