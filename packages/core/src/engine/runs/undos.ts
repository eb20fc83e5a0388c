import type { StepContext, StepOptions } from "../../ports/workflow.ts";
import { withTimeout } from "../abortable.ts";
import type { Journal } from "./journal.ts";
import { storedError } from "./run-events.ts";

/** What the steps of a run said about how to undo them. */
export interface Undos {
  readonly add: <T>(step: string, made: T, compensate: StepOptions<T>["compensate"]) => void;
  readonly any: () => boolean;
  /** Undoes what is not undone yet, the last first; each is journaled, so that it is done once. Answers the steps where it failed. */
  readonly run: () => Promise<readonly string[]>;
}

interface Undo {
  readonly step: string;
  readonly run: (step: StepContext) => Promise<void> | void;
}

export function undos(id: string, journal: Journal, timeoutMs: number): Undos {
  const { history } = journal;
  const added: Undo[] = [];

  async function undo({ step, run }: Undo): Promise<boolean> {
    const context = { idempotencyKey: `${id}:undo:${step}`, attempt: (history.undoing.get(step) ?? 0) + 1, record: () => {} };
    await journal.write({ type: "run.undo.started", data: { step } });
    try {
      await withTimeout(timeoutMs, journal.signal, `undoing the step ${step}`, async (signal) => run({ ...context, signal }));
    } catch (error) {
      const stopped = journal.stopped();
      if (stopped !== undefined) throw stopped.reason;
      await journal.write({ type: "run.undo.failed", data: { step, error: storedError(error) } });
      return false;
    }
    await journal.write({ type: "run.undo.completed", data: { step } });
    return true;
  }

  return {
    add(step, made, compensate) {
      if (compensate !== undefined) added.push({ step, run: (context) => compensate(made, context) });
    },
    any: () => added.length > 0,
    async run() {
      const left: string[] = [];
      for (const each of added.reverse()) if (!history.undone.has(each.step) && !(await undo(each))) left.push(each.step);
      return left;
    },
  };
}
