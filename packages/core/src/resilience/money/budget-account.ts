import { randomUUID } from "node:crypto";
import { OrchestratorError, ProviderError } from "../../errors.ts";
import { checkDuration } from "../../memory/checks.ts";
import { recencyMap } from "../../memory/recency-map.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import type { HealthReport } from "../../ports/call.ts";
import type { Usage } from "../../ports/provider.ts";
import type { Query } from "../../ports/query.ts";
import { type Account, type ModelCall, type Per, payerOf } from "./account.ts";
import type { Bookings } from "./bookings.ts";

export interface BudgetOptions {
  /** Names it in answers, health and errors; also part of its key in the store. @default by what it limits, such as "usd per tenant" */
  readonly name?: string | undefined;
  /** US dollars in one window, up to 9 million. Either this or `limitTokens`. */
  readonly limitUsd?: number | undefined;
  /** Input and output tokens in one window. */
  readonly limitTokens?: number | undefined;
  /** Milliseconds; windows follow each other from 1970 on, so a day is a day in UTC. */
  readonly windowMs: number;
  /** @default "all" */
  readonly per?: Per | undefined;
  /** Names of the vendors whose calls it is for. Where it has no room the next vendor is asked. @default every vendor, and a call that does not fit ends */
  readonly providers?: readonly string[] | undefined;
  /** Names of the models whose calls it is for, as `providers` names vendors. @default every model */
  readonly models?: readonly string[] | undefined;
}

/** How a budget is doing, as far as this process saw. */
export interface BudgetHealth extends HealthReport {
  readonly limit: number;
  readonly unit: "usd" | "tokens";
  /** Calls that were refused. */
  readonly refused: number;
  /** What was left, by payer, for the payers seen last. */
  readonly remaining: Readonly<Record<string, number>>;
}

/** Told once a window and payer. */
export interface BudgetExceeded {
  readonly budget: string;
  readonly payer: string;
  readonly limit: number;
  readonly unit: "usd" | "tokens";
  /** Milliseconds until the next window. */
  readonly retryAfterMs: number;
}

export interface BudgetParts {
  readonly store: BudgetStore;
  readonly bookings: Bookings;
  readonly onExceeded: (exceeded: BudgetExceeded) => void;
}

interface Seen {
  readonly remaining: number;
  /** On the monotonic clock; until then its being exceeded is known. */
  readonly exceededUntilMs: number;
}

/** Kept of a dollar: amounts are whole billionths, which add up exactly. */
const perUsd = 1e9;
const tokensPerPrice = 1e6;
const maxSeen = 32;
/** A call that takes longer than it may still has this long to book what it used. */
const graceMs = 60_000;

/** One configured budget. Throws `CONFIG_INVALID` for options that make no sense. */
export function budgetAccounts(options: BudgetOptions, { store, bookings, onExceeded }: BudgetParts) {
  const { limitUsd, limitTokens, per = "all", providers, models } = options;
  const unit = limitUsd === undefined ? "tokens" : "usd";
  const limit = limitUsd ?? limitTokens ?? Number.NaN;
  const of = [...(providers ?? []), ...(models ?? [])].join(", ");
  const name = options.name ?? `${unit} per ${typeof per === "function" ? "caller" : per}${of && ` of ${of}`}`;
  if ((limitUsd === undefined) === (limitTokens === undefined) || !(limit >= 0 && limit <= 9e6 * (unit === "usd" ? 1 : 1e9)))
    throw new OrchestratorError("CONFIG_INVALID", `the budget ${name} needs either limitUsd (up to 9 million) or limitTokens, 0 or more`);
  const budget = { limit: unit === "usd" ? Math.floor(limit * perUsd) : limit, windowMs: checkDuration("windowMs", options.windowMs) };
  const scale = unit === "usd" ? perUsd : 1;
  const seen = recencyMap<Seen>();
  let payers = 0;
  let refused = 0;

  function note(payer: string, remaining: number, exceededForMs: number): void {
    const before = seen.get(payer);
    const now = performance.now();
    const known = before !== undefined && before.exceededUntilMs > now;
    if (exceededForMs > 0 && !known) onExceeded({ budget: name, payer, limit, unit, retryAfterMs: exceededForMs });
    if (before === undefined && ++payers > maxSeen) {
      seen.delete(seen.oldest()!.key);
      payers--;
    }
    seen.set(payer, { remaining: remaining / scale, exceededUntilMs: known ? before.exceededUntilMs : now + exceededForMs });
    seen.touch(payer);
  }

  const isFor = ({ provider, model }: ModelCall): boolean =>
    (providers?.includes(provider) ?? true) && (models === undefined || (model !== undefined && models.includes(model)));

  function mostOf({ provider, model, price, inputTokens, outputTokens }: ModelCall): number {
    if (unit === "tokens") return inputTokens + outputTokens;
    if (price !== undefined) return Math.ceil(((inputTokens * price.input + outputTokens * price.output) / tokensPerPrice) * perUsd);
    const message = `${provider}: nobody knows what ${model} costs, and the budget ${name} is in dollars; set failover.prices or failover.unknownPrice`;
    throw new OrchestratorError("CONFIG_INVALID", message, { details: { budget: name, provider, model } });
  }

  /** What was really used; where that is not known, all that was reserved for what began. */
  function usedOf(usage: Usage | undefined, costUsd: number | undefined, most: number): number {
    if (usage === undefined) return 0;
    if (unit === "tokens") return usage.inputTokens + usage.outputTokens;
    return costUsd === undefined ? most : Math.ceil(costUsd * perUsd - 1e-6);
  }

  function accountOf(query: Query): Account | undefined {
    const payer = payerOf(per, query);
    if (payer === undefined) return undefined;
    const key = `${name}:${payer}`;
    return {
      async reserve(call, { timeoutMs, signal }) {
        if (!isFor(call)) return { left: {}, settle: () => {} };
        const most = mostOf(call);
        const id = randomUUID();
        const giveBack = (): void => bookings.add(() => store.refund(key, id));
        try {
          const { granted, remaining, held, retryAfterMs } = await store.reserve(key, id, most, budget, {
            holdMs: timeoutMs + graceMs,
            signal,
          });
          // Another vendor is asked at once rather than this one later.
          const passes = !granted && of === "" && most <= remaining + held;
          note(payer, remaining, granted || passes ? 0 : retryAfterMs);
          if (!granted) return { refused: () => exceeded(call, most, remaining, retryAfterMs), passes };
          return {
            left: { [name]: remaining / scale },
            settle(usage, costUsd) {
              const used = usedOf(usage, costUsd, most);
              bookings.add(() => (used === 0 ? store.refund(key, id) : store.commit(key, id, used)));
            },
          };
        } catch (error) {
          // It may have been granted all the same.
          giveBack();
          throw error;
        }
      },
    };
  }

  function exceeded({ provider, model }: ModelCall, most: number, remaining: number, retryAfterMs: number): OrchestratorError {
    refused++;
    const written = (amount: number): string => (unit === "usd" ? `$${(amount / scale).toFixed(6)}` : `${amount} tokens`);
    const message = `the budget ${name} has ${written(Math.max(0, remaining))} left, and this call may take ${written(most)}`;
    const details = {
      budget: name,
      unit,
      limit,
      remaining: remaining / scale,
      needed: most / scale,
      retryAfterMs: Math.ceil(retryAfterMs),
    };
    if (of === "") return new OrchestratorError("BUDGET_EXCEEDED", message, { retryable: true, details });
    return new ProviderError(message, { provider, model, kind: "quota", retryable: false, details });
  }

  return {
    name,
    accountOf,
    health: (): BudgetHealth => {
      const { count, why } = bookings.lost();
      const report = store.health?.() ?? { status: "up" };
      return {
        ...(count === 0 ? report : { status: "degraded", detail: `${count} bookings were not made: ${why}` }),
        limit,
        unit,
        refused,
        remaining: Object.fromEntries(Array.from(seen.entries(), ([payer, { remaining }]) => [payer, remaining])),
      };
    },
  };
}
