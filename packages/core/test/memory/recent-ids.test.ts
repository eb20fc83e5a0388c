import { describe, expect, it } from "vitest";
import { recentIds } from "../../src/memory/recent-ids.ts";

describe("recentIds", () => {
  it("says of each id whether it is new, for at least the newest so many", () => {
    const ids = recentIds(100);
    for (let at = 0; at < 1_000; at++) {
      expect(ids.add(`id ${at}`)).toBe(true);
      for (const recent of [at, Math.max(0, at - 50), Math.max(0, at - 99)]) {
        expect(ids.has(`id ${recent}`)).toBe(true);
        expect(ids.add(`id ${recent}`)).toBe(false);
      }
    }
  });

  it("forgets what is older than twice as many", () => {
    const ids = recentIds(100);
    for (let at = 0; at < 1_000; at++) ids.add(`id ${at}`);
    expect(ids.has("id 799")).toBe(false);
    expect(ids.add("id 799")).toBe(true);
  });
});
