import { OrchestratorError } from "../../errors.ts";
import { checkDuration } from "../../memory/checks.ts";
import type { HealthReport } from "../../ports/call.ts";
import type { Guard, Query } from "../../ports/query.ts";
import type { RateLimiter, RateVerdict } from "../../ports/rate-limiter.ts";
import { type Account, type Per, payerOf } from "./account.ts";
import type { Bookings } from "./bookings.ts";

export interface RateLimitOptions {
  /** Names it in health and errors; also part of its key in the store. @default by what it limits, such as "requests per tenant" */
  readonly name?: string | undefined;
  /** Questions in a window, answers from the cache included; also the largest burst. Either this or `tokens`. */
  readonly requests?: number | undefined;
  /** Tokens of models in a window. A call takes what it needs at a guess and settles the difference, which then delays later calls. */
  readonly tokens?: number | undefined;
  /** Milliseconds. */
  readonly windowMs: number;
  /** @default "principal" */
  readonly per?: Per | undefined;
}

export interface RateLimitParts {
  readonly limiter: RateLimiter;
  readonly bookings: Bookings;
}

/** Tokens an answer is taken to have before it is known. */
const likelyOutputTokens = 256;

/**
 * One configured rate limit. Where its store is away it lets everybody pass, and health says so: a limit protects the service, which it would
 * not do by stopping it. Throws `CONFIG_INVALID` for options that make no sense.
 */
export function rateLimit(options: RateLimitOptions, { limiter, bookings }: RateLimitParts) {
  const { requests, tokens, per = "principal" } = options;
  const unit = requests === undefined ? "tokens" : "requests";
  const limit = requests ?? tokens ?? Number.NaN;
  const name = options.name ?? `${unit} per ${typeof per === "function" ? "caller" : per}`;
  if ((requests === undefined) === (tokens === undefined) || !(limit > 0 && Number.isFinite(limit)))
    throw new OrchestratorError("CONFIG_INVALID", `the rate limit ${name} needs either requests or tokens above 0`);
  const windowMs = checkDuration("windowMs", options.windowMs);
  let refused = 0;
  let failure: string | undefined;

  const keyOf = (query: Query): string | undefined => {
    const payer = payerOf(per, query);
    return payer === undefined ? undefined : `${name}:${payer}`;
  };

  /** Undefined where the store did not say. */
  async function take(key: string, cost: number, signal: AbortSignal | undefined): Promise<RateVerdict | undefined> {
    try {
      const verdict = await limiter.take(key, { limit, windowMs, cost }, { signal });
      failure = undefined;
      return verdict;
    } catch (error) {
      signal?.throwIfAborted();
      failure = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  function limited({ retryAfterMs }: RateVerdict): OrchestratorError {
    refused++;
    return new OrchestratorError("RATE_LIMITED", `the limit ${name} is reached; try again in ${retryAfterMs} ms`, {
      retryable: true,
      details: { limit: name, retryAfterMs },
    });
  }

  const guard: Guard = async (query, { signal } = {}) => {
    const key = keyOf(query);
    const verdict = key === undefined ? undefined : await take(key, 1, signal);
    if (verdict?.allowed === false) throw limited(verdict);
  };

  function accountOf(query: Query): Account | undefined {
    const key = keyOf(query);
    if (key === undefined) return undefined;
    return {
      async reserve({ inputTokens, outputTokens }, { signal }) {
        const taken = Math.min(limit, inputTokens + Math.min(outputTokens, likelyOutputTokens));
        const verdict = await take(key, taken, signal);
        if (verdict?.allowed === false) return { refused: () => limited(verdict), passes: false };
        return {
          left: {},
          settle(usage) {
            const more = (usage === undefined ? 0 : usage.inputTokens + usage.outputTokens) - taken;
            if (verdict !== undefined && more !== 0) bookings.add(() => limiter.take(key, { limit, windowMs, cost: more, force: true }));
          },
        };
      },
    };
  }

  return {
    name,
    /** Of a limit of questions. */
    guard: unit === "requests" ? guard : undefined,
    /** Of a limit of tokens. */
    accountOf: unit === "tokens" ? accountOf : undefined,
    health: (): HealthReport & { readonly refused: number } => ({
      ...(failure === undefined ? { status: "up" } : { status: "degraded", detail: `everybody passes: ${failure}` }),
      refused,
    }),
  };
}
