import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ProviderError } from "@hydrogenai/core";
import { describe, expect, it } from "vitest";
import { restAfter } from "../../core/src/resilience/vendors/policy.ts";
import { untilRoomMs } from "../src/wire/rate-limits.ts";
import { retryAfterMs } from "../src/wire/retry-after.ts";

interface Row {
  readonly id: string;
  readonly now: string;
  readonly capMs: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly expect:
    | { readonly wait: readonly [number, number] }
    | { readonly failover: true; readonly neverSleepsOverMs: number }
    | { readonly backoff: true; readonly minWaitMs: number; readonly maxWaitMs: number };
  readonly why: string;
}

const rows = readFileSync(join(import.meta.dirname, "corpora/retry-after.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

/** How long the vendor rests after a 429 with these headers. */
function restMs({ headers, now }: Row): number {
  const get = (name: string): string | null => {
    const value = headers[name];
    return value === undefined ? null : typeof value === "string" ? value : value.join(", ");
  };
  const at = Date.parse(now);
  const error = new ProviderError("no", {
    provider: "p",
    kind: "rate-limit",
    retryAfterMs: retryAfterMs({ get }, at) ?? untilRoomMs({ get }, at),
  });
  return restAfter(error, 1, () => 0.5);
}

describe("how long a vendor is left alone", () => {
  it.each(rows.map((row) => [row.id, row.why, row] as const))("%s: %s", (_id, _why, row) => {
    const rest = restMs(row);
    expect(Number.isFinite(rest)).toBe(true);
    if ("wait" in row.expect) {
      expect(rest).toBeGreaterThanOrEqual(row.expect.wait[0]);
      expect(rest).toBeLessThanOrEqual(row.expect.wait[1]);
    } else if ("failover" in row.expect) expect(rest).toBeGreaterThan(row.expect.neverSleepsOverMs);
    else {
      expect(rest).toBeGreaterThanOrEqual(row.expect.minWaitMs);
      expect(rest).toBeLessThanOrEqual(row.expect.maxWaitMs);
    }
  });
});
