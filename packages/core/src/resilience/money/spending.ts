import { OrchestratorError } from "../../errors.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import type { HealthReport } from "../../ports/call.ts";
import type { ModelRequest, Provider } from "../../ports/provider.ts";
import type { Guard, Query } from "../../ports/query.ts";
import type { RateLimiter } from "../../ports/rate-limiter.ts";
import type { StateStore } from "../../ports/state-store.ts";
import type { FailoverCallOptions } from "../failover-options.ts";
import { bookings } from "./bookings.ts";
import { type BudgetExceeded, type BudgetOptions, budgetAccounts } from "./budget-account.ts";
import { meter } from "./meter.ts";
import { type RateLimitOptions, rateLimit } from "./rate-limits.ts";
import { stateBudgetStore } from "./state-budget-store.ts";
import { stateRateLimiter } from "./state-rate-limiter.ts";

export interface SpendingOptions {
  /**
   * What may be spent on models. The most a call may take is reserved before each attempt, or the query rejects with `BUDGET_EXCEEDED`; what
   * it took is booked afterwards. Where the store is away nothing is spent: the query rejects with `STORE_UNAVAILABLE`. @default no limit
   */
  readonly budgets?: readonly BudgetOptions[] | undefined;
  /** How fast callers may ask, or the query rejects with `RATE_LIMITED`. @default no limit */
  readonly rateLimits?: readonly RateLimitOptions[] | undefined;
  /** Output tokens of an answer under a budget whose request does not say how many it may have. @default 4096 */
  readonly maxOutputTokens?: number | undefined;
  /** Where budgets are kept. @default in `state` */
  readonly budgetStore?: BudgetStore | undefined;
  /** Where rate limits are kept. @default in `state` */
  readonly rateLimiter?: RateLimiter | undefined;
}

const defaultMaxOutputTokens = 4_096;

/** Adds limits to a provider that is a failover, or made of several: it passes them on to whoever asks a vendor. */
export function withLimits(provider: Provider, query: Query, spending: Spending): Provider {
  const limits = spending.meterFor(query);
  if (limits === undefined) return provider;
  const limited = (call: FailoverCallOptions = {}): FailoverCallOptions => ({ ...call, meter: limits });
  return {
    ...provider,
    stream: (request: ModelRequest, call) => provider.stream(request, limited(call)),
    generate: (request: ModelRequest, call) => provider.generate(request, limited(call)),
  };
}

export type Spending = ReturnType<typeof spending>;

/** All budgets and rate limits of one orchestrator. */
export function spending(options: SpendingOptions, state: StateStore, onExceeded: (exceeded: BudgetExceeded) => void) {
  const { budgets = [], rateLimits = [], maxOutputTokens = defaultMaxOutputTokens } = options;
  const store = options.budgetStore ?? stateBudgetStore(state);
  const limiter = options.rateLimiter ?? stateRateLimiter(state);
  const open = bookings();
  const accounts = budgets.map((each) => budgetAccounts(each, { store, bookings: open, onExceeded }));
  const limits = rateLimits.map((each) => rateLimit(each, { limiter, bookings: open }));
  const names = [...accounts.map(({ name }) => `budget ${name}`), ...limits.map(({ name }) => `rate limit ${name}`)];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new OrchestratorError("CONFIG_INVALID", `there are two of the ${twice}; give them different names`);

  return {
    guards: limits.flatMap(({ guard }): Guard[] => (guard === undefined ? [] : [guard])),
    meterFor(query: Query) {
      const money = accounts.flatMap(({ accountOf }) => accountOf(query) ?? []);
      const rates = limits.flatMap(({ accountOf }) => accountOf?.(query) ?? []);
      if (money.length + rates.length === 0) return undefined;
      return meter([...rates, ...money], money.length > 0 ? maxOutputTokens : undefined);
    },
    health: (): Record<string, HealthReport> =>
      Object.fromEntries([
        ...accounts.map(({ name, health }) => [`budget:${name}`, health()] as const),
        ...limits.map(({ name, health }) => [`rate-limit:${name}`, health()] as const),
      ]),
    /** Waits for what is still to be booked, then closes the stores it was given. */
    async close(): Promise<void> {
      await open.done();
      await Promise.allSettled([options.budgetStore, options.rateLimiter].map(async (part) => part?.close?.()));
    },
  };
}
