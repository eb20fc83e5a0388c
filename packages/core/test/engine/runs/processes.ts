import { onTestFinished } from "vitest";
import {
  type EventLog,
  type Orchestrator,
  type OrchestratorOptions,
  type Query,
  type QueryEvent,
  type RunHandle,
  type Workflow,
  type WorkflowContext,
  createOrchestrator,
  memoryEventLog,
  memoryWorkQueue,
} from "../../../src/index.ts";

export const question = { text: "do it", options: { type: "tool", cache: "bypass" } } as const;

export type Work = (context: WorkflowContext) => Promise<unknown>;

/** One process over a shared log: an orchestrator with code of its own, whose queue dies with it. */
export function processOver(log: EventLog, work: Work, options: OrchestratorOptions = {}): Orchestrator {
  const workflow: Workflow = {
    name: "test",
    run: async (_query, context) => ({ text: JSON.stringify((await work(context)) ?? null), answeredBy: "local", cacheable: false }),
  };
  return createOrchestrator({
    log: { ...log, close: async () => {} },
    queue: memoryWorkQueue({ retryDelayMs: 1 }),
    workflows: { tool: workflow },
    cache: false,
    ...options,
  });
}

/** As `processOver`, closed at the end of the test. */
export function living(log: EventLog, work: Work, options: OrchestratorOptions = {}): Orchestrator {
  const made = processOver(log, work, options);
  onTestFinished(() => made.close());
  return made;
}

/** A log that stops answering for good once so many events were written: what a process that dies there leaves behind. */
export function dyingLog(log: EventLog, events: number): EventLog & { readonly dead: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  let left = events;
  return {
    ...log,
    dead: promise,
    async append(stream, events, options) {
      if (left <= 0 || !stream.startsWith("run:")) return never;
      left -= events.length;
      const version = await log.append(stream, events, options);
      if (left > 0) return version;
      resolve();
      return never;
    },
  };
}

/** A run that some process queued and died with, once its worker had written so many events. */
export async function diedAfter(log: EventLog, events: number, work: Work, options: OrchestratorOptions = {}): Promise<string> {
  const id = `run-${events}-${Math.random().toString(36).slice(2)}`;
  const dying = dyingLog(log, events + 1);
  const first = processOver(dying, work, options);
  // The first append is the queueing itself, which a process that dies right there never hears of.
  void first.enqueue(question, { id }).catch(() => {});
  if (events > 0) await first.worker();
  await dying.dead;
  return id;
}

/** Another process takes the run, as a queue would hand it over. */
export async function goOn(
  log: EventLog,
  id: string,
  work: Work,
  options: OrchestratorOptions = {},
  query: Query = question,
): Promise<RunHandle> {
  const other = living(log, work, options);
  const handle = await other.enqueue(query, { id });
  await other.worker();
  return handle;
}

export async function eventsOf(log: EventLog, id: string): Promise<{ readonly type: string; readonly data: { readonly step?: string } }[]> {
  const events: { readonly type: string; readonly data: { readonly step?: string } }[] = [];
  for await (const event of log.read(`run:${id}`)) events.push(event as never);
  return events;
}

export async function toldBy(run: RunHandle, skip = 0): Promise<QueryEvent[]> {
  const told: QueryEvent[] = [];
  for await (const event of run.events({ skip })) told.push(event);
  return told;
}

export { memoryEventLog };

/** Resolves once the run is in this state. */
export async function until(run: RunHandle, state: string): Promise<void> {
  for (;;) {
    const status = await run.status();
    if (status.state === state) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
