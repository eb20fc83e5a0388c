import assert from "node:assert/strict";
import { describe, expect, it } from "vitest";
import { type ConformanceCase, type It, runConformance } from "../../src/testing/index.ts";

interface Subject {
  readonly id: number;
  readonly close?: () => Promise<void>;
}

/** An `it` that notes what it is given. */
function notingIt() {
  const tests = new Map<string, () => Promise<void>>();
  const skipped: string[] = [];
  const it: It = Object.assign((name: string, run: () => Promise<void>) => void tests.set(name, run), {
    skip: (name: string) => void skipped.push(name),
  });
  return { it, tests, skipped, run: (name: string) => tests.get(name)?.() };
}

const passes: ConformanceCase<Subject> = { name: "passes", run: async () => {} };
const fails: ConformanceCase<Subject> = { name: "fails", run: async () => assert.fail("no good") };

describe("runConformance", () => {
  it("registers every case, each on a fresh subject that is closed afterwards", async () => {
    const seen: number[] = [];
    const closed: number[] = [];
    const noting = { name: "notes", run: async ({ id }: Subject) => void seen.push(id) };
    const { it, run } = notingIt();
    let made = 0;
    const create = (): Subject => {
      const id = ++made;
      return { id, close: async () => void closed.push(id) };
    };
    runConformance([noting, { ...noting, name: "notes again" }, fails], it, { create });
    expect(made).toBe(0);
    await run("notes");
    await run("notes again");
    await expect(run("fails")).rejects.toThrow("no good");
    expect([seen, closed]).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
  });

  it("takes a subject down the way it is told", async () => {
    const destroyed: number[] = [];
    const { it, run } = notingIt();
    runConformance([passes], it, { create: async () => ({ id: 7 }), destroy: ({ id }) => void destroyed.push(id) });
    await run("passes");
    expect(destroyed).toEqual([7]);
  });

  it("shows a skip with its reason", () => {
    const { it, tests, skipped } = notingIt();
    runConformance([passes, fails], it, { create: () => ({ id: 1 }), skip: { fails: "the server cannot" } });
    expect([...tests.keys()]).toEqual(["passes"]);
    expect(skipped).toEqual(["fails (skipped: the server cannot)"]);
  });

  it.each([{ "no such case": "a reason" }, { passes: "" }, { passes: "  " }])("refuses the skip %o", (skip) => {
    expect(() => runConformance([passes], notingIt().it, { create: () => ({ id: 1 }), skip })).toThrow(TypeError);
  });

  it("ends a case that hangs, and one whose subject cannot be taken down", async () => {
    const hangs: ConformanceCase<Subject> = { name: "hangs", run: () => new Promise(() => {}) };
    const { it, run } = notingIt();
    runConformance([hangs, passes], it, { create: () => ({ id: 1 }), destroy: () => new Promise(() => {}), limitMs: 5 });
    await expect(run("hangs")).rejects.toThrow("not within 15 ms: the case ended; then not within 15 ms: the subject was taken down");
    await expect(run("passes")).rejects.toThrow("not within 15 ms: the subject was taken down");
  });

  it("tells the failure of the case and that of taking the subject down", async () => {
    const { it, run } = notingIt();
    runConformance([fails], it, { create: () => ({ id: 1 }), destroy: () => Promise.reject(new Error("no end")) });
    await expect(run("fails")).rejects.toThrow("no good; then no end");
  });

  it("fails a case whose subject cannot be made", async () => {
    const { it, run } = notingIt();
    runConformance([passes], it, { create: () => Promise.reject(new Error("no server")) });
    await expect(run("passes")).rejects.toThrow("no server");
  });
});
