import { describe, expect, it } from "vitest";
import { parseSpending } from "../../src/config/index.ts";

const problemsOf = (text: string): readonly string[] => {
  const parsed = parseSpending(text);
  return "problems" in parsed ? parsed.problems.map(({ line, message }) => `${line} ${message}`) : [];
};

describe("parseSpending", () => {
  it("reads the options by their names", () => {
    const text = "budgets:\n  - { limitUsd: 5, windowMs: 1000, per: tenant, providers: [groq] }\nprices: { m: { input: 1, output: 2 } }\n";
    expect(parseSpending(text)).toEqual({
      value: { budgets: [{ limitUsd: 5, windowMs: 1000, per: "tenant", providers: ["groq"] }], prices: { m: { input: 1, output: 2 } } },
    });
  });

  it.each([
    ["a limit of neither kind", "budgets:\n  - { windowMs: 1000 }", /^2 budgets\.0: needs either limitUsd or limitTokens/],
    [
      "limits of both kinds",
      "rateLimits:\n  - { requests: 1, tokens: 1, windowMs: 1000 }",
      /^2 rateLimits\.0: needs either requests or tokens/,
    ],
    ["a limit below nothing", "budgets:\n  - { limitUsd: -1, windowMs: 1000 }", /^2 budgets\.0\.limitUsd/],
    ["a key nobody knows", "budgets:\n  - limitUsd: 1\n    windowMs: 1000\n    window: day", /^4 budgets\.0\.window/],
    ["a caller nobody knows", "budgets:\n  - { limitUsd: 1, windowMs: 1000, per: user }", /^2 budgets\.0\.per/],
  ])("says where %s is", (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });
});
