import { systemClock } from "../clock.ts";
import { OrchestratorError, isProviderError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { ModelEvent, ModelRequest, Provider, Usage } from "../ports/provider.ts";
import type { Attempt } from "../ports/query.ts";
import { defineProvider } from "../provider.ts";
import { type Composite, compositeOf } from "./composite.ts";
import type { FailoverCallOptions, FailoverOptions } from "./failover-options.ts";
import { failover } from "./failover.ts";
import { estimatedTokens } from "./vendors/tokens.ts";

/** As for `failover`, for each of the vendors. */
export type RaceOptions = Pick<
  FailoverOptions,
  "timeoutMs" | "firstTokenTimeoutMs" | "idleTimeoutMs" | "prices" | "unknownPrice" | "onChange" | "breaker" | "state" | "clock"
>;

export interface HedgeOptions extends RaceOptions {
  /** Milliseconds without a token after which the next vendor is asked as well. @default what 95 of 100 answers of that vendor stayed under, once 8 are known */
  readonly afterMs?: number | undefined;
  /** Tokens spent on further vendors at most, as a share of all. @default 0.05 */
  readonly maxExtraShare?: number | undefined;
}

/**
 * Asks all vendors at once; the first with a token answers, and the others are cancelled. What it costs in tokens is what they had said.
 * It does not ask anybody twice: put it inside a `failover` for that.
 */
export function race(providers: readonly Provider[], options: RaceOptions = {}): Composite {
  return staggered("race", providers, options, { waitMs: () => 0, used: () => {} });
}

/**
 * Asks the first vendor, and the next as well where the first takes longer for its first token than it nearly always does; the first with a
 * token answers, and the other is cancelled. Cuts the slow end of waiting for a few tokens more.
 */
export function hedge(providers: readonly Provider[], options: HedgeOptions = {}): Composite {
  const { afterMs, maxExtraShare = 0.05, ...shared } = options;
  for (const [name, value] of Object.entries({ afterMs, maxExtraShare })) {
    if (value !== undefined && !(value >= 0))
      throw new OrchestratorError("CONFIG_INVALID", `hedge.${name} must be 0 or more, not ${value}`);
  }
  let tokens = 0;
  let extra = 0;
  return staggered("hedge", providers, shared, {
    waitMs(running, request) {
      const need = estimatedTokens({ ...request, maxOutputTokens: 0 });
      if (extra + need > (tokens + need) * maxExtraShare) return Infinity;
      return afterMs ?? running.vendors().find(({ model }) => model === request.model)?.firstTokenMs?.p95 ?? Infinity;
    },
    used(count, won) {
      tokens += count;
      if (!won) extra += count;
    },
  });
}

interface Stagger {
  /** Milliseconds until another vendor is asked beside this one; `Infinity` is never. */
  readonly waitMs: (running: Composite, request: ModelRequest) => number;
  readonly used: (tokens: number, won: boolean) => void;
}

interface Runner {
  readonly iterator: AsyncIterator<ModelEvent>;
  readonly controller: AbortController;
  /** What it said before its first token. */
  readonly opening: ModelEvent[];
}

type Step = { readonly runner: Runner } & ({ readonly result: IteratorResult<ModelEvent, unknown> } | { readonly error: unknown });

const advance = (runner: Runner): Promise<Step> =>
  runner.iterator.next().then(
    (result) => ({ runner, result }),
    (error: unknown) => ({ runner, error }),
  );

const tokensOf = (usage: Usage | undefined): number => (usage === undefined ? 0 : usage.inputTokens + usage.outputTokens);

function staggered(what: string, providers: readonly Provider[], options: RaceOptions, { waitMs, used }: Stagger): Composite {
  if (providers.length === 0) throw new OrchestratorError("CONFIG_INVALID", `a ${what} needs at least one provider`);
  const { clock = systemClock } = options;
  const lanes = providers.map((provider) => failover([provider], { ...options, maxAttempts: 1, onExhausted: "fail" }));
  const name = `${what}(${providers.map((provider) => provider.name).join(", ")})`;

  function start(lane: Composite, request: ModelRequest, call: FailoverCallOptions): Runner {
    const controller = new AbortController();
    const onAttempt = (attempt: Attempt): void => {
      // What is told to nobody was billed all the same.
      const least =
        attempt.usage ??
        (attempt.outcome === "aborted" ? { inputTokens: estimatedTokens({ ...request, maxOutputTokens: 0 }), outputTokens: 0 } : undefined);
      used(tokensOf(least), attempt.outcome !== "aborted");
      call.onAttempt?.(attempt);
    };
    const forwarded: FailoverCallOptions = { ...call, signal: controller.signal, onAttempt };
    return { iterator: lane.stream(request, forwarded)[Symbol.asyncIterator](), controller, opening: [] };
  }

  async function* run(request: ModelRequest, call: FailoverCallOptions = {}): AsyncGenerator<ModelEvent, void, void> {
    const { signal } = call;
    signal?.throwIfAborted();
    const waiting = [...lanes];
    /** With what each says next. */
    const running = new Map<Runner, Promise<Step>>();
    const errors: unknown[] = [];
    const leave = (reason: unknown): void => {
      for (const { controller } of running.keys()) controller.abort(reason);
    };
    const onAbort = (): void => leave(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    let due = idle;
    const startNext = (): void => {
      const lane = waiting.shift();
      if (lane === undefined) return;
      const runner = start(lane, request, call);
      running.set(runner, advance(runner));
      due.cancel();
      due = waiting.length === 0 ? idle : dueIn(waitMs(lane, request), clock);
    };
    try {
      startNext();
      for (;;) {
        const steps: Promise<Step | undefined>[] = [...running.values()];
        if (due.reached !== undefined) steps.push(due.reached);
        const step = await Promise.race(steps);
        if (step === undefined) {
          startNext();
          continue;
        }
        const { runner } = step;
        if ("error" in step) {
          signal?.throwIfAborted();
          running.delete(runner);
          errors.push(step.error);
          if (running.size === 0 && waiting.length === 0) throw worst(errors);
          if (running.size === 0) startNext();
          continue;
        }
        if (step.result.done) return;
        runner.opening.push(step.result.value);
        if (step.result.value.type === "start") {
          running.set(runner, advance(runner));
          continue;
        }
        running.delete(runner);
        leave(new Error("another vendor answered first"));
        running.clear();
        running.set(runner, Promise.resolve(step));
        due.cancel();
        yield* runner.opening;
        for (let next = await runner.iterator.next(); !next.done; next = await runner.iterator.next()) yield next.value;
        return;
      }
    } finally {
      due.cancel();
      signal?.removeEventListener("abort", onAbort);
      leave(new Error("the answer is not wanted any more"));
      for (const { iterator } of running.keys()) iterator.return?.().then(undefined, () => {});
    }
  }

  const base = defineProvider({ name, stream: run });
  return compositeOf({
    ...base,
    vendors: () => lanes.flatMap((lane) => lane.vendors()),
    watch: (listener) => {
      for (const lane of lanes) lane.watch(listener);
    },
    close: async () => void (await Promise.allSettled(lanes.map(async (lane) => lane.close?.()))),
  });
}

interface Due {
  /** Absent where there is no such moment: a promise that never settles would keep all that ever waited for it. */
  readonly reached?: Promise<undefined>;
  readonly cancel: () => void;
}

const idle: Due = { cancel: () => {} };

/** A moment of the clock, as a promise. */
function dueIn(ms: number, clock: Clock): Due {
  if (ms === Infinity) return idle;
  let cancel = (): void => {};
  const reached = new Promise<undefined>((resolve) => {
    cancel = clock.setTimeout(() => resolve(undefined), ms);
  });
  return { reached, cancel };
}

/** The failure to tell of: one that says something of the question rather than of a vendor, else the first. */
function worst(errors: readonly unknown[]): unknown {
  return errors.find((error) => isProviderError(error) && (error.kind === "content-filter" || error.kind === "bad-request")) ?? errors[0];
}
