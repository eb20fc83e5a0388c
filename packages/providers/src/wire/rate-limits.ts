import type { RateLimits } from "@hydrogenai/core";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6m0s`, `120ms`, `7.66s`, or a time of day as Anthropic sends it; milliseconds. */
function untilReset(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) {
    const waitMs = Date.parse(text) - now;
    return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
  }
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) totalMs += Number(amount) * unitsMs[unit!]!;
  return totalMs;
}

function whole(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** What the reply says is left (`x-ratelimit-*`, `anthropic-ratelimit-*`); undefined when it says nothing. */
export function rateLimits(headers: Pick<Headers, "get">, now: number = Date.now()): RateLimits | undefined {
  for (const [count, reset] of [
    ["x-ratelimit-remaining-", "x-ratelimit-reset-"],
    ["anthropic-ratelimit-", "anthropic-ratelimit-"],
  ] as const) {
    const own = count.startsWith("anthropic");
    const remaining = (what: string): number | undefined => whole(headers.get(own ? `${count}${what}-remaining` : `${count}${what}`));
    const remainingRequests = remaining("requests");
    const remainingTokens = remaining("tokens");
    if (remainingRequests === undefined && remainingTokens === undefined) continue;
    const until = (what: string): number | undefined => untilReset(headers.get(own ? `${reset}${what}-reset` : `${reset}${what}`), now);
    return { remainingRequests, remainingTokens, resetRequestsMs: until("requests"), resetTokensMs: until("tokens") };
  }
  return undefined;
}
