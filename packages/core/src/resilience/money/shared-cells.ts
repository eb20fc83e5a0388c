import { OrchestratorError, isOrchestratorError } from "../../errors.ts";
import type { CallOptions } from "../../ports/call.ts";
import type { Json } from "../../ports/json.ts";
import type { StateStore } from "../../ports/state-store.ts";

/** What a change did, and what its caller is told. */
export interface Changed<Answer> {
  readonly answer: Answer;
  /** Milliseconds the value is of use from now on; undefined where nothing was changed. */
  readonly ttlMs: number | undefined;
}

/** One kind of value in a state store, which many callers of many processes change at the same time. */
export interface SharedCells<Draft> {
  /**
   * Changes the newest value in place, exactly once. The change may be tried several times, on a fresh draft each time, and does nothing else.
   * Rejects with `STORE_UNAVAILABLE` when the store cannot be reached, or when others kept being faster for ten seconds.
   */
  readonly update: <Answer>(key: string, change: (draft: Draft) => Changed<Answer>, options?: CallOptions) => Promise<Answer>;
}

interface CellParts<Draft> {
  readonly state: StateStore;
  /** A draft of the stored value; of undefined where there is none. */
  readonly open: (value: Json | undefined) => Draft;
  readonly close: (draft: Draft) => Json;
}

interface Waiting<Draft> {
  readonly change: (draft: Draft) => Changed<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly giveUpMs: number;
  readonly signal: AbortSignal | undefined;
}

const patienceMs = 10_000;
/** Changes of one key that wait; beyond it the next is refused. */
const maxWaiting = 100_000;
const maxPauseMs = 32;

/**
 * Compare-and-set over the versions of a state store. All changes of this process that wait for one key go into one write, in their order, so
 * that processes contend with each other, and a thousand calls do not.
 */
export function sharedCells<Draft>({ state, open, close }: CellParts<Draft>): SharedCells<Draft> {
  const queues = new Map<string, Waiting<Draft>[]>();

  /** One write with all that waits; false when another process was faster. */
  async function write(key: string, waiting: readonly Waiting<Draft>[]): Promise<boolean> {
    const entry = await state.get(key);
    const draft = open(entry?.value);
    const changes = waiting.map(({ change }) => change(draft));
    const ttlMs = changes.reduce((longest, { ttlMs = 0 }) => Math.max(longest, ttlMs), 0);
    try {
      if (ttlMs > 0) await state.set(key, close(draft), { ifVersion: entry?.version ?? 0, ttlMs });
    } catch (error) {
      if (isOrchestratorError(error, "VERSION_CONFLICT")) return false;
      throw error;
    }
    for (const [at, { resolve }] of waiting.entries()) resolve(changes[at]!.answer);
    return true;
  }

  /** Those of the queue who still wait; the others are told why not. */
  function present(queue: Waiting<Draft>[], key: string): Waiting<Draft>[] {
    const now = performance.now();
    return queue.splice(0).filter(({ signal, giveUpMs, reject }) => {
      if (signal?.aborted) reject(signal.reason);
      else if (giveUpMs < now) reject(contended(key));
      else return true;
      return false;
    });
  }

  async function drain(key: string, queue: Waiting<Draft>[]): Promise<void> {
    let conflicts = 0;
    for (let waiting = present(queue, key); waiting.length > 0; waiting = present(queue, key)) {
      try {
        if (await write(key, waiting)) {
          conflicts = 0;
          continue;
        }
        queue.unshift(...waiting);
        // A random moment, so that processes which collided do not collide again.
        const pauseMs = Math.random() * Math.min(maxPauseMs, 2 ** conflicts++);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } catch (error) {
        for (const { reject } of waiting) reject(error);
      }
    }
    queues.delete(key);
  }

  return {
    update: <Answer>(key: string, change: (draft: Draft) => Changed<Answer>, { signal }: CallOptions = {}) =>
      new Promise<Answer>((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const running = queues.get(key);
        const queue = running ?? [];
        if (queue.length >= maxWaiting) return reject(crowded(key));
        // Whoever waits is answered by the change it brought, so the answer is of its type.
        const answered = resolve as (answer: unknown) => void;
        queue.push({ change, resolve: answered, reject, giveUpMs: performance.now() + patienceMs, signal });
        if (running !== undefined) return;
        queues.set(key, queue);
        void drain(key, queue);
      }),
  };
}

const contended = (key: string): OrchestratorError =>
  new OrchestratorError("STORE_UNAVAILABLE", `others were faster at ${key} for ${patienceMs} ms`, { retryable: true });

const crowded = (key: string): OrchestratorError =>
  new OrchestratorError("OVERLOADED", `${maxWaiting} changes wait for ${key}`, { retryable: true, details: { retryAfterMs: 1_000 } });
