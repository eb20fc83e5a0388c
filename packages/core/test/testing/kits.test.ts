import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { clausesOf, isCaseOf } from "./clauses.ts";
import { kits } from "./kits.ts";

describe.each(kits)("$port", ({ port, caseNames, run }) => {
  run(it);

  it("has a case of the same wording for every clause of the port, and no other", () => {
    const clauses = clausesOf(port);
    expect(clauses.length).toBeGreaterThan(6);
    expect(clauses.filter((clause) => !caseNames.some((name) => isCaseOf(clause, name)))).toEqual([]);
    expect(caseNames.filter((name) => !clauses.some((clause) => isCaseOf(clause, name)))).toEqual([]);
    expect(new Set(caseNames).size).toBe(caseNames.length);
  });
});

it("every case passes under node:test as well", async () => {
  const file = join(import.meta.dirname, "conformance.node-test.ts");
  // Vitest's own settings must not reach the other runner.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const args = ["--conditions=@hydrogenai/source", "--test", "--test-reporter=tap", file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 16 * 1024 * 1024 });
  const count = (word: string): number => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(stdout)?.[1] ?? Number.NaN);
  const cases = kits.reduce((sum, { caseNames }) => sum + caseNames.length, 0);
  expect({ pass: count("pass"), fail: count("fail"), skipped: count("skipped") }).toEqual({ pass: cases, fail: 0, skipped: 0 });
});
