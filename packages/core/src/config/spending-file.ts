import { z } from "zod";
import type { BudgetOptions } from "../resilience/money/budget-account.ts";
import type { RateLimitOptions } from "../resilience/money/rate-limits.ts";
import type { Price } from "../resilience/vendors/prices.ts";

/** What may be spent and how fast callers may ask, as a file holds it: the options of the same names. */
export interface SpendingSettings {
  readonly budgets?: readonly BudgetOptions[] | undefined;
  readonly rateLimits?: readonly RateLimitOptions[] | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** US dollars a million tokens, by model. */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
  readonly unknownPrice?: Price | undefined;
}

const name = z.string().min(1).max(64);
const names = z.array(z.string().min(1).max(200)).min(1).max(50);
const windowMs = z.number().int().min(1).max(31_536_000_000);
const per = z.enum(["all", "tenant", "principal"]).optional();
const price = z.strictObject({
  input: z.number().min(0).max(1_000_000),
  output: z.number().min(0).max(1_000_000),
  cachedInput: z.number().min(0).max(1_000_000).optional(),
});

/** Which of a pair is there is checked here, so that what is wrong is said with its line. */
const oneOf =
  <Key extends string>(one: Key, other: Key) =>
  (value: { readonly [key in Key]?: unknown }): boolean =>
    (value[one] === undefined) !== (value[other] === undefined);

const budget = z
  .strictObject({
    name: name.optional(),
    limitUsd: z.number().min(0).max(9_000_000).optional(),
    limitTokens: z.number().min(0).max(9e15).optional(),
    windowMs,
    per,
    providers: names.optional(),
    models: names.optional(),
  })
  .refine(oneOf("limitUsd", "limitTokens"), "needs either limitUsd or limitTokens");

const rateLimit = z
  .strictObject({
    name: name.optional(),
    requests: z.number().int().min(1).max(1e9).optional(),
    tokens: z.number().int().min(1).max(1e12).optional(),
    windowMs,
    per,
  })
  .refine(oneOf("requests", "tokens"), "needs either requests or tokens");

export const spendingFile: z.ZodType<SpendingSettings> = z.strictObject({
  budgets: z.array(budget).max(100).optional(),
  rateLimits: z.array(rateLimit).max(100).optional(),
  maxOutputTokens: z.number().int().min(1).max(1_000_000).optional(),
  prices: z.record(z.string().min(1).max(200), price).optional(),
  unknownPrice: price.optional(),
});
