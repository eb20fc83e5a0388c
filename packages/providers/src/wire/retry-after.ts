/** A vendor that asks for more is asked again after this long all the same. */
const longestMs = 24 * 60 * 60 * 1000;

const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function milliseconds(text: string | null, unitMs: number): number | undefined {
  if (text === null) return undefined;
  // A header that was sent twice arrives as a list; the longest wait suits both.
  const values = text.split(/,\s+/);
  if (!values.every((value) => /^\d+(?:\.\d+)?$/.test(value.trim()))) return undefined;
  return Math.min(longestMs, Math.max(...values.map(Number)) * unitMs);
}

/**
 * How long the vendor asked to be left alone, in milliseconds, at most a day. Undefined for what says nothing sensible (negative,
 * infinite, past, words): the policy's own wait counts then. `now` is the wall clock, for dates.
 */
export function retryAfterMs(headers: Pick<Headers, "get">, now: number = Date.now()): number | undefined {
  const precise = milliseconds(headers.get("retry-after-ms"), 1);
  if (precise !== undefined) return precise;
  const text = headers.get("retry-after");
  if (text === null || !httpDate.test(text)) return milliseconds(text, 1000);
  const waitMs = Date.parse(text) - now;
  return waitMs >= 0 ? Math.min(longestMs, waitMs) : undefined;
}
