import type { Usage } from "../../ports/provider.ts";

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Of tokens read from the vendor's prompt cache. @default as `input` */
  readonly cachedInput?: number | undefined;
}

/** Prices by the name of the model. A dated or sized variant has the price of the longest name it begins with. */
export type PriceTable = Readonly<Record<string, Price>>;

/** When `defaultPrices` was last compared with the vendors' lists. */
export const pricesVersion = "2025-11";

/** List prices of well-known models; give your own for what you pay. */
export const defaultPrices: PriceTable = {
  "gpt-5.1": { input: 1.25, cachedInput: 0.125, output: 10 },
  "gpt-5": { input: 1.25, cachedInput: 0.125, output: 10 },
  "gpt-5-mini": { input: 0.25, cachedInput: 0.025, output: 2 },
  "gpt-5-nano": { input: 0.05, cachedInput: 0.005, output: 0.4 },
  "gpt-4.1": { input: 2, cachedInput: 0.5, output: 8 },
  "gpt-4.1-mini": { input: 0.4, cachedInput: 0.1, output: 1.6 },
  "gpt-4.1-nano": { input: 0.1, cachedInput: 0.025, output: 0.4 },
  "gpt-4o": { input: 2.5, cachedInput: 1.25, output: 10 },
  "gpt-4o-mini": { input: 0.15, cachedInput: 0.075, output: 0.6 },
  "gpt-4-turbo": { input: 10, output: 30 },
  "gpt-3.5-turbo": { input: 0.5, output: 1.5 },
  o1: { input: 15, cachedInput: 7.5, output: 60 },
  "o3-mini": { input: 1.1, cachedInput: 0.55, output: 4.4 },
  o3: { input: 2, cachedInput: 0.5, output: 8 },
  "o4-mini": { input: 1.1, cachedInput: 0.275, output: 4.4 },
  "claude-opus-4-5": { input: 5, cachedInput: 0.5, output: 25 },
  "claude-opus-4-1": { input: 15, cachedInput: 1.5, output: 75 },
  "claude-sonnet-4": { input: 3, cachedInput: 0.3, output: 15 },
  "claude-haiku-4-5": { input: 1, cachedInput: 0.1, output: 5 },
  "claude-3-7-sonnet": { input: 3, cachedInput: 0.3, output: 15 },
  "claude-3-5-haiku": { input: 0.8, cachedInput: 0.08, output: 4 },
  "claude-3-haiku": { input: 0.25, cachedInput: 0.03, output: 1.25 },
  "llama-3.1-8b-instant": { input: 0.05, output: 0.08 },
  "llama-3.3-70b-versatile": { input: 0.59, output: 0.79 },
  "meta-llama/llama-4-scout": { input: 0.11, output: 0.34 },
  "meta-llama/llama-4-maverick": { input: 0.2, output: 0.6 },
  "qwen/qwen3-32b": { input: 0.29, output: 0.59 },
  "openai/gpt-oss-120b": { input: 0.15, output: 0.6 },
  "openai/gpt-oss-20b": { input: 0.075, output: 0.3 },
};

/** The price of a model, undefined for one the table does not know. A name counts as a variant only where a number or `latest` follows. */
export function priceOf(model: string, table: PriceTable): Price | undefined {
  const own = Object.hasOwn(table, model) ? table[model] : undefined;
  if (own !== undefined) return own;
  const known = Object.keys(table).filter((name) => model.startsWith(name) && /^[-:@](?:\d|latest$)/.test(model.slice(name.length)));
  const best = known.sort((a, b) => b.length - a.length)[0];
  return best === undefined ? undefined : table[best];
}

/** What a model costs at most whose name is not known yet. */
export function dearestOf(table: PriceTable): Price {
  const prices = Object.values(table);
  return { input: Math.max(0, ...prices.map(({ input }) => input)), output: Math.max(0, ...prices.map(({ output }) => output)) };
}

const million = 1_000_000;

/** What these tokens cost in US dollars. */
export function costOf({ inputTokens, outputTokens, cachedInputTokens = 0 }: Usage, { input, output, cachedInput = input }: Price): number {
  return ((inputTokens - cachedInputTokens) * input + cachedInputTokens * cachedInput + outputTokens * output) / million;
}
