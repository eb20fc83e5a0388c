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

/** How the vendors name what is left of requests or tokens, and the time until it is full again. */
const names = [
  { left: (what: string) => `x-ratelimit-remaining-${what}`, reset: (what: string) => `x-ratelimit-reset-${what}` },
  { left: (what: string) => `anthropic-ratelimit-${what}-remaining`, reset: (what: string) => `anthropic-ratelimit-${what}-reset` },
];

/** What the reply says is left; undefined when it says nothing. */
export function rateLimits(headers: Pick<Headers, "get">, now: number = Date.now()): RateLimits | undefined {
  for (const { left, reset } of names) {
    const remainingRequests = whole(headers.get(left("requests")));
    const remainingTokens = whole(headers.get(left("tokens")));
    const resetRequestsMs = untilReset(headers.get(reset("requests")), now);
    const resetTokensMs = untilReset(headers.get(reset("tokens")), now);
    if ((remainingRequests ?? remainingTokens ?? resetRequestsMs ?? resetTokensMs) !== undefined)
      return { remainingRequests, remainingTokens, resetRequestsMs, resetTokensMs };
  }
  return undefined;
}

/** Milliseconds until what is used up is there again, for a refusal that does not say how long to wait. */
export function untilRoomMs(headers: Pick<Headers, "get">, now: number = Date.now()): number | undefined {
  const { remainingRequests = 0, remainingTokens = 0, resetRequestsMs, resetTokensMs } = rateLimits(headers, now) ?? {};
  const waits = [remainingRequests === 0 ? resetRequestsMs : undefined, remainingTokens === 0 ? resetTokensMs : undefined];
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
