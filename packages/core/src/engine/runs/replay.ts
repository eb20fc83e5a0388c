import { OrchestratorError } from "../../errors.ts";
import type { RunHistory, StepOutcome } from "./history.ts";

/** Hands out what a run's journal holds, in the order it was written, and holds back what is new until all of that was asked for. */
export interface Replay {
  /** The step's recorded end; undefined when it has none and may now run. */
  readonly ask: (step: string, kind: string) => StepOutcome | undefined | Promise<StepOutcome | undefined>;
  /** Steps the journal holds that nobody has asked for. */
  readonly unasked: () => readonly string[];
}

export interface ReplayOptions {
  readonly run: string;
  readonly history: RunHistory;
  /** Milliseconds without any progress after which a workflow that asks for something else is taken to have diverged. */
  readonly patienceMs: number;
  /** True while a step's own function works on something that may lead to the next step. */
  readonly isBusy: () => boolean;
  readonly onDiverged: (error: OrchestratorError) => void;
}

export function diverged(run: string, step: string, why: string): OrchestratorError {
  return new OrchestratorError("NON_DETERMINISM", `the run ${run} does not fit its journal at the step ${JSON.stringify(step)}: ${why}`, {
    details: { run, step },
  });
}

/**
 * A deterministic workflow that is given the recorded results in the recorded order asks for every recorded step. So a step
 * that is new waits until everything recorded was asked for, and when nothing recorded is asked for any more, the workflow is
 * another one than that which wrote the journal; nothing new has run then.
 */
export function replay({ run, history, patienceMs, isBusy, onDiverged }: ReplayOptions): Replay {
  const order = [...history.outcomes.values()];
  // Whether to run a step again is asked by the step itself.
  const requests = [...history.requests.keys()].filter((step) => !/~again\d+$/.test(step));
  const unasked = new Set([...order.map(({ step }) => step), ...history.begun.keys(), ...history.timers.keys(), ...requests]);
  const asked = new Map<string, (outcome: StepOutcome) => void>();
  let held: ((nothing: undefined) => void)[] = [];
  let cursor = 0;
  let timer: NodeJS.Timeout | undefined;

  const isOver = (): boolean => cursor === order.length && unasked.size === 0;

  function watchForProgress(): void {
    clearTimeout(timer);
    if (isOver() || (held.length === 0 && asked.size === 0)) return;
    timer = setTimeout(() => {
      if (isBusy()) return watchForProgress();
      const [missing = order[cursor]?.step ?? ""] = unasked;
      onDiverged(diverged(run, missing, "it is recorded, and the workflow asks for another instead"));
    }, patienceMs);
  }

  function advance(): void {
    for (let next = order[cursor]; next !== undefined; next = order[cursor]) {
      const give = asked.get(next.step);
      if (give === undefined) break;
      asked.delete(next.step);
      cursor++;
      give(next);
    }
    if (isOver()) {
      // Handed out: a long run need not keep it.
      history.outcomes.clear();
      order.length = cursor = 0;
      const waiting = held;
      held = [];
      for (const go of waiting) go(undefined);
    }
    watchForProgress();
  }

  return {
    unasked: () => [...unasked, ...order.slice(cursor).map(({ step }) => step)],
    ask(step, kind) {
      if (isOver()) return undefined;
      unasked.delete(step);
      const outcome = history.outcomes.get(step);
      if (outcome === undefined) {
        // A step with recorded ones inside it is under way, not new.
        if (history.inside.has(step)) return undefined;
        return new Promise((resolve) => {
          held.push(resolve);
          advance();
        });
      }
      if ((outcome.kind ?? "step") !== kind) throw diverged(run, step, `it is recorded as a ${outcome.kind ?? "step"}, not a ${kind}`);
      return new Promise((resolve) => {
        asked.set(step, resolve);
        advance();
      });
    },
  };
}
