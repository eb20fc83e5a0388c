import { randomUUID } from "node:crypto";
import { sampleEvent } from "@hydrogenai/core/testing";
import { array, assert as holds, property, string } from "fast-check";
import { Redis } from "ioredis";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { redisCacheStore, redisEventBus, redisEventLog, redisStateStore, redisWorkQueue } from "../src/index.ts";
import { bucketOf, encodeName, taggedKey } from "../src/keys.ts";

const server = inject("redisUrl");

/** Names made to break keys, patterns and wires. */
const hostileNames = [
  "a:b",
  "a|b",
  "*",
  ">",
  "a.b",
  "a.*",
  "{x}",
  "a\r\nDEL k",
  "a\u0000b",
  " a",
  "a ",
  "",
  "A",
  "a/../b",
  "[a-z]*",
  "?",
  "ключ",
  "$SYS",
  "_INBOX",
  "a".repeat(2000),
  "__proto__",
];

describe("keys", () => {
  it("of different names are different bytes, also for half a surrogate pair", () => {
    const names = array(string({ unit: "binary", maxLength: 3 }), { maxLength: 50 });
    const bytesOf = (name: string): string => Buffer.from(encodeName(name)).toString("hex");
    holds(property(names, (all) => new Set(all.map(bytesOf)).size === new Set(all).size));
    const halves = ["\ud800", "\ud801", "\udc00", "\ufffd", "a\ud800", "\u0000", "\u0000AAA="];
    expect(new Set(halves.map(bytesOf)).size).toBe(halves.length);
  });

  it("stand in the slot their prefix and bucket say, whatever braces the name holds", () => {
    const tag = (key: string): string | undefined => /\{(.*?)\}/.exec(key)?.[1];
    for (const name of ["{x}", "}{", "{}", "a{b}c"])
      expect(tag(taggedKey(`p:${bucketOf(name)}`, "state", name))).toBe(`p:${bucketOf(name)}`);
  });

  it("take no prefix that would break the slot", () => {
    for (const prefix of ["{a}", "a}b", "", "a b", "a\n", "x".repeat(65)])
      expect(() => redisStateStore({ redis: "redis://127.0.0.1:1", prefix })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("options", () => {
  it("that make no sense are refused with their value", () => {
    const redis = "redis://127.0.0.1:1";
    const wrong: (() => unknown)[] = [
      () => redisStateStore({ redis: "localhost:6379" }),
      () => redisStateStore({ redis, timeoutMs: 0 }),
      () => redisStateStore({ redis, timeoutMs: Number.NaN }),
      () => redisEventLog({ redis, retentionMs: -1 }),
      () => redisEventLog({ redis, maxEventsPerStream: 0.5 }),
      () => redisEventBus({ redis, maxDeliver: 0 }),
      () => redisEventBus({ redis, leaseMs: Infinity }),
      () => redisWorkQueue({ redis, queue: "a{b}" }),
    ];
    for (const make of wrong) expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe.skipIf(server === undefined)("names made to break keys", () => {
  it("neither read, match nor overwrite each other, in any adapter", { timeout: 60_000 }, async () => {
    const where = { redis: server ?? "", prefix: `keys-${randomUUID()}` };
    const [state, cache, log, bus, queue] = [
      redisStateStore(where),
      redisCacheStore(where),
      redisEventLog(where),
      redisEventBus(where),
      redisWorkQueue(where),
    ];
    const outsider = new Redis(server ?? "");
    onTestFinished(async () => {
      outsider.disconnect();
      await Promise.all([state, cache, log, bus, queue].map(async (adapter) => adapter.close?.()));
    });
    await outsider.set("k", "untouched");
    const texts = new Map(hostileNames.map((name, index) => [name, `value ${index}`]));
    for (const [name, text] of texts) {
      await state.set(name, text);
      await cache.set(name, new TextEncoder().encode(text));
      await log.append(name, [sampleEvent({ subject: name, tenant: name, type: name, data: text })]);
      expect(await queue.enqueue(text, { id: name })).toBe(true);
    }
    for (const [name, text] of texts) {
      expect(await state.get(name)).toEqual({ value: text, version: 1 });
      expect(new TextDecoder().decode(await cache.get(name))).toBe(text);
      const read = [];
      for await (const event of log.read(name)) read.push(event);
      expect(read).toMatchObject([{ version: 1, subject: name, type: name, data: text }]);
    }
    const received: unknown[] = [];
    await bus.subscribe("exactly.this", (event) => void received.push(event));
    for (const name of hostileNames) await bus.publish(sampleEvent({ type: name, subject: name }));
    const last = sampleEvent({ type: "exactly.this" });
    await bus.publish(last);
    await expect.poll(() => received).toEqual([last]);
    expect(await outsider.get("k")).toBe("untouched");
  });
});
