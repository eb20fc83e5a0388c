import type { CallOptions } from "../../ports/call.ts";
import type { EventLog, LoggedEvent } from "../../ports/event-log.ts";
import type { Json } from "../../ports/json.ts";
import type { Query, QueryEvent, QueryResult } from "../../ports/query.ts";
import { type RunEvent, type StoredDecision, type StoredError, type StoredRequest, streamOf } from "./run-events.ts";

/** How a step ended. */
export interface StepOutcome {
  readonly step: string;
  readonly kind?: string | undefined;
  readonly result?: Json | undefined;
  readonly error?: StoredError | undefined;
  /** RFC 3339, UTC. */
  readonly endedAt?: string | undefined;
}

/** What the events of a run add up to. */
export interface RunHistory {
  version: number;
  query: Query | undefined;
  /** RFC 3339, UTC. */
  queuedAt: string;
  tenant: string | undefined;
  state: "queued" | "running" | "undoing" | "stopped" | "answered" | "failed" | "cancelled";
  /** Workers that took it, and those of them since something was last achieved. */
  claims: number;
  idleClaims: number;
  /** Steps that ended, in the order they did; without those inside a step that ended itself. */
  readonly outcomes: Map<string, StepOutcome>;
  /** Tries begun of `external` steps that did not end. */
  readonly begun: Map<string, number>;
  /** When timers end, in milliseconds since 1970. */
  readonly timers: Map<string, number>;
  readonly requests: Map<string, StoredRequest>;
  readonly decisions: Map<string, StoredDecision>;
  /** Tries begun at undoing a step, and the steps that are undone. */
  readonly undoing: Map<string, number>;
  readonly undone: Set<string>;
  /** Interrupted steps somebody allowed to run again. */
  readonly reruns: Set<string>;
  /** Why somebody wants it to end. */
  cancel: string | undefined;
  /** Why what it made is being undone. */
  failing: StoredError | undefined;
  /** Why it ended, or waits for somebody. */
  error: StoredError | undefined;
  result: QueryResult | undefined;
  /** The steps inside each step, as far as they are still needed. */
  readonly inside: Map<string, string[]>;
}

export const emptyHistory = (): RunHistory => ({
  version: 0,
  query: undefined,
  queuedAt: "",
  tenant: undefined,
  state: "queued",
  claims: 0,
  idleClaims: 0,
  outcomes: new Map(),
  begun: new Map(),
  timers: new Map(),
  requests: new Map(),
  decisions: new Map(),
  undoing: new Map(),
  undone: new Set(),
  reruns: new Set(),
  cancel: undefined,
  failing: undefined,
  error: undefined,
  result: undefined,
  inside: new Map(),
});

/** The key of a step: its name, which time it is of that name, and the step it stands in. Injective whatever names hold. */
export function keyWithin(parent: string | undefined, name: string, count: number): string {
  const own = /[~/#]/.test(name) ? name.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("#", "~2") : name;
  const counted = count === 1 ? own : `${own}#${count}`;
  return parent === undefined ? counted : `${parent}/${counted}`;
}

const parentOf = (step: string): string | undefined => {
  const end = step.lastIndexOf("/");
  return end === -1 ? undefined : step.slice(0, end);
};

function note(history: RunHistory, step: string): void {
  const parent = parentOf(step);
  if (parent === undefined) return;
  const siblings = history.inside.get(parent);
  if (siblings !== undefined) siblings.push(step);
  else {
    history.inside.set(parent, [step]);
    note(history, parent);
  }
}

/** What happened inside a step that ended is not needed to go on after it. */
function forgetInside(history: RunHistory, step: string): void {
  for (const inner of history.inside.get(step) ?? []) {
    for (const map of [history.outcomes, history.begun, history.timers, history.requests]) map.delete(inner);
    forgetInside(history, inner);
  }
  history.inside.delete(step);
}

/** What went on in a step that had ended, such as one that ran out of time: no replay asks for it. */
function isLate(history: RunHistory, step: string): boolean {
  const parent = parentOf(step);
  return parent !== undefined && (history.outcomes.has(parent) || isLate(history, parent));
}

function endStep(history: RunHistory, outcome: StepOutcome): void {
  const { step } = outcome;
  if (isLate(history, step)) return;
  for (const map of [history.begun, history.timers]) map.delete(step);
  forgetInside(history, step);
  note(history, step);
  history.outcomes.set(step, outcome);
  history.idleClaims = 0;
}

function beginIn<T>(history: RunHistory, map: Map<string, T>, step: string, value: T): void {
  if (isLate(history, step)) return;
  map.set(step, value);
  note(history, step);
  history.idleClaims = 0;
}

function end(history: RunHistory, state: RunHistory["state"], error: StoredError | undefined): void {
  history.state = state;
  history.error = error;
}

/** Adds one event; answers what was told with it. */
export function applyEvent(history: RunHistory, logged: LoggedEvent): readonly QueryEvent[] {
  // What stands in a run's stream was written by `envelope`; a type this version does not know is let pass.
  const event = logged as unknown as RunEvent & { readonly data: { readonly told?: readonly QueryEvent[] } };
  history.version = logged.version;
  switch (event.type) {
    case "run.queued":
      history.query = event.data.query;
      history.queuedAt = logged.time;
      history.tenant = logged.tenant;
      break;
    case "run.claimed":
      if (history.state === "queued") history.state = "running";
      history.claims++;
      history.idleClaims++;
      break;
    case "run.released":
      history.idleClaims = 0;
      break;
    case "run.step.started":
      // A second try is no progress: a step that kills its process must not do so for ever.
      if (event.data.attempt === 1) history.idleClaims = 0;
      if (isLate(history, event.data.step)) break;
      history.begun.set(event.data.step, event.data.attempt);
      note(history, event.data.step);
      break;
    case "run.step.completed":
    case "run.step.failed":
      endStep(history, { ...event.data, endedAt: logged.time });
      break;
    case "run.timer.set":
      beginIn(history, history.timers, event.data.step, event.data.at);
      break;
    case "run.approval.requested":
      beginIn(history, history.requests, event.data.step, event.data);
      break;
    case "run.approval.decided":
      history.decisions.set(event.data.step, event.data);
      history.idleClaims = 0;
      break;
    case "run.cancel.requested":
      history.cancel ??= event.data.reason;
      break;
    case "run.failing":
      history.failing = event.data.error;
      end(history, "undoing", event.data.error);
      break;
    case "run.undo.started":
      history.undoing.set(event.data.step, (history.undoing.get(event.data.step) ?? 0) + 1);
      break;
    case "run.undo.completed":
    case "run.undo.failed":
      history.undone.add(event.data.step);
      history.idleClaims = 0;
      break;
    case "run.stopped":
      end(history, "stopped", event.data.error);
      break;
    case "run.resumed":
      end(history, history.failing === undefined ? "running" : "undoing", undefined);
      history.idleClaims = 0;
      if (event.data.rerun !== undefined) history.reruns.add(event.data.rerun);
      break;
    case "run.answered":
      end(history, "answered", undefined);
      history.result = event.data.result;
      break;
    case "run.failed":
      end(history, "failed", event.data.error);
      break;
    case "run.cancelled":
      end(history, "cancelled", event.data.error);
      break;
    case "run.progressed":
      break;
  }
  return event.data.told ?? [];
}

/** Everything a run's stream holds, added up. A run nobody queued has version 0. */
export async function readHistory(
  log: EventLog,
  id: string,
  options?: CallOptions,
  onTold?: (told: readonly QueryEvent[]) => void,
): Promise<RunHistory> {
  const history = emptyHistory();
  for await (const event of log.read(streamOf(id), options)) {
    const told = applyEvent(history, event);
    onTold?.(told);
  }
  return history;
}
