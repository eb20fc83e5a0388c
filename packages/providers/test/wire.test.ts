import { describe, expect, it } from "vitest";
import { rateLimits } from "../src/wire/rate-limits.ts";
import { retryAfterMs } from "../src/wire/retry-after.ts";
import { TooLarge, eventReader } from "../src/wire/server-sent-events.ts";

const headersOf = (all: Readonly<Record<string, string>>): Pick<Headers, "get"> => ({ get: (name) => all[name] ?? null });

describe("retry-after", () => {
  const now = Date.parse("2026-03-01T12:00:00.000Z");
  for (const [text, expected] of [
    ["0", 0],
    ["2", 2_000],
    ["1.5", 1_500],
    ["600", 600_000],
    ["99999999999", 86_400_000],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 11:43:20 GMT", undefined],
    ["Wed, 99 Foo 2026 00:00:00 GMT", undefined],
    ["1, 30", 30_000],
    ["-5", undefined],
    ["1e3", undefined],
    ["Infinity", undefined],
    ["NaN", undefined],
    ["0x10", undefined],
    ["5 seconds", undefined],
    ["", undefined],
    ["soon", undefined],
  ] as const)
    it(`understands ${JSON.stringify(text)} as ${expected}`, () => {
      expect(retryAfterMs(headersOf({ "retry-after": text }), now)).toBe(expected);
    });

  it("believes milliseconds before seconds", () => {
    expect(retryAfterMs(headersOf({ "retry-after": "9", "retry-after-ms": "250" }))).toBe(250);
  });
});

describe("rate limits", () => {
  it("reads OpenAI's and Groq's", () => {
    const headers = headersOf({
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-remaining-tokens": "0",
      "x-ratelimit-reset-requests": "1m0.5s",
      "x-ratelimit-reset-tokens": "120ms",
    });
    expect(rateLimits(headers)).toEqual({ remainingRequests: 59, remainingTokens: 0, resetRequestsMs: 60_500, resetTokensMs: 120 });
  });

  it("reads Anthropic's", () => {
    const headers = headersOf({
      "anthropic-ratelimit-requests-remaining": "3",
      "anthropic-ratelimit-requests-reset": "2026-03-01T12:00:10Z",
    });
    expect(rateLimits(headers, Date.parse("2026-03-01T12:00:00Z"))).toMatchObject({ remainingRequests: 3, resetRequestsMs: 10_000 });
  });

  it("makes nothing of nonsense", () => {
    expect(rateLimits(headersOf({ "x-ratelimit-remaining-requests": "many" }))).toBeUndefined();
  });
});

describe("server-sent events", () => {
  const text = '\uFEFFdata: {"a":"日本🎉"}\r\n\r\n: ping\n\nid: 7\ndata: one\ndata: two\n\nevent: x\n\ndata:tight\n\n';
  const expected = ['{"a":"日本🎉"}', "one\ntwo", "tight"];

  it("reads the same wherever the bytes are cut", () => {
    const bytes = Buffer.from(text);
    for (let size = 1; size <= bytes.length; size++) {
      const reader = eventReader();
      const seen: string[] = [];
      for (let from = 0; from < bytes.length; from += size)
        for (const { data } of reader.push(bytes.subarray(from, from + size))) seen.push(data);
      expect(seen).toEqual(expected);
    }
  });

  it("refuses a line that does not end", () => {
    const endless = eventReader();
    expect(() => {
      for (let piece = 0; piece < 100; piece++) endless.push(Buffer.alloc(64 * 1024, "x"));
    }).toThrow(TooLarge);
  });
});
