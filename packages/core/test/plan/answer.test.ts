import { beforeAll, describe, expect, it } from "vitest";
import { answerFromRows } from "../../src/plan/answer.ts";
import { type Asked, asked, now } from "./ask.ts";
import { plan } from "../../src/plan/planner.ts";
import { vega } from "./data.ts";

describe("answers", () => {
  let source: Asked;
  beforeAll(async () => {
    source = await asked(vega());
  });
  const answer = async (question: string) => {
    const outcome = plan(question, source.catalog, { now });
    if (outcome.kind !== "plan") throw new Error(outcome.reason);
    return answerFromRows(outcome.plan, await source.source.run(outcome.plan));
  };

  it("say a count in a sentence", async () => {
    expect((await answer("How many movies did Steven Spielberg direct?")).text).toBe(
      "There are 23 movies where Director is 'Steven Spielberg'.",
    );
  });
  it("say zero when there is nothing to count", async () => {
    expect((await answer("How many movies were released in 1890?")).text).toContain("There are 0 movies");
  });
  it("write rows as a table with separators in the text and plain numbers in the data", async () => {
    const { text, data } = await answer("Which 5 airports have the most departing flights?");
    expect(text.split("\n")[0]).toContain("iata");
    expect(text).toContain("414,513");
    expect(text).toContain("5 rows.");
    expect(data[0]).toEqual({ iata: "ATL", airports: "William B Hartsfield-Atlanta Intl", flights: 414513 });
  });
  it("leave years alone", async () => {
    expect((await answer("number of movies released per year since 2000")).text).toContain("| 2000 |");
  });
  it("say when the server cut rows off", () => {
    const outcome = plan("list the distinct MPAA ratings", source.catalog, { now });
    if (outcome.kind !== "plan") throw new Error(outcome.reason);
    expect(answerFromRows(outcome.plan, { rows: [{ "MPAA Rating": "R" }], truncated: true }).text).toContain(
      "The first 1 row; the server cut the rest.",
    );
  });
  it("keep cells inside their table", () => {
    const outcome = plan("list the distinct MPAA ratings", source.catalog, { now });
    if (outcome.kind !== "plan") throw new Error(outcome.reason);
    const { text } = answerFromRows(outcome.plan, { rows: [{ "MPAA Rating": "a|b\nc" }, { "MPAA Rating": "d" }], truncated: false });
    expect(text).toContain("a\\|b c");
  });
  it("explain themselves", () => {
    const outcome = plan("average horsepower of cars per origin", source.catalog, { now });
    expect(outcome).toMatchObject({ kind: "plan", explanation: "Computed the average Horsepower of cars for each Origin." });
  });
  it("ask back instead of guessing", () => {
    expect(plan("average rating of movies", source.catalog, { now })).toMatchObject({
      kind: "ambiguous",
      choices: ["IMDB Rating (movies)", "Rotten Tomatoes Rating (movies)"],
    });
  });
  it("name the words that found no place", () => {
    expect(plan("What colour are the penguins?", source.catalog, { now })).toMatchObject({ kind: "unplannable", unplaced: ["colour"] });
  });
});
