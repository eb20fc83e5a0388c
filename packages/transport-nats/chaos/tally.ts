import { setTimeout as sleep } from "node:timers/promises";
import type { OrchestratorEvent } from "@hydrogenai/core";

/** What became of events, counted by the driver of a test: what was promised, and what was done. */
export interface Tally {
  readonly acked: Set<string>;
  readonly refused: Set<string>;
  /** How often each event had its effect. */
  readonly effects: Map<string, number>;
  readonly effect: (event: OrchestratorEvent) => void;
  /** Acknowledged and without effect. */
  readonly lost: () => number;
  /** With more than one effect. */
  readonly doubled: () => number;
  /** Events that had their first effect before an earlier one of their subject; events carry `data.index`. */
  readonly disordered: () => number;
}

export function tally(): Tally {
  const acked = new Set<string>();
  const effects = new Map<string, number>();
  const latest = new Map<string, number>();
  let disordered = 0;
  return {
    acked,
    refused: new Set(),
    effects,
    effect: (event) => {
      const count = (effects.get(event.id) ?? 0) + 1;
      effects.set(event.id, count);
      if (count > 1) return;
      const { index } = event.data as { readonly index: number };
      if (index < (latest.get(event.subject ?? "") ?? -1)) disordered++;
      else latest.set(event.subject ?? "", index);
    },
    lost: () => [...acked].filter((id) => !effects.has(id)).length,
    doubled: () => [...effects.values()].filter((count) => count > 1).length,
    disordered: () => disordered,
  };
}

/** An event of a test, as small as one from life. */
export const numberedEvent = (index: number, subject: string): OrchestratorEvent => ({
  specversion: "1.0",
  id: `${subject}-${index}`,
  source: "/chaos",
  type: "query.answered",
  subject,
  time: new Date().toISOString(),
  datacontenttype: "application/json",
  data: { index },
});

/** Everything an iteration yields. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Milliseconds without anything new after which no second effect is to be expected: longer than a server waits for an acknowledgement. */
export const quietMs = 2_000;

/** Resolves once the condition holds, or with false after the limit. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await sleep(5);
  }
  return true;
}
