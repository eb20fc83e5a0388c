import { describe, expect, it } from "vitest";
import { type Verdict, judge } from "../local/score.ts";
import { type Expected, list, monthCell, ranking, table } from "../local/question.ts";

const ab = table([
  ["a", 1],
  ["b", 2],
]);
const ranked = ranking([
  ["a", 3],
  ["b", 2],
  ["c", 2],
]);

const values: [name: string, data: unknown, text: string, expected: Expected, verdict: Verdict, ask?: string][] = [
  ["the value in one row", [{ movies: 23 }], "There are 23 movies.", 23, "right"],
  ["the value beside text", [{ title: "Rush", length: 5 }], "Rush, 5", "Rush", "right"],
  ["text in other capitals", [{ city: "LONDON" }], "LONDON", "London", "right"],
  ["text of which the value is a part", [{ genre: "Heavy Metal" }], "Heavy Metal", "Metal", "wrong"],
  ["another value", [{ movies: 24 }], "There are 24 movies.", 23, "wrong"],
  ["the value in another row", [{ n: 22 }, { n: 23 }], "22, 23", 23, "wrong"],
  ["the value in another column", [{ movies: 24, length: 23 }], "24 movies of 23 minutes", 23, "wrong"],
  ["the value in the column asked for", [{ pop: 127, life_expect: 23 }], "127, 23", 23, "right", "What was the life expectancy?"],
  ["the value in a column not asked for", [{ pop: 23, life_expect: 127 }], "23, 127", 23, "wrong", "What was the life expectancy?"],
  ["the value in one of two columns asked for", [{ pop: 23, life: 127 }], "23, 127", 23, "wrong", "Population and life expectancy?"],
  ["the value beside an identifier", [{ customerId: 6, total: 23 }], "Customer 6 spent 23.", 23, "right"],
  ["the value beside a number that was asked with", [{ year: 2005, people: 23 }], "23 in 2005", 23, "right", "How many in 2005?"],
  ["the value beside a number nobody asked with", [{ year: 2005, people: 23 }], "23 in 2005", 23, "wrong", "How many?"],
  ["rows that are right under a sentence that is not", [{ movies: 23 }], "There are 24 movies.", 23, "wrong"],
  ["a sentence with thousands marked", [{ people: 51393010 }], "51,393,010 people", 51393010, "right"],
  ["no row", [], "No movies.", 23, "wrong"],
  ["a mean rounded to two decimals", [{ mean: 5.65 }], "5.65", 5.651, "right"],
  ["a mean rounded to one decimal", [{ mean: 5.7 }], "5.7", 5.651, "wrong"],
  ["a mean a little off", [{ mean: 5.66 }], "5.66", 5.651, "wrong"],
  ["a small number rounded to nothing", [{ density: 0 }], "0.00", 0.0012, "wrong"],
  ["a large number with its float noise", [{ total: 2328.600000000004 }], "2,328.60", 2328.6, "right"],
  ["a large number a millionth and more off", [{ total: 117386256065 }], "117,386,256,065", 117386756065, "wrong"],
  ["a number written as text", [{ year: "1774" }], "1774", 1774, "right"],
  ["a year that is a number where text was expected", [{ year: 2024 }], "2024", "2024", "right"],
  ["a date with its midnight", [{ date: "2025-12-22 00:00:00" }], "2025-12-22", "2025-12-22", "right"],
  ["a date with another time", [{ date: "2025-12-22 10:00:00" }], "2025-12-22", "2025-12-22", "wrong"],
  ["the second of two readings", [{ name: "Harris" }], "Harris", ["Frank Harris", "Harris"], "right"],
  ["neither of two readings", [{ name: "Ralston" }], "Ralston", ["Frank Harris", "Harris"], "wrong"],
];

const rows: [name: string, data: unknown, expected: Expected, verdict: Verdict][] = [
  [
    "rows in any order",
    [
      { g: "b", n: 2 },
      { g: "a", n: 1 },
    ],
    ab,
    "right",
  ],
  ["rows with more columns", [{ id: 7, g: "a", n: 1 }], table([["a", 1]]), "right"],
  ["a missing row", [{ g: "a", n: 1 }], ab, "wrong"],
  [
    "an extra row",
    [
      { g: "a", n: 1 },
      { g: "b", n: 2 },
      { g: "c", n: 3 },
    ],
    ab,
    "wrong",
  ],
  [
    "measures of one another's rows",
    [
      { g: "a", n: 2 },
      { g: "b", n: 1 },
    ],
    ab,
    "wrong",
  ],
  ["names without their measure", [{ g: "a" }, { g: "b" }], ab, "wrong"],
  ["measures without their names", [{ n: 1 }, { n: 2 }], ab, "wrong"],
  ["one column for two cells", [{ n: 5, g: "a" }], table([[5, 5]]), "wrong"],
  ["cells that fit in one way only", [{ first: "x", second: "y" }], table([[["x", "y"], "x"]]), "right"],
  ["a code for a name", [{ set: "A1", n: 2 }], table([[["Genetic Apex", "A1"], 2]]), "right"],
  ["an identifier nobody asked for instead of a name", [{ id: 6, n: 2 }], table([["Frank Harris", 2]]), "wrong"],
  ["a group of what is not known", [{ g: null, n: 1 }], table([["", 1]]), "right"],
  ["a known group where none was", [{ g: "a", n: 1 }], table([["", 1]]), "wrong"],
  ["a duplicate where two rows were wanted", [{ g: "a" }, { g: "a" }], list(["a", "b"]), "wrong"],
  ["a duplicate of the only row", [{ g: "a" }, { g: "a" }], list(["a"]), "wrong"],
  ["no rows", [], list(["a"]), "wrong"],
  ["values that are not in objects", ["a", "b"], list(["b", "a"]), "right"],
  ["a month by its name", [{ month: "March 2024", n: 2 }], table([[monthCell("2024-03"), 2]]), "right"],
  ["another month", [{ month: "April 2024", n: 2 }], table([[monthCell("2024-03"), 2]]), "wrong"],
  [
    "a ranking",
    [
      { g: "a", n: 3 },
      { g: "b", n: 2 },
      { g: "c", n: 2 },
    ],
    ranked,
    "right",
  ],
  [
    "a ranking with a tie turned round",
    [
      { g: "a", n: 3 },
      { g: "c", n: 2 },
      { g: "b", n: 2 },
    ],
    ranked,
    "right",
  ],
  [
    "a ranking in another order",
    [
      { g: "b", n: 2 },
      { g: "a", n: 3 },
      { g: "c", n: 2 },
    ],
    ranked,
    "wrong",
  ],
  [
    "a ranking with one of a tie twice",
    [
      { g: "a", n: 3 },
      { g: "b", n: 2 },
      { g: "b", n: 2 },
    ],
    ranked,
    "wrong",
  ],
  ["a ranking upside down", [{ g: "c" }, { g: "a" }], ranking([["a"], ["c"]]), "wrong"],
];

describe("judge", () => {
  it.each(values)("one value: %s", (_name, data, text, expected, verdict, ask) => {
    expect(judge({ data, text }, [expected], ask)).toBe(verdict);
  });

  it.each(rows)("rows: %s", (_name, data, expected, verdict) => {
    expect(judge({ data, text: "" }, [expected])).toBe(verdict);
  });

  it("accepts any of the answers that can be defended, and no other", () => {
    const told = (share: number) => judge({ data: [{ share }], text: `That is ${share}.` }, [37.02, 0.3702]);
    expect([37.02, 0.3702, 3.702].map(told)).toEqual(["right", "right", "wrong"]);
  });

  it("tells a refusal and a question back from a claim without rows", () => {
    const said = (text: string) => judge({ text }, [23]);
    expect(said("I cannot answer that from the data.")).toBe("refused");
    expect(said("No data is connected that could answer this.")).toBe("refused");
    expect(said("Do you mean the city or the state?")).toBe("refused");
    expect(said("There are 24 movies.")).toBe("wrong");
  });
});
