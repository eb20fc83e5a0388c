import { describe, expect, it } from "vitest";
import { type Verdict, judge } from "../local/score.ts";
import type { Expected } from "../local/question.ts";

const rows: [string, unknown, Expected, Verdict][] = [
  ["the value in one row", [{ movies: 23 }], 23, "right"],
  ["the value beside others", [{ Name: "Rush", Length: 5 }], "Rush", "right"],
  ["another value", [{ movies: 24 }], 23, "wrong"],
  ["the value among other rows", [{ n: 22 }, { n: 23 }], 23, "wrong"],
  ["no row", [], 23, "wrong"],
  ["no data", undefined, 23, "refused"],
  ["a mean rounded to what is shown", [{ mean: 5.65 }], 5.651, "right"],
  ["a mean a little off", [{ mean: 5.7 }], 5.651, "wrong"],
  ["a large number with its float noise", [{ total: 2328.600000000004 }], 2328.6, "right"],
  ["a large number off by one", [{ total: 117386256065 }], 117386255350 + 500_000, "wrong"],
  ["a share in percent", [{ share: 37.02 }], 37.02, "right"],
  ["a share as a fraction", [{ share: 0.3702 }], 37.02, "right"],
  ["a whole number as a fraction of itself", [{ n: 0.23 }], 23, "wrong"],
  ["a date without its midnight", [{ date: "2025-12-22 00:00:00" }], "2025-12-22", "right"],
  [
    "rows in any order",
    [
      { g: "b", n: 2 },
      { g: "a", n: 1 },
    ],
    {
      rows: [
        ["a", 1],
        ["b", 2],
      ],
    },
    "right",
  ],
  ["rows with more columns", [{ id: 7, g: "a", n: 1 }], { rows: [["a", 1]] }, "right"],
  ["a full name for a last name", [{ customer: "Frank Harris", n: 1 }], { rows: [["Harris", 1]] }, "right"],
  [
    "a missing row",
    [{ g: "a", n: 1 }],
    {
      rows: [
        ["a", 1],
        ["b", 2],
      ],
    },
    "wrong",
  ],
  [
    "an extra row",
    [
      { g: "a", n: 1 },
      { g: "b", n: 2 },
    ],
    { rows: [["a", 1]] },
    "wrong",
  ],
  [
    "a measure of another row",
    [
      { g: "a", n: 2 },
      { g: "b", n: 1 },
    ],
    {
      rows: [
        ["a", 1],
        ["b", 2],
      ],
    },
    "wrong",
  ],
  ["one column for two cells", [{ n: 5, g: "a" }], { rows: [[5, 5]] }, "wrong"],
  [
    "a ranking in the wrong order",
    [
      { g: "b", n: 1 },
      { g: "a", n: 2 },
    ],
    {
      rows: [
        ["a", 2],
        ["b", 1],
      ],
      ranked: true,
    },
    "wrong",
  ],
  [
    "a ranking with a tie turned round",
    [
      { g: "b", n: 2 },
      { g: "a", n: 2 },
    ],
    {
      rows: [
        ["a", 2],
        ["b", 2],
      ],
      ranked: true,
    },
    "right",
  ],
  ["a duplicate where two rows were wanted", [{ g: "a" }, { g: "a" }], { rows: [["a"], ["b"]] }, "wrong"],
];

describe("judge", () => {
  it.each(rows)("%s", (_name, data, expected, verdict) => {
    expect(judge({ data, text: "" }, expected)).toBe(verdict);
  });
});
