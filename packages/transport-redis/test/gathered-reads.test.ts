import { describe, expect, it } from "vitest";
import { gatheredReads } from "../src/gathered-reads.ts";

/** Answers each key with its own name, and notes what was asked together. */
function server() {
  const asked: (readonly string[])[] = [];
  const value = (key: string): Buffer | null => (key === "absent" ? null : Buffer.from(key));
  const get = gatheredReads({
    one: async (key, { signal }) => {
      signal?.throwIfAborted();
      asked.push([key]);
      return value(key);
    },
    all: async (keys) => {
      asked.push(keys);
      return keys.map(value);
    },
  });
  return { asked, get };
}

describe("gathered reads", () => {
  it("of one moment are one command, and each gets its own value", async () => {
    const { asked, get } = server();
    const values = await Promise.all(["a", "absent", "b", "a"].map((key) => get(key)));
    expect(values.map((value) => value?.toString())).toEqual(["a", undefined, "b", "a"]);
    expect(asked).toEqual([["a", "absent", "b", "a"]]);
    await get("later");
    expect(asked).toHaveLength(2);
  });

  it("are at most 256 in one command", async () => {
    const { asked, get } = server();
    const keys = Array.from({ length: 1_000 }, (_, at) => `${at}`);
    const values = await Promise.all(keys.map((key) => get(key)));
    expect(values.map(String)).toEqual(keys);
    expect(Math.max(...asked.map((each) => each.length))).toBeLessThanOrEqual(256);
    expect(asked.flat()).toEqual(keys);
  });

  it("go alone with a signal, whose abort is nobody else's", async () => {
    const { asked, get } = server();
    const [aborted, other] = await Promise.allSettled([get("a", { signal: AbortSignal.abort(new Error("enough")) }), get("b")]);
    expect(aborted).toMatchObject({ status: "rejected", reason: new Error("enough") });
    expect(other.status).toBe("fulfilled");
    expect(asked).toEqual([["b"]]);
  });

  it("all fail when their command fails, and the next is tried anew", async () => {
    let fails = true;
    const unlessAway = async <T>(value: T): Promise<T> => {
      if (fails) throw new Error("away");
      return value;
    };
    const get = gatheredReads({ one: () => unlessAway(null), all: (keys) => unlessAway(keys.map(() => null)) });
    const settled = await Promise.allSettled([get("a"), get("b")]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await get("a")).toBeNull();
  });
});
